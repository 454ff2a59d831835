// SPDX-License-Identifier: GPL-2.0
/*
 * libio_uring_spawn: a stop of the process while a step opens a file does not make the
 * spawn fail, as in a forked child; whichever way the plan goes.
 */
#include "test.h"

#include <errno.h>
#include <pthread.h>

#include "queues.h"
#include "stopped.h"

/* In the step, the child is stopped and goes on, then the step can end. */
static void *interrupt(void *unused)
{
	(void)unused;
	stop_child();
	unblock();
	return NULL;
}

static bool at_once(void)
{
	return !ious_spawn(plan, &result);
}

static bool in_queue(void)
{
	bool good;

	open_queue(16);
	add(NULL);
	ious_queue_submit(queue);
	good = next_is(IOUS_STARTED);
	result = event.result;
	/* the program is waited for by the caller */
	ious_queue_free(queue);
	return good;
}

static bool in_own_ring(void)
{
	struct ious_chain *chain;
	struct io_uring_cqe *cqe;
	struct io_uring ring;
	int ret = 0;

	if (io_uring_queue_init(16, &ring, 0) ||
	    ious_plan_prep(plan, &ring, 0, &chain) || io_uring_submit(&ring) < 0)
		die("ring");
	while (!ret) {
		do
			ret = io_uring_wait_cqe(&ring, &cqe);
		while (ret == -EINTR);
		if (ret)
			die("CQE");
		ret = ious_chain_cqe(chain, cqe, &result);
		io_uring_cqe_seen(&ring, cqe);
	}
	io_uring_queue_exit(&ring);
	return !result.error;
}

int main(void)
{
	static const struct {
		const char *name;
		bool (*spawn)(void);
	} ways[] = {
		{ "ious_spawn()", at_once },
		{ "a queue", in_queue },
		{ "a ring of the program's own", in_own_ring },
	};
	pthread_t thread;
	unsigned int i;

	alarm(200);
	plans_setup();
	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		bool good;

		begin_blocked("echo on");
		if (pthread_create(&thread, NULL, interrupt, NULL))
			die("thread");
		good = ways[i].spawn();
		pthread_join(thread, NULL);
		if (!good)
			note("step %d: %s", result.step, strerror(result.error));
		end(good && await(result.pid) == 0 && says("on"), ways[i].name);
	}
	return done();
}
