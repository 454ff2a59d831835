/* SPDX-License-Identifier: GPL-2.0 */
/* Common to all files of the module. */
#ifndef IOUS_H
#define IOUS_H

#undef pr_fmt
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/bug.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>

/*
 * The number of tasks in a function of ours that took the place of a kernel function.
 * Raised as its first act, dropped as its last: synchronize_rcu_tasks() covers the
 * instructions before and after. ious_carrier_prep() does neither: it runs inside
 * ious_submit_sqes().
 */
extern atomic_t ious_busy;

static inline void ious_enter(void)
{
	atomic_inc(&ious_busy);
}

static inline void ious_leave(void)
{
	/* code that sees the task gone sees the requests that it made */
	smp_mb__before_atomic();
	atomic_dec(&ious_busy);
}

/*
 * Does the current task use credentials that somebody lent it? A bug, if it is about
 * to make a process, or to commit credentials of its own. A macro: the warning names
 * the caller's line.
 */
#define ious_creds_are_lent()						\
	WARN_ON_ONCE(current->cred != current->real_cred)

/* In a process of a chain: its only thread runs this, and nothing else changes it. */
static inline struct sighand_struct *ious_own_sighand(void)
{
	return rcu_dereference_protected(current->sighand, true);
}

#endif
