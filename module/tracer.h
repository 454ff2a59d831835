/* SPDX-License-Identifier: GPL-2.0 */
/* What a tracer of the submitter sees of a chain: a vfork(), or a clone(). */
#ifndef IOUS_TRACER_H
#define IOUS_TRACER_H

#include <linux/types.h>

struct pid;
struct task_struct;

/*
 * The event, PTRACE_EVENT_*, that the current task's tracer is to have of a new
 * process that sends @exit_signal, which is then traced, too; 0 if it wants none.
 */
int ious_tracer_event(int exit_signal);

/*
 * The same for a process, held, that the current task has made without: if there
 * is an event it is traced from now on.
 */
int ious_tracer_adopt(struct task_struct *task, int exit_signal);

/* The current task has made @pid: stops for @event, if that is still wanted. */
void ious_tracer_tell(int event, struct pid *pid);

/* In the process, with its siglock: no stop from birth on. */
void ious_tracer_take_stop_off(void);

/* In the process: the first stop. No lock is held; SIGKILL ends it. */
void ious_tracer_stop(void);

#endif
