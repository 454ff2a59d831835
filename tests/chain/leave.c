// SPDX-License-Identifier: GPL-2.0
/* Chains whose ring is closed, or whose submitter exits, is killed or execs. */
#include "blocked.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>

/* The ring is closed under a blocked chain. */
static void test_close(void)
{
	unsigned int i;

	for (i = 0; i < nr_kinds; i++) {
		struct io_uring ring;
		int status;

		if (kinds[i].polled || open_ring(&ring, &kinds[i], 8))
			continue;
		start_blocked(&ring, H);
		close_ring(&ring, &kinds[i]);
		status = wait_status();
		ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
		   "%s: closing the ring ends its chain", kinds[i].name);
	}
}

static void *submit_and_go(void *ring)
{
	start_blocked(ring, H);
	return NULL;
}

static void *make_and_go(void *ring)
{
	if (io_uring_queue_init(8, ring, 0))
		die("ring");
	return NULL;
}

static void run_thread(void *(*function)(void *), struct io_uring *ring)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, function, ring) ||
	    pthread_join(thread, NULL))
		die("thread");
}

/* One thread of several leaves. */
static void test_threads(void)
{
	struct io_uring ring;
	unsigned long user_data;
	bool good;
	int res;

	if (io_uring_queue_init(8, &ring, 0))
		die("ring");
	run_thread(submit_and_go, &ring);
	ended(&ring, "default", "the thread that submitted exits");
	io_uring_queue_exit(&ring);

	run_thread(make_and_go, &ring);
	start_blocked(&ring, H);
	usleep(50000);
	if (write(pipes[1], "x", 1) != 1)
		die("write");
	good = next_cqe(&ring, &user_data, &res) && res == 1 &&
	       next_cqe(&ring, &user_data, &res) && res == 3 &&
	       next_cqe(&ring, &user_data, &res) && res == 0;
	good &= status_is(EXITED(0)) && read(pipes[0], buffer, 3) == 3;
	ok(good, "the thread that made the ring exits: the chain goes on");
	io_uring_queue_exit(&ring);
}

/* How the submitter leaves. */
static void leave_exit(void) { _exit(0); }
static void leave_kill(void) { raise(SIGKILL); }
static void leave_exec(void)
{
	execl("/tests/tiny", "tiny", NULL);
}

/*
 * Before the chain's process, which is on the same CPU, can do anything: it is
 * for that to wake the submitter then.
 */
static void leave_exec_first(void)
{
	struct sched_param first = { .sched_priority = 10 };

	if (sched_setscheduler(0, SCHED_FIFO, &first))
		die("sched_setscheduler");
	leave_exec();
}

/* A submitter that begins with a chain, and leaves now or when it is blocked. */
static pid_t fork_submitter(const struct kind *kind, void (*leave)(void),
			    bool at_once)
{
	struct io_uring ring;
	cpu_set_t cpu;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid)
		return pid;
	alarm(DEADLINE);
	CPU_ZERO(&cpu);
	CPU_SET(0, &cpu);
	if (leave == leave_exec_first)
		sched_setaffinity(0, sizeof(cpu), &cpu);
	open_ring(&ring, kind, 8);
	if (at_once) {
		queue_blocked(&ring, H);
		submit(&ring);
	} else {
		start_blocked(&ring, H);
	}
	leave();
	_exit(1);
}

static void test_leave(void (*leave)(void), const char *name, int want)
{
	struct pollfd nothing = { .fd = pipes[0], .events = POLLIN };
	unsigned int i, round;

	for (i = 0; i < nr_kinds; i++) {
		struct io_uring ring;
		int status = want;

		if (kinds[i].polled || open_ring(&ring, &kinds[i], 8))
			continue;
		close_ring(&ring, &kinds[i]);
		/* at first when the chain blocks, then before it may exist */
		for (round = 0; round < 6 && status == want; round++) {
			waitpid(fork_submitter(&kinds[i], leave, round),
				&status, 0);
			/* its orphan comes to us as a subreaper */
			while (waitpid(-1, NULL, 0) > 0)
				;
		}
		if (status != want)
			note("status %#x", status);
		ok(status == want && errno == ECHILD,
		   "%s: the submitter %s: no process is left", kinds[i].name,
		   name);
		/* Had the READ been satisfied, the WRITE would have come. */
		ok(poll(&nothing, 1, 0) == 0,
		   "%s: the submitter %s: and none went on", kinds[i].name,
		   name);
	}
}

/* Many chains end in the middle of an exec. */
static void test_exec_crowd(const struct kind *kind)
{
	struct step steps[] = {
		CLONE(L, 0),
		OP(IORING_OP_READ, L, ANY, .fd = pipes[0], .addr = buffer,
		   .len = 1),
		NOP(L, ANY), NOP(L, ANY), NOP(L, ANY),
		EXEC(0, ANY, TRUE),
	};
	int i, round, status = 0;
	pid_t pid;

	for (round = 0; round < 10 && status == 0; round++) {
		fflush(stdout);
		pid = fork();
		if (!pid) {
			struct io_uring ring;

			alarm(DEADLINE);
			if (open_ring(&ring, kind, 128))
				_exit(0);
			for (i = 0; i < 20; i++)
				queue_steps(&ring, steps, ARRAY_SIZE(steps));
			submit(&ring);
			usleep(round * 1500);
			leave_exec();
			_exit(1);
		}
		waitpid(pid, &status, 0);
		while (waitpid(-1, NULL, 0) > 0)
			;
	}
	ok(status == 0, "%s: 20 chains end in an exec", kind->name);
}

int main(void)
{
	unsigned int i;

	alarm(500);
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	make_pipe();
	test_close();
	test_threads();
	test_leave(leave_exit, "exits", EXITED(0));
	test_leave(leave_kill, "is killed", SIGKILL);
	test_leave(leave_exec, "execs", EXITED(0));
	test_leave(leave_exec_first, "execs and sleeps first", EXITED(0));
	for (i = 0; i < nr_kinds; i++)
		if (!kinds[i].polled)
			test_exec_crowd(&kinds[i]);
	return done();
}
