// SPDX-License-Identifier: MIT
/*
 * Runs a program with its standard descriptors on pipes, and collects what it
 * writes and how it ends in the ring that has started it.
 *
 *	collect [PROGRAM [ARGUMENT...]]
 *
 * PROGRAM is a path; it gets a line to read. Its end comes from
 * IORING_OP_WAITID where the kernel has it, Linux 6.7 and later; else from a
 * poll of its pidfd. Descriptors 0, 1 and 2 must be open here.
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

/* IORING_OP_WAITID and P_PIDFD, which not every header has */
#define OP_WAITID	50
#define ID_PIDFD	((idtype_t)3)

static const char input[] = "a line of input\n";

/* user_data: what a CQE is about; the first ones are the chain */
static const char *const names[] = {
	"CLONE", "SIGPIPE", "DUP to 0", "DUP to 1", "DUP to 2", "EXEC",
	"write", "read", "read", "wait"
};
enum { CLONE, DEFAULT, DUP, EXEC = DUP + 3, STEPS, IN = STEPS, OUT, ERR, EXIT };

struct run {
	struct io_uring ring;
	/* [0] to read from, [1] to write to, for descriptors 0, 1 and 2 */
	int pipes[3][2];
	int pidfd;
	/* CQEs that are to come */
	unsigned int pending;
	siginfo_t info;
	char buf[2][4096];
};

/* The end of a pipe that is the new process's, or ours. */
static int child_end(const struct run *run, int fd)
{
	return run->pipes[fd][fd != 0];
}

static int our_end(const struct run *run, int fd)
{
	return run->pipes[fd][fd == 0];
}

static struct io_uring_sqe *get_sqe(struct run *run, unsigned int what)
{
	/* The ring has room for all that is ever under way. */
	struct io_uring_sqe *sqe = io_uring_get_sqe(&run->ring);

	/* Before prep: that leaves it alone, since liburing 2.3 at least. */
	sqe->user_data = what;
	run->pending++;
	return sqe;
}

static void prepare_chain(struct run *run, const struct clone_args *args,
			  char *const argv[])
{
	struct io_uring_sqe *sqe;
	int fd;

	sqe = get_sqe(run, CLONE);
	io_uring_prep_clone_args(sqe, args, sizeof(*args));
	sqe->flags = IOSQE_IO_LINK;
	/* What we ignore would be ignored there. */
	sqe = get_sqe(run, DEFAULT);
	io_uring_prep_spawn_sigdefault(sqe, SIGPIPE);
	sqe->flags = IOSQE_IO_LINK;
	/* The pipes are close-on-exec, these copies are not. */
	for (fd = 0; fd < 3; fd++) {
		sqe = get_sqe(run, (unsigned int)(DUP + fd));
		io_uring_prep_dup(sqe, child_end(run, fd), fd, 0);
		sqe->flags = IOSQE_IO_LINK;
	}
	sqe = get_sqe(run, EXEC);
	io_uring_prep_exec(sqe, argv[0], argv, environ);
}

static void prepare_read(struct run *run, unsigned int what)
{
	struct io_uring_sqe *sqe = get_sqe(run, what);

	io_uring_prep_read(sqe, our_end(run, what == OUT ? 1 : 2),
			   run->buf[what - OUT], sizeof(run->buf[0]), 0);
}

static int has_waitid(struct io_uring *ring)
{
	struct io_uring_probe *probe = io_uring_get_probe_ring(ring);
	int ret = probe && io_uring_opcode_supported(probe, OP_WAITID);

	if (probe)
		io_uring_free_probe(probe);
	return ret;
}

static void prepare_wait(struct run *run)
{
	struct io_uring_sqe *sqe = get_sqe(run, EXIT);

	if (!has_waitid(&run->ring)) {
		io_uring_prep_poll_add(sqe, run->pidfd, POLLIN);
		return;
	}
	/* io_uring_prep_waitid(), which liburing has since 2.6 */
	io_uring_prep_rw(OP_WAITID, sqe, run->pidfd, NULL, ID_PIDFD, 0);
	sqe->addr2 = (unsigned long)&run->info;
	sqe->file_index = WEXITED;
}

