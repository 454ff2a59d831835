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
#include "latency.h"
#include "test.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define ROUNDS	5
#define PROGRAM	"/tests/tiny"

static struct io_uring ring;
static char *const arguments[] = { "tiny", NULL };

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
	double least = 1e12, least_latency = 1e12, begun, took, wait_us;
	int i, status;

	for (i = 0; i < ROUNDS; i++) {
		latency_take();
		begun = now_us();
		ways[way].start();
		if (wait(&status) < 0 || status)
			die(ways[way].name);
		took = now_us() - begun;
		least = took < least ? took : least;
		wait_us = latency_take();
		least_latency = wait_us < least_latency ? wait_us : least_latency;
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
	latency_start();
	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		measure(i, nr);
	return 0;
}
