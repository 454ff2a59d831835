// SPDX-License-Identifier: MIT
/*
 * A shell command on a terminal of its own: the new process opens the pty,
 * makes it the controlling terminal of a new session and its standard
 * descriptors; what it writes is read here.
 *
 *	pty [COMMAND]
 */
#define _GNU_SOURCE
#include <io_uring_spawn.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* user_data: what a CQE is about */
static const char *const names[] = {
	"CLONE", "setsid", "OPENAT", "TIOCSCTTY", "DUP to 0", "DUP to 1",
	"DUP to 2", "EXEC"
};
enum { CLONE, SETSID, OPENAT, CTTY, DUP, EXEC = DUP + 3, STEPS };

static void prepare(struct io_uring *ring, const char *pty, char *const argv[])
{
	struct io_uring_sqe *sqes[STEPS];
	int i;

	/* The ring has room for all of them. */
	for (i = 0; i < STEPS; i++)
		sqes[i] = io_uring_get_sqe(ring);
	io_uring_prep_clone(sqes[CLONE]);
	io_uring_prep_spawn_setsid(sqes[SETSID]);
	/* Which number it gets need not be known: see those that follow. */
	io_uring_prep_openat(sqes[OPENAT], AT_FDCWD, pty,
			     O_RDWR | O_NOCTTY | O_CLOEXEC, 0);
	io_uring_prep_spawn_ctty(sqes[CTTY], -1);
	io_uring_spawn_use_result(sqes[CTTY], 0, CTTY - OPENAT);
	for (i = 0; i < 3; i++)
		io_uring_prep_dup_result(sqes[DUP + i],
					 (unsigned int)(DUP + i - OPENAT), i,
					 0);
	io_uring_prep_exec(sqes[EXEC], argv[0], argv, environ);

	for (i = 0; i < STEPS; i++) {
		if (i + 1 < STEPS)
			sqes[i]->flags = IOSQE_IO_LINK;
		sqes[i]->user_data = (__u64)i;
	}
}

static int wait_cqe(struct io_uring *ring, struct io_uring_cqe *result)
{
	struct io_uring_cqe *cqe;
	int ret;

	do
		ret = io_uring_wait_cqe(ring, &cqe);
	while (ret == -EINTR);
	if (ret < 0)
		return ret;
	*result = *cqe;
	io_uring_cqe_seen(ring, cqe);
	return 0;
}

/* Returns 0 when the shell is there; *@started: there is a process. */
static int start(struct io_uring *ring, const char *pty, char *const argv[],
		 int *started)
{
	int ret, i, error = 0;

	prepare(ring, pty, argv);
	ret = io_uring_submit(ring);
	if (ret < 0)
		return ret;
	if (ret < STEPS)
		return -EAGAIN;
	for (i = 0; i < STEPS; i++) {
		struct io_uring_cqe cqe;

		ret = wait_cqe(ring, &cqe);
		if (ret)
			return ret;
		if (cqe.user_data == CLONE)
			*started = cqe.res >= 0;
		if (cqe.res < 0 && !error) {
			error = cqe.res;
			fprintf(stderr, "%s: %s\n", names[cqe.user_data],
				strerror(-error));
		}
	}
	return error;
}

/* -EIO is the end: nobody has the terminal open any more. */
static int copy_output(struct io_uring *ring, int master)
{
	struct io_uring_cqe cqe;
	char buf[4096];
	int ret;

	for (;;) {
		io_uring_prep_read(io_uring_get_sqe(ring), master, buf,
				   sizeof(buf), 0);
		ret = io_uring_submit(ring);
		if (ret >= 0)
			ret = wait_cqe(ring, &cqe);
		if (ret < 0)
			return ret;
		if (cqe.res <= 0)
			return cqe.res == -EIO ? 0 : cqe.res;
		fwrite(buf, 1, (size_t)cqe.res, stdout);
	}
}

static int run(struct io_uring *ring, int master, char *const argv[])
{
	int ret, status = 0, started = 0;

	ret = start(ring, ptsname(master), argv, &started);
	if (!ret)
		ret = copy_output(ring, master);
	if (started && waitpid(-1, &status, 0) < 0)
		ret = -errno;
	if (ret) {
		fprintf(stderr, "pty: %s\n", strerror(-ret));
		return EXIT_FAILURE;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) :
				   128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	enum io_uring_spawn_availability available = io_uring_spawn_available();
	char *shell[] = { (char *)"/bin/sh", (char *)"-c",
			  (char *)"tty; echo 'on my own terminal' >/dev/tty",
			  NULL };
	struct io_uring ring;
	int master, ret;

	if (available != IO_URING_SPAWN_AVAILABLE) {
		fprintf(stderr, "pty: %s\n",
			io_uring_spawn_strerror(available));
		return EXIT_FAILURE;
	}
	if (argc > 1)
		shell[2] = argv[1];
	master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0) {
		perror("pty");
		return EXIT_FAILURE;
	}
	ret = io_uring_queue_init(STEPS, &ring,
				  IORING_SETUP_SINGLE_ISSUER |
				  IORING_SETUP_DEFER_TASKRUN);
	if (ret < 0) {
		fprintf(stderr, "io_uring_queue_init: %s\n", strerror(-ret));
		return EXIT_FAILURE;
	}
	ret = run(&ring, master, shell);
	/* Not earlier: closing the ring kills a process that has no program. */
	io_uring_queue_exit(&ring);
	close(master);
	return ret;
}
