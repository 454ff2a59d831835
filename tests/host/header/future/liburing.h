/* SPDX-License-Identifier: MIT */
/* A liburing of the future: functions of the same names and other numbers. */
#ifndef FUTURE_LIBURING_H
#define FUTURE_LIBURING_H
#include_next <liburing.h>
enum { IORING_OP_CLONE = 90, IORING_OP_EXEC = 91, IORING_OP_EXECVEAT = 92 };
static inline void io_uring_prep_clone(struct io_uring_sqe *sqe, int more)
{
	sqe->opcode = (__u8)(IORING_OP_CLONE + more);
}
static inline void io_uring_prep_execveat(struct io_uring_sqe *sqe)
{
	sqe->opcode = IORING_OP_EXECVEAT;
}
static inline void io_uring_prep_exec(struct io_uring_sqe *sqe)
{
	sqe->opcode = IORING_OP_EXEC;
}
static inline void io_uring_prep_dup(struct io_uring_sqe *sqe, int fd)
{
	sqe->fd = fd;
}
#endif
