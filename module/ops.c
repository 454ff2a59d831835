// SPDX-License-Identifier: GPL-2.0
/*
 * The table of our opcodes and what is common to them: the mark by which a
 * request is known as ours, the checks before prep, the completion.
 */
#include <linux/anon_inodes.h>
#include <linux/compat.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>

#include <linux/io_uring_spawn.h>

#include "compat.h"
#include "hooks.h"
#include "ious.h"
#include "ops.h"

struct ious_op {
	int (*prep)(struct io_kiocb *req, const struct io_uring_sqe *sqe);
	int (*issue)(struct io_kiocb *req, unsigned int issue_flags);
};

static int ious_unsupported_prep(struct io_kiocb *req,
				 const struct io_uring_sqe *sqe)
{
	return -EOPNOTSUPP;
}

#define IOUS_OP_INDEX(opcode)	((opcode) - IORING_OP_CLONE)

static const struct ious_op ious_ops[] = {
	[IOUS_OP_INDEX(IORING_OP_CLONE)] = {
		.prep	= ious_clone_prep,
		.issue	= ious_clone,
	},
	[IOUS_OP_INDEX(IORING_OP_EXEC)] = {
		.prep	= ious_exec_prep,
		.issue	= ious_exec,
	},
	[IOUS_OP_INDEX(IORING_OP_DUP)] = {
		.prep	= ious_unsupported_prep,
	},
	[IOUS_OP_INDEX(IORING_OP_SYSCALL)] = {
		.prep	= ious_unsupported_prep,
	},
};

/*
 * No operations: the last reference may be dropped at any time, by anyone.
 * As owner of them, the module cannot go before the file has.
 */
static const struct file_operations ious_fops = {
	.owner = THIS_MODULE,
};

static struct file *ious_marker;

int ious_marker_get(void)
{
	ious_marker = anon_inode_getfile("[io_uring_spawn]", &ious_fops, NULL,
					 O_RDONLY);
	return PTR_ERR_OR_ZERO(ious_marker);
}

void ious_marker_put(void)
{
	fput(ious_marker);
	ious_marker = NULL;
}

unsigned long ious_nr_requests(void)
{
	return ious_marker ? file_count(ious_marker) - 1 : 0;
}

bool ious_req_is_ours(const struct io_kiocb *req)
{
	return req->file && req->file->f_op == &ious_fops;
}

/* A refused ring is told so before anything else, as by the core. */
static int ious_op_allowed(const struct io_ring_ctx *ctx)
{
	if (ious_ctx_restricted(ctx))
		return -EACCES;
	if (ious_ctx_compat(ctx) || in_compat_syscall())
		return -EOPNOTSUPP;
	return 0;
}

int ious_op_prep(u8 opcode, struct io_kiocb *req,
		 const struct io_uring_sqe *sqe)
{
	struct ious_cmd *cmd = ious_cmd(req);
	int ret = ious_op_allowed(req->ctx);

	if (!ret) {
		cmd->opcode = opcode;
		cmd->chain = NULL;
		ret = ious_ops[IOUS_OP_INDEX(opcode)].prep(req, sqe);
	}
	/* The core drops req->file only when it is not a direct descriptor. */
	if (!ret) {
		req->flags &= ~REQ_F_FIXED_FILE;
		req->file = get_file(ious_marker);
	}
	return ret;
}

/* Codes that mean "call again" say nothing to user space; 7.2 lets them out. */
static int ious_fixup_restart(int res)
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

int ious_op_done(struct io_kiocb *req, int res)
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

/* Takes the place of io_nop() for one of ours. */
static int ious_nop(struct io_kiocb *req, unsigned int issue_flags)
{
	int ret;

	ious_enter();
	ret = ious_ops[IOUS_OP_INDEX(ious_cmd(req)->opcode)].issue(req,
								   issue_flags);
	ious_leave();
	return ret;
}

void notrace ious_nop_callback(unsigned long ip, unsigned long parent_ip,
			       struct ftrace_ops *ops,
			       struct ftrace_regs *fregs)
{
	struct io_kiocb *req = (void *)ious_fregs_regs(fregs)->di;

	if (ious_req_is_ours(req))
		ious_fregs_set_ip(fregs, ious_nop);
}
