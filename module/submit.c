// SPDX-License-Identifier: GPL-2.0
/*
 * Finds our opcodes among the SQEs that io_submit_sqes() is about to consume.
 *
 * The kernel's opcode table ends long before 240, so our SQEs travel as others:
 * their opcode byte is set to IOUS_CARRIER for the time of the submission and
 * put back by the prep hook, when the core has fetched the SQE but not yet
 * told the application so (sq.head moves at the very end).
 *
 * All of this runs under ctx->uring_lock. The SQ is shared memory, and a thread of
 * the application may rewrite anything at any time. That can make a request fail, or
 * turn it into another one that the application could have submitted anyway. Every
 * byte that counts is read once.
 */
#include <linux/hash.h>
#include <linux/io_uring_types.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/xarray.h>

#include <linux/io_uring_spawn.h>

#include "compat.h"
#include "ious.h"
#include "opcodes.h"
#include "ops.h"
#include "request.h"
#include "submit.h"
#include "symbols.h"

#define IOUS_NOTES_ON_STACK	16
#define IOUS_SUBMIT_HASH_BITS	6

/* IOSQE_* that the core refuses, or lets only ops with a buffer have */
#define IOUS_SQE_BAD_FLAGS	(IOSQE_BUFFER_SELECT | 0x80)

struct ious_note {
	/* how many entries were fetched before this one */
	unsigned int pos;
	/* which SQE, as an index into ctx->sq_sqes */
	unsigned int index;
	/* our opcode; 0: changed by the application meanwhile, not ours */
	u8 opcode;
	/* another note has the same SQE and comes later */
	bool again;
};

struct ious_submit {
	struct hlist_node node;
	struct task_struct *task;
	struct io_ring_ctx *ctx;
	unsigned int start;
	/* notes in the order of their positions; those before next are done */
	unsigned int nr, next;
	struct ious_note *notes;
	struct ious_note stack[IOUS_NOTES_ON_STACK];
};

/*
 * Submissions with our opcodes in them, by the task that submits. Raw locks:
 * the prep hook's callback looks here.
 */
static struct {
	raw_spinlock_t lock;
	struct hlist_head list;
} ious_submits[1 << IOUS_SUBMIT_HASH_BITS];

void ious_submit_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ious_submits); i++) {
		raw_spin_lock_init(&ious_submits[i].lock);
		INIT_HLIST_HEAD(&ious_submits[i].list);
	}
}

/* A walk over the pending entries by the rules of io_get_sqe(). */
struct ious_walk {
	struct io_ring_ctx *ctx;
	unsigned int pos, entries;
};

/* Do 128-byte opcodes take two entries here? */
static bool ious_is_double(struct io_ring_ctx *ctx, u8 opcode)
{
	return ctx->flags & IORING_SETUP_SQE_MIXED &&
	       (opcode == IOUS_OP_NOP128 || opcode == IOUS_OP_URING_CMD128);
}

/*
 * An SQE that the core refuses before prep is left alone, which is -EINVAL as well:
 * its slot would keep the carrier, and the program may submit it again unchanged.
 */
static bool ious_is_refused(struct io_ring_ctx *ctx,
			    const struct io_uring_sqe *sqe)
{
	u16 personality = READ_ONCE(sqe->personality);
	u8 bad_flags = IOUS_SQE_BAD_FLAGS;

	if (ious_ctx_drain_disabled(ctx))
		bad_flags |= IOSQE_IO_DRAIN;
	return READ_ONCE(sqe->ioprio) ||
	       READ_ONCE(sqe->flags) & bad_flags ||
	       (personality && !xa_load(&ctx->personalities, personality));
}

