// SPDX-License-Identifier: GPL-2.0
/*
 * many_files NR: what a process costs whose maker has NR descriptors open, by vfork(),
 * by a chain, and by a chain that keeps three of them. On one CPU that counts
 * instructions as nanoseconds. Prints a line for each of them, in microseconds:
 *
 *	NAME NR cost latency
 *
 * cost: the least of some, to the end of the program; latency: the longest that a
 * real-time thread had to wait for the CPU meanwhile, the least of these.
 */
#include "test.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#define ROUNDS	5
#define PROGRAM	"/tests/tiny"

static struct io_uring ring;
static char *const arguments[] = { "tiny", NULL };

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e6 + ts.tv_nsec / 1e3;
}

static volatile double latency;

/* The longest that this thread overslept. */
static void *watcher(void *unused)
{
	const struct timespec ts = { 0, 50000 };
	double before, took;

	(void)unused;
	for (;;) {
		before = now();
		clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, NULL);
		took = now() - before - 50;
		if (took > latency)
			latency = took;
	}
	return NULL;
}

static void start_watcher(void)
{
	struct sched_param param = { .sched_priority = 50 };
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attr, SCHED_FIFO);
	pthread_attr_setschedparam(&attr, &param);
	if (pthread_create(&thread, &attr, watcher, NULL))
		die("pthread_create");
}

static void by_vfork(void)
{
	if (!vfork()) {
		execve(PROGRAM, arguments, environ);
		_exit(1);
	}
}

static void submit_chain(struct clone_args *args, unsigned int keep)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

	io_uring_prep_clone_args(sqe, args, sizeof(*args));
	sqe->flags |= IOSQE_IO_LINK;
	if (keep) {
		sqe = io_uring_get_sqe(&ring);
		io_uring_prep_spawn_keep(sqe, keep);
		sqe->flags |= IOSQE_IO_LINK;
	}
	io_uring_prep_exec(io_uring_get_sqe(&ring), PROGRAM, arguments, environ);
	io_uring_submit_and_wait(&ring, keep ? 3 : 2);
	io_uring_cq_advance(&ring, keep ? 3 : 2);
}

static void by_chain(void)
{
	struct clone_args args = { .exit_signal = SIGCHLD };

	submit_chain(&args, 0);
}

static void by_chain_that_keeps(void)
{
	struct clone_args args = {
		.flags = CLONE_FILES, .exit_signal = SIGCHLD,
	};

	submit_chain(&args, 3);
}

static const struct {
	const char *name;
	void (*start)(void);
} ways[] = {
	{ "vfork", by_vfork },
	{ "chain", by_chain },
	{ "keep", by_chain_that_keeps },
};

static void measure(unsigned int way, unsigned long nr)
{
	double least = 1e12, least_latency = 1e12, begun, took;
	int i, status;

	for (i = 0; i < ROUNDS; i++) {
		latency = 0;
		begun = now();
		ways[way].start();
		if (wait(&status) < 0 || status)
			die(ways[way].name);
		took = now() - begun;
		least = took < least ? took : least;
		least_latency = latency < least_latency ? latency : least_latency;
	}
	printf("%s %lu %.0f %.0f\n", ways[way].name, nr, least, least_latency);
}

int main(int argc, char *argv[])
{
	const struct rlimit limit = { 1 << 20, 1 << 20 };
	unsigned long nr = argc > 1 ? atol(argv[1]) : 0, i;
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	alarm(600);
	if (!nr || setrlimit(RLIMIT_NOFILE, &limit))
		return 2;
	if (io_uring_queue_init(8, &ring, IORING_SETUP_SINGLE_ISSUER |
				IORING_SETUP_DEFER_TASKRUN))
		die("io_uring_queue_init");
	for (i = null + 1; i < nr; i++)
		if (fcntl(null, F_DUPFD_CLOEXEC, i) < 0)
			die("dup");
	start_watcher();
	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		measure(i, nr);
	return 0;
}
