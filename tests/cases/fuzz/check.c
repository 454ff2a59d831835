// SPDX-License-Identifier: GPL-2.0
/*
 * Is what came what the model says? Where somebody interferes it cannot know, and
 * takes each of what may come then, step by step, and no more.
 *
 * Where the requests of a chain have one name, match.c says which CQE is whose.
 */
#include "fuzz.h"

unsigned long name_of(const struct session *s, unsigned int chain,
		      unsigned int step)
{
	if (s->same_names && !s->chains[chain].steps[step].is_timer)
		step = SAME_STEP;
	return (chain + 1) << 8 | step;
}

static void complain(struct session *s, const char *what, unsigned int chain,
		     unsigned int step)
{
	const struct step_state *f = &s->chains[chain].steps[step];

	if (s->trying) {
		s->fits = false;
		return;
	}
	note("%s, %s: chain %u step %u (%s): %s, wanted %d, got %d",
	     s->kind->name, s->round->verb->name, chain, step,
	     f->request ? f->request->name : "LINK_TIMEOUT", what, f->want,
	     f->got);
	s->good = false;
}

static bool is_wanted(const struct step_state *step, int res)
{
	if (step->want == ANY)
		return res >= 0;
	if (step->want == -EINTR)
		return res == -EINTR || res == -ECANCELED;
	return res == step->want;
}

bool keeps_order(const struct chain *chain)
{
	/* it counts but for timeouts, and where the kernel cannot keep it */
	return !chain->timed && !late_cqes && !chain->takes;
}

/* Of those with one name: the next, as if they came in the chain's order. */
static unsigned int next_step(const struct chain *chain)
{
	unsigned int i = 0;

	while (i < chain->nr && (chain->steps[i].is_timer ||
				 chain->steps[i].seen))
		i++;
	return i;
}

static void check_order(struct session *s, unsigned int nr, unsigned int i)
{
	const struct chain *chain = &s->chains[nr];
	unsigned int j;

	if (!keeps_order(chain))
		return;
	for (j = 0; j < i; j++)
		if (!chain->steps[j].seen && chain->steps[j].want != NONE)
			complain(s, "it comes before an earlier one", nr, i);
}

static bool take_cancel(struct session *s, unsigned long name, int res)
{
	unsigned int chain = ((name & ~IS_CANCEL) >> 8) - 1;

	s->nr_cancels--;
	/* the chain was found */
	if (chain < s->nr && !res)
		s->chains[chain].cancelled = true;
	return true;
}

bool take_cqe(struct session *s, unsigned long name, int res)
{
	unsigned int chain = (name >> 8) - 1, i = name & 0xff;
	struct step_state *step;

	if (name & IS_CANCEL)
		return take_cancel(s, name, res);
	if (chain < s->nr && i == SAME_STEP)
		i = next_step(&s->chains[chain]);
	if (chain >= s->nr || i >= s->chains[chain].nr) {
		note("a CQE of nobody: %#lx, %d", name, res);
		return s->good = false;
	}
	step = &s->chains[chain].steps[i];
	if (step->seen || step->want == NONE)
		complain(s, "one CQE too many", chain, i);
	s->nr_seen += !step->seen;
	step->seen = true;
	step->got = res;
	check_order(s, chain, i);
	return s->good;
}

static void check_exactly(struct session *s, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < s->chains[nr].nr; i++) {
		struct step_state *step = &s->chains[nr].steps[i];

		if (step->want == NONE)
			continue;
		if (!step->seen)
			complain(s, "no CQE", nr, i);
		else if (!is_wanted(step, step->got))
			complain(s, "result", nr, i);
	}
}

/* What a LINK_TIMEOUT may say, whose request may be done at any time. */
static bool is_timers(const struct step_state *step)
{
	return step->got == -ECANCELED ||
	       (!step->is_long && (step->got == -ETIME ||
				   step->got == -ENOENT ||
				   step->got == -EALREADY));
}

static bool is_ours(const struct step_state *step)
{
	const char *name = step->request->name;

	return !strncmp(name, "CLONE", 5) || !strncmp(name, "EXEC", 4) ||
	       !strncmp(name, "DUP", 3) || strstr(name, "()") ||
	       !strncmp(name, "SYSCALL", 7);
}

static bool is_broken(int res)
{
	return res == -EFAULT || res == -EIO || res == -ENOTCONN ||
	       res == -ECONNABORTED || res == -ENOEXEC || res == -ENOENT ||
	       res == -EACCES;
}

