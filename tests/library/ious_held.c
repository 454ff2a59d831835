// SPDX-License-Identifier: GPL-2.0
/*
 * libio_uring_spawn: a plan that is queued uses the caller's descriptors as they were then,
 * whatever the caller does with their numbers.
 */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "cgroup.h"
#include "queues.h"

#define DECOY	"/tmp/decoy"
#define WANTED	"/tmp/wanted"

static int temporary(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);

	if (fd < 0)
		die(path);
	return fd;
}

/* Another file gets the number. */
static void take_number(int fd)
{
	int decoy = temporary(DECOY);

	if (dup3(decoy, fd, O_CLOEXEC) != fd || close(decoy))
		die("dup3");
}

static bool file_is(const char *path, const char *want)
{
	char text[64] = "";
	int fd = open(path, O_RDONLY);
	ssize_t length = read(fd, text, sizeof(text) - 1);

	close(fd);
	if (length < 0 || strcmp(text, want))
		note("%s: %s", path, text);
	return length >= 0 && !strcmp(text, want);
}

/* The next event of the job, those of others are left out. */
static bool job_ends_with(struct ious_job *job, int status)
{
	while (ious_queue_wait(queue, &event, 1, DEADLINE * 1000) == 1) {
		if (event.job != job || event.kind == IOUS_STARTED)
			continue;
		if (event.kind == IOUS_FAILED)
			note("error %d in step %d", event.result.error,
			     event.result.step);
		return event.kind == IOUS_EXITED && event.status == status;
	}
	return false;
}

/* ---- many, in a ring that has room for few */

#define NR	12

static bool pipe_has(int fd, int number)
{
	char text[32] = "", want[32];
	ssize_t length = read(fd, text, sizeof(text) - 1);

	snprintf(want, sizeof(want), "%d\n", number);
	if (length < 0 || strcmp(text, want))
		note("pipe %d: %s", number, length > 0 ? text : "nothing");
	return length >= 0 && !strcmp(text, want);
}

static void test_numbers_come_again(void)
{
	struct ious_plan *plans[NR];
	int i, fds[2], ends[NR], good = 0, left = NR, before = files();
	char number[8];

	open_queue(8);
	for (i = 0; i < NR; i++) {
		const char *const argv[] = { "echo", number, NULL };

		snprintf(number, sizeof(number), "%d", i);
		if (pipe2(fds, O_CLOEXEC | O_NONBLOCK))
			die("pipe");
		ends[i] = fds[0];
		begin();
		ious_plan_path(plan, "/bin/echo");
		ious_plan_argv(plan, argv);
		ious_plan_dup2(plan, fds[1], 1);
		plans[i] = plan;
		add(NULL);
		ious_queue_submit(queue);
		close(fds[1]);
	}
	while (left && ious_queue_wait(queue, &event, 1, DEADLINE * 1000) == 1)
		left -= event.kind != IOUS_STARTED;
	for (i = 0; i < NR; i++) {
		good += pipe_has(ends[i], i);
		close(ends[i]);
		ious_plan_free(plans[i]);
	}
	ious_queue_free(queue);
	ok(good == NR, "%d of %d jobs wrote where they should", good, NR);
	ok(files() == before, "and no descriptor is left");
}

/* ---- each use of a descriptor, by a job that waits for room */

static struct ious_plan *blocked;
static struct ious_job *blocks;

/* The ring has room for two chains of six requests, and both block. */
static void fill_queue(void)
{
	begin_blocked("true");
	ious_plan_dup2(plan, 1, 1);
	blocked = plan;
	open_queue(6);
	blocks = add(NULL);
	add(NULL);
	if (ious_queue_submit(queue) != 2)
		die("submit");
}

/*
 * The plan is queued, its descriptor's number gets another file, and the plan is started
 * as another has been ended.
 */
