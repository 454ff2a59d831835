// SPDX-License-Identifier: GPL-2.0
/*
 * If the submitter's tracer follows, the process is traced, and the tracer told
 * of a vfork(), rather than a fork(): a debugger must not think that there are
 * two copies of its breakpoints, and take those of the new process out.
 * kernel_clone() has that event only for those who wait for the exec, so it comes
 * from here, the end of the wait with it: the process runs no code in the shared
 * memory that could meet a breakpoint. One that sends another signal than SIGCHLD
 * when it exits, or none, is told of as a clone(), as kernel_clone() does.
 */
#include <linux/lockdep.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/ptrace.h>
#include <linux/sched/jobctl.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/spinlock.h>

#include "ious.h"
#include "symbols.h"
#include "tracer.h"

static int ious_if_wanted(int event)
{
	return ptrace_event_enabled(current, event) ? event : 0;
}

/* As kernel_clone() chooses, but for the vfork(). */
int ious_tracer_event(int exit_signal)
{
	if (exit_signal != SIGCHLD)
		return ious_if_wanted(PTRACE_EVENT_CLONE);
	return ious_if_wanted(PTRACE_EVENT_VFORK) ?:
	       ious_if_wanted(PTRACE_EVENT_FORK);
}

/*
 * As ptrace_init_task() does at birth, but for the first stop, to which the
 * process comes by itself. Somebody else may have it by now, or have killed it.
 */
int ious_tracer_adopt(struct task_struct *task, int exit_signal)
{
	int event = 0;

	if (likely(!current->ptrace))
		return 0;
	write_lock_irq(ious_tasklist_lock);
	if (!task->exit_state && !task->ptrace)
		event = ious_tracer_event(exit_signal);
	if (event) {
		task->ptrace = current->ptrace;
		ious_call(__ptrace_link)(task,
			rcu_dereference_protected(current->parent, true),
			rcu_dereference_protected(current->ptracer_cred, true));
	}
	write_unlock_irq(ious_tasklist_lock);
	return event;
}

/* As ptrace_event_pid(), which is for the kernel's own files only. */
static void ious_tell(int event, struct pid *pid)
{
	unsigned long message = 0;
	struct pid_namespace *ns;

	if (!ptrace_event_enabled(current, event))
		return;
	rcu_read_lock();
	ns = task_active_pid_ns(rcu_dereference(current->parent));
	if (ns)
		message = pid_nr_ns(pid, ns);
	rcu_read_unlock();
	ious_call(ptrace_notify)(event << 8 | SIGTRAP, message);
}

void ious_tracer_tell(int event, struct pid *pid)
{
	ious_tell(event, pid);
	if (event == PTRACE_EVENT_VFORK)
		ious_tell(PTRACE_EVENT_VFORK_DONE, pid);
}

/*
 * A traced process is born with a stop pending, which would break off whatever
 * sleeps in the chain. SIGSTOP is that stop only where PTRACE_SEIZE was not used.
 */
void ious_tracer_take_stop_off(void)
{
	lockdep_assert_held(&ious_own_sighand()->siglock);
	current->jobctl &= ~JOBCTL_TRAP_STOP;
	if (!(current->ptrace & PT_SEIZED))
		sigdelset(&current->pending.signal, SIGSTOP);
	recalc_sigpending();
}

/* The tracer has asked for another stop while this one lasted. */
static bool ious_stops_again(void)
{
	return current->ptrace & PT_SEIZED &&
	       current->jobctl & JOBCTL_TRAP_MASK &&
	       !fatal_signal_pending(current);
}

/*
 * A tracer that follows waits for this, and may let go of the process then, which
 * leaves it with the flag of a signal, and none pending. Who did not use
 * PTRACE_SEIZE expects SIGSTOP, but takes what comes.
 */
void ious_tracer_stop(void)
{
	int event = current->ptrace & PT_SEIZED ? PTRACE_EVENT_STOP : 0;

	lockdep_assert_none_held_once();
	do
		ious_call(ptrace_notify)(event << 8 | SIGTRAP, 0);
	while (ious_stops_again());
	spin_lock_irq(&ious_own_sighand()->siglock);
	recalc_sigpending();
	spin_unlock_irq(&ious_own_sighand()->siglock);
}
