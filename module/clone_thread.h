/* SPDX-License-Identifier: GPL-2.0 */
/* CLONE, when the thread that it was left to comes. */
#ifndef IOUS_CLONE_THREAD_H
#define IOUS_CLONE_THREAD_H

#include <linux/types.h>

struct ious_chain;

/*
 * In the thread that CLONE was left to: makes the process, or fails the requests, and
 * takes the caller's reference. True if CLONE still waits: try again when the
 * thread has left task work.
 */
bool ious_clone_in_thread(struct ious_chain *chain);

/* The answer of the filters, @ret, as an error for CLONE; or 0. */
int ious_clone_asked(const struct ious_chain *chain, int ret);

#endif
