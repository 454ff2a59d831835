/* SPDX-License-Identifier: GPL-2.0 */
/* A CLONE that waits for a thread of the submitter. */
#ifndef IOUS_WAITING_H
#define IOUS_WAITING_H

#include <linux/types.h>

struct ious_chain;

void ious_waiting_init(void);

/*
 * Is there a thread that has been asked to come? Takes the task work back from those
 * that have nothing left to do. May sleep.
 */
bool ious_waiting_left(void);

/*
 * Leaves CLONE to a thread, with the caller's reference: 0, even if it was ended
 * meanwhile and has been failed. Otherwise a negative errno, and nothing has
 * happened: -EAGAIN if too many wait, by the submitter's RLIMIT_NPROC.
 */
int ious_wait_for_thread(struct ious_chain *chain);

/* For a chain that has been ended, and failed: the thread need not come. */
void ious_wait_unqueue(struct ious_chain *chain);

#endif
