/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The chains that may still be ended, by ring and by submitter; and the wait for the
 * last touch of their requests.
 */
#ifndef IOUS_REGISTRY_H
#define IOUS_REGISTRY_H

#include <linux/atomic.h>
#include <linux/types.h>

struct io_ring_ctx;
struct ious_chain;
struct task_struct;

/*
 * The number of chains that have a reference. The memory of others may stay for
 * sets, one for each, as long as these have users: such chains, or tasks in our code.
 */
extern atomic_t ious_chains;

/* While there is one, a task may be in our code, or on the way there. */
static inline unsigned int ious_nr_chains(void)
{
	return atomic_read(&ious_chains);
}

/* May sleep. 0; or -ECANCELED: then nothing has happened. */
int ious_registry_add(struct ious_chain *chain);

/*
 * The last touch of a request of @chain is over. Nobody waits for the chain any more.
 * The caller has a reference to it. May sleep.
 */
void ious_chain_done(struct ious_chain *chain);

/* Are there chains that are not done? Callbacks of ftrace may call this. */
bool ious_ring_has_chains(const struct io_ring_ctx *ctx);
bool ious_task_has_chains(const struct task_struct *task);

#endif
