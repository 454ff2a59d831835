// SPDX-License-Identifier: GPL-2.0
/*
 * Control groups: a chain's process is counted, charged, frozen and killed with
 * the thread that submits it, whoever issues CLONE.
 */
#include "blocked.h"
#include "cgroup.h"
#include "state.h"

#include <pthread.h>
#include <signal.h>

#define TINY	"/tests/tiny"
#define A	"ious-a"
#define B	"ious-b"

static char report[STATE_SIZE];

/* A chain that waits for a byte. */
#define BLOCKED(_clone_flags, _read_flags, _read_want) \
	CLONE(L | (_clone_flags), 0), \
	OP(IORING_OP_READ, _read_flags, _read_want, .fd = pipes[0], \
	   .addr = buffer, .len = 1)

static void let_go(void)
{
	if (write(pipes[1], "x", 1) != 1)
		die("write");
}

static void enter_and_open(const char *name, struct io_uring *ring,
			   const struct kind *kind)
{
	cgroup_enter(name);
	if (open_ring(ring, kind, 256))
		die("ring");
}

/* One more from CLONE on, until the process is waited for. */
static int pids_current(const void *kind)
{
	const struct step steps[] = { BLOCKED(0, L, 1), EXEC(0, 0, TINY) };
	struct io_uring ring;
	long before;
	bool good;

	enter_and_open(A, &ring, kind);
	before = cgroup_read(A, "pids.current");
	queue_steps(&ring, steps, 3);
	submit(&ring);
	wait_for_read();
	good = cgroup_becomes(A, "pids.current", NULL, before + 1);
	let_go();
	good &= cqes_match(&ring, steps, 3) & status_is(EXITED(0));
	return !(good & cgroup_becomes(A, "pids.current", NULL, before));
}

/* A fork that cannot be says what CLONE says. */
static int pids_max(const void *kind)
{
	static const struct step refused[] = {
		CLONE(L, -EAGAIN), EXEC(0, -ECANCELED, TINY),
	};
	static const struct step fine[] = { CLONE(L, 0), EXEC(0, 0, TINY) };
	struct io_uring ring;
	bool good;
	long events;

	enter_and_open(A, &ring, kind);
	cgroup_write_number(A, "pids.max", cgroup_read(A, "pids.current"));
	good = fork() < 0 && errno == EAGAIN;
	if (!good)
		note("fork() at the limit");
	events = cgroup_event(A, "pids.events", "max");
	good &= TRY(&ring, refused, NO_CHILD);
	good &= cgroup_event(A, "pids.events", "max") == events + 1;
	cgroup_write(A, "pids.max", "max");
	return !(good & TRY(&ring, fine, EXITED(0)));
}

/* The submitter is elsewhere when CLONE, which is drained, can begin. */
static int moved_before(const void *kind)
{
	const struct step first = OP(IORING_OP_READ, 0, 1, .fd = pipes[0],
				     .addr = buffer, .len = 1);
	const struct step steps[] = {
		CLONE(L | IOSQE_IO_DRAIN, 0), REPORT(0, 0),
	};
	unsigned long user_data;
	struct io_uring ring;
	bool good;
	int res;

	enter_and_open(A, &ring, kind);
	state_read(report);
	queue_step(&ring, &first, 99);
	queue_steps(&ring, steps, 2);
	submit(&ring);
	good = no_cqe(&ring);
	cgroup_enter(B);
	let_go();
	good &= next_cqe(&ring, &user_data, &res) && user_data == 99;
	good &= cqes_match(&ring, steps, 2) & status_is(EXITED(0));
	state_read(report);
	state_note(report, "cgroup");
	return !(good & state_has(report, "cgroup: /" B));
}

/* The submitter leaves a chain that runs, as it would leave a child. */
static int moved_after(const void *kind)
{
	const struct step steps[] = { BLOCKED(0, L, 1), REPORT(0, 0) };
	struct io_uring ring;
	bool good;

	enter_and_open(A, &ring, kind);
	state_read(report);
	queue_steps(&ring, steps, 3);
	submit(&ring);
	wait_for_read();
	cgroup_enter(B);
	let_go();
	good = cqes_match(&ring, steps, 3) & status_is(EXITED(0));
	state_read(report);
	state_note(report, "cgroup");
	return !(good & state_has(report, "cgroup: /" A));
}

struct freeze {
	const struct kind *kind;
	/* without a chain: can this kernel freeze a process with such a ring? */
	bool by_hand;
	/* of the READ; what becomes of the EXEC, and of the process */
	unsigned int flags;
	int exec, status;
};

