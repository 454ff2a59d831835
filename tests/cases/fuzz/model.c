// SPDX-License-Identifier: GPL-2.0
/*
 * What chains are made of, and which CQEs must come: by the rules of
 * io_uring_spawn(7), with nobody interfering.
 */
#include "fuzz.h"

static bool may_have_timer(const struct session *s,
			   const struct request *request)
{
	return request->outcome == GOOD && s->same_names;
}

static void add_timer(struct session *s, struct chain *chain, unsigned int i)
{
	struct step_state *step = &chain->steps[i];

	step->is_timer = true;
	step->is_long = s->same_names && one_in(&s->state, 2);
	chain->timed = true;
}

static void choose_steps(struct session *s, struct chain *chain)
{
	bool allow_bad = s->allow_bad && one_in(&s->state, 3);
	unsigned int i, last = 1 + below(&s->state, MAX_STEPS - 2);

	chain->steps[0].request = choose_clone(&s->state, allow_bad);
	chain->takes = chain->steps[0].request->takes;
	for (i = 1; i <= last; i++) {
		const struct request *request = choose_request(&s->state,
							       allow_bad);
		bool expires = request->outcome == EXPIRES;

		if ((request->outcome == BLOCKS && chain->blocks) ||
		    (expires && i == MAX_STEPS - 1))
			request = plain_request();
		chain->blocks |= request->outcome == BLOCKS;
		chain->steps[i].request = request;
		if (i == MAX_STEPS - 1 ||
		    (!expires && !(may_have_timer(s, request) &&
				   one_in(&s->state, 2))))
			continue;
		add_timer(s, chain, ++i);
		chain->steps[i].is_long &= !expires;
		last += last < i;
	}
	chain->nr = last + 1;
}

static void choose_flags(struct session *s, struct chain *chain)
{
	unsigned int i;

	for (i = 0; i < chain->nr; i++) {
		struct step_state *step = &chain->steps[i];

		if (i < chain->nr - 1)
			step->flags = one_in(&s->state, 3) ? IOSQE_IO_HARDLINK :
							     IOSQE_IO_LINK;
		/* a worker that is not made for signals cancels its requests */
		if (!step->is_timer && s->action < GETS_KILLED &&
		    !s->round->outside && one_in(&s->state, 12))
			step->flags |= IOSQE_ASYNC;
	}
	if (s->drains && one_in(&s->state, 3))
		chain->steps[0].flags |= IOSQE_IO_DRAIN;
}

bool has_bad(const struct chain *chain)
{
	unsigned int i;

	for (i = 0; i < chain->nr; i++)
		if (chain->steps[i].request &&
		    chain->steps[i].request->outcome == BAD)
			return true;
	return false;
}

/* With nobody interfering. */
static void predict(struct chain *chain)
{
	bool bad = has_bad(chain), ended = false, failed = false, runs = false,
	     killed = false, no_process;
	unsigned int i;

	/* without a process nothing runs, whatever the links are */
	no_process = bad || chain->steps[0].request->outcome == FAILS;
	for (i = 0; i < chain->nr; i++) {
		struct step_state *step = &chain->steps[i];
		const struct request *request = step->request;

		step->want = -ECANCELED;
		if (step->is_timer) {
			if (!no_process && killed &&
			    chain->steps[i - 1].want == -EINTR)
				step->want = -ETIME;
			continue;
		}
		if (no_process) {
			if (request->outcome == BAD || (!bad && i == 0))
				step->want = request->res;
			continue;
		}
		if (ended)
			continue;
		step->want = request->outcome == EXPIRES ? -EINTR :
							   request->res;
		failed |= request->outcome == FAILS;
		runs |= request->outcome == RUNS;
		killed |= request->outcome == EXPIRES;
		ended = runs || killed || (request->outcome == FAILS &&
					   !(step->flags & IOSQE_IO_HARDLINK));
	}
	chain->ending = no_process ? NO_PROCESS : killed ? KILLED :
			failed && !runs ? EXITS_127 : EXITS_0;
}

/* Successes without a CQE, in chains that have nothing else. */
static void choose_silence(struct session *s, struct chain *chain)
{
	unsigned int i;

	for (i = 0; i < chain->nr; i++)
		if (chain->steps[i].want < 0 || chain->steps[i].is_timer)
			return;
	for (i = 0; i < chain->nr; i++)
		if (one_in(&s->state, 8)) {
			chain->steps[i].flags |= IOSQE_CQE_SKIP_SUCCESS;
			chain->steps[i].want = NONE;
		}
}

/*
 * A cancellation would have to wait for the chain that it is to end; on Linux
 * 6.1 a request that is refused after a drained one, and so has its CQE early,
 * keeps that from ever being started; a ring that has seen a silent request
 * drains no more; and what was drained is issued by workers, see choose_flags().
 */
static bool may_drain(const struct session *s)
{
	return !s->allow_bad && !s->kind->flags && s->action != CANCEL &&
	       s->action != CANCEL_ANY && s->action < GETS_KILLED &&
	       !s->round->inside && !s->round->outside;
}

void make_chains(struct session *s)
{
	unsigned int i, j;

	s->nr = 1 + below(&s->state, MAX_CHAINS);
	s->allow_bad = one_in(&s->state, 2);
	s->drains = may_drain(s) && one_in(&s->state, 3);
	for (i = 0; i < s->nr; i++) {
		struct chain *chain = &s->chains[i];

		choose_steps(s, chain);
		choose_flags(s, chain);
		predict(chain);
		chain->takes |= s->round->takes;
		if (s->action == CANCEL_ANY ||
		    (s->action == CANCEL && chain->blocks))
			chain->takes |= TAKES_CUT;
		if (s->action <= RELEASE && !s->drains && !s->same_names &&
		    !chain->takes && !s->filtered)
			choose_silence(s, chain);
		for (j = 0; j < chain->nr; j++)
			s->nr_cqes += chain->steps[j].want != NONE;
	}
}
