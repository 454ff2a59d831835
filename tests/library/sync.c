// SPDX-License-Identifier: GPL-2.0
/*
 * A ring of the thread's own (userspace/lib/thread_ring.c): where a program may
 * spawn from, and what is left of it. libio_uring_spawn and the drop-in both rest on it.
 */
#include "own_ring.h"
#include "test.h"
#include "filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>

#include "../../userspace/lib/thread_ring.h"

/* ---- requests */

static int after_too_many(const void *arg)
{
	struct ious_thread_ring *own;
	int i;

	(void)arg;
	if (ious_thread_ring_get(&own))
		return 1;
	for (i = 0; i < IOUS_THREAD_RING_MAX; i++)
		if (!ious_thread_ring_sqe(own))
			return 2;
	if (ious_thread_ring_sqe(own))
		return 3;
	ious_thread_ring_put(own);
	return spawn_true();
}

static int after_none(const void *arg)
{
	struct ious_thread_ring *own;
	int res;

	(void)arg;
	if (ious_thread_ring_get(&own) ||
	    ious_thread_ring_run(own, &res) != -EINVAL)
		return 1;
	ious_thread_ring_put(own);
	return spawn_true();
}

static int a_failure(const void *arg)
{
	(void)arg;
	return spawn_true() || spawn("/gone") != -ENOENT || !is_childless() ||
	       spawn_true();
}

static bool no_requests(void *unused)
{
	(void)unused;
	return !read_number(PARAMETERS "requests") &&
	       !read_number(PARAMETERS "chains");
}

/* The ring frees them when it is used again; the module must not wait for that. */
static int nothing_is_held(const void *arg)
{
	int i;

	(void)arg;
	for (i = 0; i < 200; i++) {
		if (spawn(i % 8 ? "/bin/true" : "/gone") != (i % 8 ? 0 : -ENOENT))
			return 1;
		if (!eventually(no_requests, NULL)) {
			note("%ld requests after spawn %d",
			     read_number(PARAMETERS "requests"), i);
			return 2;
		}
	}
	return 0;
}

/* Rings of programs that have ended, as those before this one, may still exist. */
static int disarm(void)
{
	int ret, tries = 10;

	do
		ret = write_string(PARAMETERS "armed", "0");
	while (ret == -EBUSY && --tries);
	if (ret)
		note("armed = 0: %s", strerror(-ret));
	return ret;
}

/* What the module does not take is not done by anybody else, and comes back. */
static int while_disarmed(const void *arg)
{
	int ret = spawn_true(), gone;

	(void)arg;
	if (disarm())
		return 1;
	gone = spawn("/bin/true");
	if (write_string(PARAMETERS "armed", "1"))
		return 2;
	if (gone != -EINVAL)
		note("disarmed: %s", gone < 0 ? strerror(-gone) : "it ran");
	return ret || gone != -EINVAL || spawn_true();
}

static int after_a_filter(const void *arg)
{
	struct sock_filter code[] =
		FILTER_OF(__NR_io_uring_enter, SECCOMP_RET_ERRNO | EXDEV);
	struct sock_fprog program = { ARRAY_SIZE(code), code };

	(void)arg;
	return spawn_true() || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) ||
	       spawn("/bin/true") != -EXDEV || spawn("/bin/true") != -EXDEV;
}

/* What one chain left in the requests is not there for the next. */
static int cleared(const void *arg)
{
	static const struct io_uring_sqe clear;
	struct io_uring_sqe *sqe;
	struct ious_thread_ring *own;
	int i, k;

	(void)arg;
	for (k = 0; k < 2; k++) {
		if (ious_thread_ring_get(&own))
			return 1;
		for (i = 0; i < IOUS_THREAD_RING_MAX; i++) {
			sqe = ious_thread_ring_sqe(own);
			if (memcmp(sqe, &clear, sizeof(clear)))
				return 2;
			memset(sqe, 0xff, sizeof(*sqe));
		}
		ious_thread_ring_put(own);
	}
	return spawn_true();
}

