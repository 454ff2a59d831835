// SPDX-License-Identifier: GPL-2.0
/* The interface that this was built for, and the one that the kernel has. */
#include <io_uring_spawn.h>

#include <stdio.h>

int main(void)
{
	struct io_uring ring;

	if (io_uring_queue_init(1, &ring, 0))
		return 2;
	printf("built for %d, kernel has %u\n", IORING_SPAWN_ABI,
	       io_uring_spawn_abi(&ring));
	return 0;
}
