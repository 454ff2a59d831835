// SPDX-License-Identifier: GPL-2.0
/*
 * fuzz SECONDS SEED: rounds of random chains, each in a process of its own,
 * with a model that says which CQEs must come and how the children must end.
 * fuzz 0 SEED: that round alone, with what it does.
 *
 * A round opens a ring in each of some threads, submits chains of valid and
 * corrupted requests and then waits, cancels, closes the ring, exits, execs, is
 * killed, interrupted or stopped, or rewrites its SQEs while they are taken.
 * Whatever it does, nothing of it may be left when its process is gone.
 */
#include "test.h"

#include <errno.h>
#include <grp.h>
#include <linux/sched.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>

#define MAX_THREADS	3
#define MAX_CHAINS	6
#define MAX_STEPS	8
#define PATIENCE	60

static char tiny[] = "/tests/tiny", *tiny_argv[] = { tiny, NULL };
static bool verbose, late_cqes;

/* Random numbers, the same for the same seed. */
static unsigned long next_random(unsigned long *state)
{
	unsigned long x = *state += 0x9e3779b97f4a7c15;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return x ^ (x >> 31);
}

static unsigned int below(unsigned long *state, unsigned int n)
{
	return next_random(state) % n;
}

static bool one_in(unsigned long *state, unsigned int n)
{
	return !below(state, n);
}

/* What a step may be, and what becomes of it. */
enum outcome {
	GOOD,		/* res, or anything positive */
	FAILS,		/* res, when it runs */
	BAD,		/* res, when it is submitted: no process is made */
	RUNS,		/* a program */
	BLOCKS,		/* for as long as nobody does something */
	EXPIRES,	/* the same, with a timeout of its own behind it */
};

struct fds {
	int zero, null, block[2], never[2], personality;
};

struct verb {
	const char *name;
	enum outcome outcome;
	int res;
	void (*prep)(struct io_uring_sqe *sqe, const struct fds *fds);
};

#define PREP(name, ...) \
	static void prep_##name(struct io_uring_sqe *sqe, \
				const struct fds *fds) \
	{ (void)fds; __VA_ARGS__; }

static char byte;
/* no memory there; the compiler need not know */
static char *nowhere_path = (char *)8, **nowhere = (char **)8;
static struct __kernel_timespec soon = { 0, 3000000 };

PREP(nop, io_uring_prep_nop(sqe))
PREP(write, io_uring_prep_write(sqe, fds->null, "x", 1, -1))
PREP(read, io_uring_prep_read(sqe, fds->zero, &byte, 1, -1))
PREP(open, io_uring_prep_openat(sqe, AT_FDCWD, "/dev/null", O_RDONLY, 0))
PREP(missing, io_uring_prep_openat(sqe, AT_FDCWD, "/missing", O_RDONLY, 0))
PREP(close, io_uring_prep_close(sqe, 900))
PREP(mkdir, io_uring_prep_mkdirat(sqe, AT_FDCWD, "/tmp", 0))
PREP(timeout, io_uring_prep_timeout(sqe, &soon, 0, 0))
PREP(exec, io_uring_prep_exec(sqe, tiny, tiny_argv, environ))
PREP(exec_missing, io_uring_prep_exec(sqe, "/missing", tiny_argv, environ))
PREP(exec_dir, io_uring_prep_exec(sqe, "/tmp", tiny_argv, environ))
PREP(exec_fault, io_uring_prep_exec(sqe, nowhere_path, tiny_argv, environ))
PREP(exec_argv, io_uring_prep_exec(sqe, tiny, nowhere, environ))
PREP(exec_len, prep_exec(sqe, fds); sqe->len = 2)
PREP(exec_flags, prep_exec(sqe, fds); sqe->rw_flags = 0x10000)
PREP(exec_ioprio, prep_exec(sqe, fds); sqe->ioprio = 1)
PREP(exec_buffer, prep_exec(sqe, fds); sqe->buf_index = 1)
PREP(exec_select, prep_exec(sqe, fds); sqe->flags |= IOSQE_BUFFER_SELECT)
PREP(dup, io_uring_prep_nop(sqe); sqe->opcode = IORING_OP_DUP;
     sqe->fd = fds->null; sqe->len = 700; sqe->rw_flags = IORING_DUP_CLOEXEC)