/* The next of our opcodes; false at the end of what will be consumed. */
static bool ious_walk_next(struct ious_walk *walk, struct ious_note *note)
{
	struct io_ring_ctx *ctx = walk->ctx;
	const struct io_uring_sqe *sqe;
	unsigned int index;
	u8 opcode;

	while (walk->pos < walk->entries) {
		note->pos = walk->pos++;
		index = (ctx->cached_sq_head + note->pos) &
			(ctx->sq_entries - 1);
		if (!(ctx->flags & IORING_SETUP_NO_SQARRAY)) {
			index = READ_ONCE(ctx->sq_array[index]);
			/* the core ends the submission here */
			if (index >= ctx->sq_entries)
				return false;
			index = array_index_nospec(index, ctx->sq_entries);
		}
		if (ctx->flags & IORING_SETUP_SQE128)
			index <<= 1;
		sqe = &ctx->sq_sqes[index];
		opcode = READ_ONCE(sqe->opcode);
		if (likely(opcode < IOUS_OP_FIRST)) {
			if (unlikely(ious_is_double(ctx, opcode)) &&
			    walk->pos < walk->entries &&
			    index < ctx->sq_entries - 1)
				walk->pos++;
			continue;
		}
		if (opcode > IOUS_OP_LAST || ious_is_refused(ctx, sqe))
			continue;
		note->index = index;
		note->opcode = opcode;
		note->again = false;
		return true;
	}
	return false;
}

/*
 * Two passes when there are many. The entries may change in between: never
 * more notes than there is room for.
 */
static int ious_collect(struct ious_submit *sub, const struct ious_walk *start)
{
	struct ious_walk walk = *start;
	struct ious_note note;
	unsigned int room = IOUS_NOTES_ON_STACK;

	sub->notes = sub->stack;
	while (ious_walk_next(&walk, &note)) {
		if (sub->nr < room)
			sub->notes[sub->nr] = note;
		sub->nr++;
	}
	if (sub->nr <= room)
		return 0;

	room = sub->nr;
	sub->notes = kvmalloc_array(room, sizeof(note),
				    GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!sub->notes)
		return -EAGAIN;
	walk = *start;
	for (sub->nr = 0; sub->nr < room; sub->nr++)
		if (!ious_walk_next(&walk, &sub->notes[sub->nr]))
			break;
	return 0;
}

static u8 ious_swap_opcode(struct ious_submit *sub, const struct ious_note *note,
			   u8 from, u8 to)
{
	return cmpxchg(&sub->ctx->sq_sqes[note->index].opcode, from, to);
}

/*
 * From the last to the first: a note that finds a carrier shares its SQE with a later
 * note. An opcode that is neither was changed since.
 */
static void ious_flip(struct ious_submit *sub)
{
	unsigned int i;
	u8 found;

	for (i = sub->nr; i-- > 0;) {
		struct ious_note *note = &sub->notes[i];

		found = ious_swap_opcode(sub, note, note->opcode,
					 IOUS_CARRIER);
		if (found == IOUS_CARRIER)
			note->again = true;
		else if (found != note->opcode)
			note->opcode = 0;
	}
}

static void ious_put_back(struct ious_submit *sub, const struct ious_note *note)
{
	if (note->opcode && !note->again)
		ious_swap_opcode(sub, note, IOUS_CARRIER, note->opcode);
}

/* Entries that the core has not fetched still belong to the kernel. */
static void ious_unflip(struct ious_submit *sub)
{
	struct io_ring_ctx *ctx = sub->ctx;
	unsigned int i, fetched = ctx->cached_sq_head - sub->start;

	/* there the head says nothing, and the application does not look at it */
	if (ctx->flags & IORING_SETUP_SQ_REWIND)
		fetched = 0;
	for (i = sub->next; i < sub->nr; i++)
		if (sub->notes[i].pos >= fetched)
			ious_put_back(sub, &sub->notes[i]);
}

static unsigned int ious_submit_bucket(void)
{
	return hash_ptr(current, IOUS_SUBMIT_HASH_BITS);
}

static void ious_publish(struct ious_submit *sub)
{
	unsigned int bucket = ious_submit_bucket();

	raw_spin_lock(&ious_submits[bucket].lock);
	hlist_add_head(&sub->node, &ious_submits[bucket].list);
	raw_spin_unlock(&ious_submits[bucket].lock);
}

