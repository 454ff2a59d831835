// SPDX-License-Identifier: GPL-2.0
/*
 * A ring of the thread's own (userspace/lib/thread_ring.c): where a program may
 * spawn from, and what is left of it. libio_uring_spawn and the drop-in both rest on it.
 */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <time.h>

#include "../../userspace/lib/thread_ring.h"

/* ---- spawns */

enum { NR_REQUESTS = 3 };

/* Requests for a program: their results, or a negated errno for none. */
static int run_requests(struct ious_thread_ring *own, const char *program,
			int *res)
{
	char *argv[] = { (char *)program, NULL };

	io_uring_spawn_prep_clone_args(ious_thread_ring_sqe(own),
				       &(struct clone_args){
					       .exit_signal = SIGCHLD },
				       sizeof(struct clone_args));
	io_uring_spawn_prep_sigmask(ious_thread_ring_sqe(own),
				    ious_thread_ring_mask(own));
	io_uring_spawn_prep_exec(ious_thread_ring_sqe(own), program, argv,
				 environ);
	return ious_thread_ring_run(own, res);
}

/* 0: it ran and ended well; else a negated errno, or -1. */
static int spawn(const char *program)
{
	int res[IOUS_THREAD_RING_MAX] = { 0 }, ret, status = -1;
	struct ious_thread_ring *own;

	ret = ious_thread_ring_get(&own);
	if (ret)
		return ret;
	ret = run_requests(own, program, res);
	if (ret == NR_REQUESTS && res[0] > 0 && res[2])
		ious_thread_ring_reap(res[0]);
	ious_thread_ring_put(own);
	if (ret < 0)
		return ret;
	if (ret != NR_REQUESTS || res[0] < 0)
		return res[0] < 0 ? res[0] : -1;
	if (res[2])
		return res[2];
	return waitpid(res[0], &status, 0) == res[0] && !status ? 0 : -1;
}

static int spawn_true(void)
{
	int ret = spawn("/bin/true");

	if (ret)
		note("%s", ret == -1 ? "not as it was to be" : strerror(-ret));
	return ret;
}

static bool no_child(void)
{
	char state;
	pid_t pid = any_child(&state);

	if (pid)
		note("child %d is left, %c", pid, state);
	return !pid;
}

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
	return spawn_true() || spawn("/gone") != -ENOENT || !no_child() ||
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
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_io_uring_enter, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EXDEV),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { ARRAY_SIZE(code), code };

	(void)arg;
	return spawn_true() || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) ||
	       spawn("/bin/true") != -EXDEV || spawn("/bin/true") != -EXDEV;
}

/* ---- processes */

static int in_plain(const void *arg)
{
	(void)arg;
	return spawn_true();
}

static int in_forked(const void *arg)
{
	return spawn_true() || in_process(in_plain, arg) || spawn_true();
}

static int in_grandchild(const void *arg)
{
	return in_forked(arg) || in_process(in_forked, arg);
}

static int status_of(pid_t pid)
{
	int status = -1;

	return pid > 0 && waitpid(pid, &status, 0) == pid ? status : -1;
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

struct usage {
	int files, rings;
	long pages;
};

static struct usage usage(void)
{
	struct usage u = { .pages = read_number("/proc/self/statm") };
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];
	int i;

	while (maps && fgets(line, sizeof(line), maps))
		u.rings += !!strstr(line, "[io_uring]");
	if (maps)
		fclose(maps);
	for (i = 0; i < 256; i++)
		u.files += fcntl(i, F_GETFD) >= 0;
	return u;
}

static int same_usage(const struct usage *a, const struct usage *b)
{
	if (a->files == b->files && a->rings == b->rings && a->pages == b->pages)
		return 0;
	note("%d files, %d mappings of rings, %ld pages; then %d, %d, %ld",
	     a->files, a->rings, a->pages, b->files, b->rings, b->pages);
	return 1;
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
	       !no_child();
}

/* ---- threads */

static void *spawn_some(void *arg)
{
	long bad = 0;
	int i;

	(void)arg;
	for (i = 0; i < 10; i++)
		bad += spawn("/bin/true") != 0;
	return (void *)bad;
}

