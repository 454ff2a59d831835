// SPDX-License-Identifier: GPL-2.0
/*
 * The table of our opcodes and what is common to them: the mark by which a
 * request is known as ours, the checks before prep, the completion.
 */
#include <linux/anon_inodes.h>
#include <linux/compat.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/lockdep.h>
#include <linux/module.h>

#include <linux/io_uring_spawn.h>

#include "chain.h"
#include "compat.h"
#include "hooks.h"
#include "ious.h"
#include "ops.h"
#include "stats.h"
#include "symbols.h"

struct ious_op {
	int (*prep)(struct io_kiocb *req, const struct io_uring_sqe *sqe);
	/* returns the result, or IOUS_ISSUE_SKIP if it comes later */
	int (*issue)(struct io_kiocb *req, unsigned int issue_flags);
	/* valid only behind CLONE, and issued only by the process it made */
	bool inside;
};

#define IOUS_OP_INDEX(opcode)	((opcode) - IORING_OP_CLONE)

static const struct ious_op ious_ops[] = {
	[IOUS_OP_INDEX(IORING_OP_CLONE)] = {
		.prep	= ious_clone_prep,
		.issue	= ious_clone,
	},
	[IOUS_OP_INDEX(IORING_OP_EXEC)] = {
		.prep	= ious_exec_prep,
		.issue	= ious_exec,
		.inside	= true,
	},
	[IOUS_OP_INDEX(IORING_OP_DUP)] = {
		.prep	= ious_dup_prep,
		.issue	= ious_dup,
		.inside	= true,
	},
	[IOUS_OP_INDEX(IORING_OP_SYSCALL)] = {
		.prep	= ious_syscall_prep,
		.issue	= ious_syscall,
		.inside	= true,
	},
};

/*
 * The marks: files that nobody in user space can have, so that to point to one is
 * to be ours. Their operations are the kernel's own and do nothing: the core may
 * drop the last reference at any time, also when this module is gone.
 *
 * CLONE has one of its own, whose references are counted. What is inside a chain
 * cannot be issued by the core itself: its CLONE comes first, and takes it along
 * or has it failed. So when there is neither a CLONE nor a chain, none of the
 * others will ever be issued, whenever the core gets to free them.
 */
enum {
	IOUS_MARK_CLONE,
	IOUS_MARK_INSIDE,
	IOUS_NR_MARKS
};

static struct file *ious_marks[IOUS_NR_MARKS];

int ious_marks_get(void)
{
	struct file *file;
	unsigned int i;

	for (i = 0; i < IOUS_NR_MARKS; i++) {
		file = anon_inode_getfile("[io_uring_spawn]", &generic_ro_fops,
					  NULL, O_RDONLY);
		if (IS_ERR(file)) {
			ious_marks_put();
			return PTR_ERR(file);
		}
		WRITE_ONCE(ious_marks[i], file);
	}
	return 0;
}

void ious_marks_put(void)
{
	struct file *file;
	unsigned int i;

	for (i = 0; i < IOUS_NR_MARKS; i++) {
		file = ious_marks[i];
		WRITE_ONCE(ious_marks[i], NULL);
		if (file)
			fput(file);
	}
}

static unsigned long ious_mark_count(unsigned int i)
{
	struct file *file = ious_marks[i];

	return file ? file_count(file) - 1 : 0;
}

unsigned long ious_nr_clones(void)
{
	return ious_mark_count(IOUS_MARK_CLONE);
}

unsigned long ious_nr_requests(void)
{
	return ious_mark_count(IOUS_MARK_CLONE) +
	       ious_mark_count(IOUS_MARK_INSIDE);
}

bool ious_req_is_ours(const struct io_kiocb *req)
{
	return req->file && (req->file == ious_marks[IOUS_MARK_INSIDE] ||
			     req->file == ious_marks[IOUS_MARK_CLONE]);
}

/* A refused ring is told so before anything else, as by the core. */
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
	const struct ious_op *op = &ious_ops[IOUS_OP_INDEX(opcode)];
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
	cmd->fixed = req->flags & REQ_F_FIXED_FILE;
	ret = op->prep(req, sqe);
	if (ret)
		return ious_refuse(req, opcode, ret, IOUS_WHY_fields);
	/* The core drops req->file only when it is not a direct descriptor. */
	req->flags &= ~REQ_F_FIXED_FILE;
	req->file = get_file(ious_marks[op->inside ? IOUS_MARK_INSIDE :
						     IOUS_MARK_CLONE]);
	return 0;
}

/* Codes that mean "call again" say nothing to user space; 7.2 lets them out. */
int ious_fixup_restart(int res)
{
	switch (res) {
	case -ERESTARTSYS:
	case -ERESTARTNOINTR:
	case -ERESTARTNOHAND:
	case -ERESTART_RESTARTBLOCK:
		return -EINTR;
	default:
		return res;
	}
}

/*
 * Completes @req with @res by the core's rules. Errors take this way too.
 * Returning them to the core instead would post them from the submitter's task
 * work, behind later successes.
 */
static int ious_op_done(struct io_kiocb *req, int res)
{
	res = ious_fixup_restart(res);
	if (res < 0) {
		/* req_set_fail() of the core */
		req->flags |= REQ_F_FAIL;
		if (req->flags & REQ_F_CQE_SKIP) {
			req->flags &= ~REQ_F_CQE_SKIP;
			req->flags |= REQ_F_SKIP_LINK_CQES;
		}
	}
	req->cqe.res = res;
	req->cqe.flags = 0;
	return IOUS_ISSUE_DONE;
}

int ious_op_fd(struct io_kiocb *req, int *fd)
{
	const struct ious_cmd *cmd = ious_cmd(req);
	int ret;

	if (!cmd->ref)
		return 0;
	ret = ious_chain_result(cmd->chain, cmd->ref, fd);
	/* an errno must not be taken for AT_FDCWD */
	if (!ret && *fd < 0)
		ret = -EBADF;
	return ret;
}

struct file *ious_op_fixed_file(struct io_kiocb *req, int slot,
				unsigned int issue_flags)
{
	return ious_call(io_file_get_fixed)(req, slot, issue_flags);
}

/* Issued by somebody else, one from inside a chain does nothing. */
static int ious_op_issue(struct io_kiocb *req, unsigned int issue_flags)
{
	const struct ious_cmd *cmd = ious_cmd(req);
	const struct ious_op *op = &ious_ops[IOUS_OP_INDEX(cmd->opcode)];
	int ret;

	if (op->inside && (!cmd->chain || cmd->chain->task != current))
		return ious_op_done(req, ious_refuse(req, cmd->opcode, -EINVAL,
						     IOUS_WHY_place));
	ret = op->issue(req, issue_flags);
	/* a filter of the user's can give any errno: only CLONE means it */
	if (ret == IOUS_ISSUE_SKIP && !op->inside)
		return ret;
	return ious_op_done(req, ret == IOUS_ISSUE_SKIP ? -EINVAL : ret);
}

/* Takes the place of io_files_update() for one of ours. */
static int ious_carrier(struct io_kiocb *req, unsigned int issue_flags)
{
	int ret;

	ious_enter();
	ret = ious_op_issue(req, issue_flags);
	ious_leave();
	return ret;
}

void notrace ious_carrier_callback(unsigned long ip, unsigned long parent_ip,
				   struct ftrace_ops *ops,
				   struct ftrace_regs *fregs)
{
	struct io_kiocb *req = (void *)ious_fregs_regs(fregs)->di;

	if (ious_req_is_ours(req))
		ious_fregs_set_ip(fregs, ious_carrier);
}
