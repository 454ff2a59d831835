/* SPDX-License-Identifier: GPL-2.0 */
/* For programs without a C library: system calls, and where such a program begins. */
#ifndef CALL_H
#define CALL_H

#include <sys/syscall.h>

void _start(void);

/* The fourth and the fifth argument are 0. */
static inline long call(long nr, long a, const void *b, long c)
{
#ifdef __aarch64__
	register long x8 __asm__("x8") = nr;
	register long x0 __asm__("x0") = a;
	register const void *x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = 0;
	register long x4 __asm__("x4") = 0;

	__asm__ volatile("svc #0" : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4)
			 : "memory");
	return x0;
#else
	long ret;

	__asm__ volatile("xorl %%r10d, %%r10d; xorl %%r8d, %%r8d; syscall"
			 : "=a"(ret) : "a"(nr), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r8", "r10", "r11", "memory");
	return ret;
#endif
}

/* The kernel enters a program with the stack at argc and argv: run(argc, argv). */
#ifdef __aarch64__
#define START								\
	__asm__(".globl _start\n"					\
		"_start:\n"						\
		"	ldr x0, [sp]\n"					\
		"	add x1, sp, #8\n"				\
		"	b run\n")
#else
#define START								\
	__asm__(".globl _start\n"					\
		"_start:\n"						\
		"	mov (%rsp), %rdi\n"				\
		"	lea 8(%rsp), %rsi\n"				\
		"	and $-16, %rsp\n"				\
		"	call run\n")
#endif

#endif