/* Its parent freezes it and lets it go on. */
static int frozen(const void *arg)
{
	const struct freeze *freeze = arg;
	const struct step steps[] = {
		BLOCKED(0, freeze->flags, -EINTR), EXEC(0, freeze->exec, TINY),
	};
	struct io_uring ring;
	int results[4];

	enter_and_open(A, &ring, freeze->kind);
	if (freeze->by_hand) {
		cgroup_write(A, "cgroup.freeze", "1");
		return 0;
	}
	queue_steps(&ring, steps, 3);
	submit(&ring);
	wait_for_read();
	cgroup_write(A, "cgroup.freeze", "1");
	/* 6.1 with DEFER_TASKRUN: in whatever order, while nobody looks */
	return !(collect(&ring, results, 3) && step_is(results, 1, 0) &&
		 step_is(results, 2, -EINTR) &&
		 step_is(results, 3, freeze->exec) &&
		 status_is(freeze->status));
}

static void *thaw(void *good)
{
	*(bool *)good = cgroup_becomes(A, "cgroup.events", "frozen", 1);
	cgroup_write(A, "cgroup.freeze", "0");
	return NULL;
}

static bool freezes(const struct freeze *freeze)
{
	pthread_t thread;
	bool good = false;
	int ret;

	if (pthread_create(&thread, NULL, thaw, &good))
		die("pthread_create");
	ret = in_process(frozen, freeze);
	pthread_join(thread, NULL);
	return !ret && good;
}

/* All of it stops, and goes on when it may: the step in progress has failed. */
static void test_freeze(const struct kind *kind)
{
	struct freeze freeze = { kind, true };
	struct freeze ends = { kind, false, L, -ECANCELED, EXITED(127) };
	struct freeze goes_on = { kind, false, H, 0, EXITED(0) };

	if (!freezes(&freeze)) {
		skip("nor does a process that has such a ring freeze",
		     "%s: cgroup.freeze", kind->name);
		return;
	}
	ok(freezes(&ends), "%s: cgroup.freeze, and back: a chain has ended",
	   kind->name);
	ok(freezes(&goes_on), "%s: cgroup.freeze, a chain goes on",
	   kind->name);
}

/* Both are killed, and nothing is left. */
static void __attribute__((noreturn)) killed(const struct kind *kind)
{
	const struct step steps[] = { BLOCKED(0, L, 0), EXEC(0, 0, TINY) };
	struct io_uring ring;

	enter_and_open(A, &ring, kind);
	queue_steps(&ring, steps, 3);
	submit(&ring);
	wait_for_read();
	cgroup_write(A, "cgroup.kill", "1");
	for (;;)
		pause();
}

static bool no_chain(void *unused)
{
	(void)unused;
	return !read_number(PARAMETERS "chains");
}

static void test_kill(const struct kind *kind)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		killed(kind);
	ok(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) &&
	   WTERMSIG(status) == SIGKILL &&
	   cgroup_becomes(A, "cgroup.events", "populated", 0) &&
	   eventually(no_chain, NULL), "%s: cgroup.kill", kind->name);
}

/* The process alone is killed: what its chain had left is cancelled. */
static void test_kill_child(struct io_uring *ring, const struct kind *kind)
{
	struct clone_args args = {
		.flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD,
		.cgroup = open("/sys/fs/cgroup/" B, O_RDONLY | O_DIRECTORY),
	};
	const struct step steps[] = {
		CLONE_WITH(L, ABOVE_0, &args),
		OP(IORING_OP_READ, L, -EINTR, .fd = pipes[0], .addr = buffer,
		   .len = 1),
		EXEC(0, -ECANCELED, TINY),
	};

	queue_steps(ring, steps, 3);
	submit(ring);
	wait_for_read();
	cgroup_write(B, "cgroup.kill", "1");
	ok(cqes_match(ring, steps, 3) & status_is(SIGKILL),
	   "%s: cgroup.kill of the process's own group", kind->name);
	close(args.cgroup);
}

static void test_all(struct io_uring *ring, const struct kind *kind)
{
	ok(!in_process(pids_current, kind), "%s: pids.current", kind->name);
	ok(!in_process(pids_max, kind), "%s: pids.max", kind->name);
	ok(!in_process(moved_before, kind),
	   "%s: in the group that its submitter has at CLONE", kind->name);
	ok(!in_process(moved_after, kind),
	   "%s: and stays there when that moves", kind->name);
	test_freeze(kind);
	test_kill(kind);
	test_kill_child(ring, kind);
}

int main(void)
{
	const char *why = cgroup_setup();

	alarm(1500);
	if (why) {
		skip(why, "control groups");
		return done();
	}
	make_pipe();
	state_setup();
	cgroup_make(A);
	cgroup_make(B);
	for_main_kinds(test_all, "control groups");
	cgroup_remove(A);
	cgroup_remove(B);
	return done();
}
