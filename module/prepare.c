// SPDX-License-Identifier: GPL-2.0
/*
 * Before a request runs: what the core prepared for the submitter becomes the new
 * process's.
 */
#include <linux/cred.h>
#include <linux/file.h>

#include "chain.h"
#include "compat.h"
#include "names.h"
#include "opcodes.h"
#include "prepare.h"
#include "request.h"
#include "state.h"

/*
 * If the core drains or punts a link, it gives all its requests the submitter's
 * credentials of that moment. The chain means the process's own, which may have
 * changed; and in an exec, commit_creds() would find the lent ones, and
 * BUG. CLONE keeps them: a worker may be using them. A personality that is the very
 * same credentials cannot be told from them.
 */
static void ious_drop_creds(struct ious_chain *chain,
			    const struct ious_step *step)
{
	struct io_kiocb *req = step->req;

	if (!(req->flags & REQ_F_CREDS) || req == chain->clone)
		return;
	if (!step->cmd && req->creds != chain->lent)
		return;
	put_cred(req->creds);
	req->flags &= ~REQ_F_CREDS;
}

/*
 * Linux 6.1 looks up files of linked requests when they are submitted, in the
 * submitter. The chain means the process's own: io_assign_file() has to look them
 * up again, from cqe.fd. Other kernels have no file yet.
 */
static void ious_forget_file(const struct ious_step *step)
{
	struct io_kiocb *req = step->req;

	if (step->cmd || !req->file || req->flags & REQ_F_FIXED_FILE)
		return;
	if (req->flags & REQ_F_INFLIGHT)
		atomic_dec(&ious_req_tctx(req)->inflight_tracked);
	req->flags &= ~(REQ_F_INFLIGHT | REQ_F_SUPPORT_NOWAIT | REQ_F_ISREG);
	fput(req->file);
	req->file = NULL;
}

void ious_prepare_work(struct io_kiocb *req)
{
	ious_work_init(req);
	/* the flag would arm poll; this process shall block */
	req->flags &= ~REQ_F_FORCE_ASYNC;
	req->io_task_work.func = NULL;
}

static void ious_soften_link(struct io_kiocb *req)
{
	req->flags &= ~REQ_F_HARDLINK;
	if (req->link)
		req->flags |= REQ_F_LINK;
}

void ious_prepare_own(struct ious_chain *chain, const struct ious_step *step)
{
	step->cmd->chain = chain;
	ious_drop_creds(chain, step);
	ious_soften_link(step->req);
}

void ious_prepare(struct ious_chain *chain, const struct ious_step *step)
{
	struct io_kiocb *req = step->req;

	ious_prepare_work(req);
	ious_drop_creds(chain, step);
	ious_forget_file(step);
	ious_forget_names(req);
	/*
	 * Nothing here is tried without blocking: a failure is final. Without the
	 * flag, a worker of the submitter would try a write again that failed with
	 * -EAGAIN or -EOPNOTSUPP, on Linux 7.
	 */
	if (ious_is_rw(req))
		req->flags |= REQ_F_NOWAIT;
	if (step->cmd)
		step->cmd->chain = chain;
	ious_soften_link(req);
}
