/* SPDX-License-Identifier: GPL-2.0 */
/* The table of our opcodes. */
#ifndef IOUS_OPS_H
#define IOUS_OPS_H

#include <linux/types.h>

struct io_kiocb;
struct io_uring_sqe;
struct ftrace_regs;

/* Prep of @opcode, one of ours; under uring_lock. 0 or a negative errno. */
int ious_op_prep(u8 opcode, struct io_kiocb *req,
		 const struct io_uring_sqe *sqe);

/*
 * The process of a chain does what @req, one of ours, asks for. @req has its result
 * then, by the core's rules, and is not completed. False: it has been completed in the
 * course of that, and may be gone.
 */
bool ious_op_run(struct io_kiocb *req);

/* Decision of the hook on the carrier's issue. */
void *ious_carrier_decide(struct ftrace_regs *fregs);

#endif
