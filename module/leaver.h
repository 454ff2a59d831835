/* SPDX-License-Identifier: GPL-2.0 */
/* Processes that have ended their chain and still share their submitter's memory. */
#ifndef IOUS_LEAVER_H
#define IOUS_LEAVER_H

#include <linux/types.h>
#include <linux/workqueue.h>

struct io_ring_ctx;
struct ious_chain;
struct task_struct;

struct ious_leaver {
	struct hlist_node node;
	struct callback_head work;
	/* of one that a tracer holds up before it has left: held */
	struct task_struct *task;
	struct delayed_work look;
};

/*
 * The current process has no more to do, and is about to exit: from now until
 * it has left the memory it is one of the leavers of its ring. Holds the chain.
 */
void ious_leaver_begin(struct ious_chain *chain);

/* @ctx is compared only. */
bool ious_leavers_exist(const struct io_ring_ctx *ctx);

#endif
