/* SPDX-License-Identifier: MIT */
/*
 * Which numbers of the process's table a request of a plan uses, gives a new file to,
 * and closes.
 */
#ifndef IOUS_DESCRIPTORS_H
#define IOUS_DESCRIPTORS_H

#include <io_uring_spawn.h>

#include <stdbool.h>

/* The descriptor that the request uses; -1: none, or the result of another request. */
int ious_fd_used(const struct io_uring_sqe *sqe);
/* Uses @fd in its place. */
void ious_fd_use(struct io_uring_sqe *sqe, int fd);
/* Is there another file at @fd after it? */
bool ious_fd_sets(const struct io_uring_sqe *sqe, int fd);
/* Is @fd closed after it? */
bool ious_fd_closes(const struct io_uring_sqe *sqe, int fd);
/* The highest number that it sets, or closes by itself and not in a range; -1: none. */
int ious_fd_highest(const struct io_uring_sqe *sqe);
/* Closes a range. */
bool ious_fd_closes_range(const struct io_uring_sqe *sqe);

#endif