PREP(dup_bad, prep_dup(sqe, fds); sqe->fd = 900)
PREP(dup_flags, prep_dup(sqe, fds); sqe->rw_flags = 4)
PREP(syscall, io_uring_prep_nop(sqe); sqe->opcode = IORING_OP_SYSCALL;
     sqe->fd = 0; sqe->len = __NR_getppid)
PREP(chdir, prep_syscall(sqe, fds); sqe->len = __NR_chdir;
     sqe->off = (unsigned long)"/tmp")
PREP(unshare, prep_syscall(sqe, fds); sqe->len = __NR_unshare;
     sqe->off = CLONE_FILES)
PREP(fork, prep_syscall(sqe, fds); sqe->len = __NR_fork)
PREP(ioctl, prep_syscall(sqe, fds); sqe->len = __NR_ioctl)
PREP(syscall_fd, prep_syscall(sqe, fds); sqe->fd = 1)
PREP(unknown, io_uring_prep_nop(sqe); sqe->opcode = 250)
PREP(clone, io_uring_prep_clone(sqe))
PREP(clone_fd, prep_clone(sqe, fds); sqe->fd = 1)

#define CLONE_ARGS(name, _flags) \
	static struct clone_args name = { \
		.flags = (_flags), .exit_signal = SIGCHLD }
CLONE_ARGS(plain_args, 0);
CLONE_ARGS(pidfd_args, CLONE_PIDFD);
CLONE_ARGS(space_args, CLONE_NEWUTS | CLONE_NEWNS);
CLONE_ARGS(bad_args, CLONE_THREAD);

static void set_args(struct io_uring_sqe *sqe, struct clone_args *args)
{
	sqe->addr = (unsigned long)args;
	sqe->len = sizeof(*args);
}

PREP(clone_args, prep_clone(sqe, fds); set_args(sqe, &plain_args))
PREP(clone_slot, prep_clone(sqe, fds); set_args(sqe, &pidfd_args);
     sqe->file_index = 1)
PREP(clone_space, prep_clone(sqe, fds); set_args(sqe, &space_args))
PREP(clone_creds, prep_clone(sqe, fds); sqe->personality = fds->personality)
PREP(clone_no_slot, prep_clone_slot(sqe, fds); sqe->file_index = 100)
PREP(clone_flags, prep_clone(sqe, fds); set_args(sqe, &bad_args))
PREP(block, io_uring_prep_read(sqe, fds->block[0], &byte, 1, -1))
PREP(timed, io_uring_prep_read(sqe, fds->never[0], &byte, 1, -1))

static const struct verb verbs[] = {
	{ "NOP", GOOD, 0, prep_nop },
	{ "WRITE", GOOD, 1, prep_write },
	{ "READ", GOOD, 1, prep_read },
	{ "OPENAT", GOOD, ANY, prep_open },
	{ "OPENAT, missing", FAILS, -ENOENT, prep_missing },
	{ "CLOSE, bad", FAILS, -EBADF, prep_close },
	{ "MKDIRAT, exists", FAILS, -EEXIST, prep_mkdir },
	{ "TIMEOUT", FAILS, -EOPNOTSUPP, prep_timeout },
	{ "EXEC, missing", FAILS, -ENOENT, prep_exec_missing },
	{ "EXEC, directory", FAILS, -EACCES, prep_exec_dir },
	{ "EXEC, bad path", FAILS, -EFAULT, prep_exec_fault },
	{ "EXEC, bad argv", FAILS, -EFAULT, prep_exec_argv },
	{ "DUP", GOOD, 700, prep_dup },
	{ "DUP, bad", FAILS, -EBADF, prep_dup_bad },
	{ "getppid()", GOOD, ANY, prep_syscall },
	{ "chdir()", GOOD, 0, prep_chdir },
	{ "unshare()", GOOD, 0, prep_unshare },
	{ "fork()", FAILS, -ENOSYS, prep_fork },
	{ "ioctl()", FAILS, -EINVAL, prep_ioctl },
	{ "EXEC", RUNS, 0, prep_exec },
	{ "EXEC", RUNS, 0, prep_exec },
	{ "EXEC", RUNS, 0, prep_exec },
	{ "EXEC", RUNS, 0, prep_exec },
	{ "blocking READ", BLOCKS, 1, prep_block },
	{ "timed READ", EXPIRES, 0, prep_timed },
	/* from here on: BAD */
	{ "EXEC, len", BAD, -EINVAL, prep_exec_len },
	{ "EXEC, flags", BAD, -EINVAL, prep_exec_flags },
	{ "EXEC, ioprio", BAD, -EINVAL, prep_exec_ioprio },
	{ "EXEC, buf_index", BAD, -EINVAL, prep_exec_buffer },
	{ "EXEC, buffer select", BAD, -EINVAL, prep_exec_select },
	{ "DUP, flags", BAD, -EINVAL, prep_dup_flags },
	{ "SYSCALL, fd", BAD, -EINVAL, prep_syscall_fd },
	{ "opcode 250", BAD, -EINVAL, prep_unknown },
	{ "CLONE inside", BAD, -EINVAL, prep_clone },
};
#define FIRST_BAD	25

