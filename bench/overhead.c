// SPDX-License-Identifier: GPL-2.0
/*
 * overhead LABEL [N]: what requests cost that have nothing to do with chains, per
 * request, in nanoseconds, which on an --icount machine of tests/vm/run are
 * instructions. Median of N rounds.
 */
#include <liburing.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define SUBMISSIONS	256
#define MAX_BATCH	32

static char buffer[64];
static int file;

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static unsigned long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ul + t.tv_nsec;
}

static void prep_nop(struct io_uring_sqe *sqe)
{
	io_uring_prep_nop(sqe);
}

static void prep_read(struct io_uring_sqe *sqe)
{
	io_uring_prep_read(sqe, file, buffer, sizeof(buffer), 0);
}

static void submit_batch(struct io_uring *ring,
			 void (*prep)(struct io_uring_sqe *sqe),
			 unsigned int batch)
{
	struct io_uring_cqe *cqe;
	unsigned int i;

	for (i = 0; i < batch; i++)
		prep(io_uring_get_sqe(ring));
	if (io_uring_submit_and_wait(ring, batch) != (int)batch)
		fail("submit");
	for (i = 0; i < batch; i++) {
		if (io_uring_wait_cqe(ring, &cqe) || cqe->res < 0)
			fail("request");
		io_uring_cqe_seen(ring, cqe);
	}
}

static int compare(const void *a, const void *b)
{
	unsigned long x = *(unsigned long *)a, y = *(unsigned long *)b;

	return x < y ? -1 : x > y;
}

static unsigned long median(struct io_uring *ring,
			    void (*prep)(struct io_uring_sqe *sqe),
			    unsigned int batch, unsigned int rounds)
{
	unsigned long *times = calloc(rounds, sizeof(*times)), ret;
	unsigned int i, k;

	if (!times)
		fail("memory");
	for (i = 0; i < rounds; i++) {
		times[i] = now();
		for (k = 0; k < SUBMISSIONS; k++)
			submit_batch(ring, prep, batch);
		times[i] = now() - times[i];
	}
	qsort(times, rounds, sizeof(*times), compare);
	ret = times[rounds / 2] / SUBMISSIONS / batch;
	free(times);
	return ret;
}

static void measure(const char *name, const char *label, unsigned int flags,
		    void (*prep)(struct io_uring_sqe *sqe), unsigned int batch,
		    unsigned int rounds)
{
	struct io_uring ring;

	if (io_uring_queue_init(MAX_BATCH, &ring, flags))
		fail("ring");
	printf("%s, %u at once|%s|%lu\n", name, batch, label,
	       median(&ring, prep, batch, rounds));
	io_uring_queue_exit(&ring);
}

int main(int argc, char *argv[])
{
	static const unsigned int batches[] = { 1, 8, MAX_BATCH };
	unsigned int i, rounds = argc > 2 ? atoi(argv[2]) : 9;

	/* read at once, with the least that there is to do */
	file = open("/dev/zero", O_RDONLY);
	if (argc < 2 || file < 0)
		fail("file");
	for (i = 0; i < 3; i++) {
		measure("NOP", argv[1], 0, prep_nop, batches[i], rounds);
		measure("READ of 64 bytes", argv[1], 0, prep_read, batches[i],
			rounds);
	}
	/* last: its thread goes on looking for a while */
	measure("NOP, SQPOLL", argv[1], IORING_SETUP_SQPOLL, prep_nop,
		MAX_BATCH, rounds);
	return 0;
}
