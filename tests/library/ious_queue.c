// SPDX-License-Identifier: GPL-2.0
/* libio_uring_spawn: queues. */
#include "test.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

#include "queues.h"
#include "sharers.h"

/* ---- many */

/* @nr of the plan in a ring for @requests; all end with @status. */
static bool queued(unsigned int requests, unsigned int nr, int status)
{
	unsigned int i, started = 0, exited = 0;

	open_queue(requests);
	for (i = 0; i < nr; i++)
		add(&started);
	if (ious_queue_submit(queue) <= 0)
		die("submit");
	while (exited < nr &&
	       ious_queue_wait(queue, &event, 1, DEADLINE * 1000) == 1) {
		if (event.kind == IOUS_FAILED || event.data != &started)
			break;
		started += event.kind == IOUS_STARTED;
		exited += event.kind == IOUS_EXITED && event.status == status;
	}
	ious_queue_free(queue);
	return started == nr && exited == nr;
}

static void test_many(void)
{
	int before = files();

	begin_script("exit 9");
	ok(queued(256, 64, 9 << 8), "64 at once, with their exits");
	end(queued(4, 100, 9 << 8), "100 in a ring for one chain");
	begin_script("kill -TERM $$");
	end(queued(32, 3, SIGTERM), "those that a signal ends");
	ok(files() == before && no_child(), "nothing is left of them");
}

/* Each that runs has a descriptor of the queue; one that lacks is waited for. */
static void test_shortage(void)
{
	struct rlimit before, few;

	if (getrlimit(RLIMIT_NOFILE, &before))
		die("getrlimit");
	few = before;
	few.rlim_cur = files() + 6;
	begin_script("sleep 0.1; exit 9");
	if (setrlimit(RLIMIT_NOFILE, &few))
		die("setrlimit");
	ok(queued(256, 40, 9 << 8), "40 with few descriptors");
	ious_plan_keep(plan, 0, NULL);
	end(queued(256, 40, 9 << 8), "and with ious_plan_keep()");
	if (setrlimit(RLIMIT_NOFILE, &before))
		die("setrlimit");
}

static void test_one_submission(void)
{
	unsigned int i, got = 0;
	struct ious_event events[64];
	int ret = 0;

	begin_script("exit 0");
	open_queue(256);
	for (i = 0; i < 64; i++)
		add(NULL);
	ok(nothing_comes(), "what was added waits for its submission");
	ok(ious_queue_submit(queue) == 64 && ious_queue_submit(queue) == 0,
	   "64 are submitted");
	while (got < 128 && ret >= 0) {
		ret = ious_queue_wait(queue, events, 64, DEADLINE * 1000);
		got += ret;
	}
	ok(got == 128, "and all their events come, several at a time");
	close_all();
}

/* As an event loop does it, which is told once, and takes one. */
static void test_readable(void)
{
	int i, nr = 0, ret = 0;

	begin();
	ious_plan_path(plan, "/nowhere");
	open_queue(64);
	ok(!is_readable(0), "nothing to read");
	for (i = 0; i < 8; i++)
		add(NULL);
	ious_queue_submit(queue);
	while (nr < 8 && ret >= 0 && is_readable(DEADLINE * 1000)) {
		ret = ious_queue_wait(queue, &event, 1, 0);
		nr += ret;
	}
	ok(nr == 8 && !is_readable(0), "readable as long as there are events");
	close_all();
}

/* ---- one */

static void test_failure(void)
{
	int step;

	begin_script("true");
	step = ious_plan_chdir(plan, "/nowhere");
	open_queue(16);
	add(plan);
	ious_queue_submit(queue);
	ok(next_is(IOUS_FAILED) && event.result.error == ENOENT &&
	   event.result.step == step && event.data == plan && no_child(),
	   "a failure");
	ok(nothing_comes(), "and nothing more comes");
	close_all();
}

static void test_limits(void)
{
	int i;

	begin();
	open_queue(8);
	ok(ious_queue_add(queue, plan, NULL, NULL) == -EINVAL, "no program");
	ious_plan_path(plan, "/bin/true");
	for (i = 0; i < 7; i++)
		ious_plan_dup2(plan, 1, 1);
	ok(ious_queue_add(queue, plan, NULL, NULL) == -E2BIG,
	   "more requests than the ring has");
	close_all();
	ious_queue_free(NULL);
}

static void test_pidfd(void)
{
	int pidfd;

	begin_script("exec sleep 100");
	ious_plan_want_pidfd(plan, 1);
	open_queue(8);
	add(NULL);
	ious_queue_submit(queue);
	ok(next_is(IOUS_STARTED) && event.result.pidfd >= 0, "a pidfd");
	pidfd = event.result.pidfd;
	ok(!syscall(__NR_pidfd_send_signal, pidfd, SIGUSR2, NULL, 0) &&
	   next_is(IOUS_EXITED) && event.status == SIGUSR2 &&
	   event.result.pidfd == -1, "which is the caller's");
	ok(!close(pidfd), "to close");
	close_all();
}

