// SPDX-License-Identifier: GPL-2.0
/* posix_spawn() by the drop-in: places to call it from, where libc's own works. */
#include "dropin.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <time.h>

#define DIR	"/tmp/places"

/* 0 if it is as it should be, by a chain or, in some places, by libc. */
static int spawn_true(bool by_libc)
{
	char *const argv[] = { "true", NULL };
	unsigned long chains, fallbacks, chains_then, fallbacks_then;
	pid_t pid;
	int ret;

	counts(&chains, &fallbacks);
	ret = posix_spawn(&pid, "/bin/true", NULL, NULL, argv, environ);
	if (ret)
		return ret;
	if (await(pid))
		return -1;
	counts(&chains_then, &fallbacks_then);
	/* others may have spawned meanwhile */
	return by_libc ? fallbacks_then == fallbacks : chains_then == chains;
}

static int in_plain(const void *arg)
{
	(void)arg;
	return spawn_true(false);
}

static int in_grandchild(const void *arg)
{
	return spawn_true(false) || in_process(in_plain, arg);
}

static int in_vfork(const void *arg)
{
	static volatile int ret;
	pid_t pid;

	(void)arg;
	pid = vfork();
	if (!pid) {
		ret = spawn_true(true);
		_exit(0);
	}
	if (pid < 0 || await(pid) || ret)
		return 1;
	/* and the ring is as it was */
	return spawn_true(false);
}

static int in_vfork_first(const void *arg)
{
	return in_vfork(arg) || in_vfork(arg);
}

static int in_empty_table(const void *arg)
{
	int ret;

	(void)arg;
	ret = spawn_true(false);
	close_range(3, ~0U, 0);
	return ret || spawn_true(false);
}

static int in_full_table(const void *arg)
{
	int ret;

	(void)arg;
	ret = spawn_true(false);
	while (dup(0) >= 0)
		;
	return ret || spawn_true(false);
}

/* No descriptor for the ring: libc needs none. */
static int in_full_table_first(const void *arg)
{
	(void)arg;
	while (dup(0) >= 0)
		;
	return spawn_true(true);
}

static int as_other_user(const void *arg)
{
	(void)arg;
	return spawn_true(false) || setgid(1000) || setuid(1000) ||
	       spawn_true(false);
}

static int in_namespaces(const void *arg)
{
	(void)arg;
	return spawn_true(false) || unshare(CLONE_NEWNS | CLONE_NEWPID) ||
	       spawn_true(false);
}

static int with_children_ignored(const void *arg)
{
	char *const argv[] = { "true", NULL };
	pid_t pid;

	(void)arg;
	signal(SIGCHLD, SIG_IGN);
	if (posix_spawn(&pid, "/gone", NULL, NULL, argv, environ) != ENOENT ||
	    posix_spawn(&pid, "/bin/true", NULL, NULL, argv, environ))
		return 1;
	return waitpid(pid, NULL, 0) != -1 || errno != ECHILD;
}

static volatile sig_atomic_t handled;

static void handler(int sig)
{
	char *const argv[] = { "true", NULL };
	int err = errno;
	pid_t pid;

	(void)sig;
	if (posix_spawn(&pid, "/bin/true", NULL, NULL, argv, environ) ||
	    await(pid))
		handled = -1000;
	handled++;
	errno = err;
}

/*
 * One that comes in the middle of a spawn finds the ring in use: libc does it. It
 * comes a little later each time.
 */
static int in_handler(const void *arg)
{
	struct sigevent event = {
		.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1,
	};
	struct itimerspec when = { 0 };
	char *const argv[] = { "true", NULL };
	timer_t timer;
	pid_t pid;
	int i, bad;

	(void)arg;
	signal(SIGUSR1, handler);
	bad = timer_create(CLOCK_MONOTONIC, &event, &timer);
	for (i = 1; i <= 60 && !bad; i++) {
		when.it_value.tv_nsec = i * 100000;
		bad = timer_settime(timer, 0, &when, NULL) ||
		      posix_spawn(&pid, "/bin/true", NULL, NULL, argv,
				  environ) || await(pid);
	}
	return bad || handled < 1;
}

static void *thread(void *arg)
{
	char *const argv[] = { "true", NULL };
	pid_t pid;
	long i, bad = 0;

	(void)arg;
	for (i = 0; i < 25; i++)
		bad += posix_spawn(&pid, "/bin/true", NULL, NULL, argv,
				   environ) || await(pid);
	return (void *)bad;
}

static int in_threads(const void *arg)
{
	unsigned long before, after, unused;
	pthread_t threads[8];
	int i, bad = 0;
	void *ret;

	(void)arg;
	counts(&before, &unused);
	for (i = 0; i < 8; i++)
		bad += pthread_create(&threads[i], NULL, thread, NULL);
	for (i = 0; i < 8; i++)
		bad += pthread_join(threads[i], &ret) || ret;
	counts(&after, &unused);
	return bad || after - before != 8 * 25;
}

static int count_files(void)
{
	int i, nr = 0;

	for (i = 0; i < 256; i++)
		nr += fcntl(i, F_GETFD) >= 0;
	return nr;
}

static int leaks_nothing(const void *arg)
{
	char *const argv[] = { "true", NULL };
	int i, files;
	pid_t pid;

	(void)arg;
	if (spawn_true(false))
		return 1;
	files = count_files();
	for (i = 0; i < 300; i++)
		if (posix_spawn(&pid, i % 2 ? "/bin/true" : "/gone", NULL, NULL,
				argv, environ) == 0)
			await(pid);
	return count_files() != files || waitpid(-1, NULL, WNOHANG) != -1;
}

/* As before glibc 2.15: the shell runs what is no program. */
static int with_old_version(const void *arg)
{
	char *const argv[] = { "script", NULL };
	spawn_fn *old = dlvsym(RTLD_DEFAULT, "posix_spawn", "GLIBC_2.2.5");
	spawn_fn *theirs = dlvsym(libc, "posix_spawn", "GLIBC_2.2.5");
	pid_t pid;

	(void)arg;
	/* arm64's begins with 2.17 */
	if (!theirs)
		return old != NULL;
	return !old || old == theirs ||
	       old(&pid, DIR "/script", NULL, NULL, argv, environ) ||
	       await(pid) != 7 << 8;
}

static const struct {
	const char *name;
	int (*test)(const void *arg);
} places[] = {
	{ "in a forked process", in_plain },
	{ "in a forked process of one that has spawned", in_grandchild },
	{ "in a vfork() child, and after it", in_vfork },
	{ "in vfork() children", in_vfork_first },
	{ "after all descriptors were closed", in_empty_table },
	{ "with a full table of descriptors", in_full_table },
	{ "the first time with a full table of descriptors",
	  in_full_table_first },
	{ "after a change of user", as_other_user },
	{ "after unshare()", in_namespaces },
	{ "with SIGCHLD ignored", with_children_ignored },
	{ "in a signal handler", in_handler },
	{ "in eight threads at once", in_threads },
	{ "leaves neither descriptors nor children", leaks_nothing },
	{ "the version before glibc 2.15", with_old_version },
};

int main(void)
{
	unsigned int i;

	alarm(500);
	find_dropin();
	leave_limit();
	umask(022);
	mkdir(DIR, 0755);
	make(DIR "/script", "exit 7\n", 0755);
	/* those that are forked are children of one that has spawned */
	if (spawn_true(false))
		die("a spawn");
	for (i = 0; i < ARRAY_SIZE(places); i++)
		ok(in_process(places[i].test, NULL) == 0, "%s",
		   places[i].name);
	return done();
}
