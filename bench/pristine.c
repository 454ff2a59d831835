// SPDX-License-Identifier: GPL-2.0
/*
 * pristine [N]: what one spawn costs, from the submission to the child reaped,
 * as the parent grows: 10 or 100,000 open files, nothing or 1 GiB touched.
 * Median of N spawns of a minimal static program, in nanoseconds, which on an
 * --icount machine of tests/vm/run are instructions.
 */
#include <io_uring_spawn.h>

#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TINY	"/tests/tiny"
#define MANY	100000
#define GIB	(1ul << 30)

extern char **environ;
static char *const argv[] = { "tiny", NULL };
static struct io_uring ring;

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void spawn_fork(void)
{
	pid_t pid = fork();

	if (!pid) {
		execve(TINY, argv, environ);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
}

static void spawn_vfork(void)
{
	pid_t pid = vfork();

	if (!pid) {
		execve(TINY, argv, environ);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
}

static void spawn_posix(void)
{
	pid_t pid;

	if (posix_spawn(&pid, TINY, NULL, NULL, argv, environ))
		fail("posix_spawn");
	waitpid(pid, NULL, 0);
}

/* All CQEs of a chain, then the child. */
static void finish(unsigned int nr)
{
	struct io_uring_cqe *cqe;
	int status;

	io_uring_submit_and_wait(&ring, nr);
	while (nr--) {
		if (io_uring_wait_cqe(&ring, &cqe) || cqe->res < 0) {
			fprintf(stderr, "a step: %s\n", strerror(-cqe->res));
			exit(1);
		}
		io_uring_cqe_seen(&ring, cqe);
	}
	if (waitpid(-1, &status, 0) < 0 || status)
		fail("waitpid");
}

static void spawn_chain(void)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

	io_uring_prep_clone(sqe);
	sqe->flags |= IOSQE_IO_LINK;
	io_uring_prep_exec(io_uring_get_sqe(&ring), TINY, argv, environ);
	finish(2);
}

static void spawn_pristine(void)
{
	struct clone_args args = {
		.flags = CLONE_FILES, .exit_signal = SIGCHLD,
	};
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

	io_uring_prep_clone_args(sqe, &args, sizeof(args));
	sqe->flags |= IOSQE_IO_LINK;
	sqe = io_uring_get_sqe(&ring);
	io_uring_prep_spawn_keep(sqe, 3);
	sqe->flags |= IOSQE_IO_LINK;
	io_uring_prep_exec(io_uring_get_sqe(&ring), TINY, argv, environ);
	finish(3);
}

static const struct {
	const char *name;
	void (*spawn)(void);
} ways[] = {
	{ "fork, execve", spawn_fork },
	{ "vfork, execve", spawn_vfork },
	{ "posix_spawn", spawn_posix },
	{ "chain", spawn_chain },
	{ "chain, pristine", spawn_pristine },
};
#define NR_WAYS	(sizeof(ways) / sizeof(ways[0]))

static long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000l + ts.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return (x > y) - (x < y);
}

static long median(void (*spawn)(void), int nr)
{
	long times[nr];
	int i;

	for (i = 0; i < nr; i++) {
		times[i] = now();
		spawn();
		times[i] = now() - times[i];
	}
	qsort(times, nr, sizeof(times[0]), by_size);
	return times[nr / 2];
}

static void open_files(void)
{
	struct rlimit limit = { MANY + 100, MANY + 100 };
	int i;

	if (setrlimit(RLIMIT_NOFILE, &limit))
		fail("RLIMIT_NOFILE");
	for (i = 0; i < MANY; i++)
		if (fcntl(2, F_DUPFD_CLOEXEC, 3) < 0)
			fail("dup");
}

static void touch_memory(void)
{
	char *memory = mmap(NULL, GIB, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned long i;

	if (memory == MAP_FAILED)
		fail("mmap");
	madvise(memory, GIB, MADV_NOHUGEPAGE);
	for (i = 0; i < GIB; i += 4096)
		memory[i] = 1;
}

static void *sleeper(void *unused)
{
	pause();
	return unused;
}

int main(int argc, char *argv[])
{
	int nr = argc > 1 ? atoi(argv[1]) : 11;
	long cost[4][NR_WAYS];
	pthread_t thread;
	unsigned int i, parent;

	/* Linux 6.1 shares no table of files with a process of one thread */
	if (io_uring_queue_init(8, &ring, 0) ||
	    pthread_create(&thread, NULL, sleeper, NULL))
		fail("ring");
	for (parent = 0; parent < 4; parent++) {
		if (parent == 1)
			open_files();
		if (parent == 2) {
			close_range(10, ~0U, 0);
			touch_memory();
		}
		if (parent == 3)
			open_files();
		for (i = 0; i < NR_WAYS; i++)
			cost[parent][i] = median(ways[i].spawn, nr);
	}
	printf("| | 10 files | 100,000 files | 1 GiB touched | both |\n");
	printf("|---|---|---|---|---|\n");
	for (i = 0; i < NR_WAYS; i++)
		printf("| %s | %ld | %ld | %ld | %ld |\n", ways[i].name,
		       cost[0][i], cost[1][i], cost[2][i], cost[3][i]);
	return 0;
}
