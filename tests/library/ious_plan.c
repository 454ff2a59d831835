// SPDX-License-Identifier: GPL-2.0
/*
 * libio_uring_spawn: how plans fail, what they leave, several at once; ious_spawn(); and
 * plans in a ring of one's own.
 */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>

#include "plans.h"

/* ---- failures */

static void test_mistakes(void)
{
	int i;

	begin();
	ok(ious_spawn(plan, &result) == -EINVAL &&
	   result.step == IOUS_STEP_NONE, "no program");
	ok(ious_plan_chdir(plan, NULL) == -EINVAL &&
	   ious_plan_path(plan, NULL) == -EINVAL &&
	   ious_plan_file(plan, NULL, NULL) == -EINVAL &&
	   ious_plan_argv(plan, NULL) == -EINVAL, "NULL");
	ok(ious_plan_clone_flags(plan, CLONE_PIDFD) == -EINVAL &&
	   ious_plan_clone_flags(plan, CLONE_INTO_CGROUP) == -EINVAL,
	   "flags that have a function of their own");
	ious_plan_free(plan);
	ious_plan_free(NULL);

	begin_script("true");
	for (i = 0; i < 200; i++)
		ious_plan_dup2(plan, 1, 1);
	ok(ious_spawn(plan, &result) == -E2BIG, "too many steps at once");
	ious_plan_free(plan);

	begin_script("true");
	ious_plan_clone_flags(plan, CLONE_THREAD);
	end(fails(EINVAL, IOUS_STEP_CLONE), "a flag that CLONE does not take");
}

/* As snprintf(3): whole, cut off, and only its length. */
static void test_explain(void)
{
	static const char words[] = "CLONE    PARENT_SETTID|NEWPID|0x80\n"
				    "SYSCALL  chdir                  chdir /\\012x\n"
				    "EXEC     /bin/true              true \"\" b\n";
	const char *const argv[] = { "true", "", "b", NULL };
	char text[256], cut[8];
	int ret;

	if (ious_plan_new(&plan))
		die("ious_plan_new");
	ok(ious_plan_explain(plan, text, sizeof(text)) == -EINVAL,
	   "explained without a program");
	ious_plan_argv(plan, argv);
	ious_plan_path(plan, "/bin/true");
	ious_plan_chdir(plan, "/\nx");
	/* CLONE_NEWTIME, which has no name here */
	ious_plan_clone_flags(plan, CLONE_NEWPID | 0x80);
	ret = ious_plan_explain(plan, text, sizeof(text));
	if (!ok(ret == (int)strlen(words) && !strcmp(text, words), "explained"))
		note("%d: %s", ret, text);
	ok(ious_plan_explain(plan, cut, sizeof(cut)) == ret &&
	   !strcmp(cut, "CLONE  ") &&
	   ious_plan_explain(plan, NULL, 0) == ret, "and where it has no room");
	ious_plan_free(plan);
}

static void test_step_numbers(void)
{
	int i;

	begin_script("true");
	ious_plan_chdir(plan, "/");
	i = ious_plan_chdir(plan, "/nowhere");
	end(fails(ENOENT, i) && i == 2 &&
	    !strcmp(ious_plan_step(plan, i), "chdir /nowhere"),
	    "which step failed");

	begin_script("true");
	ious_plan_open(plan, 5, "/dev/null", O_RDONLY, 0);
	i = ious_plan_open(plan, 6, "/nowhere", O_RDONLY, 0);
	end(fails(ENOENT, i) && i == 2, "a step of several requests");

	begin_script("true");
	ious_plan_close(plan, 200);
	i = ious_plan_write(plan, 250, "x", 1);
	end(fails(EBADF, i), "a write to nothing, after a close of nothing");

	begin_script("true");
	ious_plan_open(plan, 5, "/dev/full", O_WRONLY, 0);
	i = ious_plan_write(plan, 5, "x", 1);
	end(fails(ENOSPC, i), "a write without room");

	begin_script("true");
	i = ious_plan_chroot(plan, "/nowhere");
	end(fails(ENOENT, i), "a chroot to nowhere");

	begin_script("true");
	i = ious_plan_user(plan, 1, 1, 0, NULL);
	i = ious_plan_user(plan, 2, 2, -1, NULL);
	end(fails(EPERM, i), "a change of user without privilege");
}

static void test_nothing_is_left(void)
{
	int before = files(), i;
	bool good = true;

	begin();
	ious_plan_path(plan, "/nowhere");
	ious_plan_want_pidfd(plan, 1);
	for (i = 0; i < 100; i++)
		good &= fails(ENOENT, IOUS_STEP_EXEC);
	end(good && files() == before, "100 failures leave nothing");
}

static int signals;

static void count_signal(int sig)
{
	signals += sig == SIGCHLD;
}

