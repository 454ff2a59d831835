/* SPDX-License-Identifier: GPL-2.0 */
/* Where the process of a chain is frozen, and its signal flags are put right. */
#ifndef IOUS_FREEZE_H
#define IOUS_FREEZE_H

/*
 * In the process, between two requests: returns when nobody wants it frozen, or
 * when it has to die. No lock is held.
 */
void ious_freeze_point(void);

/* There as well. Only task work releases the files that a request has closed. */
void ious_run_task_work(void);

#endif
