// SPDX-License-Identifier: MIT
/*
 * The smallest chain: CLONE makes a process, EXEC runs a program in it.
 *
 *	spawn [PROGRAM [ARGUMENT...]]
 *
 * PROGRAM is a path. Shows the CQEs and how the process ended, and exits with
 * its status.
 */
#include <io_uring_spawn.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* user_data: what a CQE is about */
static const char *const names[] = { "CLONE", "EXEC" };
enum { CLONE, EXEC, REQUESTS };

static void show(const char *name, int res)
{
	if (res < 0)
		printf("%s: %d (%s)\n", name, res, strerror(-res));
	else
		printf("%s: %d\n", name, res);
}

static int show_exit(int status)
{
	if (WIFSIGNALED(status)) {
		printf("killed by signal %d\n", WTERMSIG(status));
		return 128 + WTERMSIG(status);
	}
	printf("exit status %d\n", WEXITSTATUS(status));
	return WEXITSTATUS(status);
}

static void prepare(struct io_uring *ring, char *const argv[])
{
	struct io_uring_sqe *sqe;

	/* A new ring of four entries has room for two. */
	sqe = io_uring_get_sqe(ring);
	io_uring_prep_clone(sqe);
	sqe->flags = IOSQE_IO_LINK;
	sqe->user_data = CLONE;

	/* argv and environ are read when EXEC runs: they outlive its CQE. */
	sqe = io_uring_get_sqe(ring);
	io_uring_prep_exec(sqe, argv[0], argv, environ);
	sqe->user_data = EXEC;
}

static int spawn(struct io_uring *ring, char *const argv[])
{
	int ret, i, status, res[REQUESTS];

	prepare(ring, argv);
	ret = io_uring_submit(ring);
	if (ret < 0) {
		fprintf(stderr, "io_uring_submit: %s\n", strerror(-ret));
		return EXIT_FAILURE;
	}
	if (ret < REQUESTS) {
		fprintf(stderr, "io_uring_submit took only %d\n", ret);
		return EXIT_FAILURE;
	}

	for (i = 0; i < REQUESTS; i++) {
		struct io_uring_cqe *cqe;

		do
			ret = io_uring_wait_cqe(ring, &cqe);
		while (ret == -EINTR);
		if (ret < 0) {
			fprintf(stderr, "io_uring_wait_cqe: %s\n",
				strerror(-ret));
			return EXIT_FAILURE;
		}
		res[cqe->user_data] = cqe->res;
		show(names[cqe->user_data], cqe->res);
		io_uring_cqe_seen(ring, cqe);
	}

	/* There is a process if CLONE worked, also one that could not EXEC. */
	if (res[CLONE] < 0)
		return EXIT_FAILURE;
	if (waitpid(-1, &status, 0) < 0) {
		perror("waitpid");
		return EXIT_FAILURE;
	}
	return show_exit(status);
}

int main(int argc, char **argv)
{
	char *hello[] = { (char *)"/bin/echo", (char *)"hello", (char *)"from",
			  (char *)"a", (char *)"chain", NULL };
	enum io_uring_spawn_availability available = io_uring_spawn_available();
	struct io_uring ring;
	int ret;

	if (available != IO_URING_SPAWN_AVAILABLE) {
		fprintf(stderr, "spawn: %s\n",
			io_uring_spawn_strerror(available));
		if (available == IO_URING_SPAWN_NO_MODULE)
			fputs("try: modprobe io_uring_spawn\n", stderr);
		return EXIT_FAILURE;
	}

	/*
	 * The kernel's work for the ring is done when this thread waits for CQEs:
	 * it does not interrupt anything else that the thread does.
	 */
	ret = io_uring_queue_init(4, &ring,
				  IORING_SETUP_SINGLE_ISSUER |
				  IORING_SETUP_DEFER_TASKRUN);
	if (ret < 0) {
		fprintf(stderr, "io_uring_queue_init: %s\n", strerror(-ret));
		return EXIT_FAILURE;
	}
	ret = spawn(&ring, argc > 1 ? argv + 1 : hello);
	/* Not earlier: closing the ring kills a process that has no program. */
	io_uring_queue_exit(&ring);
	return ret;
}
