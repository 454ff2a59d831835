/* SPDX-License-Identifier: GPL-2.0 */
/* Processes that have ended their chain and still share their submitter's memory. */
#ifndef IOUS_LEAVER_H
#define IOUS_LEAVER_H

#include <linux/types.h>

struct io_ring_ctx;
struct ious_chain;
struct task_struct;

/*
 * The current process has no more to do, and is about to exit: from now on it is one
 * of the leavers of its ring, until it has left the memory. Holds the chain.
 */
void ious_leaver_begin(struct ious_chain *chain);

/* Of the ring, and with the current task's memory? @ctx is only compared. */
bool ious_leavers_exist(const struct io_ring_ctx *ctx);

#endif
