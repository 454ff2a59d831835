// SPDX-License-Identifier: GPL-2.0
/* Which of the core's opcodes a chain may have. */
#include <linux/io_uring_types.h>

#include "compat.h"
#include "names.h"
#include "opcodes.h"

/*
 * Requests that the new process can finish by itself before the next one
 * starts. An opcode that is not here completes later, from a wait queue, a timer or a
 * driver, or looks for something among the submitter's requests; or nobody of us has
 * looked at it yet.
 */
static const bool ious_finishes[IOUS_OP_UNKNOWN] = {
	[IORING_OP_NOP]			= true,
	[IORING_OP_READV]		= true,
	[IORING_OP_WRITEV]		= true,
	[IORING_OP_FSYNC]		= true,
	[IORING_OP_READ_FIXED]		= true,
	[IORING_OP_WRITE_FIXED]		= true,
	[IORING_OP_SYNC_FILE_RANGE]	= true,
	[IORING_OP_SENDMSG]		= true,
	[IORING_OP_RECVMSG]		= true,
	[IORING_OP_ACCEPT]		= true,
	[IORING_OP_CONNECT]		= true,
	[IORING_OP_FALLOCATE]		= true,
	[IORING_OP_OPENAT]		= true,
	[IORING_OP_CLOSE]		= true,
	[IORING_OP_FILES_UPDATE]	= true,
	[IORING_OP_STATX]		= true,
	[IORING_OP_READ]		= true,
	[IORING_OP_WRITE]		= true,
	[IORING_OP_FADVISE]		= true,
	[IORING_OP_MADVISE]		= true,
	[IORING_OP_SEND]		= true,
	[IORING_OP_RECV]		= true,
	[IORING_OP_OPENAT2]		= true,
	[IORING_OP_EPOLL_CTL]		= true,
	[IORING_OP_SPLICE]		= true,
	[IORING_OP_PROVIDE_BUFFERS]	= true,
	[IORING_OP_REMOVE_BUFFERS]	= true,
	[IORING_OP_TEE]			= true,
	[IORING_OP_SHUTDOWN]		= true,
	[IORING_OP_RENAMEAT]		= true,
	[IORING_OP_UNLINKAT]		= true,
	[IORING_OP_MKDIRAT]		= true,
	[IORING_OP_SYMLINKAT]		= true,
	[IORING_OP_LINKAT]		= true,
	[IORING_OP_MSG_RING]		= true,
	[IORING_OP_FSETXATTR]		= true,
	[IORING_OP_SETXATTR]		= true,
	[IORING_OP_FGETXATTR]		= true,
	[IORING_OP_GETXATTR]		= true,
	[IORING_OP_SOCKET]		= true,
	[IORING_OP_SEND_ZC]		= true,
	[IORING_OP_SENDMSG_ZC]		= true,
	[IOUS_OP_FUTEX_WAKE]		= true,
	[IOUS_OP_FIXED_FD_INSTALL]	= true,
	[IOUS_OP_FTRUNCATE]		= true,
	[IOUS_OP_BIND]			= true,
	[IOUS_OP_LISTEN]		= true,
	[IOUS_OP_READV_FIXED]		= true,
	[IOUS_OP_WRITEV_FIXED]		= true,
	[IOUS_OP_PIPE]			= true,
	[IOUS_OP_NOP128]		= true,
};

bool ious_is_rw(const struct io_kiocb *req)
{
	switch (req->opcode) {
	case IORING_OP_READV:
	case IORING_OP_WRITEV:
	case IORING_OP_READ_FIXED:
	case IORING_OP_WRITE_FIXED:
	case IORING_OP_READ:
	case IORING_OP_WRITE:
	case IOUS_OP_READV_FIXED:
	case IOUS_OP_WRITEV_FIXED:
		return true;
	default:
		return false;
	}
}

/* On an IOPOLL ring, only a poll of the ring finds the end of I/O: we do not poll. */
static bool ious_is_polled(const struct io_kiocb *req)
{
	return req->ctx->flags & IORING_SETUP_IOPOLL && ious_is_rw(req);
}

bool ious_can_finish(const struct io_kiocb *req)
{
	return req->opcode < IOUS_OP_UNKNOWN && ious_finishes[req->opcode] &&
	       !(req->flags & IOUS_REQ_MULTISHOT) && !ious_is_polled(req) &&
	       !ious_name_is_unknown(req);
}
