/* SPDX-License-Identifier: MIT */
/* Plans, and the chains that are made of them, inside the library. */
#ifndef IOUS_PLAN_H
#define IOUS_PLAN_H

#include <io_uring_spawn.h>
#include <ious.h>

#include <linux/sched.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What a request needs that belongs to the chain, not to the plan. */
enum ious_patch {
	IOUS_PATCH_NONE,
	IOUS_PATCH_PID,		/* argument 2 of a SYSCALL: pointer to the pid */
	IOUS_PATCH_OLD_MASK,	/* argument 2: where the signal mask is kept */
	IOUS_PATCH_MASK,	/* argument 1: the same, to set it again */
	IOUS_PATCH_UID,		/* argument 1: the caller's real user */
	IOUS_PATCH_GID,		/* argument 1: and group */
};

/* An SQE as it will be, but for user_data and links. */
struct ious_plan_request {
	struct io_uring_sqe sqe;
	/* of the plan's steps, or IOUS_STEP_EXEC */
	int step;
	enum ious_patch patch;
	/* what follows it does not depend on it */
	bool may_fail;
};

/* Memory that goes with the plan. */
struct ious_block {
	struct ious_block *next;
	char data[];
};

struct ious_plan {
	struct ious_plan_request *requests;
	unsigned int nr, room;
	/* EXECs come last, whatever steps are added after the program was named */
	struct ious_plan_request *execs;
	unsigned int nr_execs;
	const char **names;
	int nr_steps, names_room;
	const char *program;
	char *const *argv, *const *envp;
	char *default_argv[2];
	struct clone_args clone;
	bool want_pidfd;
	struct ious_block *blocks;
};

/* A spawn of a plan, from the first SQE to the last CQE. */
struct ious_chain {
	const struct ious_plan *plan;
	uint64_t user_data;
	unsigned int nr, done;
	/* what the requests point to */
	struct clone_args clone;
	int pidfd;
	pid_t pid;
	sigset_t mask;
	/* so far */
	int error, step, exec_error;
	bool denied, executed;
};

/* close(2), which is a cancellation point as the C library has it. */
static inline void ious_close(int fd)
{
	syscall(__NR_close, fd);
}

/* Copies into the plan; NULL without memory. */
void *ious_plan_copy(struct ious_plan *plan, const void *data, size_t size);
char *ious_plan_text(struct ious_plan *plan, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* @pidfd: the chain needs one, whether the plan wants it or not. -EINVAL: no program */
int ious_chain_init(struct ious_chain *chain, const struct ious_plan *plan,
		    bool pidfd);
unsigned int ious_chain_requests(const struct ious_plan *plan);
/* Fills in request @i of the chain, all of @sqe but user_data. */
void ious_chain_sqe(struct ious_chain *chain, unsigned int i,
		    struct io_uring_sqe *sqe);
/* Takes the result of request @i; true if it was the last. */
bool ious_chain_complete(struct ious_chain *chain, unsigned int i, int res);
/*
 * The kernel took only the first @nr requests, of which the last may have been the
 * head of nothing: the chain has failed.
 */
void ious_chain_cut(struct ious_chain *chain, unsigned int nr);
/* After the last: waits for a process without a program. */
void ious_chain_finish(struct ious_chain *chain, struct ious_result *result);

#endif
