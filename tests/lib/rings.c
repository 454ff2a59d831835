// SPDX-License-Identifier: GPL-2.0
/* See test.h: kinds of rings. */
#include "test.h"

#include <sys/mman.h>

#ifndef IORING_SETUP_CQE_MIXED
#define IORING_SETUP_CQE_MIXED	(1U << 18)
#endif
#ifndef IORING_SETUP_SQ_REWIND
#define IORING_SETUP_SQ_REWIND	(1U << 20)
#endif

const struct kind kinds[] = {
	{ "default", .main = true },
	{ "SUBMIT_ALL", IORING_SETUP_SUBMIT_ALL },
	{ "SQPOLL", IORING_SETUP_SQPOLL, .main = true },
	{ "SQPOLL,SUBMIT_ALL", IORING_SETUP_SQPOLL | IORING_SETUP_SUBMIT_ALL },
	{ "COOP_TASKRUN", IORING_SETUP_COOP_TASKRUN },
	{ "COOP_TASKRUN,TASKRUN_FLAG",
	  IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG },
	{ "SINGLE_ISSUER", IORING_SETUP_SINGLE_ISSUER },
	{ "DEFER_TASKRUN",
	  IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
	  .main = true },
	{ "SQE128", IORING_SETUP_SQE128, .main = true },
	{ "CQE32", IORING_SETUP_CQE32 },
	{ "SQE128,CQE32,DEFER_TASKRUN",
	  IORING_SETUP_SQE128 | IORING_SETUP_CQE32 |
	  IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN },
	{ "IOPOLL", IORING_SETUP_IOPOLL, .polled = true },
	{ "R_DISABLED", IORING_SETUP_R_DISABLED },
	{ "SQ array", .array = true },
	{ "SQ array,SQE128", IORING_SETUP_SQE128, .array = true },
	{ "SQ array,SQPOLL", IORING_SETUP_SQPOLL, .array = true },
	{ "NO_SQARRAY", IORING_SETUP_NO_SQARRAY },
	{ "NO_MMAP", IORING_SETUP_NO_MMAP, .own_memory = true },
	{ "SQE_MIXED", IORING_SETUP_SQE_MIXED },
	{ "CQE_MIXED", IORING_SETUP_CQE_MIXED },
	{ "SQ_REWIND", IORING_SETUP_SQ_REWIND | IORING_SETUP_NO_SQARRAY },
};
const unsigned int nr_kinds = ARRAY_SIZE(kinds);

static void *ring_memory;
#define RING_MEMORY	(1 << 20)

/* liburing's own way to a ring asks for NO_SQARRAY. */
static int open_with_array(struct io_uring *ring, struct io_uring_params *p,
			   unsigned int entries)
{
	int ret, fd = io_uring_setup(entries, p);
	unsigned int i;

	if (fd < 0)
		return fd;
	ret = io_uring_queue_mmap(fd, p, ring);
	if (ret) {
		close(fd);
		return ret;
	}
	ring->features = p->features;
	for (i = 0; i < ring->sq.ring_entries; i++)
		ring->sq.array[i] = i;
	return 0;
}

int open_ring(struct io_uring *ring, const struct kind *kind,
	      unsigned int entries)
{
	struct io_uring_params p = { .flags = kind->flags };
	int ret;

	if (kind->own_memory) {
		ring_memory = mmap(NULL, RING_MEMORY, PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE,
				   -1, 0);
		if (ring_memory == MAP_FAILED)
			die("mmap");
		ret = io_uring_queue_init_mem(entries, ring, &p, ring_memory,
					      RING_MEMORY);
		if (ret > 0)
			ret = 0;
		if (ret)
			munmap(ring_memory, RING_MEMORY);
	} else if (kind->array) {
		ret = open_with_array(ring, &p, entries);
	} else {
		ret = io_uring_queue_init_params(entries, ring, &p);
	}
	if (!ret && kind->flags & IORING_SETUP_R_DISABLED)
		ret = io_uring_enable_rings(ring);
	return ret;
}

void close_ring(struct io_uring *ring, const struct kind *kind)
{
	io_uring_queue_exit(ring);
	if (kind->own_memory)
		munmap(ring_memory, RING_MEMORY);
}

static void for_kinds(void (*test)(struct io_uring *ring,
				   const struct kind *kind),
		      const char *what, bool all)
{
	struct io_uring ring;
	unsigned int i;
	int ret;

	for (i = 0; i < nr_kinds; i++) {
		if (!all && !kinds[i].main)
			continue;
		ret = open_ring(&ring, &kinds[i], 256);
		if (ret) {
			skip("this kernel has no such ring", "%s: %s (%s)",
			     what, kinds[i].name, strerror(-ret));
			continue;
		}
		test(&ring, &kinds[i]);
		close_ring(&ring, &kinds[i]);
	}
}

void for_each_kind(void (*test)(struct io_uring *ring, const struct kind *kind),
		   const char *what)
{
	for_kinds(test, what, true);
}

void for_main_kinds(void (*test)(struct io_uring *ring,
				 const struct kind *kind), const char *what)
{
	for_kinds(test, what, false);
}
