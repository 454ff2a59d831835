// SPDX-License-Identifier: MIT
/* Plans: what is started. steps.c has what is done before. */
#include "plan.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "abi.h"
#include "path.h"

int ious_plan_new(struct ious_plan **result)
{
	struct ious_plan *plan = calloc(1, sizeof(*plan));

	if (!plan)
		return -ENOMEM;
	plan->clone.exit_signal = SIGCHLD;
	*result = plan;
	return 0;
}

void ious_plan_free(struct ious_plan *plan)
{
	struct ious_block *block;

	if (!plan)
		return;
	while ((block = plan->blocks)) {
		plan->blocks = block->next;
		free(block);
	}
	free(plan->requests);
	free(plan->execs);
	free(plan->names);
	free(plan);
}

static void *alloc_block(struct ious_plan *plan, size_t size)
{
	struct ious_block *block = malloc(sizeof(*block) + size);

	if (!block)
		return NULL;
	block->next = plan->blocks;
	plan->blocks = block;
	return block->data;
}

void *ious_plan_copy(struct ious_plan *plan, const void *data, size_t size)
{
	void *copy = alloc_block(plan, size);

	return copy ? memcpy(copy, data, size) : NULL;
}

char *ious_plan_text(struct ious_plan *plan, const char *fmt, ...)
{
	va_list args;
	char *text = NULL;
	int length;

	va_start(args, fmt);
	length = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (length >= 0)
		text = alloc_block(plan, length + 1);
	if (!text)
		return NULL;
	va_start(args, fmt);
	vsnprintf(text, length + 1, fmt, args);
	va_end(args);
	return text;
}

/* ---- the program */

/* @nr EXECs of @program in the place of those that there were; NULL without memory. */
static struct ious_plan_request *
replace_execs(struct ious_plan *plan, unsigned int nr, const char *program)
{
	struct ious_plan_request *execs = calloc(nr, sizeof(*execs));
	char *name = ious_plan_text(plan, "%s", program);
	unsigned int i;

	if (!execs || !name) {
		free(execs);
		return NULL;
	}
	for (i = 0; i < nr; i++)
		execs[i].step = IOUS_STEP_EXEC;
	free(plan->execs);
	plan->execs = execs;
	plan->nr_execs = nr;
	plan->program = name;
	plan->default_argv[0] = name;
	return execs;
}

int ious_plan_at(struct ious_plan *plan, int dirfd, const char *path, int flags)
{
	struct ious_plan_request *exec;

	if (!path)
		return -EINVAL;
	exec = replace_execs(plan, 1, path);
	if (!exec)
		return -ENOMEM;
	io_uring_spawn_prep_execveat(&exec->sqe, dirfd, plan->program, NULL,
				     NULL, flags);
	return 0;
}

int ious_plan_path(struct ious_plan *plan, const char *path)
{
	return ious_plan_at(plan, IO_URING_SPAWN_AT_FDCWD, path, 0);
}

/*
 * A row of EXECs that try @paths. A module of ABI 3 takes many in one request; one before
 * it takes one.
 */
static int search_execs(struct ious_plan *plan, const char *file,
			const char **paths, unsigned int nr)
{
	unsigned int most = ious_abi() >= 3 ? IO_URING_SPAWN_EXEC_MAX_PATHS : 1;
	struct ious_plan_request *exec;
	unsigned int i, some;

	exec = replace_execs(plan, (nr + most - 1) / most, file);
	if (!exec)
		return -ENOMEM;
	for (i = 0; i < nr; i += some, exec++) {
		some = nr - i < most ? nr - i : most;
		if (most == 1)
			io_uring_spawn_prep_exec(&exec->sqe, paths[i], NULL,
						 NULL);
		else
			io_uring_spawn_prep_exec_paths(&exec->sqe, paths + i,
						       some, NULL, NULL);
		/* one request of a row ends it as one candidate does */
		exec->sqe.len |= IO_URING_SPAWN_EXEC_SEARCH;
		exec->may_fail = true;
	}
	return 0;
}

int ious_plan_file(struct ious_plan *plan, const char *file, const char *search)
{
	struct ious_path path, left;
	size_t size, all = 0;
	unsigned int nr = 0, i;
	const char **paths;
	char *text;

	if (!file)
		return -EINVAL;
	if (!ious_path_needed(file))
		return ious_plan_path(plan, file);
	if (ious_path_begin(&path, file, search))
		return -ENAMETOOLONG;
	for (left = path; (size = ious_path_next(&left, NULL, 0)); nr++)
		all += size;
	if (!nr)
		return -ENAMETOOLONG;
	paths = alloc_block(plan, nr * sizeof(*paths) + all);
	if (!paths)
		return -ENOMEM;
	text = (char *)(paths + nr);
	for (i = 0; i < nr; i++, text += size) {
		paths[i] = text;
		size = ious_path_next(&path, text, all);
	}
	return search_execs(plan, file, paths, nr);
}

/* The array and its strings, as one block of their own. */
static int copy_strings(struct ious_plan *plan, const char *const strings[],
			char *const **result)
{
	size_t size = sizeof(char *), nr = 0;
	char **copy, *end;

	if (!strings)
		return -EINVAL;
	for (; strings[nr]; nr++)
		size += sizeof(char *) + strlen(strings[nr]) + 1;
	copy = alloc_block(plan, size);
	if (!copy)
		return -ENOMEM;
	*result = copy;
	end = (char *)(copy + nr + 1);
	for (; *strings; strings++) {
		*copy++ = end;
		end = stpcpy(end, *strings) + 1;
	}
	*copy = NULL;
	return 0;
}

int ious_plan_argv(struct ious_plan *plan, const char *const argv[])
{
	return copy_strings(plan, argv, &plan->argv);
}

int ious_plan_envp(struct ious_plan *plan, const char *const envp[])
{
	return copy_strings(plan, envp, &plan->envp);
}

/* ---- the process */

int ious_plan_clone_flags(struct ious_plan *plan, uint64_t flags)
{
	if (flags & (CLONE_PIDFD | CLONE_INTO_CGROUP))
		return -EINVAL;
	plan->clone.flags = flags | (plan->clone.flags & CLONE_INTO_CGROUP);
	return 0;
}

int ious_plan_want_pidfd(struct ious_plan *plan, int on)
{
	plan->want_pidfd = on;
	return 0;
}

int ious_plan_cgroup(struct ious_plan *plan, int fd)
{
	plan->clone.cgroup = fd < 0 ? 0 : fd;
	plan->clone.flags &= ~CLONE_INTO_CGROUP;
	if (fd >= 0)
		plan->clone.flags |= CLONE_INTO_CGROUP;
	return 0;
}

int ious_plan_exit_signal(struct ious_plan *plan, int sig)
{
	if (sig < 0 || sig >= NSIG)
		return -EINVAL;
	plan->clone.exit_signal = sig;
	return 0;
}

const char *ious_plan_step(const struct ious_plan *plan, int step)
{
	switch (step) {
	case IOUS_STEP_CLONE:
		return "clone";
	case IOUS_STEP_EXEC:
		return plan->program ? plan->program : "";
	default:
		return step >= 0 && step < plan->nr_steps ? plan->names[step] :
							    "";
	}
}
