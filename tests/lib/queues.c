// SPDX-License-Identifier: GPL-2.0
#include "queues.h"

#include <errno.h>
#include <poll.h>

#include "test.h"

struct ious_queue *queue;
struct ious_event event;

void open_queue(unsigned int requests)
{
	if (ious_queue_new(&queue, requests))
		die("queue");
}

struct ious_job *add(void *data)
{
	struct ious_job *job;

	if (ious_queue_add(queue, plan, data, &job))
		die("add");
	return job;
}

bool next_is(int kind)
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

bool nothing_comes(void)
{
	return ious_queue_wait(queue, &event, 1, 50) == 0;
}

bool is_readable(int timeout)
{
	struct pollfd fd = { .fd = ious_queue_fd(queue), .events = POLLIN };

	return poll(&fd, 1, timeout) == 1;
}

void close_all(void)
{
	ious_queue_free(queue);
	ious_plan_free(plan);
}