/* The result of a step that the chain came to, and that was not cancelled. */
static bool is_possible(const struct session *s, const struct step_state *step,
			unsigned int takes)
{
	const struct request *request = step->request;
	int res = step->got;

	if (s->filtered && request->filtered)
		return res == -EXDEV ||
		       (res == -EINTR && takes & (TAKES_CUT | TAKES_STOPS));
	if (request->outcome == EXPIRES ? res == -EINTR :
	    request->res == ANY ? res >= 0 : res == request->res)
		return true;
	if (res == -EINTR)
		return takes & (TAKES_CUT | TAKES_STOPS);
	/* what a fatal signal makes of a page fault */
	if (res == -EFAULT && takes & TAKES_CUT)
		return true;
	if (res == -EPERM || res == -EOPNOTSUPP)
		return takes & TAKES_REFUSAL && is_ours(step);
	return takes & TAKES_BREAKS && is_broken(res);
}

enum course { GOES_ON, MAY_BE_OVER, OVER };

static enum course course_after(const struct step_state *step, bool first)
{
	if (step->got >= 0)
		return step->request->outcome == RUNS ? OVER : GOES_ON;
	if (first || !(step->flags & IOSQE_IO_HARDLINK))
		return OVER;
	/* whoever interrupted it may have ended the chain */
	return step->got == -EINTR || step->request->outcome == EXPIRES ?
	       MAY_BE_OVER : GOES_ON;
}

/* What a submission says of a request that it refuses. */
static bool is_refusal(const struct chain *chain, const struct step_state *step)
{
	if (step->is_timer)
		return chain->takes & TAKES_BREAKS && is_broken(step->got);
	if (step->request->outcome == BAD && step->got == step->request->res)
		return true;
	if (chain->takes & TAKES_ABSENCE && is_ours(step) &&
	    step->got == -EINVAL)
		return true;
	/* a path is read then, and whatever the submitter has to know */
	return chain->takes & TAKES_BREAKS && is_broken(step->got);
}

/* A chain without a process, because one of its requests was refused. */
static bool is_refused(const struct chain *chain)
{
	unsigned int i;

	if (has_bad(chain))
		return true;
	if (!(chain->takes & (TAKES_ABSENCE | TAKES_BREAKS)) ||
	    chain->steps[0].got >= 0)
		return false;
	for (i = 0; i < chain->nr; i++)
		if (is_refusal(chain, &chain->steps[i]))
			return true;
	return false;
}

static void check_refused(struct session *s, unsigned int nr)
{
	struct chain *chain = &s->chains[nr];
	unsigned int i;

	chain->ending = NO_PROCESS;
	for (i = 0; i < chain->nr; i++) {
		const struct step_state *step = &chain->steps[i];

		if (!step->seen)
			complain(s, "no CQE", nr, i);
		else if (step->got != -ECANCELED && !is_refusal(chain, step))
			complain(s, "the chain was refused", nr, i);
	}
}

/* A chain that may have been ended or refused: by the model up to there. */
static void check_course(struct session *s, unsigned int nr)
{
	struct chain *chain = &s->chains[nr];
	enum course course = GOES_ON;
	bool ran = false, failed = false;
	unsigned int i, late = 0;

	for (i = 0; i < chain->nr; i++) {
		struct step_state *step = &chain->steps[i];
		bool cut = (chain->takes | late) & TAKES_CUT ||
			   course == MAY_BE_OVER;
		unsigned int takes = chain->takes | late;

		if (!step->seen) {
			complain(s, "no CQE", nr, i);
			continue;
		}
		if (step->is_timer) {
			if (!is_timers(step))
				complain(s, "result", nr, i);
			/*
			 * One that expired before its request was done is the
			 * core's, which cancels what has that name by then.
			 */
			if (s->same_names && !step->is_long)
				late = TAKES_CUT;
			continue;
		}
		/* its own timeout may be too short for it, no other one is */
		if (i + 1 < chain->nr && chain->steps[i + 1].is_timer &&
		    !chain->steps[i + 1].is_long)
			takes |= TAKES_CUT, cut = true;
		if (step->got == -ECANCELED && (cut || course == OVER)) {
			course = OVER;
			continue;
		}
		if (course == OVER)
			complain(s, "it ran after the chain's end", nr, i);
		else if (!is_possible(s, step, takes))
			complain(s, "result", nr, i);
		course = course_after(step, i == 0);
		failed |= step->got < 0;
		ran |= step->request->outcome == RUNS && step->got >= 0;
	}
	chain->ending = chain->steps[0].got < 0 ? NO_PROCESS :
			ran ? EXITS_0 : failed ? EXITS_127 : KILLED;
}

void check_chain(struct session *s, unsigned int nr)
{
	const struct chain *chain = &s->chains[nr];

	if (!chain->takes && !s->same_names && !s->filtered)
		check_exactly(s, nr);
	else if (is_refused(chain))
		check_refused(s, nr);
	else
		check_course(s, nr);
}

