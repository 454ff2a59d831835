// SPDX-License-Identifier: GPL-2.0
/*
 * The memory of a chain: its beginning, its references, its end; and the results
 * that its requests refer to. See chain.h.
 */
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "chain.h"
#include "charge.h"
#include "clone_args.h"
#include "compat.h"
#include "registry.h"
#include "request.h"
#include "state.h"
#include "symbols.h"

/*
 * Has the core lent @req credentials? If so, it has lent the same ones to all of the
 * link, except for requests with a personality: of ours, only CLONE.
 */
static bool ious_is_lent(struct io_kiocb *clone, struct io_kiocb *req)
{
	if (!(req->flags & REQ_F_CREDS) || !ious_req_is_ours(req))
		return false;
	return req != clone || !(ious_cmd(clone)->flags & IOUS_PERSONALITY);
}

struct ious_chain *ious_chain_new(struct io_kiocb *clone)
{
	/* those at prep; a drained link gets those of a later moment */
	const struct cred *lent = ious_clone_of(clone)->lent;
	struct ious_chain *chain;
	struct io_kiocb *req;
	unsigned int nr = 0;
	int ret;

	for (req = clone; req; req = req->link) {
		if (ious_is_lent(clone, req))
			lent = req->creds;
		nr++;
	}
	chain = kvzalloc(struct_size(chain, res, nr),
			 GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!chain)
		return ERR_PTR(-ENOMEM);
	refcount_set(&chain->refs, 1);
	refcount_set(&chain->memory, 1);
	raw_spin_lock_init(&chain->lock);
	chain->ctx = clone->ctx;
	chain->submitter = get_task_struct(ious_req_task(clone));
	chain->sq_creds = get_cred(clone->ctx->sq_creds);
	chain->clone = clone;
	chain->lent = lent;
	chain->masks = ious_cmd(clone)->flags & IOUS_SIGMASK;
	chain->sigmask = ious_clone_of(clone)->sigmask;
	ious_clone_call(clone, &chain->call);
	chain->cur = clone;
	chain->next = clone->link;
	chain->taken = 1;
	INIT_LIST_HEAD(&chain->waiting_for);
	atomic_inc(&ious_chains);
	ret = ious_registry_add(chain);
	if (!ret)
		return chain;
	ious_chain_put(chain);
	return ERR_PTR(ret);
}

void ious_chain_put(struct ious_chain *chain)
{
	if (!refcount_dec_and_test(&chain->refs))
		return;
	ious_uncharge(chain);
	put_task_struct(chain->submitter);
	put_cred(chain->sq_creds);
	if (chain->cred)
		abort_creds(chain->cred);
	ious_chain_drop_memory(chain);
	/* the last act in this module, except for the return; see ious_idle() */
	smp_mb__before_atomic();
	atomic_dec(&ious_chains);
}

int ious_chain_result(const struct ious_chain *chain, u32 k, s32 *res)
{
	u32 done = chain->done;

	if (!k || k > done)
		return -EINVAL;
	*res = chain->res[array_index_nospec(done - k, done)];
	return 0;
}

int ious_chain_fd(struct io_kiocb *req, int *fd)
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

/* Nothing runs the chain any more: nobody may find its requests from now on. */
void ious_chain_fail_all(struct ious_chain *chain, int ret)
{
	struct io_kiocb *req = chain->clone;

	ious_chain_take_all(chain);
	ious_cmd(req)->chain = NULL;
	ious_unmark_all(req);
	ious_call(io_req_task_queue_fail)(req, ret);
	ious_chain_done(chain);
	ious_chain_put(chain);
}

/* If a link stays hard, its requests run in the submitter. */
static void ious_soften(struct io_kiocb *first)
{
	struct io_kiocb *req;

	for (req = first; req; req = req->link) {
		req->flags &= ~REQ_F_HARDLINK;
		req->flags |= REQ_F_LINK;
	}
}

void ious_fail_rest(struct ious_chain *chain)
{
	struct io_kiocb *rest = ious_chain_take_all(chain);

	ious_soften(rest);
	ious_unmark_all(rest);
}

void ious_cancel_rest(struct io_kiocb *first)
{
	struct io_kiocb *req;

	if (!first)
		return;
	ious_soften(first);
	ious_unmark_all(first);
	for (req = first; req; req = req->link)
		req->flags &= ~REQ_F_CQE_SKIP;
	ious_call(io_req_task_queue_fail)(first, -ECANCELED);
}
