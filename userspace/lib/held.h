/* SPDX-License-Identifier: MIT */
/*
 * Descriptors of the caller, held for chains that run later: the caller may close its
 * own, and use the number for another file, before the chain has used it.
 */
#ifndef IOUS_HELD_H
#define IOUS_HELD_H

#include <sys/queue.h>

#include "chain.h"

/* Those of a queue. Chains that need the same file share it. */
LIST_HEAD(ious_held_list, ious_held);

struct ious_held {
	LIST_ENTRY(ious_held) link;
	/* the caller's, and ours: close-on-exec, no number that the plan sets or closes */
	int number, fd;
	unsigned int refs;
};

/* All that the chain needs, as they are now; -EMFILE, -ENOMEM: none. */
int ious_held_take(struct ious_held_list *list, struct ious_chain *chain);
/* The chain does not need them any more. */
void ious_held_drop(struct ious_chain *chain);
/* Has request @i of the chain use what is held in the place of the caller's. */
void ious_held_apply(struct ious_chain *chain, unsigned int i,
		     struct io_uring_sqe *sqe);

#endif
