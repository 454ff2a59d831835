/* SPDX-License-Identifier: GPL-2.0 */
/* Has a request that the process has issued ended? */
#ifndef IOUS_WAIT_H
#define IOUS_WAIT_H

#include <linux/types.h>

struct io_kiocb;

enum ious_state {
	IOUS_PENDING,
	IOUS_DONE,
	IOUS_FAILED_MARKED,
	/* failed, which the core does not know: it would go on with the link */
	IOUS_FAILED_UNMARKED,
};

/*
 * The state of a request that has its result. Many ops, MKDIRAT and FSYNC for instance,
 * forget to mark a failure; a chain must not go on to its exec after one.
 */
enum ious_state ious_verdict(const struct io_kiocb *req);

/* Sleeps until the request has ended, or the process has to die. */
enum ious_state ious_wait(struct io_kiocb *req);

/* Sleeps until its CQE is there, as far as that is possible. */
void ious_wait_posted(struct io_kiocb *req);

#endif
