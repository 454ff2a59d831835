/* SPDX-License-Identifier: GPL-2.0 */
/* What architectures have different values for, or lack. */
#ifndef ARCH_H
#define ARCH_H

#include <errno.h>
#include <linux/audit.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#ifdef __aarch64__
#define AUDIT_ARCH_NATIVE	AUDIT_ARCH_AARCH64
/* mov x8, #94; mov x0, #42; svc #0 */
#define CODE_EXIT_42		0xc8, 0x0b, 0x80, 0xd2, 0x40, 0x05, 0x80, 0xd2, \
				0x01, 0x00, 0x00, 0xd4
/* 32-bit programs have it as a system call; it is no number of others */
#define ONLY_HERE		{ "cacheflush of 32 bits", 0x0f0002 }
/* PR_SET_TSC lasts until execve(2), which allows all programs to read the counter. */
#define TSC_AFTER_EXEC		"tsc: 0 1"
#define TSC_FRESH		NULL
/* A process that the kernel enters at a function has the rights of key 0 only. */
#define OTHER_KEY_RESULT	-EFAULT
#else
#define AUDIT_ARCH_NATIVE	AUDIT_ARCH_X86_64
/* mov $231, %eax; mov $42, %edi; syscall */
#define CODE_EXIT_42		0xb8, 231, 0, 0, 0, 0xbf, 42, 0, 0, 0, 0x0f, 0x05
#define ONLY_HERE		{ "open", SYS_open }, { "pause", SYS_pause }, \
				{ "fork", SYS_fork }, { "vfork", SYS_vfork }, \
				{ "modify_ldt", SYS_modify_ldt }, \
				{ "arch_prctl", SYS_arch_prctl }, \
				{ "iopl", SYS_iopl }
#define TSC_AFTER_EXEC		"tsc: 0 2"
#define TSC_FRESH		"tsc"
/* Such a process has its submitter's rights. */
#define OTHER_KEY_RESULT	0
#endif

/* Its fourth argument is 0 in all rows of tests: the same, unless both are the same. */
#ifndef SYS_dup2
#define SYS_dup2		SYS_dup3
#endif

/* Where a pointer of 32 bits reaches; without such pointers, anywhere. */
#ifndef MAP_32BIT
#define MAP_32BIT		0
#endif

/* Can a 64-bit program make the system calls of 32-bit ones? */
#ifdef __x86_64__
#define HAS_CALL_32		true

static inline long call_32(long nr, long a, long b, long c, long d)
{
	long ret;

	__asm__ volatile("int $0x80" : "=a"(ret)
			 : "0"(nr), "b"(a), "c"(b), "d"(c), "S"(d), "D"(0L)
			 : "memory", "r8", "r9", "r10", "r11");
	return (int)ret;
}
#else
#define HAS_CALL_32		false

static inline long call_32(long nr, long a, long b, long c, long d)
{
	(void)nr, (void)a, (void)b, (void)c, (void)d;
	return -ENOSYS;
}
#endif

#endif
