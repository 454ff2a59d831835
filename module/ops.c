// SPDX-License-Identifier: GPL-2.0
/*
 * The table of our opcodes and their common parts: the checks before prep,
 * under uring_lock, and the issue as the carrier.
 */
#include <linux/compat.h>
#include <linux/io_uring.h>
#include <linux/lockdep.h>

#include <linux/io_uring_spawn.h>

#include "compat.h"
#include "ious.h"
#include "ops.h"
#include "request.h"
#include "state.h"
#include "stats.h"

struct ious_op {
	int (*prep)(struct io_kiocb *req, const struct io_uring_sqe *sqe);
	/* returns the result, or IOUS_ISSUE_SKIP if it comes later */
	int (*issue)(struct io_kiocb *req, unsigned int issue_flags);
	/* valid only behind CLONE, and issued only by the process it made */
	bool inside;
};

#define IOUS_OP_ROW(NAME, name, only_inside)				\
	[IOUS_INDEX_##NAME] = {						\
		.prep	= ious_##name##_prep,				\
		.issue	= ious_##name,					\
		.inside	= only_inside,					\
	},
static const struct ious_op ious_ops[] = {
	IOUS_OPS(IOUS_OP_ROW)
};

static const struct ious_op *ious_op(u8 opcode)
{
	return &ious_ops[opcode - IOUS_OP_FIRST];
}

/* The ring is checked before all else, as in the core. */
static int ious_op_allowed(const struct io_kiocb *req, u8 opcode)
{
	if (ious_ctx_restricted(req->ctx))
		return ious_refuse(req, opcode, -EACCES, IOUS_WHY_ring);
	if (ious_ctx_compat(req->ctx) || in_compat_syscall())
		return ious_refuse(req, opcode, -EOPNOTSUPP, IOUS_WHY_compat);
	return 0;
}

/* Inside a chain; one that has failed already will not be issued. */
static bool ious_in_chain(struct io_kiocb *req)
{
	struct io_kiocb *head = req->ctx->submit_state.link.head;

	return head && (head->flags & REQ_F_FAIL ||
			(ious_req_is_ours(head) &&
			 ious_cmd(head)->opcode == IORING_OP_CLONE));
}

int ious_op_prep(u8 opcode, struct io_kiocb *req,
		 const struct io_uring_sqe *sqe)
{
	const struct ious_op *op = ious_op(opcode);
	struct ious_cmd *cmd = ious_cmd(req);
	int ret;

	lockdep_assert_held(&req->ctx->uring_lock);
	ret = ious_op_allowed(req, opcode);
	if (ret)
		return ret;
	if (op->inside && !ious_in_chain(req))
		return ious_refuse(req, opcode, -EINVAL, IOUS_WHY_place);
	cmd->opcode = opcode;
	cmd->chain = NULL;
	cmd->done = false;
	cmd->fixed = !!(req->flags & REQ_F_FIXED_FILE);
	ret = op->prep(req, sqe);
	if (ret)
		return ious_refuse(req, opcode, ret, IOUS_WHY_fields);
	/* The core drops req->file only when it is not a direct descriptor. */
	req->flags &= ~REQ_F_FIXED_FILE;
	req->file = ious_mark(req->ctx, op->inside);
	return 0;
}

/*
 * A request from inside a chain does nothing if another task issues it. The process holds
 * the chain, and such a request may be gone when the chain has ended.
 */
static int ious_op_issue(struct io_kiocb *req, unsigned int issue_flags)
{
	const struct ious_cmd *cmd = ious_cmd(req);
	const struct ious_op *op = ious_op(cmd->opcode);
	const struct ious_chain *chain = op->inside ? cmd->chain : NULL;
	int ret;

	if (op->inside && (!chain || chain->task != current))
		return ious_req_done(req, ious_refuse(req, cmd->opcode, -EINVAL,
						      IOUS_WHY_place));
	ret = op->issue(req, issue_flags);
	if (chain && chain->ended)
		return IOUS_ISSUE_DONE;
	/* a seccomp filter can return any errno: only CLONE means IOUS_ISSUE_SKIP */
	if (ret == IOUS_ISSUE_SKIP && !op->inside)
		return ret;
	return ious_req_done(req, ret == IOUS_ISSUE_SKIP ? -EINVAL : ret);
}

bool ious_op_run(struct io_kiocb *req)
{
	const struct ious_chain *chain = ious_cmd(req)->chain;

	ious_op_issue(req, IO_URING_F_UNLOCKED);
	if (chain->ended)
		return false;
	ious_cmd(req)->done = true;
	return true;
}

/* Takes the place of io_files_update() for one of ours. */
static int ious_carrier(struct io_kiocb *req, unsigned int issue_flags)
{
	int ret = IOUS_ISSUE_DONE;

	ious_enter();
	if (!ious_cmd(req)->done)
		ret = ious_op_issue(req, issue_flags);
	ious_leave();
	return ret;
}

void *notrace ious_carrier_decide(struct ftrace_regs *fregs)
{
	struct io_kiocb *req = (void *)ious_fregs_arg(fregs, 0);

	return ious_req_is_ours(req) ? ious_carrier : NULL;
}
