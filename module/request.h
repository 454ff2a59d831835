/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A request of ours: the list of opcodes, its mark, the 64 bytes that it keeps, and how
 * it is completed.
 */
#ifndef IOUS_REQUEST_H
#define IOUS_REQUEST_H

#include <linux/build_bug.h>
#include <linux/hash.h>
#include <linux/io_uring_types.h>
#include <linux/sched/signal.h>

#include <linux/io_uring_spawn.h>

struct file;
struct ious_chain;

/* io_uring/io_uring.h is not among the installed headers. */
#define IOUS_ISSUE_DONE		0		/* IOU_OK, IOU_COMPLETE */
#define IOUS_ISSUE_SKIP		(-EIOCBQUEUED)	/* IOU_ISSUE_SKIP_COMPLETE */

/*
 * X(name, name of its functions, may it only be inside a chain?), in the order of
 * their numbers. It makes the table in ops.c, the functions' prototypes, the names
 * in traces, and the number of the last opcode.
 */
#define IOUS_OPS(X)							\
	X(CLONE, clone, false)						\
	X(EXEC, exec, true)						\
	X(DUP, dup, true)						\
	X(SYSCALL, syscall, true)

enum {
#define IOUS_OP_INDEX(NAME, name, inside)	IOUS_INDEX_##NAME,
	IOUS_OPS(IOUS_OP_INDEX)
	IOUS_NR_OPS,
	IOUS_OP_FIRST = IORING_OP_CLONE,
	IOUS_OP_LAST = IOUS_OP_FIRST + IOUS_NR_OPS - 1
};

#define IOUS_OP_CHECK(NAME, name, inside)				\
	static_assert(!(IORING_OP_##NAME - IOUS_OP_FIRST - IOUS_INDEX_##NAME));
IOUS_OPS(IOUS_OP_CHECK)

/* Prep: 0 or an error. Issue: a result, or IOUS_ISSUE_SKIP if it comes later. */
#define IOUS_OP_PROTOTYPES(NAME, name, inside)				\
	int ious_##name##_prep(struct io_kiocb *req,			\
			       const struct io_uring_sqe *sqe);		\
	int ious_##name(struct io_kiocb *req, unsigned int issue_flags);
IOUS_OPS(IOUS_OP_PROTOTYPES)

/*
 * The opcode that the core sees instead of ours. Its row in the kernel's table asks for
 * no file, no audit record and no preparation, and suits IOPOLL rings, as NOP's
 * does. Unlike NOP it is on no program's fast path, which would pay for the hooks.
 */
#define IOUS_CARRIER	IORING_OP_FILES_UPDATE

/*
 * Every request of ours keeps this at the start of the 64 bytes that the core
 * gives to each opcode; the opcode's own structure begins with it. The file is
 * the mark: one of our anonymous files, which nothing in user space can have,
 * and which the core drops wherever the request ends.
 */
struct ious_cmd {
	struct file *file;
	/* the chain that runs the request; NULL before */
	struct ious_chain *chain;
	u8 opcode;
	/* IOSQE_FIXED_FILE: fd is a direct descriptor */
	bool fixed : 1;
	/* it has its result: the core only has to complete it */
	bool done : 1;
	u16 flags;
	/* the request before this one that gives fd, 0: none; SYSCALL: see there */
	u32 ref;
};

static inline struct ious_cmd *ious_cmd(struct io_kiocb *req)
{
	return io_kiocb_to_cmd(req, struct ious_cmd);
}

/* Is it the LINK_TIMEOUT of the request before it? @req may be NULL. */
static inline bool ious_is_timeout(const struct io_kiocb *req)
{
	return req && req->opcode == IORING_OP_LINK_TIMEOUT;
}

/*
 * The marks: files that nobody in user space can have. A request that points to one is
 * ours. Their operations are the kernel's own and do nothing: the core may
 * drop the last reference at any time, even when this module is gone.
 *
 * CLONE has one of its own, whose references are counted. The core cannot issue a
 * request inside a chain: its CLONE comes first, and takes it along or has it failed.
 * So when there is neither a CLONE nor a chain, none of the others will ever be
 * issued, even if the core frees them much later.
 *
 * Each request takes a reference and drops it. Rings have different marks, so that CPUs
 * do not all write to the same count.
 */
enum {
	IOUS_MARK_CLONE,
	IOUS_MARK_INSIDE,
	IOUS_NR_MARKS
};

#define IOUS_MARK_BITS	3

struct ious_marks {
	struct file *files[IOUS_NR_MARKS];
};

extern struct ious_marks ious_marks[1 << IOUS_MARK_BITS];

static inline const struct ious_marks *ious_marks_of(const struct io_ring_ctx *ctx)
{
	return &ious_marks[hash_ptr(ctx, IOUS_MARK_BITS)];
}

static inline bool ious_req_is_ours(const struct io_kiocb *req)
{
	const struct ious_marks *marks;

	if (!req->file)
		return false;
	marks = ious_marks_of(req->ctx);
	return req->file == marks->files[IOUS_MARK_INSIDE] ||
	       req->file == marks->files[IOUS_MARK_CLONE];
}

/* The mark for a request of ours on this ring, with a reference. */
struct file *ious_mark(const struct io_ring_ctx *ctx, bool inside);

/*
 * A request of ours that is done, or will never be issued, goes without its mark:
 * a ring with DEFER_TASKRUN frees it only when its submitter comes again, which
 * may be never. Only the one who frees it looks at its file.
 */
void ious_unmark(struct io_kiocb *req);

/* Requests from @first on will never be issued: they give up their mark. */
void ious_unmark_all(struct io_kiocb *first);

/*
 * The file of direct descriptor @slot, which stays as long as @req does. NULL
 * if there is none.
 */
struct file *ious_req_fixed_file(struct io_kiocb *req, int slot,
				 unsigned int issue_flags);

/* Creates and drops the files that mark requests; dropping waits for none. */
int ious_marks_get(void);
void ious_marks_put(void);

/* CLONEs that have not become a chain, or a failure. */
unsigned long ious_nr_clones(void);

/* Requests of ours that are not done. */
unsigned long ious_nr_requests(void);

/*
 * User space's memory could not be read or written. A process that was killed while a
 * page was on its way has been interrupted: the memory may be good.
 */
static inline int ious_fault(void)
{
	return fatal_signal_pending(current) ? -EINTR : -EFAULT;
}

/* @res for user space, which must not see a code that means "call again". */
int ious_fixup_restart(int res);

/*
 * Completes @req with @res by the core's rules, errors as well. If they were returned
 * to the core, it would post them from the submitter's task work, behind later
 * successes.
 */
int ious_req_done(struct io_kiocb *req, int res);

#endif
