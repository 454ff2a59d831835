// SPDX-License-Identifier: GPL-2.0
/*
 * A search in $PATH by one EXEC (IORING_EXEC_PATHS) in its middle: a candidate whose
 * name is in a page that nobody gives. How it is ended there, and frozen.
 */
#include "blocked.h"
#include "cgroup.h"
#include "filter.h"
#include "held_page.h"

#include <signal.h>

#define TINY	"/tests/tiny"
#define GONE	"/nonexistent"
#define GROUP	"ious-search"

static char *const argv[] = { "prog", NULL };

/* A candidate that comes when we say so, behind one that is not there. */
static void start_held(struct io_uring *ring, unsigned int flags)
{
	static const char *paths[3];
	const struct step steps[] = {
		CLONE(L, 0), EXEC_PATHS(flags, ANY, paths, 3, argv),
	};

	paths[0] = GONE;
	paths[1] = page;
	paths[2] = TINY;
	queue_steps(ring, steps, 2);
}

static void test_killed(struct io_uring *ring, const struct kind *kind)
{
	int results[3] = { 0 };
	char state;
	bool good;

	if (!page_hold())
		die("userfaultfd");
	start_held(ring, 0);
	submit(ring);
	good = page_wanted();
	kill(any_child(&state), SIGKILL);
	good &= collect(ring, results, 2) && step_is(results, 2, -EINTR);
	good &= ended_as(wait_status(), SIGKILL);
	ok(good, "%s: killed in the middle of a search", kind->name);
	page_unmap();
}

static void test_timeout(struct io_uring *ring, const struct kind *kind)
{
	/* long enough for a slow machine to come to the candidate */
	struct __kernel_timespec soon = { .tv_nsec = 500000000 };
	struct io_uring_sqe *sqe;
	int results[4] = { 0 };
	bool good;

	if (!page_hold())
		die("userfaultfd");
	start_held(ring, L);
	sqe = io_uring_get_sqe(ring);
	io_uring_prep_link_timeout(sqe, &soon, 0);
	sqe->user_data = 3;
	submit(ring);
	good = page_wanted() && collect(ring, results, 3) &&
	       step_is(results, 2, -EINTR);
	good &= ended_as(wait_status(), SIGKILL);
	ok(good, "%s: a timeout ends a search in its middle", kind->name);
	page_unmap();
}

static void freeze(pid_t pid)
{
	char text[24];

	snprintf(text, sizeof(text), "%d", pid);
	if (cgroup_write(GROUP, "cgroup.procs", text) ||
	    cgroup_write(GROUP, "cgroup.freeze", "1"))
		die("freeze");
}

/* The candidate that is in progress fails; the next one is not tried before the thaw. */
static void test_frozen(struct io_uring *ring, const struct kind *kind)
{
	int results[3] = { 0 };
	unsigned long first;
	bool good, frozen;
	char state;

	if (!page_hold())
		die("userfaultfd");
	start_held(ring, 0);
	submit(ring);
	good = page_wanted();
	freeze(any_child(&state));
	good &= page_give(GONE);
	frozen = cgroup_becomes(GROUP, "cgroup.events", "frozen", 1);
	/* CLONE's CQE is all that there is: a program would be frozen, too */
	good &= next_cqe(ring, &first, results) && first == 1 && no_cqe(ring);
	cgroup_write(GROUP, "cgroup.freeze", "0");
	good &= collect(ring, results, 1) && step_is(results, 2, 2);
	ok(good & frozen & status_is(EXITED(0)),
	   "%s: frozen between two candidates, and thawed", kind->name);
	page_unmap();
}

static void test_all(struct io_uring *ring, const struct kind *kind)
{
	test_killed(ring, kind);
	test_timeout(ring, kind);
	test_frozen(ring, kind);
}

int main(void)
{
	const char *why = cgroup_setup();

	alarm(500);
	if (why)
		die(why);
	cgroup_make(GROUP);
	for_main_kinds(test_all, "searches");
	cgroup_remove(GROUP);
	return done();
}
