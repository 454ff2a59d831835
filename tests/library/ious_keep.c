// SPDX-License-Identifier: GPL-2.0
/* libio_uring_spawn: ious_plan_keep(): the program has the descriptors that were named. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/resource.h>
#include <time.h>

#include "queues.h"

/* The numbers in the table of a shell; 3, the lowest that is free, reads this folder. */
#define LIST	"cd /proc/self/fd; echo *"

/* Not close-on-exec: without keep the program would have them. */
#define LOW	20
#define HIGH	600

static void open_two(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (dup2(fd, LOW) != LOW || dup2(fd, HIGH) != HIGH || close(fd))
		die("dup2");
}

static void test_nothing(void)
{
	begin_script(LIST);
	end(spawned("0 1 2 20 3 600"), "without it: all are there");
	begin_script(LIST);
	ok(ious_plan_keep(plan, 0, NULL) == 1, "it is a step");
	end(spawned("0 1 2 3"), "0, 1 and 2");
	begin();
	ious_plan_keep(plan, 0, NULL);
	ious_plan_free(plan);
	begin_script(LIST);
	ious_plan_keep(plan, 0, NULL);
	ious_plan_clone_flags(plan, 0);
	end(spawned("0 1 2 3"), "whatever the flags are set to later");
}

static void test_named(void)
{
	const int both[] = { LOW, HIGH }, high[] = { HIGH }, none[] = { 700 };
	int step;

	begin_script(LIST);
	ious_plan_keep(plan, 2, both);
	end(spawned("0 1 2 20 3 600"), "two that are named");
	begin_script(LIST);
	ious_plan_keep(plan, 1, high);
	ious_plan_keep(plan, 0, NULL);
	end(spawned("0 1 2 3 600"), "one, and a second call without any");
	if (fcntl(HIGH, F_SETFD, FD_CLOEXEC))
		die("fcntl");
	begin_script(LIST);
	ious_plan_keep(plan, 1, high);
	end(spawned("0 1 2 3 600"), "one that is close-on-exec");
	if (fcntl(HIGH, F_SETFD, 0))
		die("fcntl");
	begin_script(LIST);
	step = ious_plan_keep(plan, 1, none);
	end(fails(EBADF, step), "one that is not open");
	begin();
	ok(ious_plan_keep(plan, -1, high) == -EINVAL &&
	   ious_plan_keep(plan, 1, NULL) == -EINVAL, "mistakes");
	ious_plan_free(plan);
}

/* Before or after it. */
static void test_steps(void)
{
	begin_script(LIST);
	ious_plan_dup2(plan, HIGH, 5);
	ious_plan_keep(plan, 0, NULL);
	ious_plan_dup2(plan, LOW, 7);
	ious_plan_open(plan, 9, "/dev/null", O_RDONLY, 0);
	end(spawned("0 1 2 3 5 7 9"), "what steps give, and no source of theirs");
	begin_script("pwd");
	ious_plan_keep(plan, 0, NULL);
	ious_plan_closefrom(plan, 3);
	ious_plan_fchdir(plan, 1);
	end(fails(ENOTDIR, 3), "a step that fails has its number");
}

/* The caller's table is as it was. */
static void test_callers(void)
{
	int before = files(), i;
	bool good = true;

	for (i = 0; i < 20; i++) {
		begin_script("true");
		ious_plan_keep(plan, 0, NULL);
		good &= !ious_spawn(plan, &result) && await(result.pid) == 0;
		ious_plan_free(plan);
	}
	ok(good && files() == before && !(fcntl(LOW, F_GETFD) & FD_CLOEXEC) &&
	   !(fcntl(HIGH, F_GETFD) & FD_CLOEXEC), "the caller's are as they were");
}

/* Of some spawns, the fastest; in nanoseconds. */
static long fastest(bool keeps)
{
	struct timespec from, to;
	long best = LONG_MAX, took;
	int i;

	begin();
	ious_plan_path(plan, "/tests/tiny");
	if (keeps)
		ious_plan_keep(plan, 0, NULL);
	for (i = 0; i < 15; i++) {
		clock_gettime(CLOCK_MONOTONIC, &from);
		if (ious_spawn(plan, &result))
			die("spawn");
		clock_gettime(CLOCK_MONOTONIC, &to);
		await(result.pid);
		took = (to.tv_sec - from.tv_sec) * 1000000000L + to.tv_nsec -
		       from.tv_nsec;
		if (took < best)
			best = took;
	}
	ious_plan_free(plan);
	return best;
}

static void test_cost(void)
{
	struct rlimit limit = { 40000, 40000 };
	long without, with;
	int i;

	if (setrlimit(RLIMIT_NOFILE, &limit))
		die("setrlimit");
	for (i = 1000; i < 31000; i++)
		if (dup3(LOW, i, O_CLOEXEC) != i)
			die("dup3");
	without = fastest(false);
	with = fastest(true);
	ok(with * 2 < without, "with 30,000 open: %ld us, without it %ld us",
	   with / 1000, without / 1000);
	if (syscall(__NR_close_range, 1000, ~0U, 0))
		die("close_range");
}

/* The caller closes at once, while the process shares its table. */
static void test_queue(void)
{
	int i, good = 0, before = files(), fds[2];
	char text[64], byte;

	for (i = 0; i < 20; i++) {
		const char *const argv[] = { "sh", "-c", LIST, NULL };

		if (pipe2(fds, O_CLOEXEC))
			die("pipe");
		begin();
		ious_plan_path(plan, "/bin/sh");
		ious_plan_argv(plan, argv);
		ious_plan_keep(plan, 0, NULL);
		ious_plan_dup2(plan, fds[1], 1);
		open_queue(16);
		add(NULL);
		close(fds[1]);
		good += ious_queue_submit(queue) == 1 &&
			next_is(IOUS_STARTED) && next_is(IOUS_EXITED) &&
			read(fds[0], text, sizeof(text)) == 8 &&
			!memcmp(text, "0 1 2 3\n", 8) && !read(fds[0], &byte, 1);
		close_all();
		close(fds[0]);
	}
	ok(good == 20 && files() == before, "in a queue: %d of 20", good);
}

int main(void)
{
	alarm(500);
	plans_setup();
	open_two();
	test_nothing();
	test_named();
	test_steps();
	test_callers();
	test_queue();
	test_cost();
	ok(no_child(), "no child is left");
	return done();
}
