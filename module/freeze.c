// SPDX-License-Identifier: GPL-2.0
/*
 * A process is frozen on its way back to user space, in get_signal(). That of a
 * chain has no such way before it is another program, but would go on from one
 * request to the next, and to its exec or exit. So it is frozen between two
 * requests: by its control group (v2: do_freezer_trap()), by the freezer of a
 * suspend and that of control groups v1 (try_to_freeze()).
 *
 * All of them, as SIGSTOP, set the flag of a signal to break off a sleep. Nobody
 * but get_signal() takes it back where no signal stands behind it any more: left
 * alone it would break off the next request as well. The other flag, which task
 * work and a live patch's transition set, is cleared where task work is run.
 *
 * Called by the process itself, without a lock.
 */
#include <linux/cgroup.h>
#include <linux/freezer.h>
#include <linux/sched.h>
#include <linux/sched/jobctl.h>
#include <linux/sched/signal.h>
#include <linux/spinlock.h>

#include "freeze.h"
#include "ious.h"
#include "symbols.h"

/* A process that is born in a frozen group has this bit and no flag. */
static bool ious_group_freezes(void)
{
	return READ_ONCE(current->jobctl) & JOBCTL_TRAP_FREEZE;
}

/*
 * A frozen process of a group v2 may be killed: whoever ends a chain need not
 * wait for the group. It is not to be in the load average, nor to be woken by
 * task work, which it does not run here.
 */
static void ious_sleep_frozen(void)
{
	for (;;) {
		set_current_state(TASK_KILLABLE | TASK_NOLOAD | TASK_FREEZABLE);
		if (!ious_group_freezes() || fatal_signal_pending(current))
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
}

/*
 * cgroup_leave_frozen() leaves a process frozen, with the bit set, whose group
 * is to be frozen again.
 */
static void ious_freeze_with_group(void)
{
	ious_call(cgroup_enter_frozen)();
	do {
		ious_sleep_frozen();
		ious_call(cgroup_leave_frozen)(fatal_signal_pending(current));
	} while (cgroup_task_frozen(current));
}

/*
 * The other two hold a process whatever signal it gets: one that is to die does
 * so first, since a submitter that exits may wait for it.
 */
static void ious_freeze(void)
{
	while (!fatal_signal_pending(current)) {
		if (ious_group_freezes())
			ious_freeze_with_group();
		else if (!try_to_freeze())
			break;
	}
}

void ious_freeze_point(void)
{
	if (likely(!task_sigpending(current) && !ious_group_freezes()))
		return;
	ious_freeze();
	spin_lock_irq(&ious_own_sighand()->siglock);
	recalc_sigpending();
	spin_unlock_irq(&ious_own_sighand()->siglock);
}
