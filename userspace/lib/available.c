// SPDX-License-Identifier: MIT
/* What the library is, and inline functions for those that cannot inline. */
#include <io_uring_spawn.h>
#include <ious.h>

unsigned int ious_version(void)
{
	return IOUS_VERSION_NUMBER;
}

int ious_available(void)
{
	return io_uring_spawn_available();
}

const char *ious_available_text(int answer)
{
	return io_uring_spawn_strerror((enum io_uring_spawn_availability)answer);
}
