/* SPDX-License-Identifier: GPL-2.0 */
/* How a chain is ended by others. */
#ifndef IOUS_ENDING_H
#define IOUS_ENDING_H

#include <linux/types.h>

struct io_cancel_data;
struct ious_chain;
struct task_struct;

/* What is left to do when the locks have been dropped. */
struct ious_victim {
	/* with a reference */
	struct ious_chain *chain;
	/* the process, to be killed; held; NULL: there is none, or not yet */
	struct task_struct *task;
	/* CLONE waited: its requests are the caller's to fail */
	bool fail;
};

struct ious_victims {
	unsigned int nr;
	struct ious_victim list[16];
};

/* Decides; the caller's lock keeps @chain in the list that it was found in. */
void ious_condemn(struct ious_chain *chain, struct ious_victim *victim);

/* Decides if a request of the chain matches: 1 victim, or 0. May sleep. */
unsigned int ious_condemn_matching(struct ious_chain *chain,
				   struct io_cancel_data *cd,
				   struct ious_victim *victim);

/* Carries it out, and drops the reference. No lock is held; may sleep. */
void ious_end(struct ious_victim *victim);

#endif
