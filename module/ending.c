// SPDX-License-Identifier: GPL-2.0
/*
 * How a chain is ended by others: by SIGKILL to its process. io-wq's way, a
 * notification, breaks interruptible sleeps only, and a submitter that execs
 * would wait for a request that sleeps in a killable one.
 *
 * First the decision, under the chain's lock. Then, without a lock, what follows
 * from it: a signal, or, if there is no process yet and CLONE waits for a
 * thread, the failure of all requests.
 */
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include "chain.h"
#include "ending.h"
#include "ious.h"
#include "registry.h"
#include "request.h"
#include "symbols.h"
#include "waiting.h"

/* As many requests are looked at before the lock is dropped for a moment. */
#define IOUS_MATCH_BATCH	128

static void ious_condemn_locked(struct ious_chain *chain,
				struct ious_victim *victim)
{
	lockdep_assert_held(&chain->lock);
	*victim = (struct ious_victim) { .chain = ious_chain_get(chain) };
	chain->killed = true;
	if (chain->task) {
		/* alive: it has to come here to go, see ious_chain_leave() */
		victim->task = get_task_struct(chain->task);
	} else if (chain->waiting) {
		chain->waiting = false;
		chain->dead = true;
		chain->cur = NULL;
		chain->next = NULL;
		chain->taken = UINT_MAX;
		victim->fail = true;
	}
}

void ious_condemn(struct ious_chain *chain, struct ious_victim *victim)
{
	raw_spin_lock(&chain->lock);
	ious_condemn_locked(chain, victim);
	raw_spin_unlock(&chain->lock);
}

static bool ious_matches(struct io_kiocb *req, struct io_cancel_data *cd)
{
	return req && ious_call(io_cancel_req_match)(req, cd);
}

/* A look at the requests of a chain, in pieces: where to go on. */
struct ious_scan {
	struct io_kiocb *req;
	/* how many have been before it */
	unsigned int pos;
};

/*
 * Requests leave a chain at its front only. Those that did since the last piece
 * took the scan's with them, or did not.
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

/* The chain is nobody else's any more; its thread finds nothing to do. */
static void ious_fail_waiting(struct ious_chain *chain)
{
	ious_unmark_all(chain->clone);
	ious_call(io_req_task_queue_fail)(chain->clone, -ECANCELED);
	ious_chain_done(chain);
	ious_wait_unqueue(chain);
}

void ious_end(struct ious_victim *victim)
{
	if (victim->task) {
		send_sig(SIGKILL, victim->task, 1);
		put_task_struct(victim->task);
	}
	if (victim->fail)
		ious_fail_waiting(victim->chain);
	ious_chain_put(victim->chain);
}
