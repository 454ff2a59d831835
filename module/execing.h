/* SPDX-License-Identifier: GPL-2.0 */
/* Processes whose chain has ended in the middle of their exec, or at its end. */
#ifndef IOUS_EXECING_H
#define IOUS_EXECING_H

#include <linux/types.h>

struct task_struct;

/* On the stack of the process, until it is back from the exec. */
struct ious_execing {
	struct list_head list;
	struct task_struct *task;
};

/* Around that part of the exec, by the process. May sleep. */
void ious_execing_begin(struct ious_execing *execing);
void ious_execing_end(struct ious_execing *execing);

/* Sends SIGKILL to all of them. */
void ious_execing_kill(void);

#endif
