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

/* The same, where the trampoline cannot be called. */
void *notrace ious_submit_decide(struct ftrace_regs *fregs)
{
	unsigned int nr = ious_submit_look((void *)ious_fregs_arg(fregs, 0),
					   ious_fregs_arg(fregs, 1));

	ious_fregs_set_arg(fregs, nr & ~IOUS_LOOK_CLOSER);
	return unlikely(nr & IOUS_LOOK_CLOSER) ? ious_submit_sqes : NULL;
}
