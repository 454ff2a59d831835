// SPDX-License-Identifier: MIT
/*
 * A spawn from direct descriptors only: program, output and pidfd are in the
 * ring's own table of files, none of them is ever a descriptor of this process.
 *
 *	direct [PROGRAM [ARGUMENT...]]
 *
 * PROGRAM is a path, and not a script: its interpreter could not open it. What
 * it writes goes to a file without a name, and is shown when it has ended.
 */
#define _GNU_SOURCE
#include <io_uring_spawn.h>

#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* slots of the ring's table */
enum { PROGRAM, OUTPUT, PIDFD, SLOTS };

/* user_data: what a CQE is about */
static const char *const names[] = {
	"program", "output", "CLONE", "DUP to 1", "DUP to 2", "EXEC", "POLL",
	"READ"
};
enum { OPEN_PROGRAM, OPEN_OUTPUT, CLONE, DUP, EXEC = DUP + 2, POLL, READ };

/* Waits for @nr CQEs. Returns the result of the first, or an error of any. */
static int wait_cqes(struct io_uring *ring, int nr)
{
	int ret, i, first = 0, error = 0;

	for (i = 0; i < nr; i++) {
		struct io_uring_cqe *cqe;

		do
			ret = io_uring_wait_cqe(ring, &cqe);
		while (ret == -EINTR);
		if (ret < 0)
			return ret;
		if (!i)
			first = cqe->res;
		if (cqe->res < 0 && !error) {
			error = cqe->res;
			fprintf(stderr, "%s: %s\n", names[cqe->user_data],
				strerror(-error));
		}
		io_uring_cqe_seen(ring, cqe);
	}
	return error ? error : first;
}

static int submit(struct io_uring *ring, int nr)
{
	int ret = io_uring_submit(ring);

	if (ret >= 0 && ret < nr)
		ret = -EAGAIN;
	return ret < 0 ? ret : wait_cqes(ring, nr);
}

static int open_files(struct io_uring *ring, const char *program)
{
	struct io_uring_sqe *sqe;

	/* The ring has room for all that is ever under way. */
	sqe = io_uring_get_sqe(ring);
	io_uring_prep_openat_direct(sqe, AT_FDCWD, program, O_RDONLY, 0,
				    PROGRAM);
	sqe->user_data = OPEN_PROGRAM;
	sqe = io_uring_get_sqe(ring);
	io_uring_prep_openat_direct(sqe, AT_FDCWD, "/tmp", O_TMPFILE | O_RDWR,
				    0600, OUTPUT);
	sqe->user_data = OPEN_OUTPUT;
	return submit(ring, 2);
}

/* Returns the pid, or an error. */
static int spawn(struct io_uring *ring, char *const argv[])
{
	struct clone_args args = {
		.flags = CLONE_PIDFD,
		.exit_signal = SIGCHLD,
	};
	struct io_uring_sqe *sqe;
	int i;

	sqe = io_uring_get_sqe(ring);
	io_uring_prep_clone_args_direct(sqe, &args, sizeof(args), PIDFD);
	sqe->flags = IOSQE_IO_LINK;
	sqe->user_data = CLONE;
	for (i = 0; i < 2; i++) {
		sqe = io_uring_get_sqe(ring);
		io_uring_prep_dup(sqe, OUTPUT, 1 + i, 0);
		sqe->flags = IOSQE_IO_LINK | IOSQE_FIXED_FILE;
		sqe->user_data = (__u64)(DUP + i);
	}
	/* The empty path: what the slot holds. */
	sqe = io_uring_get_sqe(ring);
	io_uring_prep_execveat(sqe, PROGRAM, "", argv, environ, AT_EMPTY_PATH);
	sqe->flags = IOSQE_FIXED_FILE;
	sqe->user_data = EXEC;
	return submit(ring, 4);
}

/* The pidfd tells of the exit; what the status is, only a wait tells. */
static int wait_for_exit(struct io_uring *ring, pid_t pid, int *status)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);
	int ret;

	io_uring_prep_poll_add(sqe, PIDFD, POLLIN);
	sqe->flags |= IOSQE_FIXED_FILE;
	sqe->user_data = POLL;
	ret = submit(ring, 1);
	if (ret >= 0 && waitpid(pid, status, 0) < 0)
		ret = -errno;
	return ret < 0 ? ret : 0;
}

static int show_output(struct io_uring *ring)
{
	struct io_uring_sqe *sqe;
	char buf[4096];
	__u64 offset = 0;
	int ret;

	do {
		sqe = io_uring_get_sqe(ring);
		io_uring_prep_read(sqe, OUTPUT, buf, sizeof(buf), offset);
		sqe->flags |= IOSQE_FIXED_FILE;
		sqe->user_data = READ;
		ret = submit(ring, 1);
		if (ret > 0) {
			fwrite(buf, 1, (size_t)ret, stdout);
			offset += (__u64)ret;
		}
	} while (ret > 0);
	return ret;
}

static int run(struct io_uring *ring, char *const argv[])
{
	int ret, status = 0;

	ret = io_uring_register_files_sparse(ring, SLOTS);
	if (!ret)
		ret = open_files(ring, argv[0]);
	if (ret >= 0)
		ret = spawn(ring, argv);
	if (ret >= 0)
		ret = wait_for_exit(ring, ret, &status);
	if (ret >= 0)
		ret = show_output(ring);
	if (ret < 0) {
		fprintf(stderr, "direct: %s\n", strerror(-ret));
		return EXIT_FAILURE;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) :
				   128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	enum io_uring_spawn_availability available = io_uring_spawn_available();
	char *list[] = { (char *)"/bin/ls", (char *)"-l",
			 (char *)"/proc/self/fd", NULL };
	struct io_uring ring;
	int ret;

	if (available != IO_URING_SPAWN_AVAILABLE) {
		fprintf(stderr, "direct: %s\n",
			io_uring_spawn_strerror(available));
		return EXIT_FAILURE;
	}
	ret = io_uring_queue_init(8, &ring,
				  IORING_SETUP_SINGLE_ISSUER |
				  IORING_SETUP_DEFER_TASKRUN);
	if (ret < 0) {
		fprintf(stderr, "io_uring_queue_init: %s\n", strerror(-ret));
		return EXIT_FAILURE;
	}
	ret = run(&ring, argc > 1 ? argv + 1 : list);
	/* Not earlier: closing the ring kills a process that has no program. */
	io_uring_queue_exit(&ring);
	return ret;
}
