// SPDX-License-Identifier: GPL-2.0
/* x86-64's way to look at the opcodes: a function that io_submit_sqes() calls directly. */
#include <linux/io_uring_types.h>
#include <asm/frame.h>
#include <asm/ibt.h>
#include <asm/linkage.h>

#include <linux/io_uring_spawn.h>

#include "compat.h"
#include "request.h"
#include "trampoline.h"

/*
 * Called at the entry of io_submit_sqes(), with its arguments in %rdi and %esi.
 * It returns behind the ftrace site, or to our function.
 */
asm(
"	.pushsection	.text, \"ax\", @progbits\n"
"	.balign		16\n"
"	.type		ious_submit_slow, @function\n"
"ious_submit_slow:\n"
	FRAME_BEGIN
	IOUS_CALL_DEPTH_ACCOUNT
"	pushq		%rdi\n"
"	call		ious_submit_look\n"
"	popq		%rdi\n"
	FRAME_END
"	movl		%eax, %esi\n"
"	testl		%eax, %eax\n"
"	js		1f\n"
	ASM_RET
"1:	btrl		$31, %esi\n"
"	leaq		ious_submit_sqes(%rip), %rax\n"
"	movq		%rax, (%rsp)\n"
	ASM_RET
"	.size		ious_submit_slow, .-ious_submit_slow\n"
"	.popsection\n"
);

/* Numbers for the assembler, by name; no instructions. */
#define IOUS_SET(name, value)						\
	asm volatile(".set " #name ", %c0" : : "i" (value))

static void __used notrace ious_submit_numbers(void)
{
	IOUS_SET(IOUS_HEAD, offsetof(struct io_ring_ctx, cached_sq_head));
	IOUS_SET(IOUS_RINGS, offsetof(struct io_ring_ctx, rings));
	IOUS_SET(IOUS_TAIL, offsetof(struct io_rings, sq.tail));
	IOUS_SET(IOUS_ENTRIES, offsetof(struct io_ring_ctx, sq_entries));
	IOUS_SET(IOUS_FLAGS, offsetof(struct io_ring_ctx, flags));
	IOUS_SET(IOUS_SQES, offsetof(struct io_ring_ctx, sq_sqes));
	IOUS_SET(IOUS_ARRAY, offsetof(struct io_ring_ctx, sq_array));
	IOUS_SET(IOUS_OPCODE, offsetof(struct io_uring_sqe, opcode));
	IOUS_SET(IOUS_FIRST, IOUS_OP_FIRST);
	IOUS_SET(IOUS_NO_ARRAY, IORING_SETUP_NO_SQARRAY);
	/* with any of these but NO_SQARRAY the entry is elsewhere */
	IOUS_SET(IOUS_LAYOUT, IORING_SETUP_NO_SQARRAY | IORING_SETUP_SQE128 |
			      IORING_SETUP_SQE_MIXED | IORING_SETUP_SQ_REWIND);
}

/*
 * Called at the entry of io_submit_sqes(), with its arguments in %rdi and %esi;
 * %rax, %rcx and %rdx are free. This does the work of ious_submit_look() for one
 * entry, which is there and not ours: the most frequent submission. One call less
 * is accounted than returned from: the CPU's stack of returns is filled
 * sooner than necessary, never later. Rings that have only the flag that liburing
 * sets come first.
 */
asm(
"	.pushsection	.text, \"ax\", @progbits\n"
"	.balign		16\n"
"	.type		ious_submit_trampoline, @function\n"
"	.globl		ious_submit_trampoline\n"
"ious_submit_trampoline:\n"
	ASM_ENDBR
"	cmpl	$1, %esi\n"
"	jne	ious_submit_slow\n"
"	movl	IOUS_HEAD(%rdi), %ecx\n"
"	movq	IOUS_RINGS(%rdi), %rax\n"
"	cmpl	IOUS_TAIL(%rax), %ecx\n"
"	je	ious_submit_slow\n"
"	movl	IOUS_ENTRIES(%rdi), %edx\n"
"	decl	%edx\n"
"	andl	%edx, %ecx\n"
"	cmpl	$IOUS_NO_ARRAY, IOUS_FLAGS(%rdi)\n"
"	jne	2f\n"
"1:	shlq	$6, %rcx\n"
"	addq	IOUS_SQES(%rdi), %rcx\n"
"	cmpb	$IOUS_FIRST, IOUS_OPCODE(%rcx)\n"
"	jae	ious_submit_slow\n"
	ASM_RET
"2:	movl	IOUS_FLAGS(%rdi), %eax\n"
"	andl	$IOUS_LAYOUT, %eax\n"
"	cmpl	$IOUS_NO_ARRAY, %eax\n"
"	je	1b\n"
"	testl	%eax, %eax\n"
"	jne	ious_submit_slow\n"
"	movq	IOUS_ARRAY(%rdi), %rax\n"
"	movl	(%rax, %rcx, 4), %ecx\n"
"	cmpl	IOUS_ENTRIES(%rdi), %ecx\n"
"	jae	ious_submit_slow\n"
	/* array_index_nospec() */
"	sbbl	%eax, %eax\n"
"	andl	%eax, %ecx\n"
"	jmp	1b\n"
"	.size		ious_submit_trampoline, .-ious_submit_trampoline\n"
"	.popsection\n"
);
