/* SPDX-License-Identifier: GPL-2.0 */
/* A tracer of the submitter sees a chain as a vfork(), or a clone(). */
#ifndef IOUS_TRACER_H
#define IOUS_TRACER_H

#include <linux/types.h>

struct pid;
struct task_struct;

/*
 * The event, PTRACE_EVENT_*, for the current task's tracer about a new process with
 * @exit_signal, which is then traced, too; 0 if the tracer wants none.
 */
int ious_tracer_event(int exit_signal);

/*
 * The same for a process, held, that the current task has made untraced: if there
 * is an event, it is traced from now on.
 */
int ious_tracer_adopt(struct task_struct *task, int exit_signal);

/* The current task has made @pid: stops for @event, if that is still wanted. */
void ious_tracer_tell(int event, struct pid *pid);

/* In the process, with its siglock: takes the stop of its birth back. */
void ious_tracer_take_stop_off(void);

/* In the process: the first stop. No lock is held; SIGKILL ends it. */
void ious_tracer_stop(void);

#endif
