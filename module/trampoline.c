// SPDX-License-Identifier: GPL-2.0
/*
 * Looks at the opcodes of the entries that io_submit_sqes() is about to consume. Each
 * submission of each program pays for this. If one of ours may be among them,
 * ious_submit_sqes() takes the function's place.
 *
 * Under ctx->uring_lock. The SQ is shared memory, and a thread of the application may
 * rewrite anything at any time: ious_submit_sqes() looks again.
 */
#include <linux/io_uring_types.h>
#include <linux/minmax.h>
#include <linux/nospec.h>
#include <asm/frame.h>
#include <asm/ibt.h>
#include <asm/linkage.h>
#include <asm/ptrace.h>

#include <linux/io_uring_spawn.h>

#include "compat.h"
#include "opcodes.h"
#include "request.h"
#include "submit.h"
#include "trampoline.h"

static unsigned int ious_pending(struct io_ring_ctx *ctx)
{
	if (ctx->flags & IORING_SETUP_SQ_REWIND)
		return ctx->sq_entries;
	/* pairs with the application's release of the tail */
	return min(smp_load_acquire(&ctx->rings->sq.tail) -
		   ctx->cached_sq_head, ctx->sq_entries);
}

/* One of ours, or nobody's, or the second half of an entry of 128 bytes. */
static __always_inline bool ious_may_be_ours(struct io_ring_ctx *ctx,
					     unsigned int nr)
{
	unsigned int index, head = ctx->cached_sq_head;
	unsigned int mask = ctx->sq_entries - 1, flags = ctx->flags;
	unsigned int shift = !!(flags & IORING_SETUP_SQE128);

	/* which opcodes are large? */
	if (flags & IORING_SETUP_SQE_MIXED && !IOUS_KNOWS_ALL_OPCODES)
		return false;
	for (; nr; nr--, head++) {
		index = head & mask;
		if (!(flags & IORING_SETUP_NO_SQARRAY)) {
			index = READ_ONCE(ctx->sq_array[index]);
			if (index > mask)
				return false;
			index = array_index_nospec(index, mask + 1);
		}
		if (READ_ONCE(ctx->sq_sqes[index << shift].opcode) >=
		    IOUS_OP_FIRST)
			return true;
	}
	return false;
}

#define IOUS_LOOK_CLOSER	(1U << 31)

/*
 * The number of entries that io_submit_sqes(ctx, nr) may submit, and whether our
 * function has to take its place. It reads the tail again, and must not see more
 * entries than this looks at: it would refuse one of ours that is published in between.
 *
 * Each submission of each program pays for this.
 */
notrace unsigned int ious_submit_look(struct io_ring_ctx *ctx, unsigned int nr)
{
	nr = min(nr, ious_pending(ctx));
	if (unlikely(!nr || ious_may_be_ours(ctx, nr)))
		nr |= IOUS_LOOK_CLOSER;
	return nr;
}

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

/* The same, where the trampoline cannot be called. */
void *notrace ious_submit_decide(struct pt_regs *regs)
{
	unsigned int nr = ious_submit_look((struct io_ring_ctx *)regs->di,
					   regs->si);

	regs->si = nr & ~IOUS_LOOK_CLOSER;
	return unlikely(nr & IOUS_LOOK_CLOSER) ? ious_submit_sqes : NULL;
}
