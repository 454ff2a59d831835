// SPDX-License-Identifier: GPL-2.0
/*
 * If the submitter's tracer follows, it traces the process. It is told of a vfork()
 * rather than a fork(): a debugger must not think that there are two copies of its
 * breakpoints, and remove those of the new process. kernel_clone() has that event only
 * for callers that wait for the exec. So it comes from here, and the end of the wait
 * with it: the process runs no code in the shared memory that could meet a breakpoint.
 * If the process has another exit signal than SIGCHLD, or none, the tracer is told of a
 * clone(), as in kernel_clone().
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

/* As kernel_clone() chooses, except for the vfork(). */
int ious_tracer_event(int exit_signal)
{
	if (exit_signal != SIGCHLD)
		return ious_if_wanted(PTRACE_EVENT_CLONE);
	return ious_if_wanted(PTRACE_EVENT_VFORK) ?:
	       ious_if_wanted(PTRACE_EVENT_FORK);
}

/*
 * As ptrace_init_task() does at birth, except for the first stop, to which the
 * process comes by itself. Another tracer may have it by now, or it may be dead.
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

/* As ptrace_event_pid(), which only the kernel's own files can use. */
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
 * A traced process is born with a stop pending, which would break off each sleep in
 * the chain. With PTRACE_SEIZE, SIGSTOP is not that stop.
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
 * A tracer that follows waits for this stop, and may let go of the process then: that
 * leaves the flag of a signal, and none pending. A tracer that did not use PTRACE_SEIZE
 * expects SIGSTOP, but takes any stop.
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