static void ious_withdraw(struct ious_submit *sub)
{
	unsigned int bucket = ious_submit_bucket();

	raw_spin_lock(&ious_submits[bucket].lock);
	hlist_del(&sub->node);
	raw_spin_unlock(&ious_submits[bucket].lock);
}

/* The submission that current is in; it is on current's own stack. */
static struct ious_submit *ious_find_submit(void)
{
	unsigned int bucket = ious_submit_bucket();
	struct ious_submit *sub;

	if (likely(hlist_empty(&ious_submits[bucket].list)))
		return NULL;
	raw_spin_lock(&ious_submits[bucket].lock);
	hlist_for_each_entry(sub, &ious_submits[bucket].list, node)
		if (sub->task == current)
			break;
	raw_spin_unlock(&ious_submits[bucket].lock);
	return sub;
}

/* The note for the SQE that the core has just fetched, or NULL. */
static struct ious_note *ious_find_note(struct ious_submit *sub,
					const struct io_ring_ctx *ctx,
					const struct io_uring_sqe *sqe)
{
	unsigned int pos = ctx->cached_sq_head - 1 - sub->start;
	struct ious_note *note;

	if (sub->ctx != ctx)
		return NULL;
	/*
	 * The core refused these before prep, or they became others. It has not
	 * published the head yet: their slots still belong to the kernel.
	 */
	for (; sub->next < sub->nr && sub->notes[sub->next].pos < pos;
	     sub->next++)
		ious_put_back(sub, &sub->notes[sub->next]);
	if (sub->next == sub->nr)
		return NULL;
	note = &sub->notes[sub->next];
	if (note->pos != pos || !note->opcode ||
	    &ctx->sq_sqes[note->index] != sqe)
		return NULL;
	return note;
}

/*
 * Takes the place of io_submit_sqes(ctx, nr) if one of ours may be among the entries,
 * or if there are none, which Linux 6.1 does not check for.
 */
int ious_submit_sqes(struct io_ring_ctx *ctx, unsigned int nr)
{
	struct ious_submit sub = {
		.task = current,
		.ctx = ctx,
		.start = ctx->cached_sq_head,
	};
	/*
	 * As many as were looked at. If the application has taken its tail back
	 * meanwhile, the core does less; but it must never be called with none.
	 */
	struct ious_walk walk = {
		.ctx = ctx,
		.entries = nr,
	};
	int ret;

	lockdep_assert_held(&ctx->uring_lock);
	if (!nr)
		return 0;
	ious_enter();
	ret = ious_collect(&sub, &walk);
	if (!ret) {
		ious_flip(&sub);
		ious_publish(&sub);
		ret = ious_call(io_submit_sqes)(ctx, nr);
		ious_withdraw(&sub);
		ious_unflip(&sub);
	}
	if (sub.notes != sub.stack)
		kvfree(sub.notes);
	ious_leave();
	return ret;
}

/*
 * Before prep, the request's own memory is free, but for the file. The decision leaves
 * there what it has found, for the function that is called next.
 */
struct ious_found {
	struct file *file;
	struct ious_submit *sub;
};

static struct ious_found *ious_found(struct io_kiocb *req)
{
	return io_kiocb_to_cmd(req, struct ious_found);
}

/* Takes the place of io_files_update_prep() for one of ours, inside ious_submit_sqes(). */
static int ious_carrier_prep(struct io_kiocb *req,
			     const struct io_uring_sqe *sqe)
{
	struct ious_submit *sub = ious_found(req)->sub;
	const struct ious_note *note = &sub->notes[sub->next++];

	ious_put_back(sub, note);
	return ious_op_prep(note->opcode, req, sqe);
}

void *notrace ious_carrier_prep_decide(struct ftrace_regs *fregs)
{
	struct ious_submit *sub = ious_find_submit();
	struct io_kiocb *req = (void *)ious_fregs_arg(fregs, 0);

	if (likely(!sub) ||
	    !ious_find_note(sub, req->ctx, (void *)ious_fregs_arg(fregs, 1)))
		return NULL;
	ious_found(req)->sub = sub;
	return ious_carrier_prep;
}