void check_chains(struct session *s)
{
	unsigned int i;

	for (i = 0; i < s->nr; i++) {
		if (s->same_names)
			match_names(s, i);
		check_chain(s, i);
	}
}

/* --- what is left behind -------------------------------------------------- */

static bool is_exact(const struct session *s)
{
	unsigned int i;

	for (i = 0; i < s->nr; i++)
		if (s->chains[i].takes)
			return false;
	return !s->same_names && !s->filtered && !s->leaves && !s->gone;
}

static enum ending ending_of(int status)
{
	return status == 0 ? EXITS_0 : status == EXITED(127) ? EXITS_127 :
	       status == SIGKILL ? KILLED : NO_PROCESS;
}

/* As many children as the chains say, and ended as they say. */
bool check_children(struct session *sessions, unsigned int nr)
{
	unsigned int want[NR_ENDINGS] = { 0 }, got[NR_ENDINGS] = { 0 }, i, j;
	unsigned int want_sum, got_sum;
	bool exact = true, unknown = false, odd;
	int status, odd_status = 0;

	for (i = 0; i < nr; i++) {
		for (j = 0; j < sessions[i].nr; j++)
			want[sessions[i].chains[j].ending]++;
		exact &= is_exact(&sessions[i]);
		unknown |= sessions[i].leaves || sessions[i].gone;
	}
	while ((status = wait_status()) != NO_CHILD) {
		got[ending_of(status)]++;
		if (ending_of(status) == NO_PROCESS)
			odd_status = status;
	}
	odd = got[NO_PROCESS] && !(sessions[0].round->takes &
					(TAKES_BREAKS | TAKES_TRAPS));
	want_sum = want[EXITS_0] + want[EXITS_127] + want[KILLED];
	got_sum = got[EXITS_0] + got[EXITS_127] + got[KILLED] + got[NO_PROCESS];
	want[NO_PROCESS] = 0;
	if (exact ? !memcmp(want, got, sizeof(want)) :
		    !odd && (unknown || want_sum == got_sum))
		return true;
	note("children that exit with 0: %u, wanted %u; with 127: %u, wanted %u; killed: %u, wanted %u; otherwise: %u (status 0x%x)",
	     got[EXITS_0], want[EXITS_0], got[EXITS_127], want[EXITS_127],
	     got[KILLED], want[KILLED], got[NO_PROCESS], odd_status);
	return false;
}

static void complain_mark(struct session *s, unsigned int nr, const char *what)
{
	note("%s, %s: chain %u: %s", s->kind->name, s->round->verb->name, nr,
	     what);
	s->good = false;
}

/* A program has the credentials of the thread that made the ring. */
static void check_identity(struct session *s, const struct mark *mark)
{
	if (mark->is_user != s->is_user)
		complain_mark(s, mark->chain, mark->is_user ?
			      "its program is the user's, its ring is root's" :
			      "its program is root's, its ring is the user's");
	if (s->no_new_privs && !mark->no_new_privs)
		complain_mark(s, mark->chain,
			      "its program has lost no_new_privs");
}

bool has_run(const struct chain *chain)
{
	unsigned int i;

	for (i = 0; i < chain->nr; i++) {
		const struct step_state *step = &chain->steps[i];

		if (step->is_timer || step->request->outcome != RUNS)
			continue;
		if (step->want == NONE || (step->seen && step->got >= 0))
			return true;
	}
	return false;
}

static void check_runs(struct session *s, unsigned int nr)
{
	struct chain *chain = &s->chains[nr];
	bool ran = chain->may_have_run || has_run(chain);

	if (chain->marks > 1)
		complain_mark(s, nr, "its program ran twice");
	if (chain->marks && chain->cancelled)
		complain_mark(s, nr,
			      "its program ran after it was told to be cancelled");
	if (chain->marks && !ran)
		complain_mark(s, nr, "its program ran, its EXEC did not");
	if (is_exact(s) && ran && !chain->marks)
		complain_mark(s, nr, "its program did not run");
}

/* When the children are gone: what their programs told. */
void check_marks(struct session *s)
{
	struct mark mark;
	unsigned int i;

	while (read(s->mark[0], &mark, sizeof(mark)) == sizeof(mark)) {
		if (mark.chain >= s->nr) {
			note("the program of nobody: %u", mark.chain);
			s->good = false;
			continue;
		}
		s->chains[mark.chain].marks++;
		check_identity(s, &mark);
	}
	for (i = 0; i < s->nr && !s->gone && !s->leaves; i++)
		check_runs(s, i);
}
