// SPDX-License-Identifier: GPL-2.0
/*
 * Writes to descriptor 1 what time its first instruction saw, CLOCK_MONOTONIC in
 * nanoseconds, and ends. Before that it executes itself as often as the first letter
 * of its argument is above 'a'. No libc: nothing else is measured.
 */
#include <linux/time.h>
#include <sys/syscall.h>

static long call(long nr, long a, long b, long c)
{
	long ret;

	__asm__ volatile("syscall" : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return ret;
}

__attribute__((noreturn, used)) void first(long *stack)
{
	char **argv = (char **)(stack + 1);
	struct timespec now;
	long stamp;

	call(SYS_clock_gettime, CLOCK_MONOTONIC, (long)&now, 0);
	stamp = now.tv_sec * 1000000000 + now.tv_nsec;
	call(SYS_write, 1, (long)&stamp, sizeof(stamp));
	if (*stack > 1 && argv[1][0] > 'a') {
		argv[1][0]--;
		call(SYS_execve, (long)argv[0], (long)argv,
		     (long)(argv + *stack + 1));
	}
	for (;;)
		call(SYS_exit_group, 0, 0, 0);
}

__asm__(".globl _start\n_start:\n\tmov %rsp, %rdi\n\tcall first\n");
