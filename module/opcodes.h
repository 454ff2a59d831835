/* SPDX-License-Identifier: GPL-2.0 */
/* Opcodes of the core, and which of them a chain may have. */
#ifndef IOUS_OPCODES_H
#define IOUS_OPCODES_H

#include <linux/types.h>
#include <linux/io_uring.h>

struct io_kiocb;

/* Opcodes that came after Linux 6.1; their numbers are ABI. */
enum {
	IOUS_OP_FUTEX_WAKE		= 52,
	IOUS_OP_FIXED_FD_INSTALL	= 54,
	IOUS_OP_FTRUNCATE		= 55,
	IOUS_OP_BIND			= 56,
	IOUS_OP_LISTEN			= 57,
	IOUS_OP_READV_FIXED		= 60,
	IOUS_OP_WRITEV_FIXED		= 61,
	IOUS_OP_PIPE			= 62,
	IOUS_OP_NOP128			= 63,
	IOUS_OP_URING_CMD128		= 64,
	/* the first that nobody of us has looked at */
	IOUS_OP_UNKNOWN			= 65,
};

#define IOUS_KNOWS_ALL_OPCODES	((int)IORING_OP_LAST <= (int)IOUS_OP_UNKNOWN)

/* Does it read or write with the file's own functions? */
bool ious_is_rw(const struct io_kiocb *req);

/* Will the new process have finished it before the next one starts? */
bool ious_can_finish(const struct io_kiocb *req);

#endif
