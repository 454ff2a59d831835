/* SPDX-License-Identifier: MIT */
/* Plans, inside the library. */
#ifndef IOUS_PLAN_H
#define IOUS_PLAN_H

#include <io_uring_spawn.h>
#include <ious.h>

#include <linux/sched.h>
#include <stdbool.h>

/* What a request needs that belongs to the chain, not to the plan. */
enum ious_patch {
	IOUS_PATCH_NONE,
	IOUS_PATCH_PID,		/* argument 2 of a SYSCALL: pointer to the pid */
	IOUS_PATCH_OLD_MASK,	/* argument 2: where the signal mask is kept */
	IOUS_PATCH_MASK,	/* argument 1: the same, to set it again */
	IOUS_PATCH_UID,		/* argument 1: the caller's real user */
	IOUS_PATCH_GID,		/* argument 1: and group */
	IOUS_PATCH_KEEP,	/* argument 1: the first descriptor that no step uses */
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

/* They make the table of ious_plan_keep(), and come first. */
#define IOUS_KEEP_REQUESTS	2

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
	/* the process has a table of its own, see keep.c */
	bool keeps;
	struct ious_block *blocks;
};

/* Copies into the plan; NULL without memory. */
void *ious_plan_copy(struct ious_plan *plan, const void *data, size_t size);
char *ious_plan_text(struct ious_plan *plan, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* A step of @nr requests, whose number it gets; that number, or -ENOMEM. */
int ious_plan_add_step(struct ious_plan *plan,
		       const struct ious_plan_request *requests, unsigned int nr,
		       const char *name);
/* Request @i of a chain, which is not the first, as it is in the plan. */
const struct io_uring_sqe *ious_plan_sqe(const struct ious_plan *plan,
					 unsigned int i);

#endif