static bool ends_after(int fd, int status)
{
	struct ious_job *job = add(NULL);
	bool good = ious_queue_submit(queue) == 0;

	if (fd >= 0)
		take_number(fd);
	good &= !ious_job_cancel(blocks) && job_ends_with(job, status);
	close_all();
	ious_plan_free(blocked);
	if (fd >= 0)
		close(fd);
	return good;
}

static void test_dup(void)
{
	int fd = temporary(WANTED);

	fill_queue();
	begin();
	ious_plan_path(plan, "/bin/pwd");
	ious_plan_chdir(plan, "/sys");
	ious_plan_dup2(plan, fd, 1);
	ok(ends_after(fd, 0) && file_is(WANTED, "/sys\n"), "dup2");
}

static void test_same_number(void)
{
	int fd = temporary(WANTED);
	char script[32];

	snprintf(script, sizeof(script), "echo here >&%d", fd);
	fill_queue();
	begin_script(script);
	ious_plan_dup2(plan, fd, fd);
	ok(ends_after(fd, 0) && file_is(WANTED, "here\n"),
	   "a descriptor that keeps its number");
}

static void test_write(void)
{
	int fd = temporary(WANTED);

	fill_queue();
	begin_script("true");
	ious_plan_write(plan, fd, "written", 7);
	ok(ends_after(fd, 0) && file_is(WANTED, "written"), "write");
}

