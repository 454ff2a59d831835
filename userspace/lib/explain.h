/* SPDX-License-Identifier: MIT */
/* For io_uring_spawn(1), whose commands are in a queue. */
#ifndef IOUS_EXPLAIN_H
#define IOUS_EXPLAIN_H

#include <ious.h>

/* ious_plan_explain() of what @queue would submit; NULL: a ring of the caller's. */
int ious_explain(const struct ious_plan *plan, struct ious_queue *queue,
		 char *text, size_t size);

#endif
