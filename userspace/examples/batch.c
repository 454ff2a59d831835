// SPDX-License-Identifier: MIT
/*
 * Many processes by one system call, and their exits collected by the ring.
 *
 *	batch [PROGRAM [ARGUMENT...]]
 *
 * PROGRAM is a path, /bin/true by default. Exits come from IORING_OP_WAITID
 * where the kernel has it, Linux 6.7 and later; else from a READ of a signalfd
 * for SIGCHLD.
 */
#include <io_uring_spawn.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#define SPAWNS		64

/* IORING_OP_WAITID, which liburing has a name for since 2.6 */
#define OP_WAITID	50

/* user_data: what a CQE is about */
enum { CLONE, EXEC, EXIT };

struct batch {
	struct io_uring ring;
	/* processes that exist, of which so many ended with status 0 */
	unsigned int started, succeeded;
	siginfo_t exits[SPAWNS];
};

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

/* A submission that ends early leaves CQEs that never come: an error. */
static int submit(struct io_uring *ring, int nr)
{
	int ret = io_uring_submit(ring);

	return ret < 0 ? ret : ret < nr ? -EAGAIN : 0;
}

static void prepare(struct io_uring *ring, char *const argv[])
{
	struct io_uring_sqe *sqe;
	unsigned int i;

	/* The ring has room for all of them. */
	for (i = 0; i < SPAWNS; i++) {
		sqe = io_uring_get_sqe(ring);
		io_uring_prep_clone(sqe);
		sqe->flags = IOSQE_IO_LINK;
		sqe->user_data = CLONE;

		/* No IOSQE_IO_LINK: the next CLONE begins a new chain. */
		sqe = io_uring_get_sqe(ring);
		io_uring_prep_exec(sqe, argv[0], argv, environ);
		sqe->user_data = EXEC;
	}
}

/* Returns when every process has its program, or could not have it. */
static int start(struct batch *batch, char *const argv[])
{
	struct io_uring_cqe cqe;
	unsigned int i;
	int ret;

	prepare(&batch->ring, argv);
	ret = submit(&batch->ring, 2 * SPAWNS);
	for (i = 0; !ret && i < 2 * SPAWNS; i++) {
		ret = wait_cqe(&batch->ring, &cqe);
		if (ret)
			break;
		if (cqe.user_data == CLONE && cqe.res >= 0)
			batch->started++;
		if (cqe.res < 0 && cqe.res != -ECANCELED)
			fprintf(stderr, "%s: %s\n",
				cqe.user_data == CLONE ? "CLONE" : argv[0],
				strerror(-cqe.res));
	}
	return ret;
}

/* One WAITID for each process; each gets the exit of any of them. */
static int collect_by_waitid(struct batch *batch)
{
	struct io_uring_cqe cqe;
	unsigned int i;
	int ret;

	for (i = 0; i < batch->started; i++) {
		struct io_uring_sqe *sqe = io_uring_get_sqe(&batch->ring);

		/* io_uring_prep_waitid(), which liburing has since 2.6 */
		io_uring_prep_rw(OP_WAITID, sqe, 0, NULL, P_ALL, 0);
		sqe->addr2 = (unsigned long)&batch->exits[i];
		sqe->file_index = WEXITED;
		sqe->user_data = EXIT;
	}
	ret = submit(&batch->ring, (int)batch->started);
	for (i = 0; !ret && i < batch->started; i++) {
		ret = wait_cqe(&batch->ring, &cqe);
		if (!ret)
			ret = cqe.res;
	}
	for (i = 0; !ret && i < batch->started; i++)
		batch->succeeded += batch->exits[i].si_code == CLD_EXITED &&
				    batch->exits[i].si_status == 0;
	return ret;
}

/* One signal may stand for many exits: takes what there is. */
static unsigned int reap(struct batch *batch)
{
	unsigned int nr = 0;
	int status;

	while (waitpid(-1, &status, WNOHANG) > 0) {
		nr++;
		batch->succeeded += WIFEXITED(status) &&
				    WEXITSTATUS(status) == 0;
	}
	return nr;
}

static int read_signal(struct io_uring *ring, int fd)
{
	struct signalfd_siginfo info;
	struct io_uring_cqe cqe;
	int ret;

	io_uring_prep_read(io_uring_get_sqe(ring), fd, &info, sizeof(info), 0);
	ret = submit(ring, 1);
	if (!ret)
		ret = wait_cqe(ring, &cqe);
	if (ret)
		return ret;
	return cqe.res < 0 ? cqe.res : 0;
}

/*
 * SIGCHLD is blocked only now: new processes inherit the signal mask, and so
 * do their programs. Exits until now have left no signal, so reap() first.
 */
static int collect_by_signalfd(struct batch *batch)
{
	unsigned int left = batch->started;
	sigset_t set;
	int fd, ret = 0;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	/* Blocking: io_uring waits for it, no thread of ours does. */
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	while ((left -= reap(batch)) && !ret)
		ret = read_signal(&batch->ring, fd);
	close(fd);
	return ret;
}

static int has_waitid(struct io_uring *ring)
{
	struct io_uring_probe *probe = io_uring_get_probe_ring(ring);
	int ret = probe && io_uring_opcode_supported(probe, OP_WAITID);

	if (probe)
		io_uring_free_probe(probe);
	return ret;
}

static int run(struct batch *batch, char *const argv[])
{
	int by_waitid = has_waitid(&batch->ring), ret;

	ret = start(batch, argv);
	if (!ret && batch->started)
		ret = by_waitid ? collect_by_waitid(batch) :
				  collect_by_signalfd(batch);
	if (ret) {
		fprintf(stderr, "batch: %s\n", strerror(-ret));
		return EXIT_FAILURE;
	}
	printf("%u of %d started, %u ended with status 0, as told by %s\n",
	       batch->started, SPAWNS, batch->succeeded,
	       by_waitid ? "WAITID" : "a signalfd");
	return batch->succeeded == SPAWNS ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	char *noop[] = { (char *)"/bin/true", NULL };
	enum io_uring_spawn_availability available = io_uring_spawn_available();
	static struct batch batch;
	int ret;

	if (available != IO_URING_SPAWN_AVAILABLE) {
		fprintf(stderr, "batch: %s\n",
			io_uring_spawn_strerror(available));
		return EXIT_FAILURE;
	}
	/* SUBMIT_ALL: one chain that is refused does not stop the others. */
	ret = io_uring_queue_init(2 * SPAWNS, &batch.ring,
				  IORING_SETUP_SUBMIT_ALL |
				  IORING_SETUP_SINGLE_ISSUER |
				  IORING_SETUP_DEFER_TASKRUN);
	if (ret < 0) {
		fprintf(stderr, "io_uring_queue_init: %s\n", strerror(-ret));
		return EXIT_FAILURE;
	}
	ret = run(&batch, argc > 1 ? argv + 1 : noop);
	/* Not earlier: closing the ring kills a process that has no program. */
	io_uring_queue_exit(&batch.ring);
	return ret;
}
