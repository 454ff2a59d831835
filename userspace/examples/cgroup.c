// SPDX-License-Identifier: MIT
/*
 * Starts a program in a cgroup: the process is born there, so that nothing of
 * what it does is accounted to another one.
 *
 *	cgroup DIRECTORY [PROGRAM [ARGUMENT...]]
 *
 * DIRECTORY is one of cgroup v2, such as /sys/fs/cgroup/jobs, that we may move
 * processes to. PROGRAM is a path, /bin/cat /proc/self/cgroup by default.
 */
#define _GNU_SOURCE
#include <io_uring_spawn.h>

#include <fcntl.h>
#include <linux/sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* user_data: what a CQE is about */
static const char *const names[] = { "CLONE", "EXEC" };
enum { CLONE, EXEC, REQUESTS };

/* @args is copied by the submission; the descriptor in it must stay open. */
static void prepare(struct io_uring *ring, const struct clone_args *args,
		    char *const argv[])
{
	struct io_uring_sqe *sqe;

	/* A new ring of two entries has room for two. */
	sqe = io_uring_get_sqe(ring);
	io_uring_prep_clone_args(sqe, args, sizeof(*args));
	sqe->flags = IOSQE_IO_LINK;
	sqe->user_data = CLONE;

	sqe = io_uring_get_sqe(ring);
	io_uring_prep_exec(sqe, argv[0], argv, environ);
	sqe->user_data = EXEC;
}

/* Returns the pid, or an error. */
static int spawn(struct io_uring *ring, int cgroup, char *const argv[])
{
	struct clone_args args = {
		.flags = CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
		.cgroup = (__u64)cgroup,
	};
	int ret, i, pid = -ECANCELED;

	prepare(ring, &args, argv);
	ret = io_uring_submit(ring);
	if (ret < 0)
		return ret;
	if (ret < REQUESTS)
		return -EAGAIN;
	for (i = 0; i < REQUESTS; i++) {
		struct io_uring_cqe *cqe;

		do
			ret = io_uring_wait_cqe(ring, &cqe);
		while (ret == -EINTR);
		if (ret < 0)
			return ret;
		if (cqe->user_data == CLONE)
			pid = cqe->res;
		if (cqe->res < 0 && cqe->res != -ECANCELED)
			fprintf(stderr, "%s: %s\n", names[cqe->user_data],
				strerror(-cqe->res));
		io_uring_cqe_seen(ring, cqe);
	}
	return pid;
}

static int run(int cgroup, char *const argv[])
{
	int ret, pid, status = 0;
	struct io_uring ring;

	ret = io_uring_queue_init(REQUESTS, &ring,
				  IORING_SETUP_SINGLE_ISSUER |
				  IORING_SETUP_DEFER_TASKRUN);
	if (ret < 0) {
		fprintf(stderr, "io_uring_queue_init: %s\n", strerror(-ret));
		return EXIT_FAILURE;
	}
	pid = spawn(&ring, cgroup, argv);
	ret = EXIT_FAILURE;
	if (pid < 0)
		fprintf(stderr, "cgroup: no process: %s\n", strerror(-pid));
	else if (waitpid(pid, &status, 0) < 0)
		perror("waitpid");
	else
		ret = WIFEXITED(status) ? WEXITSTATUS(status) :
					  128 + WTERMSIG(status);
	/* Not earlier: closing the ring kills a process that has no program. */
	io_uring_queue_exit(&ring);
	return ret;
}

int main(int argc, char **argv)
{
	enum io_uring_spawn_availability available = io_uring_spawn_available();
	char *show[] = { (char *)"/bin/cat", (char *)"/proc/self/cgroup",
			 NULL };
	int cgroup, ret;

	if (argc < 2) {
		fprintf(stderr, "usage: %s DIRECTORY [PROGRAM [ARGUMENT...]]\n",
			argv[0]);
		return EXIT_FAILURE;
	}
	if (available != IO_URING_SPAWN_AVAILABLE) {
		fprintf(stderr, "cgroup: %s\n",
			io_uring_spawn_strerror(available));
		return EXIT_FAILURE;
	}
	cgroup = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (cgroup < 0) {
		perror(argv[1]);
		return EXIT_FAILURE;
	}
	ret = run(cgroup, argc > 2 ? argv + 2 : show);
	close(cgroup);
	return ret;
}
