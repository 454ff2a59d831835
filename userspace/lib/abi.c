// SPDX-License-Identifier: MIT
#include "abi.h"

static unsigned int known;

static unsigned int remember(unsigned int abi)
{
	if (abi)
		__atomic_store_n(&known, abi, __ATOMIC_RELAXED);
	return abi;
}

/* A module that is there is asked once: that takes a ring. */
unsigned int ious_abi(void)
{
	unsigned int abi = __atomic_load_n(&known, __ATOMIC_RELAXED);
	struct io_uring ring;

	if (abi || io_uring_queue_init(1, &ring, 0))
		return abi;
	abi = remember(io_uring_spawn_abi(&ring));
	io_uring_queue_exit(&ring);
	return abi;
}

unsigned int ious_abi_by(struct io_uring *ring)
{
	unsigned int abi = __atomic_load_n(&known, __ATOMIC_RELAXED);

	if (!abi)
		abi = remember(io_uring_spawn_abi(ring));
	/* restrictions of the ring may forbid the question */
	return abi ? abi : ious_abi();
}
