// SPDX-License-Identifier: GPL-2.0
/* arm64's way to look at the opcodes: a function that io_submit_sqes() calls directly. */
#include "trampoline.h"

/*
 * Called at the entry of io_submit_sqes(), with its arguments in x0 and w1, its caller's
 * return address in x9, and its own place behind the ftrace site in x30. It returns
 * there, or goes to our function as if the caller had called that. ftrace may come by
 * an indirect branch. Two frame records show both functions to an unwinder.
 */
asm(
"	.pushsection	.text, \"ax\", @progbits\n"
"	.balign		16\n"
"	.type		ious_submit_trampoline, %function\n"
"	.globl		ious_submit_trampoline\n"
"ious_submit_trampoline:\n"
"	hint	#34\n"			/* bti c */
"	stp	x29, x9, [sp, #-48]!\n"
"	mov	x29, sp\n"
"	stp	x29, x30, [sp, #16]\n"
"	add	x29, sp, #16\n"
"	str	x0, [sp, #32]\n"
"	bl	ious_submit_look\n"
"	mov	w1, w0\n"
"	ldr	x0, [sp, #32]\n"
"	ldr	x10, [sp, #24]\n"
"	ldp	x29, x30, [sp], #48\n"
"	tbnz	w1, #31, 1f\n"
"	ret	x10\n"
"1:	and	w1, w1, #0x7fffffff\n"
"	b	ious_submit_sqes\n"
"	.size		ious_submit_trampoline, .-ious_submit_trampoline\n"
"	.popsection\n"
);
