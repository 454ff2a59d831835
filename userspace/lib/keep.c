// SPDX-License-Identifier: MIT
/*
 * ious_plan_keep(): where it may, the process shares the table of the caller, then makes
 * one of its own, of as few descriptors as it needs: a copy of the whole table would cost
 * some 250 instructions for each. What its steps need gets close-on-exec; steps that come
 * later give numbers to the program.
 *
 * If the first request fails, the chain ends: no other one sees the caller's table. A
 * seccomp filter that says "done" for close_range(2) and does nothing would break that.
 */
#include "held.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "descriptors.h"

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC	(1U << 2)
#endif

static void prep_table(struct ious_plan_request *requests)
{
	/* from which number on is known when all steps are there */
	io_uring_spawn_prep_keep(&requests[0].sqe, ~0U);
	requests[0].patch = IOUS_PATCH_KEEP;
	io_uring_spawn_prep_close_range(&requests[1].sqe, STDERR_FILENO + 1,
					~0U, CLOSE_RANGE_CLOEXEC);
}

/* Before all steps, even those that there are already. */
static void move_to_front(struct ious_plan *plan, unsigned int start)
{
	struct ious_plan_request table[IOUS_KEEP_REQUESTS];

	memcpy(table, plan->requests + start, sizeof(table));
	memmove(plan->requests + IOUS_KEEP_REQUESTS, plan->requests,
		start * sizeof(table[0]));
	memcpy(plan->requests, table, sizeof(table));
}

int ious_plan_keep(struct ious_plan *plan, int nr, const int *fds)
{
	unsigned int start = plan->nr, before = plan->keeps ? 0 : IOUS_KEEP_REQUESTS;
	struct ious_plan_request *requests;
	int i, ret;

	if (nr < 0 || (nr && !fds))
		return -EINVAL;
	for (i = 0; i < nr; i++)
		if (fds[i] < 0)
			return -EINVAL;
	requests = calloc(before + nr + 1, sizeof(*requests));
	if (!requests)
		return -ENOMEM;
	if (before)
		prep_table(requests);
	for (i = 0; i < nr; i++)
		io_uring_spawn_prep_dup(&requests[before + i].sqe, fds[i],
					fds[i], 0);
	ret = ious_plan_add_step(plan, requests, before + nr, "keep");
	free(requests);
	if (ret >= 0 && before) {
		move_to_front(plan, start);
		plan->keeps = true;
	}
	return ret;
}

static int fd_used(const struct ious_chain *chain, unsigned int i)
{
	if (chain->held && chain->held[i])
		return chain->held[i]->fd;
	return ious_fd_used(ious_plan_sqe(chain->plan, i));
}

unsigned int ious_keep_below(const struct ious_chain *chain)
{
	int highest = STDERR_FILENO, fd;
	unsigned int i;

	for (i = 1; i < chain->nr; i++) {
		fd = fd_used(chain, i);
		if (fd > highest && fd < INT_MAX)
			highest = fd;
	}
	return highest + 1;
}
