// SPDX-License-Identifier: GPL-2.0
/*
 * Processes whose chain has ended in the middle of their exec, or at its end. Neither
 * their ring nor their submitter can end them any more, which is right: their EXEC has
 * succeeded. But a tracer or a file system can hold them there for ever, with our code on
 * their stack. So an administrator who wants the module to go can have them killed.
 */
#include <linux/list.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/spinlock.h>

#include "execing.h"

/* Who is in the list holds itself: it is removed before it leaves. */
static LIST_HEAD(ious_execing_list);
static DEFINE_SPINLOCK(ious_execing_lock);

void ious_execing_begin(struct ious_execing *execing)
{
	execing->task = current;
	spin_lock(&ious_execing_lock);
	list_add(&execing->list, &ious_execing_list);
	spin_unlock(&ious_execing_lock);
}

void ious_execing_end(struct ious_execing *execing)
{
	spin_lock(&ious_execing_lock);
	list_del(&execing->list);
	spin_unlock(&ious_execing_lock);
}

void ious_execing_kill(void)
{
	struct ious_execing *execing;

	spin_lock(&ious_execing_lock);
	list_for_each_entry(execing, &ious_execing_list, list)
		send_sig(SIGKILL, execing->task, 1);
	spin_unlock(&ious_execing_lock);
}
