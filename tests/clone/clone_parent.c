// SPDX-License-Identifier: GPL-2.0
/*
 * Who the parent is, the signal mask, and SIGCHLD, whoever issues CLONE: the
 * submitter, a worker, the SQPOLL thread, or whoever ends a drained request's
 * wait. Never more of a disturbance than a forked child.
 */
#include "blocked.h"
#include "state.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>

#define TINY	"/tests/tiny"

static char report[STATE_SIZE];
static struct clone_args plain = { .exit_signal = SIGCHLD };

static const struct way {
	const char *name;
	unsigned int flags;
	/* a READ is before it, and must be done first */
	bool waits;
} ways[] = {
	{ "as it comes", 0 },
	{ "IOSQE_ASYNC", IOSQE_ASYNC },
	{ "IOSQE_IO_DRAIN", IOSQE_IO_DRAIN },
	{ "IOSQE_IO_DRAIN, after a READ", IOSQE_IO_DRAIN, true },
	{ "IOSQE_IO_DRAIN and IOSQE_ASYNC", IOSQE_IO_DRAIN | IOSQE_ASYNC },
	{ "both, after a READ", IOSQE_IO_DRAIN | IOSQE_ASYNC, true },
};

/* The chain, after a READ that is let go when all is submitted. */
static bool run(struct io_uring *ring, const struct way *way,
		const struct step *steps, unsigned int nr)
{
	const struct step first = OP(IORING_OP_READ, 0, 1, .fd = pipes[0],
				     .addr = buffer, .len = 1);
	unsigned long user_data;
	bool good = true;
	int res;

	if (way->waits)
		queue_step(ring, &first, 99);
	queue_steps(ring, steps, nr);
	submit(ring);
	if (way->waits) {
		good = no_cqe(ring);
		if (write(pipes[1], "x", 1) != 1)
			die("write");
		good &= next_cqe(ring, &user_data, &res) && user_data == 99 &&
			res == 1;
	}
	return good & cqes_match(ring, steps, nr);
}

static void test_report(struct io_uring *ring, const struct kind *kind,
			const struct way *way, const void *args)
{
	const struct step steps[] = {
		CLONE_WITH(L | way->flags, args ? PID : 0, args,
			   .len = args ? sizeof(plain) : 0),
		CALL(L, getpid(), SYS_getppid, 0, 0, 0, 0),
		REPORT(0, 0),
	};
	sigset_t mask, old;
	char line[64];
	bool good;

	sigemptyset(&mask);
	sigaddset(&mask, SIGHUP);
	sigaddset(&mask, SIGUSR2);
	sigprocmask(SIG_SETMASK, &mask, &old);
	state_read(report);
	good = run(ring, way, steps, 3);
	good &= status_is(EXITED(0));
	sigprocmask(SIG_SETMASK, &old, NULL);
	state_read(report);
	snprintf(line, sizeof(line), "parent: %d", getpid());
	good &= state_has(report, line) &&
		state_has(report, "SigBlk:\t0000000000000801") &&
		state_has(report, "Uid:\t0\t0\t0\t0");
	if (!good) {
		state_note(report, "parent");
		state_note(report, "SigBlk");
	}
	ok(good, "%s: %s%s: parent and signal mask", kind->name, way->name,
	   args ? ", with arguments" : "");
}

/* A thread that blocks SIGCHLD finds it pending, with the child's number. */
static void test_pending(struct io_uring *ring, const struct kind *kind,
			 const struct way *way)
{
	const struct step steps[] = {
		CLONE_WITH(L | way->flags, PID, &plain), EXEC(0, 0, TINY),
	};
	struct timespec limit = { .tv_sec = DEADLINE };
	siginfo_t info = { 0 };
	sigset_t mask, old;
	int received;
	bool good;

	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	sigprocmask(SIG_BLOCK, &mask, &old);
	good = run(ring, way, steps, 2);
	do {
		received = sigtimedwait(&mask, &info, &limit);
	} while (received < 0 && errno == EINTR);
	good &= received == SIGCHLD && info.si_pid == cqe_pid &&
		info.si_code == CLD_EXITED && !info.si_status;
	good &= status_is(EXITED(0));
	limit.tv_sec = 0;
	/* and there was just one */
	good &= sigtimedwait(&mask, &info, &limit) < 0 && errno == EAGAIN;
	sigprocmask(SIG_SETMASK, &old, NULL);
	ok(good, "%s: %s: SIGCHLD waits for who looks for it", kind->name,
	   way->name);
}

static __thread int is_other;
static volatile sig_atomic_t in_main, in_other;

static void on_sigchld(int signal)
{
	(void)signal;
	if (is_other)
		in_other++;
	else
		in_main++;
}

static int to_other[2];

/* Does not block SIGCHLD; its read() goes on after a handler. */
static void *other(void *good)
{
	sigset_t mask;
	char c;

	is_other = 1;
	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	pthread_sigmask(SIG_UNBLOCK, &mask, NULL);
	if (write(to_other[1], "r", 1) != 1)
		return NULL;
	while (read(pipes[0], &c, 1) < 0 && errno == EINTR)
		;
	return good;
}

static bool other_has_it(void *unused)
{
	(void)unused;
	return in_other;
}

/* SIGCHLD is the process's: a thread takes it that wants it. */
static void test_thread(struct io_uring *ring, const struct kind *kind)
{
	const struct step steps[] = {
		CLONE(L, 0), EXEC(0, 0, TINY),
	};
	struct sigaction action = { .sa_handler = on_sigchld };
	pthread_t thread;
	sigset_t mask, old;
	bool good;
	char c;

	if (pipe(to_other))
		die("pipe");
	in_main = in_other = 0;
	sigaction(SIGCHLD, &action, NULL);
	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	sigprocmask(SIG_BLOCK, &mask, &old);
	if (pthread_create(&thread, NULL, other, to_other) ||
	    read(to_other[0], &c, 1) != 1)
		die("thread");
	good = TRY(ring, steps, EXITED(0));
	good &= eventually(other_has_it, NULL);
	if (write(pipes[1], "x", 1) != 1)
		die("write");
	pthread_join(thread, NULL);
	signal(SIGCHLD, SIG_DFL);
	sigprocmask(SIG_SETMASK, &old, NULL);
	ok(good && in_other == 1 && !in_main,
	   "%s: SIGCHLD goes to the thread that does not block it",
	   kind->name);
	close(to_other[0]);
	close(to_other[1]);
}

static void test_all(struct io_uring *ring, const struct kind *kind)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		test_report(ring, kind, &ways[i], NULL);
		test_report(ring, kind, &ways[i], &plain);
		test_pending(ring, kind, &ways[i]);
	}
	test_thread(ring, kind);
}

int main(void)
{
	alarm(500);
	make_pipe();
	state_setup();
	for_main_kinds(test_all, "parent");
	return done();
}
