/* SPDX-License-Identifier: GPL-2.0 */
/* How others end chains. */
#ifndef IOUS_ENDING_H
#define IOUS_ENDING_H

#include <linux/types.h>

struct io_cancel_data;
struct io_ring_ctx;
struct ious_set;
struct task_struct;

/*
 * Ends the chains of a ring, or those that @task submitted. Fails CLONEs that wait for
 * a thread at once: the thread may itself wait for the caller.
 * May sleep. When this returns, the signals have been sent; the chains may not be done.
 */
void ious_ring_kill(const struct io_ring_ctx *ctx);
void ious_task_kill(const struct task_struct *task);
void ious_all_kill(void);

/*
 * The current task is about to free its io_uring_task. From _close() on it
 * gets no more chains; _close() ends those that there are, and returns when
 * they are done. If SIGKILL does not end one of their requests, it sleeps until the
 * request ends, as the core would. False, after a bug only: do not open it.
 */
bool ious_task_close(struct ious_set *own);
void ious_task_open(struct ious_set *own);

/* Ends the first chain that has a request that matches; false: none has. */
bool ious_ring_cancel(struct io_ring_ctx *ctx, struct io_cancel_data *cd);

#endif
