/* SPDX-License-Identifier: MIT */
/* Chains that are made of plans, inside the library. */
#ifndef IOUS_CHAIN_H
#define IOUS_CHAIN_H

#include "plan.h"

#include <sys/syscall.h>
#include <unistd.h>

struct ious_held;
struct ious_thread_ring;

/* A spawn of a plan, from the first SQE to the last CQE. */
struct ious_chain {
	const struct ious_plan *plan;
	/* what it is submitted to, if that lives as long; one of them, or none */
	struct io_uring *ring;
	const struct ious_thread_ring *own;
	uint64_t user_data;
	unsigned int nr, done;
	/* what the requests point to */
	struct clone_args clone;
	int pidfd;
	pid_t pid;
	sigset_t mask;
	/* descriptors that requests use in the place of the caller's; NULL: none */
	struct ious_held **held;
	unsigned int nr_held;
	/* files are opened by calls, which the module has since version 3 */
	bool calls;
	/* so far */
	int error, step, exec_error;
	bool denied, executed;
};

/* close(2), which is a cancellation point as the C library has it. */
static inline void ious_close(int fd)
{
	syscall(__NR_close, fd);
}

/* @pidfd: the chain needs one, whether the plan wants it or not. -EINVAL: no program */
int ious_chain_init(struct ious_chain *chain, const struct ious_plan *plan,
		    bool pidfd);
/* The process begins with a copy of the caller's table, unless the plan asks otherwise. */
void ious_chain_copy_table(struct ious_chain *chain);
unsigned int ious_chain_requests(const struct ious_plan *plan);
/* Fills in request @i of the chain, all of @sqe but user_data. */
void ious_chain_sqe(struct ious_chain *chain, unsigned int i,
		    struct io_uring_sqe *sqe);
/* The first descriptor of the caller's that none of the requests uses. */
unsigned int ious_keep_below(const struct ious_chain *chain);
/* Takes the result of request @i; true if it was the last. */
bool ious_chain_complete(struct ious_chain *chain, unsigned int i, int res);
/*
 * The kernel took only the first @nr requests, of which the last may have been the
 * head of nothing: the chain has failed.
 */
void ious_chain_cut(struct ious_chain *chain, unsigned int nr);
/* The first failure is what counts; @step as in struct ious_result. */
void ious_chain_fail(struct ious_chain *chain, int error, int step);
/* After the last: waits for a process without a program. */
void ious_chain_finish(struct ious_chain *chain, struct ious_result *result);

#endif
