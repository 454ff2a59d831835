// SPDX-License-Identifier: GPL-2.0
/*
 * Finds our opcodes among the SQEs that io_submit_sqes() is about to consume.
 *
 * The kernel's opcode table ends long before 240, so our SQEs travel as others:
 * their opcode byte is set to IOUS_CARRIER for the time of the submission and
 * put back by the prep hook, when the core has fetched the SQE but not yet
 * told the application so (sq.head moves at the very end).
 *
 * All of this runs under ctx->uring_lock. The SQ is shared memory, a thread of
 * the application may rewrite anything at any time. That can make a request
 * fail, or be taken for another one that the application could have submitted
 * anyway; every byte that counts is read once.
 */
#include <linux/hash.h>
#include <linux/io_uring_types.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/xarray.h>
#include <asm/frame.h>
#include <asm/ibt.h>
#include <asm/linkage.h>

#include <linux/io_uring_spawn.h>

#include "compat.h"
#include "hooks.h"
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

static unsigned int ious_pending(struct io_ring_ctx *ctx)
{
	if (ctx->flags & IORING_SETUP_SQ_REWIND)
		return ctx->sq_entries;
	/* pairs with the application's release of the tail */
	return min(smp_load_acquire(&ctx->rings->sq.tail) -
		   ctx->cached_sq_head, ctx->sq_entries);
}

/* Do 128-byte opcodes take two entries here? */
static bool ious_is_double(struct io_ring_ctx *ctx, u8 opcode)
{
	return ctx->flags & IORING_SETUP_SQE_MIXED &&
	       (opcode == IOUS_OP_NOP128 || opcode == IOUS_OP_URING_CMD128);
}

/*
 * What the core refuses before prep stays what it is, which is -EINVAL as well:
 * its slot would keep the carrier, for a program that submits it again as it is.
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
 * From the last to the first, so that a note whose SQE is a carrier already shares
 * it with a later one. An opcode that is neither was changed since.
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

/* Entries that were not fetched are the kernel's still; others are not. */
static void ious_unflip(struct ious_submit *sub)
{
	struct io_ring_ctx *ctx = sub->ctx;
	unsigned int i, fetched = ctx->cached_sq_head - sub->start;

	/* There, the head says nothing, nor does the application look at it. */
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

/* The submission that current is in the middle of. It is on its own stack. */
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
	 * Those that the core refused before prep, or that became others: the
	 * head has not been told yet, so their slots are the kernel's still.
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
 * Takes the place of io_submit_sqes(ctx, nr) when ours may be among the entries,
 * or when there are none, which Linux 6.1 does not check for.
 */
int ious_submit_sqes(struct io_ring_ctx *ctx, unsigned int nr)
{
	struct ious_submit sub = {
		.task = current,
		.ctx = ctx,
		.start = ctx->cached_sq_head,
	};
	/*
	 * As many as were looked at. The application may have taken its tail back
	 * meanwhile; then the core does less, but it must never be called with
	 * none.
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
 * How many entries io_submit_sqes(ctx, nr) is to submit, and whether our function
 * has to take its place. It reads the tail again, and must not see more entries
 * than were looked at here: one of ours published in between would be refused.
 *
 * This is what everybody pays who submits anything.
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
 * Its return address is that behind the ftrace site, or becomes our function's.
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
 * %rax, %rcx and %rdx are free. ious_submit_look() once more, for a submission of
 * one entry, which is there and not ours: what most programs do most. A call less
 * is accounted than returned from, so that the CPU's stack of returns is filled
 * sooner than it had to be, never later. Rings without flags but that which
 * liburing sets come first.
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
void notrace ious_submit_callback(unsigned long ip, unsigned long parent_ip,
				  struct ftrace_ops *ops,
				  struct ftrace_regs *fregs)
{
	struct pt_regs *regs = ious_fregs_regs(fregs);
	unsigned int nr = ious_submit_look((struct io_ring_ctx *)regs->di,
					   regs->si);

	regs->si = nr & ~IOUS_LOOK_CLOSER;
	if (unlikely(nr & IOUS_LOOK_CLOSER))
		ious_fregs_set_ip(fregs, ious_submit_sqes);
}

/* Takes the place of io_files_update_prep() for one of ours. */
static int ious_carrier_prep(struct io_kiocb *req,
			     const struct io_uring_sqe *sqe)
{
	struct ious_submit *sub;
	struct ious_note *note;
	int ret;

	ious_enter();
	sub = ious_find_submit();
	note = ious_find_note(sub, req->ctx, sqe);
	sub->next++;
	ious_put_back(sub, note);
	ret = ious_op_prep(note->opcode, req, sqe);
	ious_leave();
	return ret;
}

void notrace ious_carrier_prep_callback(unsigned long ip,
					unsigned long parent_ip,
					struct ftrace_ops *ops,
					struct ftrace_regs *fregs)
{
	struct pt_regs *regs = ious_fregs_regs(fregs);
	struct ious_submit *sub = ious_find_submit();
	struct io_kiocb *req = (struct io_kiocb *)regs->di;

	if (unlikely(sub) &&
	    ious_find_note(sub, req->ctx, (struct io_uring_sqe *)regs->si))
		ious_fregs_set_ip(fregs, ious_carrier_prep);
}