static void test_no_module(void)
{
	begin_script("true");
	if (write_string(PARAMETERS "armed", "0"))
		die("armed");
	open_queue(8);
	add(NULL);
	ious_queue_submit(queue);
	ok(next_is(IOUS_FAILED) && event.result.error == EOPNOTSUPP &&
	   event.result.step == IOUS_STEP_CLONE, "without the module");
	close_all();
	if (write_string(PARAMETERS "armed", "1"))
		die("armed");
}

/* ---- before the program runs, and after */

static void test_cancel(void)
{
	struct ious_job *blocked, *second, *waits, *later;

	begin_blocked("true");
	/* CQEs for two chains of six requests */
	open_queue(6);
	blocked = add(NULL);
	second = add(NULL);
	waits = add(NULL);
	ok(ious_queue_submit(queue) == 2, "two have room, one waits");
	later = add(NULL);
	ok(nothing_comes(), "they block");
	ok(ious_job_kill(blocked, SIGTERM) == -ESRCH,
	   "and have no program to be killed");
	ok(!ious_job_cancel(blocked) && next_is(IOUS_FAILED) &&
	   event.job == blocked && event.result.error == ECANCELED,
	   "one is cancelled");
	ok(!ious_job_cancel(later) && is_readable(0) && next_is(IOUS_FAILED) &&
	   event.job == later && event.result.error == ECANCELED,
	   "one that was not submitted");
	ok(!ious_job_cancel(waits) && next_is(IOUS_FAILED) &&
	   event.job == waits, "the one that had no room");
	ok(!ious_job_cancel(second) && ious_job_cancel(second) == -EALREADY &&
	   next_is(IOUS_FAILED) && event.job == second, "the last, once");
	close_all();
	ok(no_child(), "no process is left");
}

static void test_kill(void)
{
	struct ious_job *job;

	begin_script("exec sleep 100");
	open_queue(8);
	job = add(NULL);
	ious_queue_submit(queue);
	ok(next_is(IOUS_STARTED), "a program runs");
	ok(ious_job_cancel(job) == -EALREADY, "and cannot be cancelled");
	ok(!ious_job_kill(job, SIGUSR1) && next_is(IOUS_EXITED) &&
	   event.status == SIGUSR1, "but killed");
	close_all();
}

/* One blocks, one runs, one was added. */
static void test_free(void)
{
	struct ious_plan *blocked;
	int before = files();
	pid_t pid;

	begin_blocked("true");
	blocked = plan;
	begin_script("read line </tmp/ious-fifo; exit 4");
	open_queue(16);
	add(NULL);
	ious_queue_submit(queue);
	ok(next_is(IOUS_STARTED), "a program runs");
	pid = event.result.pid;
	if (ious_queue_add(queue, blocked, NULL, NULL))
		die("add");
	ious_queue_submit(queue);
	add(NULL);
	close_all();
	ious_plan_free(blocked);
	unblock();
	ok(await(pid) == 4 << 8, "the program survives its queue");
	ok(no_child() && files() == before, "and nothing else does");
}

/* One blocks, a program runs, one waits for room, one was added. */
static void test_cancel_all(void)
{
	struct ious_plan *blocked;
	int i, failed = 0;
	pid_t pid;

	begin_blocked("true");
	blocked = plan;
	begin_script("read line </tmp/ious-fifo; exit 4");
	open_queue(8);
	add(NULL);
	ious_queue_submit(queue);
	ok(next_is(IOUS_STARTED), "a program runs");
	pid = event.result.pid;
	for (i = 0; i < 8; i++) {
		if (ious_queue_add(queue, blocked, NULL, NULL))
			die("add");
		if (i < 7)
			ious_queue_submit(queue);
	}
	ok(!ious_queue_cancel(queue) && shared_by_none(),
	   "a queue is cancelled, nobody shares the memory");
	for (i = 0; i < 8; i++)
		failed += next_is(IOUS_FAILED) &&
			  event.result.error == ECANCELED;
	ok(failed == 8 && nothing_comes(), "all its jobs have failed: %d",
	   failed);
	unblock();
	ok(next_is(IOUS_EXITED) && event.result.pid == pid &&
	   event.status == 4 << 8, "the program goes on");
	close_all();
	ious_plan_free(blocked);
	ok(no_child(), "no process is left");
}

int main(void)
{
	alarm(500);
	plans_setup();
	test_many();
	test_shortage();
	test_one_submission();
	test_readable();
	test_failure();
	test_limits();
	test_pidfd();
	test_no_module();
	test_cancel();
	test_cancel_all();
	test_kill();
	test_free();
	return done();
}