static const struct verb clones[] = {
	{ "CLONE", GOOD, 0, prep_clone },
	{ "CLONE", GOOD, 0, prep_clone },
	{ "CLONE", GOOD, 0, prep_clone },
	{ "CLONE, args", GOOD, ANY, prep_clone_args },
	{ "CLONE, pidfd in a slot", GOOD, ANY, prep_clone_slot },
	{ "CLONE, namespaces", GOOD, ANY, prep_clone_space },
	{ "CLONE, personality", GOOD, 0, prep_clone_creds },
	{ "CLONE, no such slot", FAILS, -EINVAL, prep_clone_no_slot },
	/* from here on: BAD */
	{ "CLONE, fd", BAD, -EINVAL, prep_clone_fd },
	{ "CLONE, flags", BAD, -EINVAL, prep_clone_flags },
};

#define FIRST_BAD_CLONE	8

/* What the model says of a step, and what came. */
struct fuzz_step {
	const struct verb *verb;
	unsigned int flags;
	/* NONE: no CQE */
	int want;
	int got;
	bool seen;
	/* a LINK_TIMEOUT, which is no verb */
	bool is_timer;
};

enum ending { NO_PROCESS, EXITS_0, EXITS_127, KILLED };

struct chain {
	struct fuzz_step steps[MAX_STEPS];
	unsigned int nr;
	enum ending ending;
	bool blocks;
	bool timed;
};

enum action {
	WAIT, WAIT2, RELEASE, CANCEL, CANCEL_ANY, CLOSE, EXIT, EXECUTE,
	/* done to the round's process by its parent */
	GETS_KILLED, GETS_SIGNALS, GETS_STOPPED,
	REWRITE,
	NR_ACTIONS
};

static const char *const action_names[] = {
	"wait", "wait", "release", "cancel", "cancel any", "close", "exit",
	"exec", "killed", "signals", "stopped", "rewrite",
};

struct session {
	unsigned long state;
	enum action action;
	const struct kind *kind;
	struct io_uring ring;
	struct fds fds;
	struct chain chains[MAX_CHAINS];
	unsigned int nr, nr_cqes, nr_seen, nr_cancels;
	bool allow_bad, drains;
	bool good, open;
};

/* --- the model ------------------------------------------------------------ */

static void choose_steps(struct session *s, struct chain *chain)
{
	bool allow_bad = s->allow_bad && one_in(&s->state, 3);
	unsigned int i, last = 1 + below(&s->state, MAX_STEPS - 2);

	chain->steps[0].verb = &clones[below(&s->state, allow_bad ?
		ARRAY_SIZE(clones) : FIRST_BAD_CLONE)];
	for (i = 1; i <= last; i++) {
		const struct verb *verb = &verbs[below(&s->state, allow_bad ?
			ARRAY_SIZE(verbs) : FIRST_BAD)];

		if (verb->outcome == BLOCKS && chain->blocks)
			verb = &verbs[0];
		chain->blocks |= verb->outcome == BLOCKS;
		chain->steps[i].verb = verb;
		if (verb->outcome == EXPIRES && i < MAX_STEPS - 1) {
			chain->timed = true;
			chain->steps[++i].is_timer = true;
			last += last < i;
		} else if (verb->outcome == EXPIRES) {
			chain->steps[i].verb = &verbs[0];
		}
	}
	chain->nr = last + 1;
}

