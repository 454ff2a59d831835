/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The chains that may still be ended, by ring and by submitter, for those who
 * have to end them; and who waits until the last touch of a request is over.
 *
 * A set holds the chains of one ring, or of one submitter. It exists from the
 * first of its chains until the last of them is done. A chain leaves the lists
 * of its sets as soon as it has been ended, so that nobody looks at it again; it
 * counts among their users until it is done.
 */
#ifndef IOUS_REGISTRY_H
#define IOUS_REGISTRY_H

#include <linux/list.h>
#include <linux/types.h>

struct io_ring_ctx;
struct io_cancel_data;
struct ious_chain;
struct task_struct;

struct ious_set {
	struct hlist_node node;
	/* the ring, or the submitter: to be compared only */
	const void *key;
	/* the latest comes first: it is found first in a thread's task work */
	struct list_head chains;
	/* chains that are not done, and those who wait for them */
	unsigned int users;
	/* of a submitter: takes no more chains; woken when there is none left */
	struct task_struct *closer;
	/* of a submitter: it waits in an exit for the end of its requests */
	bool awaited;
};

void ious_registry_init(void);

/* Both may sleep. 0, -ENOMEM or -ECANCELED: then nothing has happened. */
int ious_registry_add(struct ious_chain *chain);

/*
 * The last touch of a request of @chain, by whoever made it, is over. Nobody
 * waits for the chain any more. The caller has a reference to it.
 */
void ious_chain_done(struct ious_chain *chain);

/*
 * Ends the chains of a ring, or those that @task submitted. CLONEs that wait for
 * a thread are failed here and now: the thread may itself wait for the caller.
 * May sleep. The signals have been sent when this returns, no more.
 */
void ious_ring_kill(const struct io_ring_ctx *ctx);
void ious_task_kill(const struct task_struct *task);
void ious_all_kill(void);

/* Are there chains that are not done? From callbacks of ftrace. */
bool ious_ring_has_chains(const struct io_ring_ctx *ctx);
bool ious_task_has_chains(const struct task_struct *task);

/*
 * The current task is about to free its io_uring_task. From _close() on it
 * gets no more chains; _close() ends those that there are, and returns when
 * they are done. Sleeps for as long as one of their requests takes that SIGKILL
 * does not end, as the core would. False, after a bug only: not to be opened.
 */
bool ious_task_close(struct ious_set *own);
void ious_task_open(struct ious_set *own);

/* Ends the first chain that has a request that matches; false: none has. */
bool ious_ring_cancel(struct io_ring_ctx *ctx, struct io_cancel_data *cd);

#endif