static int run_threads(void)
{
	pthread_t threads[8];
	int i, bad = 0;
	void *ret;

	for (i = 0; i < 8; i++)
		if (pthread_create(&threads[i], NULL, spawn_some, NULL))
			return 1;
	for (i = 0; i < 8; i++)
		bad |= pthread_join(threads[i], &ret) || ret;
	return bad;
}

/* Their stacks stay, for the next ones. */
static int in_threads(const void *arg)
{
	struct usage before, after;

	(void)arg;
	if (run_threads())
		return 1;
	before = usage();
	if (run_threads())
		return 2;
	after = usage();
	after.pages = before.pages;
	return same_usage(&before, &after) || after.rings;
}

static void *fork_and_spawn(void *arg)
{
	return (void *)(long)in_forked(arg);
}

static int in_forked_thread(const void *arg)
{
	pthread_t thread;
	void *ret;

	(void)arg;
	return spawn_true() ||
	       pthread_create(&thread, NULL, fork_and_spawn, NULL) ||
	       pthread_join(thread, &ret) || ret || spawn_true();
}

/* One that is cancelled already spawns to the end, and waits for what failed. */
static void *spawn_cancelled(void *arg)
{
	pthread_cancel(pthread_self());
	*(int *)arg = spawn("/gone");
	return NULL;
}

static int cancelled_before(const void *arg)
{
	pthread_t thread;
	int ret = 1;

	(void)arg;
	return pthread_create(&thread, NULL, spawn_cancelled, &ret) ||
	       pthread_join(thread, NULL) || ret != -ENOENT || !no_child();
}

static void *spawn_for_ever(void *arg)
{
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	while (spawn("/gone") == -ENOENT)
		;
	return arg;
}

/* Wherever it is, a little later each time. */
static int cancelled_anywhere(const void *arg)
{
	static char failure;
	pthread_t thread;
	void *ret;
	int i;

	(void)arg;
	for (i = 0; i < 40; i++) {
		if (pthread_create(&thread, NULL, spawn_for_ever, &failure))
			return 1;
		usleep(10000 + 317 * i);
		pthread_cancel(thread);
		if (pthread_join(thread, &ret) || ret == &failure ||
		    !no_child())
			return 2;
	}
	return spawn_true();
}

/* ---- signals */

static volatile sig_atomic_t handled;

static void count(int sig)
{
	(void)sig;
	handled++;
}

static int shielded(const void *arg)
{
	struct ious_thread_ring *own;
	int seen;

	(void)arg;
	signal(SIGUSR1, count);
	if (ious_thread_ring_get(&own))
		return 1;
	raise(SIGUSR1);
	seen = handled;
	ious_thread_ring_put(own);
	return seen || handled != 1 || spawn_true();
}

/* In the process and in one that it forks; a little later each time. */
static void fork_in_handler(int sig)
{
	int err = errno;
	pid_t pid;

	(void)sig;
	pid = fork();
	if (pid)
		handled += status_of(pid) ? -1000 : 1;
	else
		_exit(spawn("/bin/true") != 0);
	if (spawn("/bin/true"))
		handled = -1000;
	errno = err;
}

static int in_handlers(const void *arg)
{
	struct sigevent event = {
		.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1,
	};
	struct itimerspec when = { 0 };
	timer_t timer;
	int i;

	(void)arg;
	signal(SIGUSR1, fork_in_handler);
	if (timer_create(CLOCK_MONOTONIC, &event, &timer))
		return 1;
	for (i = 1; i <= 30; i++) {
		when.it_value.tv_nsec = i * 100000;
		if (timer_settime(timer, 0, &when, NULL) || spawn_true())
			return 2;
	}
	return handled < 1 || !no_child();
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
	{ "in threads: their rings go with them", in_threads },
	{ "in a process that a thread has forked", in_forked_thread },
	{ "in a thread that is cancelled already", cancelled_before },
	{ "in a thread that is cancelled at any time", cancelled_anywhere },
	{ "signals come afterwards", shielded },
	{ "in signal handlers, also forked ones", in_handlers },
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
