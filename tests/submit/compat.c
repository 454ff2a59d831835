// SPDX-License-Identifier: GPL-2.0
/*
 * 32-bit submitters are refused: a ring that a 32-bit call made, and a 32-bit
 * call that submits to an ordinary one. The calls are made by int $0x80, which a
 * 64-bit program of x86 has as well; others have no such way, and skip.
 */
#include "arch.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#define TINY		"/tests/tiny"
#define SETUP_32	425
#define ENTER_32	426

static const struct step refused[] = {
	CLONE(L, -EOPNOTSUPP), EXEC(0, -EOPNOTSUPP, TINY),
};

static bool all_refused(struct io_uring *ring)
{
	return cqes_match(ring, refused, 2) & status_is(NO_CHILD);
}

/* Parameters where 32 bits reach them. */
static void test_ring(unsigned int flags, const char *name)
{
	struct io_uring_params *params;
	struct io_uring ring = { };
	int fd;

	params = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	if (params == MAP_FAILED)
		die("mmap");
	params->flags = flags;
	fd = call_32(SETUP_32, 8, (long)params, 0, 0);
	if (fd == -ENOSYS || fd == -EFAULT) {
		skip("this kernel has no 32-bit calls", "%s", name);
		return;
	}
	if (fd < 0 || io_uring_queue_mmap(fd, params, &ring)) {
		ok(false, "%s: %d", name, fd);
		return;
	}
	ring.features = params->features;
	ring.sq.array[1] = 1;
	queue_steps(&ring, refused, 2);
	submit(&ring);
	ok(all_refused(&ring), "%s", name);
	io_uring_queue_exit(&ring);
	munmap(params, 4096);
}

static void test_enter(void)
{
	const struct step fine[] = { CLONE(L, 0), EXEC(0, 0, TINY) };
	struct io_uring ring;
	int ret;

	if (io_uring_queue_init(8, &ring, 0))
		die("ring");
	queue_steps(&ring, refused, 2);
	io_uring_smp_store_release(ring.sq.ktail, ring.sq.sqe_tail);
	ring.sq.sqe_head = ring.sq.sqe_tail;
	ret = call_32(ENTER_32, ring.ring_fd, 2, 0, 0);
	if (ret < 0)
		skip("this kernel has no 32-bit calls", "a 32-bit submission");
	else
		ok(ret == 2 && all_refused(&ring), "a 32-bit submission");
	if (ret == 2)
		RUN(&ring, fine, EXITED(0), "and the ring goes on as before");
	io_uring_queue_exit(&ring);
}

int main(void)
{
	alarm(100);
	test_ring(0, "a 32-bit ring");
	test_ring(IORING_SETUP_SQPOLL, "a 32-bit ring, SQPOLL");
	test_enter();
	return done();
}
