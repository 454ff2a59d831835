// SPDX-License-Identifier: GPL-2.0
/*
 * IORING_OP_CLONE: makes the process that runs the rest of the link.
 *
 * It has to be made by the thread that submitted it, or that made the SQPOLL
 * ring: see submitter.c. An io-wq worker or the SQPOLL thread lack the seccomp
 * filters, no_new_privs and other restrictions that the thread took upon itself
 * after they were made, and have all signals blocked. Issue may run in one of
 * those, and under uring_lock; in doubt the work goes to the thread as task work.
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
#include "clone.h"
#include "clone_args.h"
#include "compat.h"
#include "ious.h"
#include "registry.h"
#include "request.h"
#include "seccomp.h"
#include "stats.h"
#include "submitter.h"
#include "symbols.h"
#include "waiting.h"

int ious_clone_prep(struct io_kiocb *req, const struct io_uring_sqe *sqe)
{
	struct io_submit_link *link = &req->ctx->submit_state.link;
	int ret;

	if (link->head || !(req->flags & (REQ_F_LINK | REQ_F_HARDLINK)))
		return -EINVAL;
	if (READ_ONCE(sqe->fd) || READ_ONCE(sqe->off) ||
	    READ_ONCE(sqe->rw_flags) || READ_ONCE(sqe->buf_index) ||
	    READ_ONCE(sqe->addr3) || READ_ONCE(sqe->__pad2[0]) ||
	    req->flags & REQ_F_FIXED_FILE)
		return -EINVAL;
	ret = ious_clone_args_prep(req, sqe);
	if (ret)
		return ret;

	/* later the core may lend it, and all of the chain, the submitter's */
	ious_cmd(req)->flags = req->flags & REQ_F_CREDS ? IOUS_PERSONALITY : 0;
	ious_clone_of(req)->lent = current_cred();
	/* Without a process, the rest must not run in the submitter. */
	req->flags &= ~REQ_F_HARDLINK;
	req->flags |= REQ_F_LINK;
	return 0;
}

/* Nothing runs the chain any more: nobody is to find its requests from now on. */
void ious_clone_fail(struct ious_chain *chain, int ret)
{
	struct io_kiocb *req = chain->clone;

	ious_chain_take_all(chain);
	ious_cmd(req)->chain = NULL;
	ious_unmark_all(req);
	ious_call(io_req_task_queue_fail)(req, ret);
	ious_chain_done(chain);
	ious_chain_put(chain);
}

/* An exec that waits for the submitter's requests runs task work, too. */
static bool ious_may_clone_now(const struct ious_chain *chain)
{
	return !READ_ONCE(chain->killed) && !(current->flags & PF_EXITING) &&
	       !current->in_execve;
}

/* After a signal, not from here: task work is run again before that. */
static bool ious_may_clone_later(int ret)
{
	return ret == -ERESTARTNOINTR && !(current->flags & PF_EXITING) &&
	       !fatal_signal_pending(current);
}

/* Sleeps if a supervisor is asked; the chain can be cancelled meanwhile. */
static int ious_clone_ask(const struct ious_chain *chain)
{
	if (!ious_may_clone_now(chain))
		return -ECANCELED;
	return ious_seccomp_submitter(chain, true);
}

/* What the filters said, while the chain is still CLONE's. */
static int ious_clone_asked(const struct ious_chain *chain, int ret)
{
	if (!ret || ret == -ECANCELED || ret == -ERESTARTNOINTR)
		return ret;
	if (ret == IOUS_MUST_NOT_ASK)
		return ious_refuse(chain->clone, IORING_OP_CLONE, -EOPNOTSUPP,
				   IOUS_WHY_table);
	return ious_refuse(chain->clone, IORING_OP_CLONE, ret,
			   IOUS_WHY_seccomp);
}

static bool ious_clone_claimed(struct ious_chain *chain, int ret)
{
	ious_wait_over(chain);
	ret = ious_clone_asked(chain, ret);
	if (!ret)
		ret = ious_may_clone_now(chain) ? ious_birth(chain, true) :
						  -ECANCELED;
	if (!ret)
		return false;
	if (ious_may_clone_later(ret) && ious_wait_again(chain))
		return true;
	ious_clone_fail(chain, ret == -ERESTARTNOINTR ? -ECANCELED : ret);
	return false;
}

/*
 * A thread that counts as frozen would have a child that does, and that the
 * freezer has not counted. It is, for the time of some task work.
 */
static int ious_clone_before(const struct ious_chain *chain)
{
	if (cgroup_task_frozen(current))
		return -ERESTARTNOINTR;
	return ious_clone_ask(chain);
}

bool ious_clone_in_thread(struct ious_chain *chain)
{
	int ret = ious_clone_before(chain);

	if (ious_may_clone_later(ret))
		return true;
	if (ious_chain_claim(chain))
		return ious_clone_claimed(chain, ret);
	ious_chain_put(chain);
	return false;
}

/*
 * May the process be made right here, under uring_lock? Not by a worker, nor
 * with borrowed credentials, nor where kernel_clone() would ask to be
 * restarted after a signal, nor where a stop or a migration lock would stay.
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

	if (!req->link || req->link->opcode == IORING_OP_LINK_TIMEOUT)
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
	/* the core fails them; nobody is to find them from now on */
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
		return chain->task == current ? ious_birth_result(chain) :
						-EINVAL;

	ret = ious_clone_new(req);
	if (!ret)
		return IOUS_ISSUE_SKIP;
	/* the core fails it, and the rest */
	ious_unmark_all(req);
	return ret;
}
