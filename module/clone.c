// SPDX-License-Identifier: GPL-2.0
/*
 * IORING_OP_CLONE: makes the process that runs the rest of the link.
 *
 * The thread that submitted it, or that made the SQPOLL ring, has to make it: see
 * submitter.c. An io-wq worker or the SQPOLL thread lack the seccomp filters,
 * no_new_privs and other restrictions that the thread took upon itself after they
 * were made, and have all signals blocked. Issue may run in one of those, and under
 * uring_lock; in doubt the work goes to the thread as task work.
 */
#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include <linux/io_uring_spawn.h>

#include "birth.h"
#include "chain.h"
#include "child.h"
#include "clone_args.h"
#include "clone_thread.h"
#include "compat.h"
#include "ious.h"
#include "registry.h"
#include "request.h"
#include "seccomp.h"
#include "state.h"
#include "stats.h"
#include "submitter.h"
#include "symbols.h"
#include "waiting.h"

static int ious_sigmask_prep(struct io_kiocb *req,
			     const struct io_uring_sqe *sqe)
{
	u32 flags = READ_ONCE(sqe->rw_flags);
	u64 mask = READ_ONCE(sqe->off);

	if (flags & ~IORING_CLONE_SIGMASK || (mask && !flags))
		return -EINVAL;
	ious_cmd(req)->flags = flags ? IOUS_SIGMASK : 0;
	ious_clone_of(req)->sigmask = mask;
	return 0;
}

int ious_clone_prep(struct io_kiocb *req, const struct io_uring_sqe *sqe)
{
	struct io_submit_link *link = &req->ctx->submit_state.link;
	int ret;

	if (link->head || !(req->flags & (REQ_F_LINK | REQ_F_HARDLINK)))
		return -EINVAL;
	if (READ_ONCE(sqe->fd) || READ_ONCE(sqe->buf_index) ||
	    READ_ONCE(sqe->addr3) || READ_ONCE(sqe->__pad2[0]) ||
	    req->flags & REQ_F_FIXED_FILE)
		return -EINVAL;
	ret = ious_sigmask_prep(req, sqe);
	if (!ret)
		ret = ious_clone_args_prep(req, sqe);
	if (ret)
		return ret;

	/* later the core may lend it, and all of the chain, the submitter's */
	if (req->flags & REQ_F_CREDS)
		ious_cmd(req)->flags |= IOUS_PERSONALITY;
	ious_clone_of(req)->lent = current_cred();
	/* if there is no process, the rest must not run in the submitter */
	req->flags &= ~REQ_F_HARDLINK;
	req->flags |= REQ_F_LINK;
	return 0;
}

/*
 * May the process be made right here, under uring_lock? Not by a worker, nor
 * with borrowed credentials, nor if kernel_clone() would ask to be
 * restarted after a signal, nor if a stop or a migration lock would stay.
 */
static bool ious_clone_inline(const struct io_kiocb *req)
{
	const struct ious_clone_args *args = ious_clone_args(req);

	return !(args && ious_clone_args_defer(args)) &&
	       ious_is_user_thread(current) && !signal_pending(current) &&
	       !current->ptrace && !current->in_execve &&
	       !(current->flags & PF_EXITING) && !cgroup_task_frozen(current) &&
	       current->cred == current->real_cred &&
	       !ious_migration_disabled();
}

static int ious_clone_new(struct io_kiocb *req)
{
	struct ious_chain *chain;
	int ret;

	if (!req->link || ious_is_timeout(req->link))
		return ious_refuse(req, IORING_OP_CLONE, -EINVAL,
				   IOUS_WHY_fields);
	ret = ious_submitter_check(req);
	if (ret)
		return ious_refuse(req, IORING_OP_CLONE, ret,
				   IOUS_WHY_submitter);
	chain = ious_chain_new(req);
	if (IS_ERR(chain))
		return PTR_ERR(chain);
	ious_cmd(req)->chain = chain;

	ret = -ERESTARTNOINTR;
	if (ious_clone_inline(req)) {
		ret = ious_seccomp_submitter(chain, false);
		ret = ious_clone_asked(chain, ret) ?: ious_birth(chain, false);
	}
	if (ret == -ERESTARTNOINTR)
		ret = ious_wait_for_thread(chain);
	if (!ret)
		return 0;
	/* the core fails them; nobody may find them from now on */
	ious_chain_take_all(chain);
	ious_cmd(req)->chain = NULL;
	ious_chain_done(chain);
	ious_chain_put(chain);
	return ret;
}

int ious_clone(struct io_kiocb *req, unsigned int issue_flags)
{
	struct ious_chain *chain = ious_cmd(req)->chain;
	int ret;

	/* The new process completes CLONE as its first request. */
	if (chain)
		return chain->task == current ? ious_child_result(chain) :
						-EINVAL;

	ret = ious_clone_new(req);
	if (!ret)
		return IOUS_ISSUE_SKIP;
	/* the core fails it, and the rest */
	ious_unmark_all(req);
	return ret;
}
