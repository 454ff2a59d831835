// SPDX-License-Identifier: GPL-2.0
/*
 * IORING_EXEC_EARLY: the CQE of an EXEC comes before the exec has ended, and nobody
 * waits for the rest, which a tracer holds here for as long as it likes. What is wrong
 * by then is for the one that waits for the process.
 */
#include "blocked.h"
#include "broken.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>

#define TINY	"/tests/tiny"
#define GONE	"/nonexistent"
#define BROKEN	"/tmp/broken"
#define EARLY	.len = IORING_EXEC_EARLY
#define C	IOSQE_CQE_SKIP_SUCCESS

static char *const argv[] = { "tiny", NULL };

static void test_results(struct io_uring *ring, const struct kind *kind)
{
	static const char *const paths[] = { GONE, TINY, GONE };
	static struct __kernel_timespec hour = { .tv_sec = 3600 };
	const struct step program[] = {
		CLONE(L, 0), EXEC(0, 0, TINY, EARLY),
	}, missing[] = {
		CLONE(L, 0), EXEC(L, -ENOENT, GONE, EARLY),
		NOP(0, -ECANCELED),
	}, rest[] = {
		CLONE(L, 0), NOP(L, 0), EXEC(H, 0, TINY, EARLY),
		NOP(H, -ECANCELED), NOP(0, -ECANCELED),
	}, search[] = {
		CLONE(L, 0), EXEC(H, -ENOENT, GONE, EARLY),
		EXEC(0, 0, TINY, EARLY),
	}, candidates[] = {
		CLONE(L, 0), EXEC_PATHS(0, 1, paths, 3, argv,
			.len = IORING_EXEC_PATHS | IORING_EXEC_EARLY),
	}, timed[] = {
		CLONE(L, 0), EXEC(L, 0, TINY, EARLY),
		OP(IORING_OP_LINK_TIMEOUT, 0, -ECANCELED, .addr = &hour,
		   .len = 1),
	}, broken[] = {
		CLONE(L, 0), EXEC(0, 0, BROKEN, EARLY),
	}, told[] = {
		CLONE(L, 0), EXEC(0, -EINVAL, BROKEN),
	};

	RUN(ring, program, EXITED(0), "%s: a program", kind->name);
	RUN(ring, missing, EXITED(127), "%s: none", kind->name);
	RUN(ring, rest, EXITED(0), "%s: what follows is cancelled", kind->name);
	RUN(ring, search, EXITED(0), "%s: a row of hard links", kind->name);
	RUN(ring, candidates, EXITED(0), "%s: candidates", kind->name);
	if (kind->polled)
		skip("polled rings take no such request", "%s: with a timeout",
		     kind->name);
	else
		RUN(ring, timed, EXITED(0), "%s: with a timeout", kind->name);
	RUN(ring, broken, SIGSEGV, "%s: a program that cannot be loaded is killed",
	    kind->name);
	RUN(ring, told, SIGSEGV, "%s: and without the flag EXEC says why",
	    kind->name);
}

static void test_silent(struct io_uring *ring, const struct kind *kind)
{
	const struct step steps[] = {
		CLONE(L | C, NONE), EXEC(C, NONE, TINY, EARLY),
	};

	RUN(ring, steps, EXITED(0), "%s: a silent success", kind->name);
}

/* ---- held in the exec, where the old program is gone */

static const struct step held[] = {
	CLONE(L, 0),
	OP(IORING_OP_READ, L, 1, .addr = buffer, .len = 1),
	EXEC(0, 0, TINY, EARLY),
};

/* A chain whose process waits in its READ. */
static void start(struct io_uring *ring, bool early)
{
	struct step steps[ARRAY_SIZE(held)];

	memcpy(steps, held, sizeof(held));
	steps[1].fd = pipes[0];
	if (!early)
		steps[2].len = 0;
	queue_steps(ring, steps, ARRAY_SIZE(steps));
	submit(ring);
}

/* From its READ to the end of its exec; false if it does not come there. */
static bool hold(pid_t pid)
{
	int status;

	if (ptrace(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACEEXEC))
		die("PTRACE_SEIZE");
	if (write(pipes[1], "x", 1) != 1)
		die("write");
	return waitpid(pid, &status, __WALL) == pid &&
	       status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8);
}

