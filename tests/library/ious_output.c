// SPDX-License-Identifier: GPL-2.0
/* libio_uring_spawn: pipes in a queue. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>

#include "queues.h"

static char text[2000000];
static size_t size;

static int open_pipe(int *to)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC))
		die("pipe");
	*to = fds[1];
	return fds[0];
}

/* Events until the pipe has ended and the program as well; all that came is in text. */
static bool both_end(struct ious_job *pipe, int status)
{
	bool ended = false, exited = false;

	size = 0;
	while (!(ended && exited)) {
		if (ious_queue_wait(queue, &event, 1, DEADLINE * 1000) != 1)
			return false;
		if (event.kind == IOUS_EXITED)
			exited = event.status == status;
		if (event.kind != IOUS_OUTPUT)
			continue;
		if (event.job != pipe || event.data != text ||
		    size + event.size > sizeof(text))
			return false;
		memcpy(text + size, event.output, event.size);
		size += event.size;
		ended = !event.size;
	}
	return true;
}

static void begin_pipe(const char *script, struct ious_job **pipe)
{
	int to, from = open_pipe(&to);

	open_queue(16);
	begin_script(script);
	ious_plan_dup2(plan, to, 1);
	add(NULL);
	close(to);
	if (ious_queue_output(queue, from, text, pipe))
		die("output");
	ious_queue_submit(queue);
}

static void test_output(void)
{
	struct ious_job *pipe;

	begin_pipe("echo one; sleep 0.3; echo two; exit 3", &pipe);
	ok(both_end(pipe, 3 << 8) && size == 8 && !memcmp(text, "one\ntwo\n", 8),
	   "parts, in their order");
	ok(nothing_comes(), "and nothing after the end");
	close_all();
	begin_pipe("head -c 1500000 /dev/zero", &pipe);
	ok(both_end(pipe, 0) && size == 1500000, "1,500,000 bytes");
	close_all();
	begin_pipe("true", &pipe);
	ok(both_end(pipe, 0) && !size, "none");
	close_all();
}

/* As long as the program runs, the descriptor of the queue tells of its output. */
static void test_readable(void)
{
	struct ious_job *pipe;

	begin_pipe("echo here; exec sleep 1000", &pipe);
	while (ious_queue_wait(queue, &event, 1, DEADLINE * 1000) == 1)
		if (event.kind == IOUS_OUTPUT)
			break;
	ok(event.kind == IOUS_OUTPUT && event.size == 5, "some of it");
	while (ious_queue_wait(queue, &event, 1, 100) == 1)
		;
	ok(!is_readable(0), "no more for now");
	ok(ious_job_cancel(pipe) == -EALREADY && ious_job_kill(pipe, 9) == -ESRCH,
	   "it is no program");
	close_all();
	ok(!kill(any_child(text), SIGKILL) && wait_status() == SIGKILL,
	   "the queue goes, the program stays");
}

static void *watch(void *fd)
{
	return ious_queue_output(queue, *(int *)fd, text, NULL) ? NULL : fd;
}

/* Its poll may end with it. */
static void test_thread(void)
{
	int to, from = open_pipe(&to);
	pthread_t thread;
	void *ret;

	open_queue(16);
	begin();
	if (pthread_create(&thread, NULL, watch, &from))
		die("thread");
	pthread_join(thread, &ret);
	ok(ret && nothing_comes(), "the thread that asked has ended");
	ok(write(to, "x", 1) == 1 && next_is(IOUS_OUTPUT) && event.size == 1,
	   "what is written comes");
	close(to);
	ok(next_is(IOUS_OUTPUT) && !event.size, "and the end");
	close_all();
}

/* The poll has ended, and there is nothing to read: there will be. */
static void test_other_reader(void)
{
	int to, from = open_pipe(&to);
	char c;

	open_queue(16);
	begin();
	if (ious_queue_output(queue, from, text, NULL))
		die("output");
	ok(nothing_comes() && write(to, "x", 1) == 1 && is_readable(DEADLINE * 1000) &&
	   read(from, &c, 1) == 1, "another reader is faster");
	ok(nothing_comes(), "then there is nothing");
	ok(write(to, "yz", 2) == 2 && next_is(IOUS_OUTPUT) && event.size == 2,
	   "what comes later is not lost");
	ok(write(to, "z", 1) == 1 && next_is(IOUS_OUTPUT) && event.size == 1,
	   "nor is what comes after that");
	close(to);
	ok(next_is(IOUS_OUTPUT) && !event.size, "nor is the end");
	close_all();
}

int main(void)
{
	int before;

	alarm(500);
	plans_setup();
	before = files();
	test_output();
	test_readable();
	test_thread();
	test_other_reader();
	open_queue(16);
	begin();
	ok(ious_queue_output(queue, 900, NULL, NULL) == -EBADF, "no descriptor");
	close_all();
	ok(files() == before && no_child(), "nothing is left");
	return done();
}
