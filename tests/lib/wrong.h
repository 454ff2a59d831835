/* SPDX-License-Identifier: GPL-2.0 */
/* Fields of an SQE that must be refused, one at a time, before there is a process. */
#ifndef IOUS_WRONG_H
#define IOUS_WRONG_H

#include "test.h"

/* Changes one thing in the SQE of a chain that would work. */
struct wrong {
	const char *name;
	void (*change)(struct io_uring_sqe *sqe);
	int want;
};

/* set_NAME() makes the statement. */
#define WRONG_CHANGES(X)					\
	X(fd, sqe->fd = 1)					\
	X(off, sqe->off = 1)					\
	X(addr, sqe->addr = 1)					\
	X(len, sqe->len = 1)					\
	X(len_0, sqe->len = 0)					\
	X(len_257, sqe->len = 257)				\
	X(len_all, sqe->len = ~0U)				\
	X(len_8, sqe->len = 8)					\
	X(no_paths, sqe->len = IORING_EXEC_PATHS)		\
	X(many_paths, sqe->len = IORING_EXEC_PATHS;		\
	  sqe->buf_index = IORING_EXEC_MAX_PATHS + 1)		\
	X(most_paths, sqe->len = IORING_EXEC_PATHS; sqe->buf_index = 0xffff) \
	X(rw_flags, sqe->rw_flags = 1)				\
	X(rw_flags_4, sqe->rw_flags = 4)			\
	X(rw_flags_bit_30, sqe->rw_flags = 1 << 30)		\
	X(rw_flags_bit_31, sqe->rw_flags = (int)(1U << 31))	\
	X(check, sqe->rw_flags = 0x10000)			\
	X(buf_index, sqe->buf_index = 1)			\
	X(personality, sqe->personality = 77)			\
	X(file_index, sqe->file_index = 1)			\
	X(file_index_2, sqe->file_index |= 2)			\
	X(file_index_bit_31, sqe->file_index |= 1U << 31)	\
	X(addr3, sqe->addr3 = 1)				\
	X(pad, sqe->__pad2[0] = 1)				\
	X(ioprio, sqe->ioprio = 1)				\
	X(buffer, sqe->flags |= IOSQE_BUFFER_SELECT)		\
	X(fixed, sqe->flags |= IOSQE_FIXED_FILE)		\
	X(flag_7, sqe->flags |= 0x80)

#define WRONG_PROTOTYPE(name, statement) \
	void set_##name(struct io_uring_sqe *sqe);
WRONG_CHANGES(WRONG_PROTOTYPE)

/*
 * For each of @wrong, @nr: the chain of three with that change in step @at, 0 or 1.
 * The steps say what the others give. @text and the wrong's name are the test's.
 */
void try_wrong(struct io_uring *ring, const struct kind *kind,
	       const struct step chain[3], unsigned int at, const char *text,
	       const struct wrong *wrong, unsigned int nr);

#endif