static void test_fchdir(void)
{
	int fd = open("/sys", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	fill_queue();
	begin_script("pwd");
	ious_plan_fchdir(plan, fd);
	ok(ends_after(fd, 0) && says("/sys"), "fchdir");
}

static void test_program(void)
{
	const char *const argv[] = { "sh", "-c", "echo by number", NULL };
	int fd = open("/bin/sh", O_PATH | O_CLOEXEC);

	fill_queue();
	begin_output();
	ious_plan_at(plan, fd, "", AT_EMPTY_PATH);
	ious_plan_argv(plan, argv);
	ok(ends_after(fd, 0) && says("by number"), "the program");
}

static void test_cgroup(void)
{
	int fd;

	cgroup_setup();
	cgroup_make("held");
	fd = open("/sys/fs/cgroup/held", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fill_queue();
	/* another program of this boot may have mounted a hierarchy of version 1 */
	begin_script("grep ^0:: /proc/self/cgroup");
	ious_plan_cgroup(plan, fd);
	ok(ends_after(fd, 0) && says("0::/held"), "the control group");
	cgroup_remove("held");
}

/* ---- what is held and the plan's own numbers */

/* All of 3 to 40 are the plan's: a duplicate there would be overwritten, or closed. */
static void test_no_collision(void)
{
	int i, file = temporary(WANTED), fd = fcntl(file, F_DUPFD_CLOEXEC, 60);

	close(file);
	open_queue(64);
	begin_script("echo here");
	for (i = 3; i <= 20; i++)
		ious_plan_dup2(plan, 2, i);
	for (; i <= 40; i++)
		ious_plan_close(plan, i);
	ious_plan_dup2(plan, fd, 1);
	add(NULL);
	take_number(fd);
	ok(ious_queue_submit(queue) == 1 && next_is(IOUS_STARTED) &&
	   next_is(IOUS_EXITED) && file_is(WANTED, "here\n"),
	   "no duplicate has a number of the plan");
	close_all();
	close(fd);
}

/* A later step uses a low number, when a range with the duplicate was closed. */
static void test_closefrom(void)
{
	const char *const argv[] = { "sh", "-c", "echo here >&2", NULL };
	int fd = temporary(WANTED), copy = fcntl(1, F_DUPFD_CLOEXEC, 10);

	if (dup3(fd, 1, 0) != 1)
		die("dup3");
	open_queue(16);
	begin();
	ious_plan_path(plan, "/bin/sh");
	ious_plan_argv(plan, argv);
	ious_plan_closefrom(plan, 3);
	ious_plan_dup2(plan, 1, 2);
	add(NULL);
	if (dup3(copy, 1, 0) != 1 || close(copy))
		die("dup3");
	ok(ious_queue_submit(queue) == 1 && next_is(IOUS_STARTED) &&
	   next_is(IOUS_EXITED) && file_is(WANTED, "here\n"),
	   "a use after all above were closed");
	close_all();
	close(fd);
}

/* What the plan has closed is not there, queued or not. */
static void test_closed_by_plan(void)
{
	int step, fd = temporary(WANTED);

	open_queue(16);
	begin_script("true");
	ious_plan_closefrom(plan, 3);
	step = ious_plan_dup2(plan, fd, 1);
	ious_plan_dup2(plan, 0, 2);
	add(NULL);
	ious_queue_submit(queue);
	ok(next_is(IOUS_FAILED) && event.result.error == EBADF &&
	   event.result.step == step, "one that the plan has closed");
	close_all();
	close(fd);
}

static void test_not_open(void)
{
	int step, fd = temporary(WANTED);

	open_queue(16);
	begin_script("true");
	step = ious_plan_dup2(plan, fd, 5);
	close(fd);
	add(NULL);
	if (temporary(WANTED) != fd)
		die("another number");
	ious_queue_submit(queue);
	ok(next_is(IOUS_FAILED) && event.result.error == EBADF &&
	   event.result.step == step, "one that was not open then");
	close_all();
	close(fd);
}

/* ---- when there are too few */

static void set_nofile(rlim_t soft)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		die("getrlimit");
	limit.rlim_cur = soft;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		die("setrlimit");
}

static void test_shortage(void)
{
	int before, fd = temporary(WANTED);
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	open_queue(16);
	begin_script("true");
	ious_plan_dup2(plan, fd, 5);
	before = files();
	/* one of the two has room */
	set_nofile(before + 1);
	ok(ious_queue_add(queue, plan, NULL, NULL) == -EMFILE &&
	   files() == before, "no descriptor is left: the job is not there");
	ok(ious_queue_submit(queue) == 0 && nothing_comes(), "nothing runs");
	set_nofile(limit.rlim_cur);
	add(NULL);
	ok(ious_queue_submit(queue) == 1 && next_is(IOUS_STARTED) &&
	   next_is(IOUS_EXITED), "later it does");
	close_all();
	close(fd);
}

/* There is none for the pidfd: the job waits for another, which has ended. */
static void test_tried_again(void)
{
	struct ious_plan *first;
	struct ious_job *job;
	struct rlimit limit;
	int fd = temporary(WANTED);

	getrlimit(RLIMIT_NOFILE, &limit);
	begin_blocked("true");
	ious_plan_free(plan);
	begin_script("read line </tmp/ious-fifo");
	first = plan;
	open_queue(32);
	add(NULL);
	ious_queue_submit(queue);
	if (!next_is(IOUS_STARTED))
		die("first");
	begin();
	ious_plan_path(plan, "/bin/pwd");
	ious_plan_chdir(plan, "/");
	ious_plan_dup2(plan, fd, 1);
	job = add(NULL);
	set_nofile(files());
	ok(ious_queue_submit(queue) == 1, "a job finds no descriptor");
	set_nofile(limit.rlim_cur);
	take_number(fd);
	ok(nothing_comes(), "and waits");
	unblock();
	ok(job_ends_with(job, 0) && file_is(WANTED, "/\n"),
	   "then it writes to its own file");
	close_all();
	ious_plan_free(first);
	close(fd);
}

int main(void)
{
	int before;

	alarm(500);
	plans_setup();
	before = files();
	test_numbers_come_again();
	test_dup();
	test_same_number();
	test_write();
	test_fchdir();
	test_program();
	test_cgroup();
	test_no_collision();
	test_closefrom();
	test_closed_by_plan();
	test_not_open();
	test_shortage();
	test_tried_again();
	ok(files() == before && no_child(), "nothing is left");
	unlink(WANTED);
	unlink(DECOY);
	return done();
}
