/* SPDX-License-Identifier: GPL-2.0 */
/* Our opcodes, as submit.c hands them to the one that it is. */
#ifndef IOUS_OPS_H
#define IOUS_OPS_H

#include <linux/types.h>

struct io_kiocb;
struct io_uring_sqe;

/* Prep of @opcode, one of ours; under uring_lock. 0 or a negative errno. */
int ious_op_prep(u8 opcode, struct io_kiocb *req,
		 const struct io_uring_sqe *sqe);

#endif
