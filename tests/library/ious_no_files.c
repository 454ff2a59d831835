// SPDX-License-Identifier: GPL-2.0
/*
 * libio_uring_spawn where no descriptor is left: that is what it says, and not that there
 * is no module; a ring that is there already is enough.
 */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>

#include "queues.h"

#ifndef IORING_FEAT_REG_REG_RING
#define IORING_FEAT_REG_REG_RING	(1U << 13)
#endif

static struct rlimit before;

/* All numbers below the limit are in use. */
static void fill(void)
{
	struct rlimit full;

	if (getrlimit(RLIMIT_NOFILE, &before))
		die("getrlimit");
	full = before;
	full.rlim_cur = dup(STDIN_FILENO);
	close(full.rlim_cur);
	while (fcntl(full.rlim_cur, F_GETFD) >= 0)
		full.rlim_cur++;
	if (setrlimit(RLIMIT_NOFILE, &full) || dup(STDIN_FILENO) >= 0)
		die("setrlimit");
}

static void empty(void)
{
	if (setrlimit(RLIMIT_NOFILE, &before))
		die("setrlimit");
}

static int armed;

static void arm(const char *value)
{
	if (pwrite(armed, value, 1, 0) != 1)
		die("armed");
}

static void *spawn_first(void *ret)
{
	*(int *)ret = ious_spawn(plan, &result);
	if (result.step != IOUS_STEP_NONE)
		*(int *)ret = 1;
	return NULL;
}

static int first_of_thread(void)
{
	pthread_t thread;
	int ret = 1;

	if (pthread_create(&thread, NULL, spawn_first, &ret))
		die("thread");
	pthread_join(thread, NULL);
	return ret;
}

/* Nobody can be asked. */
static void test_no_ring(void)
{
	begin_script("echo here");
	fill();
	ok(ious_available() == IOUS_UNKNOWN, "nobody can tell");
	ok(first_of_thread() == -EMFILE, "a first spawn says what lacks");
	ok(ious_queue_new(&queue, 8) == -EMFILE, "and so does a queue");
	empty();
	ok(ious_available() == IOUS_AVAILABLE,
	   "there is the module when there is a descriptor");
	end(!first_of_thread() && await(result.pid) == 0 && says("here"),
	    "and a first spawn");
}

static bool asks_by_number(void)
{
	struct io_uring ring;
	bool ret;

	if (io_uring_queue_init(1, &ring, 0))
		die("ring");
	ret = ring.features & IORING_FEAT_REG_REG_RING;
	io_uring_queue_exit(&ring);
	return ret;
}

static void test_thread(void)
{
	int error = asks_by_number() ? EOPNOTSUPP : EINVAL;
	bool ran;
	int ret;

	begin_script("echo here");
	if (!spawned("here"))
		die("spawn");
	fill();
	ran = spawned("here");
	arm("0");
	ret = ious_spawn(plan, &result);
	arm("1");
	empty();
	ok(ran, "a thread that has a ring spawns");
	end(ret == -error && result.step == IOUS_STEP_CLONE && no_child(),
	    "and can tell that there is no module, since Linux 6.3");
}

/* A pidfd lacks, and no job runs whose end could be waited for. */
static void test_queue(void)
{
	bool told, lacks;

	open_queue(8);
	begin();
	ious_plan_path(plan, "/bin/true");
	fill();
	add(NULL);
	ious_queue_submit(queue);
	lacks = next_is(IOUS_FAILED) && event.result.error == EMFILE &&
		event.result.step == IOUS_STEP_CLONE;
	arm("0");
	add(NULL);
	ious_queue_submit(queue);
	told = next_is(IOUS_FAILED) && event.result.error == EOPNOTSUPP &&
	       event.result.step == IOUS_STEP_CLONE;
	arm("1");
	empty();
	ok(lacks, "a job says what lacks");
	ok(told, "and that there is no module");
	close_all();
}

/* Nothing has asked before in this process: the ring of the caller does. */
static int prepared(const void *unused)
{
	struct ious_chain *chain;
	struct io_uring ring;
	int i, calls = 0;

	(void)unused;
	if (io_uring_queue_init(8, &ring, 0))
		die("ring");
	begin_script("true");
	ious_plan_open(plan, 3, "/dev/null", O_RDONLY, 0);
	fill();
	if (ious_plan_prep(plan, &ring, 0, &chain))
		return 1;
	/* a module before it has files opened by OPENAT */
	for (i = 0; i < ious_plan_requests(plan); i++)
		calls += ring.sq.sqes[i].opcode == IORING_OP_SYSCALL &&
			 ring.sq.sqes[i].len == __NR_openat;
	return calls != 1;
}

/* A search is as good; it only has more requests. */
static int searched(const void *unused)
{
	const char *const argv[] = { "sh", "-c", "echo found", NULL };
	bool few;

	(void)unused;
	begin_output();
	fill();
	ious_plan_file(plan, "sh", "/none:/dev:/bin:/none");
	ious_plan_argv(plan, argv);
	few = ious_plan_requests(plan) == 2 + 4;
	empty();
	if (!few || !spawned("found"))
		return 1;
	ious_plan_file(plan, "sh", "/none:/dev:/bin:/none");
	return ious_plan_requests(plan) != 2 + 1;
}

int main(void)
{
	alarm(500);
	plans_setup();
	/* while there is room */
	armed = open(PARAMETERS "armed", O_WRONLY | O_CLOEXEC);
	/* before anything of this process has asked */
	ok(!in_process(prepared, NULL), "a ring of the caller's is asked");
	ok(!in_process(searched, NULL), "what cannot be asked is asked later");
	test_no_ring();
	test_thread();
	test_queue();
	return done();
}
