// SPDX-License-Identifier: GPL-2.0
/* A ring of the thread's own, as in sync.c: with threads and signals. */
#include "own_ring.h"
#include "test.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "../../userspace/lib/thread_ring.h"

/* ---- threads */

static void *spawn_some(void *arg)
{
	long bad = 0;
	int i;

	(void)arg;
	for (i = 0; i < 10; i++)
		bad += spawn("/bin/true") != 0;
	return (void *)bad;
}

static int run_threads(void)
{
	pthread_t threads[8];
	int i, bad = 0;
	void *ret;

	for (i = 0; i < 8; i++)
		if (pthread_create(&threads[i], NULL, spawn_some, NULL))
			return 1;
	for (i = 0; i < 8; i++)
		bad |= pthread_join(threads[i], &ret) || ret;
	return bad;
}

/* Their stacks stay, for the next ones. */
static int in_threads(const void *arg)
{
	struct usage before, after;

	(void)arg;
	if (run_threads())
		return 1;
	before = usage();
	if (run_threads())
		return 2;
	after = usage();
	after.pages = before.pages;
	return same_usage(&before, &after) || after.rings;
}

static void *fork_and_spawn(void *arg)
{
	return (void *)(long)in_forked(arg);
}

static int in_forked_thread(const void *arg)
{
	pthread_t thread;
	void *ret;

	(void)arg;
	return spawn_true() ||
	       pthread_create(&thread, NULL, fork_and_spawn, NULL) ||
	       pthread_join(thread, &ret) || ret || spawn_true();
}

/* One that is cancelled already spawns to the end, and waits for what failed. */
static void *spawn_cancelled(void *arg)
{
	pthread_cancel(pthread_self());
	*(int *)arg = spawn("/gone");
	return NULL;
}

static int cancelled_before(const void *arg)
{
	pthread_t thread;
	int ret = 1;

	(void)arg;
	return pthread_create(&thread, NULL, spawn_cancelled, &ret) ||
	       pthread_join(thread, NULL) || ret != -ENOENT || !is_childless();
}

static void *spawn_for_ever(void *arg)
{
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	while (spawn("/gone") == -ENOENT)
		;
	return arg;
}

/* Wherever it is, a little later each time. */
static int cancelled_anywhere(const void *arg)
{
	static char failure;
	pthread_t thread;
	void *ret;
	int i;

	(void)arg;
	for (i = 0; i < 40; i++) {
		if (pthread_create(&thread, NULL, spawn_for_ever, &failure))
			return 1;
		usleep(10000 + 317 * i);
		pthread_cancel(thread);
		if (pthread_join(thread, &ret) || ret == &failure ||
		    !is_childless())
			return 2;
	}
	return spawn_true();
}

/* ---- signals */

static volatile sig_atomic_t handled;

static void count(int sig)
{
	(void)sig;
	handled++;
}

static int shielded(const void *arg)
{
	struct ious_thread_ring *own;
	int seen;

	(void)arg;
	signal(SIGUSR1, count);
	if (ious_thread_ring_get(&own))
		return 1;
	raise(SIGUSR1);
	seen = handled;
	ious_thread_ring_put(own);
	return seen || handled != 1 || spawn_true();
}

/* In the process and in one that it forks; a little later each time. */
static void fork_in_handler(int sig)
{
	int err = errno;
	pid_t pid;

	(void)sig;
	pid = fork();
	if (pid)
		handled += status_of(pid) ? -1000 : 1;
	else
		_exit(spawn("/bin/true") != 0);
	if (spawn("/bin/true"))
		handled = -1000;
	errno = err;
}

static int in_handlers(const void *arg)
{
	struct sigevent event = {
		.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1,
	};
	struct itimerspec when = { 0 };
	timer_t timer;
	int i;

	(void)arg;
	signal(SIGUSR1, fork_in_handler);
	if (timer_create(CLOCK_MONOTONIC, &event, &timer))
		return 1;
	for (i = 1; i <= 30; i++) {
		when.it_value.tv_nsec = i * 100000;
		if (timer_settime(timer, 0, &when, NULL) || spawn_true())
			return 2;
	}
	return handled < 1 || !is_childless();
}

/* ---- */

static const struct {
	const char *name;
	int (*test)(const void *arg);
} tests[] = {
	{ "in threads: their rings go with them", in_threads },
	{ "in a process that a thread has forked", in_forked_thread },
	{ "in a thread that is cancelled already", cancelled_before },
	{ "in a thread that is cancelled at any time", cancelled_anywhere },
	{ "signals come afterwards", shielded },
	{ "in signal handlers, also forked ones", in_handlers },
};

int main(void)
{
	unsigned int i;

	alarm(500);
	for (i = 0; i < ARRAY_SIZE(tests); i++)
		ok(in_process(tests[i].test, NULL) == 0, "%s", tests[i].name);
	return done();
}