static void test_exit_signal(void)
{
	signal(SIGCHLD, count_signal);
	begin();
	ious_plan_path(plan, "/nowhere");
	ious_plan_exit_signal(plan, 0);
	end(fails(ENOENT, IOUS_STEP_EXEC) && !signals,
	    "a failure without SIGCHLD");
	begin();
	ious_plan_path(plan, "/nowhere");
	end(fails(ENOENT, IOUS_STEP_EXEC) && signals, "and one with it");
	signal(SIGCHLD, SIG_DFL);
}

static void test_no_module(void)
{
	ok(ious_available() == IO_URING_SPAWN_AVAILABLE &&
	   strstr(ious_available_text(0), "is available"), "available");
	if (write_string(PARAMETERS "armed", "0"))
		die("armed");
	begin_script("true");
	ok(ious_available() == IO_URING_SPAWN_NO_MODULE, "without the module");
	end(fails(EOPNOTSUPP, IOUS_STEP_CLONE), "a spawn says so");
	if (write_string(PARAMETERS "armed", "1"))
		die("armed");
	begin_script("echo again");
	end(spawned("again"), "and works when it is back");
}

/* ---- at once */

static void test_pidfd(void)
{
	struct pollfd end_of = { .events = POLLIN };

	begin_script("echo here");
	ious_plan_want_pidfd(plan, 1);
	end_of.fd = ious_spawn(plan, &result) ? -1 : result.pidfd;
	end(end_of.fd >= 0 && fcntl(end_of.fd, F_GETFD) == FD_CLOEXEC &&
	    poll(&end_of, 1, DEADLINE * 1000) == 1 &&
	    await(result.pid) == 0 && says("here"), "a pidfd");
	close(end_of.fd);
}

static void *spawn_twenty(void *arg)
{
	struct ious_result mine;
	long i, bad = 0;

	for (i = 0; i < 20; i++)
		bad += ious_spawn(arg, &mine) || await(mine.pid);
	return (void *)bad;
}

static void test_threads(void)
{
	int before = files();
	pthread_t threads[6];
	bool good = true;
	void *ret;
	int i;

	begin();
	ious_plan_path(plan, "/bin/true");
	for (i = 0; i < 6; i++)
		good &= !pthread_create(&threads[i], NULL, spawn_twenty, plan);
	for (i = 0; i < 6; i++)
		good &= !pthread_join(threads[i], &ret) && !ret;
	end(good && files() == before, "six threads spawn the same plan");
}

/* A plan of its parent's. */
static int forked(const void *arg)
{
	(void)arg;
	return !spawned("here");
}

static void test_fork(void)
{
	begin_script("echo here");
	ok(spawned("here"), "a plan");
	end(!in_process(forked, NULL), "in a process that was forked");
}

/* ---- a ring of one's own */

static bool in_ring(struct io_uring *ring, uint64_t user_data)
{
	int i, ret = 0, nr = ious_plan_requests(plan);
	struct io_uring_cqe *cqe;
	struct ious_chain *chain;

	if (ious_plan_prep(plan, ring, user_data, &chain) ||
	    io_uring_submit(ring) != nr)
		die("submit");
	for (i = 0; i < nr; i++) {
		if (io_uring_wait_cqe(ring, &cqe))
			die("CQE");
		if (cqe->user_data != user_data + i)
			note("user_data is %llu", cqe->user_data);
		ret = ret * 10 + ious_chain_cqe(chain, cqe, &result);
		io_uring_cqe_seen(ring, cqe);
	}
	return ret == 1;
}

static void test_own_ring(void)
{
	struct ious_chain *chain;
	struct io_uring ring;
	int i;

	if (io_uring_queue_init(16, &ring, 0))
		die("ring");
	begin_script("echo own");
	end(in_ring(&ring, 1000) && !result.error && await(result.pid) == 0 &&
	    says("own"), "in a ring of one's own");
	begin_script("true");
	ious_plan_want_pidfd(plan, 1);
	i = ious_plan_chdir(plan, "/nowhere");
	end(in_ring(&ring, 0) && result.error == ENOENT && result.step == i &&
	    result.pidfd == -1 && no_child(), "a failure there");
	begin_script("true");
	ok(!ious_plan_prep(plan, &ring, 0, &chain) &&
	   io_uring_sq_ready(&ring) == 3, "one that is not submitted");
	ious_chain_free(chain);
	for (i = 0; i < 20; i++)
		ious_plan_dup2(plan, 1, 1);
	ok(ious_plan_prep(plan, &ring, 0, &chain) == -EAGAIN &&
	   io_uring_sq_ready(&ring) == 3, "no room in the ring");
	ious_plan_free(plan);
	io_uring_queue_exit(&ring);
}

int main(void)
{
	alarm(500);
	plans_setup();
	/* the thread's ring, whose memory has its page by now */
	begin();
	ious_plan_path(plan, "/bin/true");
	end(!ious_spawn(plan, &result) && await(result.pid) == 0, "one spawn");
	test_mistakes();
	test_step_numbers();
	test_explain();
	test_nothing_is_left();
	test_exit_signal();
	test_no_module();
	test_pidfd();
	test_threads();
	test_fork();
	test_own_ring();
	return done();
}
