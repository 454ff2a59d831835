// SPDX-License-Identifier: MIT
/* Inline functions of io_uring_spawn.h, for those that cannot inline. */
#include <io_uring_spawn.h>
#include <ious.h>

int ious_available(void)
{
	return io_uring_spawn_available();
}

const char *ious_available_text(int answer)
{
	return io_uring_spawn_strerror((enum io_uring_spawn_availability)answer);
}
