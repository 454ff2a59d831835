// SPDX-License-Identifier: GPL-2.0
/* libio_uring_spawn: queues that several threads use. */
#include "test.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

#include "queues.h"

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

	make_fifo();
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
	test_other_thread();
	test_cancel_by_thread();
	test_workers();
	return done();
}
