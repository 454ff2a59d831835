// SPDX-License-Identifier: MIT
#include "descriptors.h"

#include <limits.h>
#include <sys/syscall.h>

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC	(1U << 2)
#endif

/* Newer architectures have dup3(2) only: then a number that is no call's. */
#ifdef __NR_dup2
#define DUP2	__NR_dup2
#else
#define DUP2	UINT_MAX
#endif

/* Calls whose first argument is a descriptor that stays open. */
static bool takes_fd(unsigned int nr)
{
	switch (nr) {
	case __NR_ioctl:
	case __NR_fchdir:
	case __NR_fcntl:
	case __NR_dup:
	case DUP2:
	case __NR_dup3:
	case __NR_setns:
	case __NR_landlock_restrict_self:
		return true;
	default:
		return false;
	}
}

static bool is_call(const struct io_uring_sqe *sqe, unsigned int nr)
{
	return sqe->opcode == IO_URING_SPAWN_OP_SYSCALL && sqe->len == nr;
}

/* SYSCALL has its arguments in off, addr, addr3; a byte of rw_flags makes it a result. */
int ious_fd_used(const struct io_uring_sqe *sqe)
{
	switch (sqe->opcode) {
	case IO_URING_SPAWN_OP_DUP:
	case IO_URING_SPAWN_OP_EXEC:
		if (sqe->file_index)
			return -1;
		break;
	case IORING_OP_WRITE:
	case IORING_OP_OPENAT:
		break;
	case IO_URING_SPAWN_OP_SYSCALL:
		if (!takes_fd(sqe->len) || sqe->rw_flags & 0xff)
			return -1;
		return (int)sqe->off < 0 ? -1 : (int)sqe->off;
	default:
		return -1;
	}
	return sqe->fd < 0 ? -1 : sqe->fd;
}

void ious_fd_use(struct io_uring_sqe *sqe, int fd)
{
	if (sqe->opcode == IO_URING_SPAWN_OP_SYSCALL)
		sqe->off = fd;
	else
		sqe->fd = fd;
}

bool ious_fd_sets(const struct io_uring_sqe *sqe, int fd)
{
	if (sqe->opcode == IO_URING_SPAWN_OP_DUP)
		return (int)sqe->len == fd;
	return (is_call(sqe, DUP2) || is_call(sqe, __NR_dup3)) &&
	       (int)sqe->addr == fd;
}

bool ious_fd_closes_range(const struct io_uring_sqe *sqe)
{
	return is_call(sqe, __NR_close_range) &&
	       !(sqe->addr3 & CLOSE_RANGE_CLOEXEC);
}

bool ious_fd_closes(const struct io_uring_sqe *sqe, int fd)
{
	if (is_call(sqe, __NR_close))
		return (int)sqe->off == fd;
	return ious_fd_closes_range(sqe) && (unsigned int)sqe->off <= (unsigned int)fd &&
	       (unsigned int)fd <= (unsigned int)sqe->addr;
}

int ious_fd_highest(const struct io_uring_sqe *sqe)
{
	if (sqe->opcode == IO_URING_SPAWN_OP_DUP)
		return sqe->len;
	if (is_call(sqe, DUP2) || is_call(sqe, __NR_dup3))
		return sqe->addr;
	return is_call(sqe, __NR_close) ? (int)sqe->off : -1;
}
