// SPDX-License-Identifier: MIT
/*
 * The pristine child: it has the descriptors that it was given, and the cost of
 * making it does not grow with what this process has open.
 *
 *	pristine [PROGRAM [ARGUMENT...]]
 *
 * Opens 500 files that are not close-on-exec, and starts PROGRAM, a path, which
 * is /bin/ls -l /proc/self/fd by default and sees none of them: CLONE_FILES
 * shares the table of descriptors, the request after it gives the process one
 * of its own with 0, 1 and 2. Then /dev/null is opened there as number 3.
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

#define FILES	500
#define KEEP	3

/* user_data: what a CQE is about */
static const char *const names[] = { "CLONE", "keep", "OPENAT", "EXEC" };
enum { CLONE, KEEP_FIRST, OPENAT, EXEC, STEPS };

static void prepare(struct io_uring *ring, const struct clone_args *args,
		    char *const argv[])
{
	struct io_uring_sqe *sqes[STEPS];
	unsigned int i;

	/* The ring has room for all of them. */
	for (i = 0; i < STEPS; i++)
		sqes[i] = io_uring_get_sqe(ring);
	io_uring_prep_clone_args(sqes[CLONE], args, sizeof(*args));
	/*
	 * Directly after CLONE: until this is done the table is our own, and
	 * what the chain opens would be opened here.
	 */
	if (args->flags & CLONE_FILES)
		io_uring_prep_spawn_keep(sqes[KEEP_FIRST], KEEP);
	else
		io_uring_prep_spawn_closefrom(sqes[KEEP_FIRST], KEEP);
	/* the lowest free number, so KEEP */
	io_uring_prep_openat(sqes[OPENAT], AT_FDCWD, "/dev/null", O_RDONLY, 0);
	io_uring_prep_exec(sqes[EXEC], argv[0], argv, environ);

	/* No hard links: without a table of its own nothing else must run. */
	for (i = 0; i < STEPS; i++) {
		sqes[i]->flags = i + 1 < STEPS ? IOSQE_IO_LINK : 0;
		sqes[i]->user_data = i;
	}
}

/* Returns the pid, or CLONE's error. */
static int spawn(struct io_uring *ring, unsigned long long flags,
		 char *const argv[])
{
	struct clone_args args = { .flags = flags, .exit_signal = SIGCHLD };
	int ret, i, pid = -ECANCELED;

	prepare(ring, &args, argv);
	ret = io_uring_submit(ring);
	if (ret < 0)
		return ret;
	if (ret < STEPS)
		return -EAGAIN;
	for (i = 0; i < STEPS; i++) {
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

static int run(struct io_uring *ring, char *const argv[])
{
	int status, pid = spawn(ring, CLONE_FILES, argv);

	/* Linux 6.1, and we have but one thread */
	if (pid == -EOPNOTSUPP) {
		fprintf(stderr, "not here; copied and closed instead\n");
		pid = spawn(ring, 0, argv);
	}
	if (pid < 0)
		return EXIT_FAILURE;
	if (waitpid(pid, &status, 0) < 0) {
		perror("waitpid");
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
	int ret, i;

	if (available != IO_URING_SPAWN_AVAILABLE) {
		fprintf(stderr, "pristine: %s\n",
			io_uring_spawn_strerror(available));
		return EXIT_FAILURE;
	}
	for (i = 0; i < FILES; i++)
		if (open("/dev/zero", O_RDONLY) < 0)
			break;
	ret = io_uring_queue_init(STEPS, &ring,
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
