// SPDX-License-Identifier: GPL-2.0
/* libio_uring_spawn: queues. */
#include "test.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "plans.h"
#include "sharers.h"

static struct ious_queue *queue;
static struct ious_event event;

/* ---- helpers */

static void open_queue(unsigned int requests)
{
	if (ious_queue_new(&queue, requests))
		die("queue");
}

static struct ious_job *add(void *data)
{
	struct ious_job *job;

	if (ious_queue_add(queue, plan, data, &job))
		die("add");
	return job;
}

/* The next event, of that kind. */
static bool next_is(int kind)
{
	int ret;

	do
		ret = ious_queue_wait(queue, &event, 1, DEADLINE * 1000);
	while (ret == -EINTR);
	if (ret != 1 || event.kind != kind)
		note("returned %d, event %d, error %d in step %d", ret,
		     event.kind, event.result.error, event.result.step);
	return ret == 1 && event.kind == kind;
}

static bool nothing_comes(void)
{
	return ious_queue_wait(queue, &event, 1, 50) == 0;
}

static bool is_readable(int timeout)
{
	struct pollfd fd = { .fd = ious_queue_fd(queue), .events = POLLIN };

	return poll(&fd, 1, timeout) == 1;
}

static void close_all(void)
{
	ious_queue_free(queue);
	ious_plan_free(plan);
}

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

/* ---- threads */

static void *submit_and_end(void *arg)
{
	(void)arg;
	ious_queue_submit(queue);
	return next_is(IOUS_STARTED) ? queue : NULL;
}

/* Its polls end with it, the programs do not. */
static void test_other_thread(void)
{
	pthread_t thread;
	void *ret;

	begin_script("read line </tmp/ious-fifo; exit 3");
	open_queue(8);
	add(NULL);
	if (pthread_create(&thread, NULL, submit_and_end, NULL))
		die("thread");
	pthread_join(thread, &ret);
	ok(ret && nothing_comes(), "the thread that submitted has ended");
	unblock();
	ok(next_is(IOUS_EXITED) && event.status == 3 << 8,
	   "the program's exit comes");
	close_all();
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

static void *cancel(void *job)
{
	return ious_job_cancel(job) ? NULL : job;
}

static void test_cancel_by_thread(void)
{
	struct ious_job *job;
	pthread_t thread;
	void *ret;

	begin_blocked("true");
	open_queue(8);
	job = add(NULL);
	ious_queue_submit(queue);
	ok(nothing_comes(), "a chain blocks");
	if (pthread_create(&thread, NULL, cancel, job))
		die("thread");
	ok(next_is(IOUS_FAILED) && event.result.error == ECANCELED,
	   "another thread cancels it");
	pthread_join(thread, &ret);
	ok(ret, "and is told so");
	close_all();
}

static atomic_int exits;

/* Takes events, its own and the others'; stays until all programs have ended. */
static void *worker(void *bad)
{
	struct ious_event events[8];
	int i, nr, left = 16, deadline = DEADLINE * 10;

	while (exits < 64 && deadline--) {
		if (left && left-- &&
		    (ious_queue_add(queue, plan, NULL, NULL) ||
		     ious_queue_submit(queue) < 0))
			return bad;
		nr = ious_queue_wait(queue, events, 8, left ? 0 : 100);
		if (nr < 0)
			return bad;
		for (i = 0; i < nr; i++)
			exits += events[i].kind == IOUS_EXITED;
	}
	return NULL;
}

static void test_workers(void)
{
	pthread_t threads[4];
	bool good = true;
	void *ret;
	int i;

	begin();
	ious_plan_path(plan, "/bin/true");
	open_queue(16);
	for (i = 0; i < 4; i++)
		if (pthread_create(&threads[i], NULL, worker, queue))
			die("thread");
	for (i = 0; i < 4; i++) {
		pthread_join(threads[i], &ret);
		good &= !ret;
	}
	ok(good && exits == 64 && no_child(), "four threads at the same queue");
	close_all();
}

int main(void)
{
	alarm(500);
	plans_setup();
	test_many();
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
	test_other_thread();
	test_cancel_by_thread();
	test_workers();
	return done();
}
