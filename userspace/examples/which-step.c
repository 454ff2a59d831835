// SPDX-License-Identifier: MIT
/*
 * Which step failed, and why: every request of a chain has a CQE of its own.
 *
 *	which-step [DIRECTORY [PROGRAM [ARGUMENT...]]]
 *
 * Starts PROGRAM, a path, in a session of its own, in DIRECTORY. If there is no
 * such directory, and /x is the default, it says
 *
 *	step 3, chdir(/x): No such file or directory
 */
#include <io_uring_spawn.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* user_data: the step's number, from 0 */
enum { CLONE, SETSID, CHDIR, EXEC, STEPS };

static const char *const names[] = { "clone", "setsid", "chdir", "exec" };

static void prepare(struct io_uring *ring, const char *dir, char *const argv[])
{
	struct io_uring_sqe *sqes[STEPS];
	unsigned int i;

	/* The ring has room for all of them. */
	for (i = 0; i < STEPS; i++)
		sqes[i] = io_uring_get_sqe(ring);
	io_uring_prep_clone(sqes[CLONE]);
	io_uring_prep_spawn_setsid(sqes[SETSID]);
	io_uring_prep_spawn_chdir(sqes[CHDIR], dir);
	io_uring_prep_exec(sqes[EXEC], argv[0], argv, environ);

	/* After prep, which sets flags to 0. Nothing follows the last one. */
	for (i = 0; i < STEPS; i++) {
		if (i + 1 < STEPS)
			sqes[i]->flags = IOSQE_IO_LINK;
		sqes[i]->user_data = i;
	}
}

/* Those after a failed step are -ECANCELED, which is no news. */
static void show_failure(const struct io_uring_cqe *cqe, const char *dir,
			 const char *program)
{
	unsigned int step = (unsigned int)cqe->user_data;
	const char *what = "";

	if (cqe->res >= 0 || cqe->res == -ECANCELED)
		return;
	if (step == CHDIR)
		what = dir;
	else if (step == EXEC)
		what = program;
	fprintf(stderr, "step %u, %s(%s): %s\n", step + 1, names[step], what,
		strerror(-cqe->res));
}

/* Returns whether there is a process, or an error. */
static int run(struct io_uring *ring, const char *dir, char *const argv[])
{
	int ret, i, started = 0;

	prepare(ring, dir, argv);
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
			started = cqe->res >= 0;
		show_failure(cqe, dir, argv[0]);
		io_uring_cqe_seen(ring, cqe);
	}
	return started;
}

/* Also of a process that got no further than a step that failed: 127. */
static int wait_for_exit(void)
{
	int status;

	if (waitpid(-1, &status, 0) < 0) {
		perror("waitpid");
		return EXIT_FAILURE;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) :
				   128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	enum io_uring_spawn_availability available = io_uring_spawn_available();
	char *pwd[] = { (char *)"/bin/pwd", NULL };
	struct io_uring ring;
	int ret;

	if (available != IO_URING_SPAWN_AVAILABLE) {
		fprintf(stderr, "which-step: %s\n",
			io_uring_spawn_strerror(available));
		return EXIT_FAILURE;
	}
	ret = io_uring_queue_init(STEPS, &ring,
				  IORING_SETUP_SINGLE_ISSUER |
				  IORING_SETUP_DEFER_TASKRUN);
	if (ret < 0) {
		fprintf(stderr, "io_uring_queue_init: %s\n", strerror(-ret));
		return EXIT_FAILURE;
	}
	ret = run(&ring, argc > 1 ? argv[1] : "/x", argc > 2 ? argv + 2 : pwd);
	if (ret < 0)
		fprintf(stderr, "which-step: %s\n", strerror(-ret));
	ret = ret > 0 ? wait_for_exit() : EXIT_FAILURE;
	/* Not earlier: closing the ring kills a process that has no program. */
	io_uring_queue_exit(&ring);
	return ret;
}
