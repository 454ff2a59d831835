/* SPDX-License-Identifier: MIT */
/* Compiled as C and C++: the header's functions that ask the kernel, on this machine. */
#include <io_uring_spawn.h>

#include <stdio.h>
#include <string.h>

static int failed;

/*
 * Whatever this machine has: the two must agree, as far as both have found an
 * answer, and every answer has words of its own.
 */
static void test_available(void)
{
	enum io_uring_spawn_availability without, with;
	struct io_uring ring;
	int ret;

	without = io_uring_spawn_available();
	ret = io_uring_queue_init(2, &ring, 0);
	if (ret == 0) {
		with = io_uring_spawn_available_ring(&ring);
		io_uring_queue_exit(&ring);
		if (without != with) {
			printf("without a ring: %s, with one: %s\n",
			       io_uring_spawn_strerror(without),
			       io_uring_spawn_strerror(with));
			failed = 1;
		}
	} else if (without != IO_URING_SPAWN_NO_IO_URING &&
		   without != IO_URING_SPAWN_ERROR) {
		printf("no ring (%s), yet: %s\n", strerror(-ret),
		       io_uring_spawn_strerror(without));
		failed = 1;
	}
	if (!strcmp(io_uring_spawn_strerror(IO_URING_SPAWN_AVAILABLE),
		    io_uring_spawn_strerror(IO_URING_SPAWN_NO_MODULE)) ||
	    !strcmp(io_uring_spawn_strerror(IO_URING_SPAWN_NO_IO_URING),
		    io_uring_spawn_strerror(IO_URING_SPAWN_ERROR))) {
		printf("the same words for two answers\n");
		failed = 1;
	}
}

/* Whether there is a module or not: this ring has no chains. */
static void test_cancel_all(void)
{
	struct io_uring ring;
	int ret;

	if (io_uring_queue_init(2, &ring, 0))
		return;
	ret = io_uring_spawn_cancel_all(&ring);
	io_uring_queue_exit(&ring);
	if (ret) {
		printf("no chains to cancel: %s\n", strerror(-ret));
		failed = 1;
	}
}

int main(void)
{
	test_available();
	test_cancel_all();
	return failed;
}
