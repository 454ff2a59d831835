/* SPDX-License-Identifier: GPL-2.0 */
/* One request that the runner has taken, and what it does before that runs. */
#ifndef IOUS_PREPARE_H
#define IOUS_PREPARE_H

#include <linux/types.h>

#include "request.h"

struct ious_chain;

/* With answers that are asked for once. */
struct ious_step {
	struct io_kiocb *req;
	/* NULL: it is none of ours */
	struct ious_cmd *cmd;
	/* its LINK_TIMEOUT; NULL: it has none */
	struct io_kiocb *timeout;
	/* a hard link: its failure need not end the chain */
	bool hard;
};

static inline struct ious_step ious_step(struct io_kiocb *req)
{
	return (struct ious_step) {
		.req = req,
		.cmd = ious_req_is_ours(req) ? ious_cmd(req) : NULL,
		.timeout = ious_is_timeout(req->link) ? req->link : NULL,
		.hard = req->flags & REQ_F_HARDLINK,
	};
}

/* For a request that the core issues: one of the others, or one with a timeout. */
void ious_prepare(struct ious_chain *chain, const struct ious_step *step);

/* For one of ours whose function the runner calls. */
void ious_prepare_own(struct ious_chain *chain, const struct ious_step *step);

/* As the core's own, for io_wq_submit_work(). */
void ious_prepare_work(struct io_kiocb *req);

#endif