static bool let_go(pid_t pid)
{
	return !ptrace(PTRACE_DETACH, pid, 0, 0) && status_is(EXITED(0));
}

static pid_t wait_for_child(void)
{
	char state;

	wait_for_read();
	return any_child(&state);
}

static void test_held(struct io_uring *ring, const struct kind *kind)
{
	unsigned long user_data;
	pid_t pid;
	bool good;
	int res;

	start(ring, true);
	pid = wait_for_child();
	good = hold(pid);
	ok(good && cqes_match(ring, held, ARRAY_SIZE(held)),
	   "%s: the CQE comes while a tracer holds the exec", kind->name);
	ok(let_go(pid), "%s: and the program runs then", kind->name);

	start(ring, false);
	pid = wait_for_child();
	good = hold(pid) && cqes_match(ring, held, 2) && no_cqe(ring);
	ok(good, "%s: without the flag it waits for the tracer", kind->name);
	good = let_go(pid);
	ok(next_cqe(ring, &user_data, &res) && user_data == 3 && !res && good,
	   "%s: and comes after it", kind->name);
}

/* Its ring is gone. */
static pid_t hold_one(void)
{
	struct io_uring ring;
	pid_t pid;

	if (io_uring_queue_init(8, &ring, 0))
		die("ring");
	start(&ring, true);
	pid = wait_for_child();
	if (!hold(pid))
		note("it is not held");
	io_uring_queue_exit(&ring);
	return pid;
}

static void test_unload(void)
{
	pid_t pid = hold_one();
	bool good;

	ok(write_string(PARAMETERS "armed", "0") == -EBUSY,
	   "the hooks are not removed under an exec that is held");
	ok(let_go(pid), "its program runs, whose ring is gone");
	good = !write_string(PARAMETERS "armed", "0");
	ok(!write_string(PARAMETERS "armed", "1") && good,
	   "the hooks are removed after it");
	hold_one();
	good = !write_string(PARAMETERS "armed", "kill");
	ok(status_is(SIGKILL) && good,
	   "by kill they are removed at once, and the process is killed");
	ok(!write_string(PARAMETERS "armed", "1"), "they are back");
}

/* Tells its child's number, and executes a program as soon as the EXEC has succeeded. */
static void __attribute__((noreturn)) submitter(int to)
{
	struct io_uring ring;
	pid_t pid;

	alarm(DEADLINE);
	if (io_uring_queue_init(8, &ring, IORING_SETUP_SINGLE_ISSUER |
				IORING_SETUP_DEFER_TASKRUN) &&
	    io_uring_queue_init(8, &ring, 0))
		_exit(2);
	start(&ring, true);
	pid = wait_for_child();
	if (write(to, &pid, sizeof(pid)) != sizeof(pid) ||
	    !cqes_match(&ring, held, ARRAY_SIZE(held)))
		_exit(1);
	execl(TINY, TINY, NULL);
	_exit(3);
}

static bool has_exited(void *arg)
{
	int status;

	return waitpid(*(pid_t *)arg, &status, WNOHANG) == *(pid_t *)arg &&
	       status == EXITED(0);
}

/* Its exec waits for its chains, and ends the processes of those that have not executed. */
static void test_exec(void)
{
	int to[2];
	pid_t pid, parent;
	bool good;

	if (pipe(to) || prctl(PR_SET_CHILD_SUBREAPER, 1))
		die("pipe");
	parent = fork();
	if (!parent)
		submitter(to[1]);
	if (read(to[0], &pid, sizeof(pid)) != sizeof(pid))
		die("no child");
	good = hold(pid);
	ok(eventually(has_exited, &parent) && good,
	   "a submitter executes a program while its process is held");
	ok(let_go(pid), "the program runs then");
	prctl(PR_SET_CHILD_SUBREAPER, 0);
}

int main(void)
{
	alarm(900);
	make_pipe();
	make_broken(BROKEN);
	for_each_kind(test_results, "early");
	for_each_kind(test_silent, "silent");
	for_main_kinds(test_held, "held");
	test_exec();
	test_unload();
	return done();
}