static void choose_flags(struct session *s, struct chain *chain)
{
	unsigned int i;

	for (i = 0; i < chain->nr; i++) {
		struct fuzz_step *step = &chain->steps[i];

		if (i < chain->nr - 1)
			step->flags = one_in(&s->state, 3) ? IOSQE_IO_HARDLINK :
							     IOSQE_IO_LINK;
		/* a worker that is not made for signals cancels its requests */
		if (!step->is_timer && s->action < GETS_KILLED &&
		    one_in(&s->state, 12))
			step->flags |= IOSQE_ASYNC;
	}
	if (s->drains && one_in(&s->state, 3))
		chain->steps[0].flags |= IOSQE_IO_DRAIN;
}

/* By the rules of io_uring_spawn(7), with nobody interfering. */
static void predict(struct chain *chain)
{
	bool bad = false, ended = false, failed = false, runs = false,
	     killed = false, no_process;
	unsigned int i;

	for (i = 0; i < chain->nr; i++)
		bad |= chain->steps[i].verb &&
		       chain->steps[i].verb->outcome == BAD;
	/* without a process nothing runs, whatever the links are */
	no_process = bad || chain->steps[0].verb->outcome == FAILS;
	for (i = 0; i < chain->nr; i++) {
		struct fuzz_step *step = &chain->steps[i];
		const struct verb *verb = step->verb;

		step->want = -ECANCELED;
		if (step->is_timer) {
			if (!no_process && killed &&
			    chain->steps[i - 1].want == -EINTR)
				step->want = -ETIME;
			continue;
		}
		if (no_process) {
			if (verb->outcome == BAD || (!bad && i == 0))
				step->want = verb->res;
			continue;
		}
		if (ended)
			continue;
		step->want = verb->outcome == EXPIRES ? -EINTR : verb->res;
		failed |= verb->outcome == FAILS;
		runs |= verb->outcome == RUNS;
		killed |= verb->outcome == EXPIRES;
		ended = runs || killed || (verb->outcome == FAILS &&
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

static void make_chains(struct session *s)
{
	unsigned int i, j;

	s->nr = 1 + below(&s->state, MAX_CHAINS);
	s->allow_bad = one_in(&s->state, 2);
	/*
	 * A cancellation would have to wait for the chain that it is to end; on
	 * Linux 6.1 a request that is refused after a drained one, and so has
	 * its CQE early, keeps that from ever being started; a ring that has
	 * seen a silent request drains no more; and what was drained is issued
	 * by workers, see choose_flags().
	 */
	s->drains = !s->allow_bad && !s->kind->flags && s->action != CANCEL &&
		    s->action != CANCEL_ANY && s->action < GETS_KILLED &&
		    one_in(&s->state, 3);
	for (i = 0; i < s->nr; i++) {
		struct chain *chain = &s->chains[i];

		choose_steps(s, chain);
		choose_flags(s, chain);
		predict(chain);
		if (s->action <= RELEASE && !s->drains)
			choose_silence(s, chain);
		for (j = 0; j < chain->nr; j++)
			s->nr_cqes += chain->steps[j].want != NONE;
	}
}

/* --- submission ----------------------------------------------------------- */

static unsigned long name_of(unsigned int chain, unsigned int step)
{
	return (chain + 1) << 8 | step;
}

static void queue_chain(struct session *s, unsigned int nr)
{
	struct chain *chain = &s->chains[nr];
	unsigned int i;

	for (i = 0; i < chain->nr; i++) {
		struct fuzz_step *step = &chain->steps[i];
		struct io_uring_sqe *sqe = io_uring_get_sqe(&s->ring);

		if (step->is_timer) {
			io_uring_prep_link_timeout(sqe, &soon, 0);
			sqe->flags = 0;
		} else {
			step->verb->prep(sqe, &s->fds);
		}
		sqe->flags |= step->flags;
		sqe->user_data = name_of(nr, i);
		if (verbose)
			note("chain %u step %u: %s, flags %#x, wanted %d", nr,
			     i, step->verb ? step->verb->name : "LINK_TIMEOUT",
			     sqe->flags, step->want);
	}
}

/* A request that is refused ends a submission, without SUBMIT_ALL. */
static void submit_all(struct session *s)
{
	unsigned int tries = 0;

	if (s->ring.flags & IORING_SETUP_SQ_REWIND) {
		unsigned int done = 0, nr = s->ring.sq.sqe_tail;

		/* it begins with the first SQE each time: take what is left */
		while (done < nr && tries++ < 100) {
			int ret = io_uring_enter(s->ring.ring_fd, nr - done, 0,
						 0, NULL);

			if (ret <= 0)
				break;
			done += ret;
			memmove(s->ring.sq.sqes, s->ring.sq.sqes + ret,
				(nr - done) * sizeof(*s->ring.sq.sqes));
		}
		s->ring.sq.sqe_head = s->ring.sq.sqe_tail = 0;
		return;
	}
	do {
		io_uring_submit(&s->ring);
	} while (io_uring_sq_ready(&s->ring) && tries++ < 10000);
}

static void submit_chains(struct session *s)
{
	bool together = one_in(&s->state, 2);
	unsigned int i;

	for (i = 0; i < s->nr; i++) {
		queue_chain(s, i);
		if (!together)
			submit_all(s);
	}
	submit_all(s);
}

static void queue_cancel(struct session *s, unsigned long name, int flags)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&s->ring);

	io_uring_prep_cancel64(sqe, name, flags);
	sqe->user_data = 1;
	s->nr_cancels++;
}

/* --- what came ------------------------------------------------------------ */

static void complain(struct session *s, const char *what, unsigned int chain,
		     unsigned int step)
{
	const struct fuzz_step *f = &s->chains[chain].steps[step];

	note("%s, %s: chain %u step %u (%s): %s, wanted %d, got %d",
	     s->kind->name, action_names[s->action], chain, step,
	     f->verb ? f->verb->name : "LINK_TIMEOUT", what, f->want, f->got);
	s->good = false;
}

static bool is_wanted(const struct fuzz_step *step, int res)
{
	if (step->want == ANY)
		return res >= 0;
	if (step->want == -EINTR)
		return res == -EINTR || res == -ECANCELED;
	return res == step->want;
}

/* Order counts but for timeouts, and where the kernel cannot keep it. */
static void take_cqe(struct session *s, unsigned long name, int res)
{
	unsigned int chain = (name >> 8) - 1, i = name & 0xff, j;
	struct fuzz_step *step;

	if (name == 1) {
		s->nr_cancels--;
		return;
	}
	if (chain >= s->nr || i >= s->chains[chain].nr) {
		note("a CQE of nobody: %#lx", name);
		s->good = false;
		return;
	}
	step = &s->chains[chain].steps[i];
	if (step->seen || step->want == NONE)
		complain(s, "one CQE too many", chain, i);
	s->nr_seen += !step->seen;
	step->seen = true;
	step->got = res;
	if (s->chains[chain].timed || late_cqes)
		return;
	for (j = 0; j < i; j++)
		if (!s->chains[chain].steps[j].seen &&
		    s->chains[chain].steps[j].want != NONE)
			complain(s, "it comes before an earlier one", chain, i);
}

static bool has_more(const struct session *s)
{
	return s->nr_seen < s->nr_cqes || s->nr_cancels;
}

/* What comes in @ms milliseconds, or all that has to. */
static void collect_for(struct session *s, unsigned int ms)
{
	struct __kernel_timespec ts = {
		.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000,
	};
	struct io_uring_cqe *cqe;

	while (has_more(s) &&
	       !io_uring_wait_cqe_timeout(&s->ring, &cqe, &ts)) {
		take_cqe(s, cqe->user_data, cqe->res);
		io_uring_cqe_seen(&s->ring, cqe);
	}
}

static bool collect(struct session *s)
{
	unsigned long name;
	int res;

	while (has_more(s)) {
		if (!next_cqe(&s->ring, &name, &res)) {
			note("%u CQEs are missing", s->nr_cqes - s->nr_seen);
			return s->good = false;
		}
		take_cqe(s, name, res);
	}
	if (!no_cqe(&s->ring)) {
		note("one CQE too many");
		s->good = false;
	}
	return s->good;
}

static void check_exactly(struct session *s)
{
	unsigned int i, j;

	for (i = 0; i < s->nr; i++)
		for (j = 0; j < s->chains[i].nr; j++) {
			struct fuzz_step *step = &s->chains[i].steps[j];

			if (step->want == NONE)
				continue;
			if (!step->seen)
				complain(s, "no CQE", i, j);
			else if (!is_wanted(step, step->got))
				complain(s, "result", i, j);
		}
}

/* A chain that may have been ended anywhere: by the model up to there. */
static void check_ended(struct session *s, unsigned int nr)
{
	struct chain *chain = &s->chains[nr];
	bool ended = false, ran = false;
	unsigned int i;

	for (i = 0; i < chain->nr; i++) {
		struct fuzz_step *step = &chain->steps[i];
		/* the last is what a fatal signal makes of a page fault */
		bool cancelled = step->got == -ECANCELED ||
				 step->got == -EINTR || step->got == -EFAULT;

		if (!step->seen)
			complain(s, "no CQE", nr, i);
		else if (step->is_timer)
			continue;
		else if (ended && !cancelled)
			complain(s, "it ran after the chain's end", nr, i);
		else if (!cancelled && !is_wanted(step, step->got))
			complain(s, "result", nr, i);
		ended |= cancelled && step->want != step->got;
		ran |= step->verb && step->verb->outcome == RUNS &&
		       step->got == 0;
	}
	if (chain->ending == NO_PROCESS)
		return;
	if (chain->steps[0].got < 0)
		chain->ending = NO_PROCESS;
	else if (ran)
		chain->ending = EXITS_0;
	else if (ended)
		chain->ending = KILLED;
}

/* --- a round's process ---------------------------------------------------- */

static void release(struct session *s)
{
	unsigned int i;

	for (i = 0; i < s->nr; i++)
		if (s->chains[i].blocks && write(s->fds.block[1], "x", 1) != 1)
			die("write");
}

/* One that a worker has not begun with is not found yet: again. */
static void cancel_blocked(struct session *s)
{
	unsigned int i, j, tries;

	for (tries = 0; s->nr_seen < s->nr_cqes && tries < PATIENCE; tries++) {
		for (i = 0; i < s->nr; i++)
			for (j = 0; j < s->chains[i].nr; j++) {
				struct fuzz_step *step = &s->chains[i].steps[j];

				if (step->verb && !step->seen &&
				    step->verb->outcome == BLOCKS)
					queue_cancel(s, name_of(i, j), 0);
			}
		submit_all(s);
		collect_for(s, 1000);
	}
	collect(s);
}

/* One finds them one after the other; those not yet started come later. */
static void cancel_any(struct session *s)
{
	unsigned int i, nr = s->nr + 2;

	for (i = 0; i < nr; i++)
		queue_cancel(s, 0, IORING_ASYNC_CANCEL_ANY);
	submit_all(s);
	release(s);
	collect(s);
}

static void *rewriter(void *arg)
{
	static const __u8 opcodes[] = {
		IORING_OP_NOP, IORING_OP_CLONE, IORING_OP_EXEC, IORING_OP_DUP,
		IORING_OP_READ, IORING_OP_NOP, IORING_OP_LINK_TIMEOUT, 250,
	};
	struct session *s = arg;
	unsigned long state = s->state;

	for (;;) {
		unsigned int n = below(&state, s->ring.sq.ring_entries);
		struct io_uring_sqe *sqe = &s->ring.sq.sqes[n];

		switch (below(&state, 4)) {
		case 0:
			sqe->opcode = opcodes[below(&state,
						    ARRAY_SIZE(opcodes))];
			break;
		case 1:
			sqe->flags = below(&state, 256);
			break;
		case 2:
			sqe->len = below(&state, 3);
			break;
		case 3:
			if (s->ring.sq.array)
				s->ring.sq.array[n] = below(&state,
					s->ring.sq.ring_entries + 1);
		}
	}
	return NULL;
}

/* No model: the parent looks at what is left. */
static void rewrite(struct session *s)
{
	struct io_uring_cqe *cqe;
	unsigned int i, head, nr;
	pthread_t thread;

	pthread_create(&thread, NULL, rewriter, s);
	for (i = 0; i < 20; i++) {
		submit_chains(s);
		nr = 0;
		io_uring_for_each_cqe(&s->ring, head, cqe)
			nr++;
		io_uring_cq_advance(&s->ring, nr);
	}
	_exit(0);
}

static void *run_session(void *arg)
{
	struct session *s = arg;
	unsigned int i;

	s->good = true;
	make_chains(s);
	s->fds.zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	s->fds.null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (pipe2(s->fds.block, O_CLOEXEC) || pipe2(s->fds.never, O_CLOEXEC))
		die("pipe");
	if (open_ring(&s->ring, s->kind, 64)) {
		/* not on this kernel */
		s->nr = 0;
		return NULL;
	}
	s->fds.personality = io_uring_register_personality(&s->ring);
	if (s->fds.personality < 0 ||
	    io_uring_register_files_sparse(&s->ring, 4))
		die("registered files");
	if (s->action == REWRITE)
		rewrite(s);
	submit_chains(s);
	switch (s->action) {
	case CANCEL:
		cancel_blocked(s);
		break;
	case CANCEL_ANY:
		cancel_any(s);
		break;
	case CLOSE:
		usleep(below(&s->state, 3000));
		close_ring(&s->ring, s->kind);
		_exit(0);
	case EXIT:
		usleep(below(&s->state, 3000));
		_exit(0);
	case EXECUTE:
		usleep(below(&s->state, 3000));
		execv(tiny, tiny_argv);
		_exit(1);
	default:
		release(s);
		collect(s);
	}
	for (i = 0; i < s->nr; i++)
		if (s->action == CANCEL_ANY ||
		    (s->action == CANCEL && s->chains[i].blocks))
			check_ended(s, i);
	if (s->action != CANCEL && s->action != CANCEL_ANY)
		check_exactly(s);
	s->open = true;
	return NULL;
}

/*
 * A process whose last CQE has come may still be on its way out, where closing
 * its ring, or the end of its submitter, would kill it: children first.
 */
static pthread_barrier_t all_collected, all_reaped;

static void *session_thread(void *arg)
{
	run_session(arg);
	pthread_barrier_wait(&all_collected);
	pthread_barrier_wait(&all_reaped);
	return NULL;
}

/* As many children as the chains say, and ended as they say. */
static bool check_children(struct session *sessions, unsigned int nr)
{
	unsigned int want[4] = { 0 }, got[4] = { 0 }, i, j;
	bool any = sessions[0].action == CANCEL ||
		   sessions[0].action == CANCEL_ANY;
	int status;

	for (i = 0; i < nr; i++)
		for (j = 0; j < sessions[i].nr; j++)
			want[sessions[i].chains[j].ending]++;
	while ((status = wait_status()) != NO_CHILD)
		got[status == 0 ? EXITS_0 : status == EXITED(127) ? EXITS_127 :
		    status == SIGKILL ? KILLED : NO_PROCESS]++;
	/* one that ends by itself may be hit on its way out */
	if (any && got[NO_PROCESS] == 0 && got[KILLED] >= want[KILLED] &&
	    got[EXITS_0] + got[EXITS_127] + got[KILLED] ==
	    want[EXITS_0] + want[EXITS_127] + want[KILLED])
		return true;
	want[NO_PROCESS] = 0;
	if (!memcmp(want, got, sizeof(want)))
		return true;
	note("children that exit with 0: %u, wanted %u; with 127: %u, wanted %u; killed: %u, wanted %u; otherwise: %u",
	     got[EXITS_0], want[EXITS_0], got[EXITS_127], want[EXITS_127],
	     got[KILLED], want[KILLED], got[NO_PROCESS]);
	return false;
}

static void on_signal(int sig)
{
	(void)sig;
}

static const struct kind *choose_kind(unsigned long *state, bool alone)
{
	const struct kind *kind;

	do {
		kind = &kinds[below(state, nr_kinds)];
	} while (kind->polled || (kind->own_memory && !alone));
	return kind;
}

static int round_process(unsigned long seed)
{
	static struct session sessions[MAX_THREADS];
	unsigned int i, nr = 1 + below(&seed, MAX_THREADS);
	enum action action = below(&seed, NR_ACTIONS);
	struct sigaction handler = { .sa_handler = on_signal };
	pthread_t threads[MAX_THREADS];
	bool good = true;

	alarm(PATIENCE);
	/* the parent's has been there from the start */
	handler.sa_flags = one_in(&seed, 2) ? SA_RESTART : 0;
	sigaction(SIGUSR1, &handler, NULL);
	if (action == REWRITE && (setgroups(0, NULL) || setgid(1000) ||
				  setuid(1000)))
		die("setuid");
	for (i = 0; i < nr; i++) {
		sessions[i].state = next_random(&seed);
		sessions[i].action = action;
		sessions[i].kind = choose_kind(&seed, nr == 1);
		if (verbose)
			note("ring %u: %s, %s", i, sessions[i].kind->name,
			     action_names[action]);
	}
	pthread_barrier_init(&all_collected, NULL, nr);
	pthread_barrier_init(&all_reaped, NULL, nr);
	for (i = 1; i < nr; i++)
		pthread_create(&threads[i], NULL, session_thread, &sessions[i]);
	run_session(&sessions[0]);
	pthread_barrier_wait(&all_collected);
	good = check_children(sessions, nr);
	pthread_barrier_wait(&all_reaped);
	for (i = 1; i < nr; i++)
		pthread_join(threads[i], NULL);
	for (i = 0; i < nr; i++) {
		if (sessions[i].open)
			close_ring(&sessions[i].ring, sessions[i].kind);
		/* of a kind that the kernel has not: nothing to say */
		good &= sessions[i].good || !sessions[i].nr;
	}
	return !good;
}

/* --- the parent ----------------------------------------------------------- */

static void interfere(pid_t pid, unsigned long seed)
{
	enum action action;
	int i;

	/* as round_process() chose it */
	below(&seed, MAX_THREADS);
	action = below(&seed, NR_ACTIONS);
	if (action == GETS_KILLED) {
		usleep(below(&seed, 8000));
		kill(pid, SIGKILL);
	}
	for (i = 0; i < 50 && action == GETS_SIGNALS; i++) {
		usleep(below(&seed, 300));
		kill(pid, SIGUSR1);
	}
	for (i = 0; i < 10 && action == GETS_STOPPED; i++) {
		usleep(below(&seed, 800));
		kill(pid, SIGSTOP);
		usleep(below(&seed, 800));
		kill(pid, SIGCONT);
	}
}

static bool nothing_left(void *unused)
{
	(void)unused;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	return waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD &&
	       read_number(PARAMETERS "chains") == 0 &&
	       read_number(PARAMETERS "requests") == 0;
}

static bool run_round(unsigned long seed)
{
	bool good = true, killable;
	unsigned long state = seed;
	pid_t pid;
	int status;

	below(&state, MAX_THREADS);
	killable = below(&state, NR_ACTIONS) == GETS_KILLED;
	fflush(stdout);
	pid = fork();
	if (!pid)
		exit(round_process(seed));
	interfere(pid, seed);
	waitpid(pid, &status, 0);
	if (status && !(killable && status == SIGKILL) &&
	    !(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV)) {
		note("the round's process ended with %#x", status);
		good = false;
	}
	if (!eventually(nothing_left, NULL)) {
		note("left behind: %ld chains, %ld requests, or processes",
		     read_number(PARAMETERS "chains"),
		     read_number(PARAMETERS "requests"));
		good = false;
	}
	if (!good)
		note("to see it again: fuzz 0 %#lx", seed);
	return good;
}

int main(int argc, char *argv[])
{
	unsigned long seed, nr = 0, failed = 0;
	time_t end;

	if (argc != 3)
		return 2;
	seed = strtoul(argv[2], NULL, 0);
	late_cqes = read_number("/vm/late_cqes") == 1;
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	signal(SIGUSR1, on_signal);
	end = time(NULL) + atoi(argv[1]);
	if (!atoi(argv[1])) {
		verbose = true;
		return !run_round(seed);
	}
	note("%s seconds from seed %#lx", argv[1], seed);
	while (time(NULL) < end && failed < 5) {
		failed += !run_round(next_random(&seed));
		nr++;
	}
	ok(!failed, "%lu random rounds are as the model says", nr);
	return done();
}