/* ---- processes */

static int in_grandchild(const void *arg)
{
	return in_forked(arg) || in_process(in_forked, arg);
}

/* The C library does not know of it, and takes it for its parent. */
static int in_raw_clone(const void *arg)
{
	pid_t pid;

	(void)arg;
	if (spawn_true())
		return 1;
	pid = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, 0);
	if (!pid)
		_exit(spawn("/bin/true") != -EPERM);
	return status_of(pid) || spawn_true();
}

/* Between fork() and the ring of the other process nothing is told to anybody. */
static int in_forked_unseen(const void *arg)
{
	pid_t pid;

	(void)arg;
	if (spawn_true())
		return 1;
	pid = _Fork();
	if (!pid)
		_exit(spawn("/bin/true") != 0);
	return status_of(pid) || spawn_true();
}

static int in_vfork(const void *arg)
{
	static volatile int ret;
	sigset_t before, after;
	pid_t pid;

	(void)arg;
	sigprocmask(SIG_SETMASK, NULL, &before);
	pid = vfork();
	if (!pid) {
		ret = spawn("/bin/true");
		_exit(0);
	}
	if (status_of(pid) || ret != -EPERM)
		return 1;
	sigprocmask(SIG_SETMASK, NULL, &after);
	return memcmp(&before, &after, IO_URING_SPAWN_SIGSET_SIZE) || spawn_true();
}

static int in_vfork_later(const void *arg)
{
	return spawn_true() || in_vfork(arg) || in_vfork(arg);
}

/* ---- descriptors and memory */

static int without_files(const void *arg)
{
	(void)arg;
	if (spawn_true())
		return 1;
	close_range(0, ~0U, 0);
	return spawn("/bin/true") || spawn("/gone") != -ENOENT ||
	       spawn("/bin/true");
}

/* All numbers are files of the program's own, and stay that. */
static int with_others_in_place(const void *arg)
{
	int i, null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)arg;
	if (spawn_true())
		return 1;
	for (i = 3; i < 64; i++)
		if (dup3(null, i, O_CLOEXEC) != i && i != null)
			return 2;
	if (spawn_true())
		return 3;
	for (i = 3; i < 64; i++)
		if (fcntl(i, F_GETFD) != FD_CLOEXEC)
			return 4;
	return 0;
}

static int a_thousand(const void *arg)
{
	struct usage first = usage(), before, after;
	int i;

	(void)arg;
	if (spawn_true() || spawn("/gone") != -ENOENT)
		return 1;
	before = usage();
	for (i = 0; i < 500; i++)
		if (spawn("/bin/true") || spawn("/gone") != -ENOENT)
			return 2;
	after = usage();
	return same_usage(&before, &after) || before.files != first.files ||
	       !is_childless();
}

/* ---- */

static const struct {
	const char *name;
	int (*test)(const void *arg);
} tests[] = {
	{ "a program", in_plain },
	{ "no program: waited for", a_failure },
	{ "after more requests than there is room for", after_too_many },
	{ "after no requests", after_none },
	{ "and nothing of the module is held afterwards", nothing_is_held },
	{ "while the module is disarmed, and afterwards", while_disarmed },
	{ "after a filter that forbids it", after_a_filter },
	{ "in a forked process", in_forked },
	{ "in a grandchild", in_grandchild },
	{ "not in a process that the C library does not know", in_raw_clone },
	{ "in a process that no handler was told of", in_forked_unseen },
	{ "not in a vfork() child", in_vfork },
	{ "nor in one whose parent has spawned before", in_vfork_later },
	{ "without descriptors", without_files },
	{ "with other files at all numbers", with_others_in_place },
	{ "a thousand times: nothing is left", a_thousand },
	{ "requests begin empty", cleared },
};

int main(void)
{
	unsigned int i;

	alarm(500);
	for (i = 0; i < ARRAY_SIZE(tests); i++)
		ok(in_process(tests[i].test, NULL) == 0, "%s", tests[i].name);
	return done();
}
