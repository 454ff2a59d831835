/* SPDX-License-Identifier: GPL-2.0 */
/* IORING_OP_CLONE, beyond what every opcode has. */
#ifndef IOUS_CLONE_H
#define IOUS_CLONE_H

#include <linux/sched.h>

#include "compat.h"

struct ious_chain;

static inline bool ious_is_user_thread(const struct task_struct *task)
{
	return !(task->flags & (IOUS_PF_WORKER | PF_KTHREAD));
}

/*
 * In the thread that CLONE was left to: makes the process, or fails the requests, and
 * takes the caller's reference. True if it waits still, to be tried again when the
 * thread has left task work.
 */
bool ious_clone_in_thread(struct ious_chain *chain);

/*
 * Fails CLONE, which the caller has claimed, and the rest with it. Takes the
 * caller's reference.
 */
void ious_clone_fail(struct ious_chain *chain, int ret);

#endif
