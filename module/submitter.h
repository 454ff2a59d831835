/* SPDX-License-Identifier: GPL-2.0 */
/* The thread that makes the process of a chain, and that thread's table. */
#ifndef IOUS_SUBMITTER_H
#define IOUS_SUBMITTER_H

#include <linux/sched.h>
#include <linux/types.h>

#include "compat.h"

struct cred;
struct io_kiocb;
struct ious_chain;
struct task_struct;

static inline bool ious_is_user_thread(const struct task_struct *task)
{
	return !(task->flags & (IOUS_PF_WORKER | PF_KTHREAD));
}

/*
 * The thread that makes the process of a chain that @submitter submitted, with a
 * reference; NULL if there is none that may. @sq_creds are those that the requests
 * of an SQPOLL ring have.
 */
struct task_struct *ious_submitter_thread(struct task_struct *submitter,
					  const struct cred *sq_creds);

/* Is there such a thread for @req, a CLONE that is issued? 0 or an error. */
int ious_submitter_check(const struct io_kiocb *req);

/* In the thread that is to make the process: is it one, and may it still do so? */
bool ious_submitter_may(const struct ious_chain *chain);

/*
 * May other tasks change the current thread's table of descriptors before its system
 * call returns? @inside: not from task work.
 */
bool ious_table_is_held(const struct ious_chain *chain, bool inside);

#endif
