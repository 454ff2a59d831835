/* SPDX-License-Identifier: GPL-2.0 */
/* Where the process of a chain is frozen, and its signal flags are put right. */
#ifndef IOUS_FREEZE_H
#define IOUS_FREEZE_H

#include <linux/types.h>

/*
 * In the process, between two requests: returns when nobody wants it frozen, or
 * when it has to die. No lock is held.
 */
void ious_freeze_point(void);

/*
 * The same, in a call that a signal has interrupted: a process that has been stopped
 * waits to be continued. True if nothing is left that would interrupt the call again.
 */
bool ious_stop_point(void);

/* There as well. Only task work releases the files that a request has closed. */
void ious_run_task_work(void);

#endif
