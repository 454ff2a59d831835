// SPDX-License-Identifier: GPL-2.0
/*
 * CLONE with flags that only newer kernels have: AUTOREAP, NNP, AUTOKILL. CLONE takes
 * and refuses them as clone3 does.
 */
#include "state.h"
#include "test.h"

#include <poll.h>
#include <signal.h>

#define TINY	"/tests/tiny"

#ifndef CLONE_AUTOREAP
#define CLONE_AUTOREAP		(1ULL << 34)
#define CLONE_NNP		(1ULL << 35)
#define CLONE_PIDFD_AUTOKILL	(1ULL << 36)
#endif

static char report[STATE_SIZE];
static volatile sig_atomic_t nr_chld;

static void count(int signal)
{
	(void)signal;
	nr_chld++;
}

/* What clone3 itself says to such flags: 0 or a negated errno. */
static int direct(unsigned long long flags, int exit_signal)
{
	int pidfd = -1;
	struct clone_args args = {
		.flags = flags,
		.exit_signal = exit_signal,
		.pidfd = flags & CLONE_PIDFD ? (unsigned long)&pidfd : 0,
	};
	pid_t pid;

	fflush(stdout);
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (!pid)
		_exit(0);
	if (pid < 0)
		return -errno;
	waitpid(pid, NULL, __WALL);
	if (pidfd >= 0)
		close(pidfd);
	return 0;
}

#define A	CLONE_AUTOREAP
#define N	CLONE_NNP
#define K	CLONE_PIDFD_AUTOKILL
#define P	CLONE_PIDFD

/* With a kernel that has none of them, all are -EINVAL. */
static void test_as_clone3(struct io_uring *ring, const struct kind *kind)
{
	static const struct {
		const char *name;
		unsigned long long flags;
		int exit_signal;
	} flags[] = {
		{ "AUTOREAP", A, 0 },
		{ "AUTOREAP with a signal", A, SIGCHLD },
		{ "AUTOREAP with PARENT", A | CLONE_PARENT, 0 },
		{ "NNP", N, SIGCHLD },
		{ "NNP with AUTOREAP", A | N, 0 },
		{ "AUTOKILL", K, 0 },
		{ "AUTOKILL with PIDFD", K | P, SIGCHLD },
		{ "AUTOKILL with PIDFD, AUTOREAP", K | P | A, 0 },
		{ "AUTOKILL with AUTOREAP, NNP", K | A | N, 0 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		int pidfd = -1, want = direct(flags[i].flags,
					      flags[i].exit_signal);
		struct clone_args args = {
			.flags = flags[i].flags,
			.exit_signal = flags[i].exit_signal,
		};
		const struct step steps[] = {
			CLONE_WITH(L, want ?: PID, &args),
			NOP(0, want ? -ECANCELED : 0),
		};
		bool good;

		if (args.flags & CLONE_PIDFD)
			args.pidfd = (unsigned long)&pidfd;
		queue_steps(ring, steps, 2);
		submit(ring);
		good = cqes_match(ring, steps, 2);
		if (!want)
			waitpid(cqe_pid, NULL, __WALL);
		if (pidfd >= 0)
			close(pidfd);
		ok(good && waitpid(-1, NULL, __WALL) < 0 && errno == ECHILD,
		   "%s: %s, as clone3: %s", kind->name, flags[i].name,
		   strerror(-want));
	}
}

static void test_nnp(struct io_uring *ring, const struct kind *kind)
{
	struct clone_args args = { .flags = N, .exit_signal = SIGCHLD };
	const struct step steps[] = {
		CLONE_WITH(L, PID, &args), REPORT(0, 0),
	};
	bool good;

	state_read(report);
	good = TRY(ring, steps, EXITED(0));
	state_read(report);
	good &= state_has(report, "NoNewPrivs:\t1");
	state_print(report);
	ok(good && state_has(report, "NoNewPrivs:\t0"),
	   "%s: CLONE_NNP: the program may not gain, the submitter may",
	   kind->name);
}

static void test_autoreap(struct io_uring *ring, const struct kind *kind)
{
	int pidfd = -1;
	struct clone_args args = {
		.flags = A | P, .pidfd = (unsigned long)&pidfd,
	};
	const struct step steps[] = {
		CLONE_WITH(L, PID, &args), EXEC(0, 0, TINY),
	};
	struct pollfd end;
	bool good;

	signal(SIGCHLD, count);
	nr_chld = 0;
	queue_steps(ring, steps, 2);
	submit(ring);
	good = cqes_match(ring, steps, 2);
	end = (struct pollfd){ .fd = pidfd, .events = POLLIN };
	while (poll(&end, 1, DEADLINE * 1000) < 0 && errno == EINTR)
		;
	good &= end.revents & POLLIN && waitpid(cqe_pid, NULL, __WALL) < 0 &&
		errno == ECHILD;
	ok(good && !nr_chld, "%s: CLONE_AUTOREAP: gone without a word",
	   kind->name);
	close(pidfd);
	signal(SIGCHLD, SIG_DFL);
}

static bool is_gone(void *pid)
{
	return kill(*(pid_t *)pid, 0) && errno == ESRCH;
}

static void test_autokill(struct io_uring *ring, const struct kind *kind)
{
	static char *const forever[] = { "sleep", "1000", NULL };
	int pidfd = -1;
	struct clone_args args = {
		.flags = A | P | K | N, .pidfd = (unsigned long)&pidfd,
	};
	const struct step steps[] = {
		CLONE_WITH(L, PID, &args),
		EXEC(0, 0, "/bin/sleep", .argv = forever),
	};
	pid_t pid;
	bool good;

	queue_steps(ring, steps, 2);
	submit(ring);
	good = cqes_match(ring, steps, 2);
	pid = cqe_pid;
	good &= !kill(pid, 0);
	close(pidfd);
	ok(good && eventually(is_gone, &pid),
	   "%s: CLONE_PIDFD_AUTOKILL: it ends with its pidfd", kind->name);
}

static void test_new(struct io_uring *ring, const struct kind *kind)
{
	test_as_clone3(ring, kind);
	if (direct(A | P | K | N, 0)) {
		skip("this kernel has none", "%s: AUTOREAP, NNP, AUTOKILL",
		     kind->name);
		return;
	}
	test_nnp(ring, kind);
	test_autoreap(ring, kind);
	test_autokill(ring, kind);
}

int main(void)
{
	alarm(500);
	state_setup();
	for_main_kinds(test_new, "new flags of CLONE");
	return done();
}
