// SPDX-License-Identifier: GPL-2.0
/*
 * blocked_cost CHAINS RINGS: what others, and their own submitter, pay for so many
 * chains that wait for a thread. It sleeps in vfork(); its child, which shares its
 * memory, submits them to so many SQPOLL rings. On one CPU that counts instructions
 * as nanoseconds, with a kernel that is preemptible. Prints a line of microseconds:
 *
 *	CHAINS RINGS stranger cancel close latency
 *
 * stranger: the exit of a process of another user, with a ring; cancel: one request that
 * matches nothing; close: until the chains of all rings are gone; latency: the longest
 * that a real-time thread had to wait for the CPU in the last two.
 */
#include "latency.h"
#include "test.h"

#include <fcntl.h>
#include <sys/mman.h>

#define RINGS	64

struct shared {
	int filled, go, cancelled, closed;
	double cancel, close;
};

static struct shared *shared;
static struct io_uring rings[RINGS];
static unsigned long nr_chains, nr_rings;

/* From before its exit to its end. */
static double stranger(void)
{
	double begun = 0;
	int fds[2];
	pid_t pid;

	if (pipe(fds))
		die("pipe");
	pid = fork();
	if (!pid) {
		struct io_uring ring;

		if (syscall(SYS_setresuid, 1001, 1001, 1001) ||
		    io_uring_queue_init(4, &ring, 0))
			_exit(1);
		io_uring_prep_nop(io_uring_get_sqe(&ring));
		io_uring_submit_and_wait(&ring, 1);
		begun = now_us();
		if (write(fds[1], &begun, sizeof(begun)) != sizeof(begun))
			_exit(1);
		_exit(0);
	}
	if (read(fds[0], &begun, sizeof(begun)) != sizeof(begun) ||
	    waitpid(pid, NULL, 0) != pid)
		die("the stranger");
	close(fds[0]);
	close(fds[1]);
	return now_us() - begun;
}

static double best_stranger(void)
{
	double best = stranger(), took;
	int i;

	for (i = 0; i < 30; i++) {
		took = stranger();
		best = took < best ? took : best;
	}
	return best;
}

static void fill_ring(struct io_uring *ring, unsigned long nr)
{
	struct io_uring_sqe *sqe;

	while (nr--) {
		while (io_uring_sq_space_left(ring) < 2) {
			io_uring_submit(ring);
			usleep(100);
		}
		sqe = io_uring_get_sqe(ring);
		io_uring_prep_clone(sqe);
		sqe->flags = IOSQE_IO_LINK | IOSQE_CQE_SKIP_SUCCESS;
		io_uring_prep_nop(io_uring_get_sqe(ring));
	}
	io_uring_submit(ring);
}

static double cancel_nothing(struct io_uring *ring)
{
	struct io_uring_cqe *cqe;
	double before = now_us();

	io_uring_prep_cancel64(io_uring_get_sqe(ring), 0x1234567, 0);
	io_uring_submit(ring);
	if (io_uring_wait_cqe(ring, &cqe))
		_exit(1);
	io_uring_cqe_seen(ring, cqe);
	return now_us() - before;
}

static int child(void *unused)
{
	unsigned long i;
	double before;

	(void)unused;
	for (i = 0; i < nr_rings; i++)
		fill_ring(&rings[i], nr_chains / nr_rings +
				     (i < nr_chains % nr_rings));
	while (read_number(PARAMETERS "chains") != (long)nr_chains)
		usleep(1000);
	shared->filled = 1;
	while (!shared->go)
		usleep(1000);
	shared->cancel = cancel_nothing(&rings[0]);
	shared->cancelled = 1;
	before = now_us();
	for (i = 0; i < nr_rings; i++)
		io_uring_queue_exit(&rings[i]);
	while (read_number(PARAMETERS "chains"))
		usleep(100);
	shared->close = now_us() - before;
	shared->closed = 1;
	_exit(0);
}

static void submitter(void)
{
	static char stack[65536] __attribute__((aligned(16)));
	struct io_uring_params p = {
		.flags = IORING_SETUP_SQPOLL, .sq_thread_idle = 1,
	};
	unsigned long i;

	for (i = 0; i < nr_rings; i++)
		if (io_uring_queue_init_params(1024, &rings[i], &p))
			_exit(1);
	clone(child, stack + sizeof(stack),
	      CLONE_VM | CLONE_VFORK | CLONE_FILES | SIGCHLD, NULL);
	_exit(0);
}

int main(int argc, char *argv[])
{
	double exits;
	pid_t pid;

	if (argc != 3)
		return 2;
	nr_chains = atol(argv[1]);
	nr_rings = atol(argv[2]);
	if (!nr_rings || nr_rings > RINGS)
		return 2;
	alarm(400);
	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid = fork();
	if (!pid)
		submitter();
	while (!shared->filled)
		usleep(10000);
	exits = best_stranger();
	latency_start();
	usleep(100000);
	latency_take();
	shared->go = 1;
	while (!shared->closed)
		usleep(10000);
	printf("%lu %lu %.0f %.0f %.0f %.0f\n", nr_chains, nr_rings, exits,
	       shared->cancel, shared->close, latency_take());
	return waitpid(pid, NULL, 0) == pid ? 0 : 1;
}
