/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The state of a chain that others may end: under its lock, which orders their
 * decision with the exec.
 */
#ifndef IOUS_STATE_H
#define IOUS_STATE_H

#include <linux/types.h>

#include "chain.h"

struct io_kiocb;
struct task_struct;

/* CLONE begins to wait for a thread; false if the chain was ended already. */
bool ious_chain_wait(struct ious_chain *chain);

/*
 * CLONE waits no more: only the caller that is told true may make the process,
 * or fail the requests. Otherwise somebody has failed them.
 */
bool ious_chain_claim(struct ious_chain *chain);

/* The process says that it runs now; false if the chain was ended already. */
bool ious_chain_start(struct ious_chain *chain);

/* Takes the next request; NULL at the end of the chain or if it was ended. */
struct io_kiocb *ious_chain_take(struct ious_chain *chain);

/* Takes all that are left. */
struct io_kiocb *ious_chain_take_all(struct ious_chain *chain);

/* The request that was taken is done. */
void ious_chain_drop(struct ious_chain *chain);

/* After an exec: true if the chain may no longer be ended. */
bool ious_chain_commit(struct ious_chain *chain);

/* The process is done with the chain, of which others may hold a reference. */
void ious_chain_leave(struct ious_chain *chain);

/* The first word counts, the maker's or that of the process: true if it is @word. */
bool ious_chain_say(struct ious_chain *chain, enum ious_word word);

bool ious_chain_killed(const struct ious_chain *chain);

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

/* The same with the lock of @chain. */
void ious_condemn_locked(struct ious_chain *chain, struct ious_victim *victim);

#endif
