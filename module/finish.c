// SPDX-License-Identifier: GPL-2.0
/*
 * How the runner gives a request back to the core, which posts its CQE and frees it.
 * Each time that wakes the submitter costs as much as several steps, and the wake-up
 * may take the CPU from the process in the middle of its chain. So:
 *
 * - Requests that hold nothing, no file, no buffer and no link, wait for the end of the
 *   chain: then one wake-up of the submitter serves them all. Those that succeeded
 *   silently have not been completed by then.
 * - On a ring whose CQEs all come by task work, a submitter that waits for more of
 *   them sleeps on.
 *
 * Until ious_chain_done() the ring and the submitter wait for the chain, and so for
 * what is kept here.
 */
#include <linux/bug.h>
#include <linux/io_uring_types.h>

#include "compat.h"
#include "finish.h"
#include "request.h"
#include "state.h"
#include "symbols.h"

void ious_count_refs(struct io_kiocb *req)
{
	if (!(req->flags & REQ_F_REFCOUNT)) {
		req->flags |= REQ_F_REFCOUNT;
		atomic_set(&req->refs, 1);
	}
}

/* Does every CQE of the ring come by task work that need not wake its submitter? */
static bool ious_completes_by_work(const struct io_kiocb *req)
{
	return req->ctx->flags & IORING_SETUP_DEFER_TASKRUN &&
	       IOUS_DEFER_IN_ORDER && ious_add_work_name();
}

/*
 * The core's last step for a worker's request, with the one reference that is left. The
 * submitter may free @req before this returns; the chain holds the ring.
 */
static void ious_complete(struct io_kiocb *req, unsigned int flags)
{
	req->io_task_work.func = ious_io_req_task_complete;
	ious_add_work(req, flags);
}

static void ious_keep(struct ious_chain *chain, struct io_kiocb *req)
{
	req->link = chain->finished;
	chain->finished = req;
}

bool ious_finish_done(struct ious_chain *chain, struct io_kiocb *req)
{
	/* a direct descriptor's file goes with the request */
	bool fixed = ious_cmd(req)->fixed;
	bool silent = req->flags & REQ_F_CQE_SKIP && !fixed;
	bool by_work = ious_completes_by_work(req);

	if (!silent && !by_work)
		return false;
	ious_unmark(req);
	/* for a link, the core would wake the submitter at once */
	req->flags &= ~(REQ_F_LINK | REQ_F_HARDLINK);
	if (!silent) {
		ious_complete(req, fixed ? 0 : IOUS_LAZY_WAKE);
		return true;
	}
	/* a worker may hold CLONE: then references are counted already */
	if (!by_work)
		ious_count_refs(req);
	ious_keep(chain, req);
	return true;
}

/* Dropping the last reference to a request wakes its submitter, who frees it. */
static void ious_put(struct io_kiocb *req)
{
	WARN_ON_ONCE(ious_put_work(&req->work));
}

void ious_finish(struct ious_chain *chain, struct io_kiocb *req, bool light)
{
	if (light && !req->link && atomic_read_acquire(&req->refs) == 1)
		ious_keep(chain, req);
	else
		ious_put(req);
}

void ious_finish_all(struct ious_chain *chain)
{
	struct io_kiocb *req;

	while ((req = chain->finished)) {
		chain->finished = req->link;
		req->link = NULL;
		if (req->flags & REQ_F_REFCOUNT)
			ious_put(req);
		else
			ious_complete(req, IOUS_LAZY_WAKE);
	}
}
