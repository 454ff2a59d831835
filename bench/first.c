// SPDX-License-Identifier: GPL-2.0
/*
 * Writes to descriptor 1 what time its first instruction saw, CLOCK_MONOTONIC in
 * nanoseconds, and ends. Before that it executes itself as often as the first letter
 * of its argument is above 'a'. No libc: nothing else is measured.
 */
#include <linux/time.h>

#include "call.h"

__attribute__((noreturn, used)) void run(long argc, char **argv)
{
	struct timespec now;
	long stamp;

	call(SYS_clock_gettime, CLOCK_MONOTONIC, &now, 0);
	stamp = now.tv_sec * 1000000000 + now.tv_nsec;
	call(SYS_write, 1, &stamp, sizeof(stamp));
	if (argc > 1 && argv[1][0] > 'a') {
		argv[1][0]--;
		call(SYS_execve, (long)argv[0], argv, (long)(argv + argc + 1));
	}
	for (;;)
		call(SYS_exit_group, 0, 0, 0);
}

START;