/*
 * There is a process, which has copies of the descriptors; earlier, it would
 * not have had them. As long as we have its ends, too, there is no end of file.
 */
static void started(struct run *run)
{
	struct io_uring_sqe *sqe;
	int fd;

	for (fd = 0; fd < 3; fd++)
		close(child_end(run, fd));
	sqe = get_sqe(run, IN);
	io_uring_prep_write(sqe, our_end(run, 0), input, sizeof(input) - 1, 0);
	prepare_read(run, OUT);
	prepare_read(run, ERR);
	prepare_wait(run);
}

static void output(struct run *run, unsigned int what, size_t length)
{
	printf("%s: %.*s", what == OUT ? "stdout" : "stderr", (int)length,
	       run->buf[what - OUT]);
	prepare_read(run, what);
}

static int complete(struct run *run, const struct io_uring_cqe *cqe)
{
	unsigned int what = (unsigned int)cqe->user_data;

	/* That it did not read all of its input is the program's affair. */
	if (cqe->res < 0 && cqe->res != -ECANCELED && cqe->res != -EPIPE)
		fprintf(stderr, "%s: %s\n", names[what], strerror(-cqe->res));
	if (what == IN)
		close(our_end(run, 0));
	if (cqe->res < 0)
		return what <= IN ? 0 : cqe->res;
	if (what == CLONE)
		started(run);
	else if ((what == OUT || what == ERR) && cqe->res > 0)
		output(run, what, (size_t)cqe->res);
	else if (what == EXIT && !run->info.si_pid &&
		 waitid(ID_PIDFD, (id_t)run->pidfd, &run->info, WEXITED) < 0)
		return -errno;
	return 0;
}

/* All is done when nothing is to come: output at its end, process ended. */
static int collect(struct run *run, char *const argv[])
{
	struct clone_args args = {
		.flags = CLONE_PIDFD,
		.pidfd = (unsigned long)&run->pidfd,
		.exit_signal = SIGCHLD,
	};
	int ret = 0;

	prepare_chain(run, &args, argv);
	while (!ret && run->pending) {
		struct io_uring_cqe *cqe;

		ret = io_uring_submit_and_wait(&run->ring, 1);
		if (ret == -EINTR || ret > 0)
			ret = 0;
		while (!ret && !io_uring_peek_cqe(&run->ring, &cqe)) {
			run->pending--;
			ret = complete(run, cqe);
			io_uring_cqe_seen(&run->ring, cqe);
		}
	}
	return ret;
}

static int show_exit(const siginfo_t *info)
{
	if (info->si_code == CLD_EXITED) {
		printf("exit status %d\n", info->si_status);
		return info->si_status;
	}
	printf("killed by signal %d\n", info->si_status);
	return 128 + info->si_status;
}

int main(int argc, char **argv)
{
	enum io_uring_spawn_availability available = io_uring_spawn_available();
	char *shell[] = { (char *)"/bin/sh", (char *)"-c",
			  (char *)"cat; echo 'that was all' >&2; exit 3",
			  NULL };
	static struct run run;
	int ret, fd;

	if (available != IO_URING_SPAWN_AVAILABLE) {
		fprintf(stderr, "collect: %s\n",
			io_uring_spawn_strerror(available));
		return EXIT_FAILURE;
	}
	/* A program that does not read is no reason for us to die. */
	signal(SIGPIPE, SIG_IGN);
	for (fd = 0; fd < 3; fd++)
		if (pipe2(run.pipes[fd], O_CLOEXEC) < 0) {
			perror("pipe2");
			return EXIT_FAILURE;
		}
	ret = io_uring_queue_init(16, &run.ring,
				  IORING_SETUP_SINGLE_ISSUER |
				  IORING_SETUP_DEFER_TASKRUN);
	if (ret < 0) {
		fprintf(stderr, "io_uring_queue_init: %s\n", strerror(-ret));
		return EXIT_FAILURE;
	}
	ret = collect(&run, argc > 1 ? argv + 1 : shell);
	if (ret)
		fprintf(stderr, "collect: %s\n", strerror(-ret));
	ret = !ret && run.info.si_pid ? show_exit(&run.info) : EXIT_FAILURE;
	io_uring_queue_exit(&run.ring);
	return ret;
}
