// SPDX-License-Identifier: MIT
/* Plans: what is started. steps.c has what is done before. */
#include "plan.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

static void *ious_plan_alloc(struct ious_plan *plan, size_t size)
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
	void *copy = ious_plan_alloc(plan, size);

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
		text = ious_plan_alloc(plan, length + 1);
	if (!text)
		return NULL;
	va_start(args, fmt);
	vsnprintf(text, length + 1, fmt, args);
	va_end(args);
	return text;
}

/* ---- the program */

/* Room for @nr EXECs in the place of those that there were. */
static int ious_plan_execs(struct ious_plan *plan, unsigned int nr,
			   const char *program)
{
	struct ious_request *execs = calloc(nr, sizeof(*execs));
	unsigned int i;

	if (!execs)
		return -ENOMEM;
	plan->program = ious_plan_text(plan, "%s", program);
	plan->default_argv[0] = (char *)plan->program;
	if (!plan->program) {
		free(execs);
		return -ENOMEM;
	}
	for (i = 0; i < nr; i++)
		execs[i].step = IOUS_STEP_EXEC;
	free(plan->execs);
	plan->execs = execs;
	plan->nr_execs = nr;
	return 0;
}

int ious_plan_at(struct ious_plan *plan, int dirfd, const char *path, int flags)
{
	int ret;

	if (!path)
		return -EINVAL;
	ret = ious_plan_execs(plan, 1, path);
	if (!ret)
		io_uring_spawn_prep_execveat(&plan->execs[0].sqe, dirfd,
					     plan->program, NULL, NULL, flags);
	return ret;
}

int ious_plan_path(struct ious_plan *plan, const char *path)
{
	return ious_plan_at(plan, IO_URING_SPAWN_AT_FDCWD, path, 0);
}

int ious_plan_file(struct ious_plan *plan, const char *file, const char *path)
{
	struct ious_path *split;
	unsigned int i;
	int ret;

	if (!file)
		return -EINVAL;
	if (!ious_path_needed(file))
		return ious_plan_path(plan, file);
	split = ious_plan_alloc(plan, sizeof(*split));
	if (!split)
		return -ENOMEM;
	if (!ious_path_split(split, file, path))
		return -ENAMETOOLONG;
	ret = ious_plan_execs(plan, split->nr, file);
	for (i = 0; !ret && i < split->nr; i++) {
		io_uring_spawn_prep_exec_search(&plan->execs[i].sqe,
						split->candidates[i], NULL,
						NULL);
		plan->execs[i].may_fail = true;
	}
	return ret;
}

/* The array and its strings, as one block of their own. */
static int ious_plan_strings(struct ious_plan *plan, const char *const strings[],
			     char *const **result)
{
	size_t size = sizeof(char *), nr = 0;
	char **copy, *end;

	if (!strings)
		return -EINVAL;
	for (; strings[nr]; nr++)
		size += sizeof(char *) + strlen(strings[nr]) + 1;
	copy = ious_plan_alloc(plan, size);
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
	return ious_plan_strings(plan, argv, &plan->argv);
}

int ious_plan_envp(struct ious_plan *plan, const char *const envp[])
{
	return ious_plan_strings(plan, envp, &plan->envp);
}

/* ---- the process */

int ious_plan_clone_flags(struct ious_plan *plan, uint64_t flags)
{
	plan->clone.flags = flags;
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
