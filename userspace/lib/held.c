// SPDX-License-Identifier: MIT
#include "held.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "descriptors.h"

#ifndef KCMP_FILE
#define KCMP_FILE	0
#endif
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC	(1U << 2)
#endif

/* In the place of a number that is not open: none of the caller's may get there. */
static struct ious_held not_open = { .fd = INT_MAX };

static bool is_same_file(int a, int b)
{
	pid_t pid = getpid();

	return !syscall(__NR_kcmp, pid, pid, KCMP_FILE, a, b);
}

/* The lowest number from which on the plan leaves all alone. */
static int first_free(const struct ious_plan *plan)
{
	int highest = STDERR_FILENO, fd;
	unsigned int i;

	for (i = 0; i < plan->nr; i++) {
		fd = ious_fd_highest(&plan->requests[i].sqe);
		if (fd > highest)
			highest = fd;
	}
	return highest < INT_MAX ? highest + 1 : INT_MAX;
}

/* NULL, and errno. */
static struct ious_held *hold(struct ious_held_list *list, int number, int from)
{
	struct ious_held *held;

	for (held = LIST_FIRST(list); held; held = LIST_NEXT(held, link)) {
		if (held->number == number && held->fd >= from &&
		    is_same_file(number, held->fd)) {
			held->refs++;
			return held;
		}
	}
	held = malloc(sizeof(*held));
	if (!held)
		return NULL;
	*held = (struct ious_held){ .number = number, .refs = 1 };
	held->fd = fcntl(number, F_DUPFD_CLOEXEC, from);
	if (held->fd >= 0) {
		LIST_INSERT_HEAD(list, held, link);
		return held;
	}
	free(held);
	return errno == EBADF ? &not_open : NULL;
}

/* What the last request before @i that is about @fd makes of it. */
enum origin { CALLERS, SET, CLOSED };

static enum origin origin_of(const struct ious_plan *plan, unsigned int i,
			     int fd)
{
	while (--i) {
		if (ious_fd_sets(ious_plan_sqe(plan, i), fd))
			return SET;
		if (ious_fd_closes(ious_plan_sqe(plan, i), fd))
			return CLOSED;
	}
	return CALLERS;
}

/* The caller's that request @i uses; -1: none, -2: one that an earlier one closes. */
static int callers_fd(const struct ious_chain *chain, unsigned int i)
{
	int fd;

	if (!i)
		return chain->plan->clone.flags & CLONE_INTO_CGROUP ?
		       (int)chain->plan->clone.cgroup : -1;
	fd = ious_fd_used(ious_plan_sqe(chain->plan, i));
	if (fd < 0)
		return -1;
	switch (origin_of(chain->plan, i, fd)) {
	case SET:
		return -1;
	case CLOSED:
		return -2;
	default:
		return fd;
	}
}

static bool needs_any(const struct ious_chain *chain)
{
	unsigned int i;

	for (i = 0; i < chain->nr; i++)
		if (callers_fd(chain, i) != -1)
			return true;
	return false;
}

int ious_held_take(struct ious_held_list *list, struct ious_chain *chain)
{
	int from = first_free(chain->plan), fd;
	unsigned int i;

	if (!needs_any(chain))
		return 0;
	chain->held = calloc(chain->nr, sizeof(*chain->held));
	if (!chain->held)
		return -ENOMEM;
	chain->nr_held = chain->nr;
	for (i = 0; i < chain->nr; i++) {
		fd = callers_fd(chain, i);
		if (fd == -1)
			continue;
		chain->held[i] = fd == -2 ? &not_open : hold(list, fd, from);
		if (!chain->held[i])
			goto out_drop;
	}
	return 0;

out_drop:
	/* EINVAL: the numbers that the plan leaves alone are above the limit */
	fd = errno == ENOMEM ? -ENOMEM : -EMFILE;
	ious_held_drop(chain);
	return fd;
}

static void put(struct ious_held *held)
{
	if (!held || held == &not_open || --held->refs)
		return;
	LIST_REMOVE(held, link);
	ious_close(held->fd);
	free(held);
}

void ious_held_drop(struct ious_chain *chain)
{
	unsigned int i;

	for (i = 0; i < chain->nr_held; i++)
		put(chain->held[i]);
	free(chain->held);
	chain->held = NULL;
	chain->nr_held = 0;
}

/* Does a request after @i use one that is held? */
static bool is_used_after(const struct ious_chain *chain, unsigned int i)
{
	while (++i < chain->nr_held)
		if (chain->held[i] && chain->held[i] != &not_open)
			return true;
	return false;
}

void ious_held_apply(struct ious_chain *chain, unsigned int i,
		     struct io_uring_sqe *sqe)
{
	if (i >= chain->nr_held)
		return;
	if (!i && chain->held[0])
		chain->clone.cgroup = chain->held[0]->fd;
	else if (chain->held[i])
		ious_fd_use(sqe, chain->held[i]->fd);
	else if (ious_fd_closes_range(sqe) && is_used_after(chain, i))
		/* what is held is in the range, and what is in it ends with the exec */
		sqe->addr3 |= CLOSE_RANGE_CLOEXEC;
}
