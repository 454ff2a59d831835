// SPDX-License-Identifier: GPL-2.0
/*
 * Looks among the requests of a chain for one that somebody wants to cancel: in pieces,
 * under the chain's lock, as a chain may have very many.
 */
#include <linux/io_uring_types.h>
#include <linux/lockdep.h>
#include <linux/sched.h>

#include "match.h"
#include "state.h"
#include "symbols.h"

/* The number of requests to look at before the lock is dropped for a moment. */
#define IOUS_MATCH_BATCH	128

static bool ious_matches(struct io_kiocb *req, struct io_cancel_data *cd)
{
	return req && ious_call(io_cancel_req_match)(req, cd);
}

/* Where the look at the requests of a chain goes on, piece by piece. */
struct ious_scan {
	struct io_kiocb *req;
	/* the number of requests before it */
	unsigned int pos;
};

/*
 * Requests leave a chain at its front only. The request to go on with may have left
 * since the last piece.
 */
static bool ious_scan_piece(struct ious_chain *chain,
			    struct io_cancel_data *cd, struct ious_scan *scan)
{
	unsigned int n;

	lockdep_assert_held(&chain->lock);
	if (chain->taken > scan->pos) {
		if (ious_matches(chain->cur, cd))
			return true;
		scan->req = chain->next;
		scan->pos = chain->taken;
	}
	for (n = 0; scan->req && n < IOUS_MATCH_BATCH; n++) {
		if (ious_matches(scan->req, cd))
			return true;
		scan->req = scan->req->link;
		scan->pos++;
	}
	return false;
}

unsigned int ious_condemn_matching(struct ious_chain *chain,
				   struct io_cancel_data *cd,
				   struct ious_victim *victim)
{
	/* nothing has been before CLONE: the first piece begins at the front */
	struct ious_scan scan = { };
	bool over, found = false;

	do {
		raw_spin_lock(&chain->lock);
		/* after the exec there is nothing left to cancel */
		over = chain->killed || (!chain->task && chain->execed);
		if (!over) {
			found = ious_scan_piece(chain, cd, &scan);
			over = found || !scan.req;
		}
		if (found)
			ious_condemn_locked(chain, victim);
		raw_spin_unlock(&chain->lock);
		cond_resched();
	} while (!over);
	return found;
}
