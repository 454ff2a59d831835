// SPDX-License-Identifier: GPL-2.0
/* libio_uring_spawn: when a queue closes what it holds of the caller's descriptors. */
#include "test.h"

#include <fcntl.h>

#include "queues.h"

/* Nobody asks for events: the pipe ends nevertheless. */
static void test_end_of_pipe(void)
{
	char byte;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC))
		die("pipe");
	open_queue(16);
	begin_script("true");
	ious_plan_dup2(plan, fds[1], 1);
	add(NULL);
	ok(ious_queue_submit(queue) == 1, "a job is started");
	close(fds[1]);
	ok(read(fds[0], &byte, 1) == 0, "its pipe ends with it");
	close(fds[0]);
	ok(next_is(IOUS_STARTED) && next_is(IOUS_EXITED), "its events");
	close_all();
}

/* Jobs of the same plan have one for all. */
static void test_shared(void)
{
	int i, before;

	open_queue(256);
	begin_script("true");
	before = files();
	for (i = 0; i < 40; i++)
		add(NULL);
	ok(files() == before + 1, "40 jobs need one duplicate");
	ious_queue_submit(queue);
	for (i = 0; i < 80; i++)
		if (ious_queue_wait(queue, &event, 1, DEADLINE * 1000) != 1)
			break;
	ok(i == 80 && files() == before, "and leave none");
	close_all();
}

int main(void)
{
	int before;

	alarm(200);
	plans_setup();
	before = files();
	test_end_of_pipe();
	test_shared();
	ok(files() == before && no_child(), "nothing is left");
	return done();
}
