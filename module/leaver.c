// SPDX-License-Identifier: GPL-2.0
/*
 * Processes that have ended their chain without a program, and are about to exit. They
 * do nothing any more. But until exit_mm(), others with the same rights can reach the
 * memory that they share with their submitter. A submitter that gives up its own rights
 * can wait for that: see cancel.c.
 *
 * do_exit() runs task work after exit_mm(). It runs some before only if it tells
 * a tracer: then a worker looks until the process has left the memory. A process that
 * returns to user space to die, as after a seccomp filter's kill, is no leaver.
 *
 * A raw lock: callbacks of ftrace look here.
 */
#include <linux/hashtable.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include <linux/spinlock.h>
#include <linux/task_work.h>
#include <linux/workqueue.h>

#include "chain.h"
#include "leaver.h"

/*
 * By the chain's ring. That may be gone, and another one be at its address: so the
 * memory is compared as well, which is what the caller asks about.
 */
static DEFINE_HASHTABLE(ious_leavers, 10);
static DEFINE_RAW_SPINLOCK(ious_leavers_lock);

/* As the last act in this module, short of returning. */
static void ious_leaver_gone(struct ious_leaver *leaver)
{
	raw_spin_lock(&ious_leavers_lock);
	hash_del(&leaver->node);
	raw_spin_unlock(&ious_leavers_lock);
	mmdrop(leaver->mm);
	put_task_struct(leaver->task);
	ious_chain_put(container_of(leaver, struct ious_chain, leaver));
}

/*
 * A tracer can hold as many as it has for as long as it likes. No signal takes one away
 * from it: the kernel drops what comes to a process that exits.
 */
static void ious_leaver_look(struct work_struct *work)
{
	struct ious_leaver *leaver = container_of(to_delayed_work(work),
						  struct ious_leaver, look);

	if (!READ_ONCE(leaver->task->mm)) {
		ious_leaver_gone(leaver);
		return;
	}
	schedule_delayed_work(&leaver->look, leaver->delay);
	leaver->delay = min_t(unsigned int, 2 * leaver->delay, HZ);
}

static void ious_leaver_end(struct callback_head *work)
{
	struct ious_leaver *leaver = container_of(work, struct ious_leaver, work);

	if (!current->mm) {
		ious_leaver_gone(leaver);
		return;
	}
	leaver->delay = max(HZ / 50, 1);
	INIT_DELAYED_WORK(&leaver->look, ious_leaver_look);
	schedule_delayed_work(&leaver->look, leaver->delay);
}

void ious_leaver_begin(struct ious_chain *chain)
{
	struct ious_leaver *leaver = &chain->leaver;

	ious_chain_get(chain);
	leaver->task = get_task_struct(current);
	leaver->mm = current->mm;
	mmgrab(leaver->mm);
	raw_spin_lock(&ious_leavers_lock);
	hash_add(ious_leavers, &leaver->node, (unsigned long)chain->ctx);
	raw_spin_unlock(&ious_leavers_lock);
	init_task_work(&leaver->work, ious_leaver_end);
	/* fails only in a task that runs no task work any more */
	if (WARN_ON_ONCE(task_work_add(current, &leaver->work, TWA_NONE)))
		ious_leaver_end(&leaver->work);
}

bool ious_leavers_exist(const struct io_ring_ctx *ctx)
{
	struct ious_chain *chain;
	bool found = false;

	if (likely(hash_empty(ious_leavers)))
		return false;
	raw_spin_lock(&ious_leavers_lock);
	hash_for_each_possible(ious_leavers, chain, leaver.node,
			       (unsigned long)ctx)
		if (chain->ctx == ctx && chain->leaver.mm == current->mm) {
			found = true;
			break;
		}
	raw_spin_unlock(&ious_leavers_lock);
	return found;
}
