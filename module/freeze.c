// SPDX-License-Identifier: GPL-2.0
/*
 * A process freezes on its way back to user space, in get_signal(). The process of a
 * chain has no such way before it is another program: it would go on from one
 * request to the next, and to its exec or exit. So it freezes between two
 * requests: for its control group (v2: do_freezer_trap()), for the freezer of a
 * suspend and that of control groups v1 (try_to_freeze()).
 *
 * All of them, as SIGSTOP, set the flag of a signal to break off a sleep. If no signal
 * stands behind the flag any more, only get_signal() clears it: the flag would break
 * off the next request as well. Task work and a live patch's transition set another
 * flag, which is cleared where task work is run.
 *
 * Called by the process itself, without a lock.
 */
#include <linux/cgroup.h>
#include <linux/freezer.h>
#include <linux/sched.h>
#include <linux/sched/jobctl.h>
#include <linux/sched/signal.h>
#include <linux/spinlock.h>
#include <linux/task_work.h>

#include "freeze.h"
#include "ious.h"
#include "symbols.h"

/* A process that is born in a frozen group has this bit and no flag. */
static bool ious_group_freezes(void)
{
	return READ_ONCE(current->jobctl) & JOBCTL_TRAP_FREEZE;
}

/*
 * A frozen process of a group v2 may be killed: a task that ends a chain need not
 * wait for the group. The process must not count for the load average, and task work,
 * which it does not run here, must not wake it.
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
 * If the group has to freeze again, cgroup_leave_frozen() leaves the process frozen,
 * with the bit set.
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
 * The other two freezers hold a process even after SIGKILL. So a process that has to
 * die does not stop for them: a submitter that exits may wait for it.
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

void ious_run_task_work(void)
{
	clear_thread_flag(TIF_NOTIFY_SIGNAL);
	/* pairs with the flag being set after the work was queued */
	smp_mb__after_atomic();
	if (task_work_pending(current))
		ious_call(task_work_run)();
}

static bool ious_has_pending(int sig)
{
	return (sigismember(&current->pending.signal, sig) ||
		sigismember(&current->signal->shared_pending.signal, sig)) &&
	       !sigismember(&current->blocked, sig);
}

/*
 * A stop signal stays pending until the process is on its way to user space, or SIGCONT
 * takes it away. In an orphaned group the kernel would drop SIGTSTP there: nobody may
 * ever send SIGCONT.
 *
 * SIGTTIN and SIGTTOU are not waited for: they come from a terminal that the call itself
 * has asked, as tcsetpgrp(3) does. No shell sees a stop, thus none would send SIGCONT,
 * and after it the call would get the signal again.
 */
static bool ious_stop_pending(void)
{
	bool stop, terminal_stop;

	spin_lock_irq(&ious_own_sighand()->siglock);
	stop = ious_has_pending(SIGSTOP);
	terminal_stop = ious_has_pending(SIGTSTP);
	spin_unlock_irq(&ious_own_sighand()->siglock);
	return stop ||
	       (terminal_stop && !ious_call(is_current_pgrp_orphaned)());
}

/* A tracer waits for a stop, which comes later: it must not be waited for. */
static bool ious_waits_for_cont(void)
{
	return ious_stop_pending() && !READ_ONCE(current->ptrace) &&
	       !fatal_signal_pending(current);
}

/* SIGCONT takes the signal away, and wakes only those who have stopped. */
bool ious_stop_point(void)
{
	ious_freeze_point();
	while (ious_waits_for_cont()) {
		set_current_state(TASK_KILLABLE | TASK_NOLOAD | TASK_FREEZABLE);
		schedule_timeout(max(HZ / 50, 1));
		ious_freeze_point();
	}
	ious_run_task_work();
	return !signal_pending(current);
}
