/* SPDX-License-Identifier: GPL-2.0 */
/* How the runner gives a request back to the core. */
#ifndef IOUS_FINISH_H
#define IOUS_FINISH_H

#include <linux/types.h>

struct io_kiocb;
struct ious_chain;

/* Counts references from now on, from the one that all requests have. */
void ious_count_refs(struct io_kiocb *req);

/*
 * @req, one of ours, has succeeded, and nothing looks at it any more: gives it back
 * with no more than its ring needs. False if only the core can do it. Afterwards @req
 * may be gone.
 */
bool ious_finish_done(struct ious_chain *chain, struct io_kiocb *req);

/*
 * Drops the runner's reference to @req, which the core has completed, now or, if
 * @light, at the end of the chain.
 */
void ious_finish(struct ious_chain *chain, struct io_kiocb *req, bool light);

/* Gives back the requests that waited for the end of the chain. */
void ious_finish_all(struct ious_chain *chain);

#endif
