// SPDX-License-Identifier: MIT
#include "abi.h"

#include <io_uring_spawn.h>

/* A module that is there is asked once: that takes a ring. */
unsigned int ious_abi(void)
{
	static unsigned int known;
	unsigned int abi = __atomic_load_n(&known, __ATOMIC_RELAXED);
	struct io_uring ring;

	if (abi || io_uring_queue_init(1, &ring, 0))
		return abi;
	abi = io_uring_spawn_abi(&ring);
	io_uring_queue_exit(&ring);
	__atomic_store_n(&known, abi, __ATOMIC_RELAXED);
	return abi;
}
