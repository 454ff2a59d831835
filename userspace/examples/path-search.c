// SPDX-License-Identifier: MIT
/*
 * A $PATH search in one submission: CLONE and an EXEC for every directory,
 * joined by hard links. One that fails does not stop a hard link; the first
 * one that succeeds does, and what follows it is cancelled.
 *
 *	path-search PROGRAM [ARGUMENT...]
 *
 * As execvp(3) does, it goes on only after errors that say "not here".
 */
#include <io_uring_spawn.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* user_data: the candidate's index in paths, or: */
#define CLONE	(~0ULL)

struct search {
	char **paths;
	unsigned int nr;
};

/* Where @name could be. An empty directory in $PATH is the current one. */
static int find_candidates(struct search *search, const char *name)
{
	const char *dir = getenv("PATH");
	size_t length;
	unsigned int i;

	if (!dir || strchr(name, '/'))
		dir = "";
	search->nr = 1;
	for (i = 0; dir[i]; i++)
		search->nr += dir[i] == ':';
	search->paths = calloc(search->nr, sizeof(*search->paths));
	if (!search->paths)
		return -1;

	for (i = 0; i < search->nr; i++) {
		/* "DIR/NAME" and its end, or "NAME" */
		size_t size;

		length = strcspn(dir, ":");
		size = length + strlen(name) + 2;
		search->paths[i] = malloc(size);
		if (!search->paths[i])
			return -1;
		snprintf(search->paths[i], size, "%.*s%s%s", (int)length, dir,
			 length ? "/" : "", name);
		dir += length + 1;
	}
	return 0;
}

static void free_candidates(struct search *search)
{
	unsigned int i;

	for (i = 0; search->paths && i < search->nr; i++)
		free(search->paths[i]);
	free(search->paths);
}

static void prepare(struct io_uring *ring, const struct search *search,
		    char *const argv[])
{
	struct io_uring_sqe *sqe;
	unsigned int i;

	sqe = io_uring_get_sqe(ring);
	io_uring_prep_clone(sqe);
	sqe->flags = IOSQE_IO_LINK;
	sqe->user_data = CLONE;

	for (i = 0; i < search->nr; i++) {
		sqe = io_uring_get_sqe(ring);
		io_uring_prep_exec_search(sqe, search->paths[i], argv,
					  environ);
		/* The last one has nothing behind it to be linked to. */
		if (i + 1 < search->nr)
			sqe->flags = IOSQE_IO_HARDLINK;
		sqe->user_data = i;
	}
}

static void show(const struct search *search, const struct io_uring_cqe *cqe)
{
	if (cqe->user_data == CLONE)
		fprintf(stderr, "CLONE: %s\n", strerror(-cqe->res));
	else if (cqe->res == 0)
		fprintf(stderr, "%s: found\n", search->paths[cqe->user_data]);
	else if (cqe->res == -ECANCELED)
		fprintf(stderr, "%s: not tried\n",
			search->paths[cqe->user_data]);
	else
		fprintf(stderr, "%s: %s\n", search->paths[cqe->user_data],
			strerror(-cqe->res));
}

/* Submits the search and shows its CQEs. Returns that of CLONE. */
static int run(struct io_uring *ring, const struct search *search,
	       char *const argv[])
{
	int ret, clone_res = -ECANCELED;
	unsigned int i;

	prepare(ring, search, argv);
	ret = io_uring_submit(ring);
	if (ret < 0)
		return ret;
	if ((unsigned int)ret < search->nr + 1)
		return -EAGAIN;
	for (i = 0; i < search->nr + 1; i++) {
		struct io_uring_cqe *cqe;

		do
			ret = io_uring_wait_cqe(ring, &cqe);
		while (ret == -EINTR);
		if (ret < 0)
			return ret;
		show(search, cqe);
		if (cqe->user_data == CLONE)
			clone_res = cqe->res;
		io_uring_cqe_seen(ring, cqe);
	}
	return clone_res;
}

/* Without a hit the process exits with 127, as in a shell. */
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

static int search_and_wait(const struct search *search, char *const argv[])
{
	struct io_uring ring;
	int ret;

	/* The chain must be submitted by one call: a link ends with it. */
	ret = io_uring_queue_init(search->nr + 1, &ring,
				  IORING_SETUP_SINGLE_ISSUER |
				  IORING_SETUP_DEFER_TASKRUN);
	if (ret < 0) {
		fprintf(stderr, "io_uring_queue_init: %s\n", strerror(-ret));
		return EXIT_FAILURE;
	}
	ret = run(&ring, search, argv);
	if (ret < 0) {
		fprintf(stderr, "path-search: %s\n", strerror(-ret));
		ret = EXIT_FAILURE;
	} else {
		ret = wait_for_exit();
	}
	/* Not earlier: closing the ring kills a process that has no program. */
	io_uring_queue_exit(&ring);
	return ret;
}

int main(int argc, char **argv)
{
	enum io_uring_spawn_availability available = io_uring_spawn_available();
	struct search search = { NULL, 0 };
	int ret = EXIT_FAILURE;

	if (argc < 2) {
		fprintf(stderr, "usage: %s PROGRAM [ARGUMENT...]\n", argv[0]);
		return EXIT_FAILURE;
	}
	if (available != IO_URING_SPAWN_AVAILABLE) {
		fprintf(stderr, "path-search: %s\n",
			io_uring_spawn_strerror(available));
		return EXIT_FAILURE;
	}

	if (find_candidates(&search, argv[1]) < 0)
		perror("path-search");
	else
		ret = search_and_wait(&search, argv + 1);
	free_candidates(&search);
	return ret;
}
