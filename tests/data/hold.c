// SPDX-License-Identifier: GPL-2.0
/*
 * Holds a ring with an SQ array, until it is killed. Linux 6.13 and later patch
 * io_submit_sqes() when the first such ring comes and the last one goes, which
 * an emulated machine of several CPUs may not survive: see docs/vm-harness.md.
 */
#include <sys/syscall.h>

void _start(void);

static long call(long nr, long a, const void *b)
{
	long ret;

	__asm__ volatile("syscall" : "=a"(ret) : "a"(nr), "D"(a), "S"(b)
			 : "rcx", "r11", "memory");
	return ret;
}

void _start(void)
{
	/* struct io_uring_params */
	static char params[120];

	call(SYS_io_uring_setup, 1, params);
	for (;;)
		call(SYS_pause, 0, 0);
}
