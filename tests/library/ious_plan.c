// SPDX-License-Identifier: GPL-2.0
/*
 * libio_uring_spawn: what plans do, as the program sees it; ious_spawn(); and plans
 * in a ring of one's own.
 */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "cgroup.h"
#include "plans.h"

static struct ious_result result;

/* ---- helpers */

/* The plan's program ends well, having said @want. */
static bool spawned(const char *want)
{
	int ret = ious_spawn(plan, &result);

	if (ret)
		note("%s, in step %d", strerror(-ret), result.step);
	return !ret && result.pid > 0 && !result.error &&
	       result.step == IOUS_STEP_NONE && await(result.pid) == 0 &&
	       says(want);
}

/* The plan fails, and there is no child. */
static bool fails(int error, int step)
{
	int ret = ious_spawn(plan, &result);

	if (ret != -error || result.step != step)
		note("returned %d, error %d in step %d", ret, result.error,
		     result.step);
	return ret == -error && result.error == error && result.step == step &&
	       result.pidfd == -1 && no_child();
}

/* ---- steps, each seen by a script */

static sigset_t a_signal(int sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	return set;
}

static int do_chdir(void)
{
	return ious_plan_chdir(plan, "/proc");
}

static int do_fchdir(void)
{
	return ious_plan_fchdir(plan, 100);
}

static int do_chroot(void)
{
	return ious_plan_chroot(plan, "/tmp/root");
}

static int do_umask(void)
{
	return ious_plan_umask(plan, 027);
}

static int do_rlimit(void)
{
	const struct rlimit limit = { 99, 100 };

	return ious_plan_rlimit(plan, RLIMIT_NOFILE, &limit);
}

static int do_user(void)
{
	const gid_t groups[] = { 5, 6 };

	return ious_plan_user(plan, 77, 78, 2, groups);
}

static int do_user_only(void)
{
	return ious_plan_user(plan, 77, 78, -1, NULL);
}

static int do_dup(void)
{
	return ious_plan_dup2(plan, 100, 100);
}

static int do_close(void)
{
	ious_plan_close(plan, 200);
	return ious_plan_close(plan, 0) - 1;
}

static int do_closefrom(void)
{
	return ious_plan_closefrom(plan, 3);
}

static int do_open(void)
{
	int ret = ious_plan_open(plan, 3, "/tmp/ious",
				 O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);

	ious_plan_write(plan, 3, "from the plan\n", 14);
	return ret;
}

static int do_setsid(void)
{
	return ious_plan_setsid(plan);
}

static int do_setpgid(void)
{
	return ious_plan_setpgid(plan, 0);
}

static int do_sigmask(void)
{
	const sigset_t set = a_signal(SIGUSR2);

	return ious_plan_sigmask(plan, &set);
}

static int do_sigignore(void)
{
	const sigset_t set = a_signal(SIGUSR2);

	return ious_plan_sigignore(plan, &set);
}

/* SIGUSR1 is ignored here. */
static int do_sigdefault(void)
{
	sigset_t set;

	sigfillset(&set);
	return ious_plan_sigdefault(plan, &set);
}

static int do_nice(void)
{
	return ious_plan_nice(plan, 7);
}

static int do_scheduler(void)
{
	const struct sched_param param = { 0 };

	return ious_plan_scheduler(plan, SCHED_BATCH, &param);
}

static int do_affinity(void)
{
	const unsigned long mask = 1;

	return ious_plan_affinity(plan, sizeof(mask), &mask);
}

static int do_no_new_privs(void)
{
	return ious_plan_no_new_privs(plan);
}

static int do_syscall(void)
{
	const uint64_t args[4] = { 023 };

	return ious_plan_syscall(plan, __NR_umask, args);
}

static int do_clone_flags(void)
{
	return ious_plan_clone_flags(plan, CLONE_NEWUTS | CLONE_NEWPID) + 1;
}

/* The two orders. */
static int do_cgroup_first(void)
{
	return ious_plan_cgroup(plan, 101) +
	       ious_plan_clone_flags(plan, CLONE_NEWPID) + 1;
}

static int do_cgroup_last(void)
{
	return ious_plan_clone_flags(plan, CLONE_NEWPID) +
	       ious_plan_cgroup(plan, 101) + 1;
}

/* The step returns 1: the output is step 0. */
static const struct {
	const char *name;
	int (*add)(void);
	const char *script, *want;
} steps[] = {
	{ "chdir", do_chdir, "pwd", "/proc" },
	{ "fchdir", do_fchdir, "pwd", "/proc" },
	{ "chroot", do_chroot, "echo /*", "/bin" },
	{ "umask", do_umask, "umask", "0027" },
	{ "rlimit", do_rlimit, "ulimit -n", "99" },
	{ "user", do_user, "id -u; id -g >/dev/null", "77" },
	{ "user, its groups", do_user, "id -G", "78 5 6" },
	{ "user, with the caller's groups", do_user_only, "id -G", "78 9" },
	{ "dup2 of one that is close-on-exec", do_dup,
	  "readlink /proc/$$/fd/100", "/proc" },
	{ "close, also of what is not open", do_close,
	  "[ -e /proc/self/fd/0 ] || echo closed", "closed" },
	{ "closefrom", do_closefrom, "ls /proc/self/fd | tr '\\n' ' '",
	  "0 1 2 3 " },
	{ "open and write", do_open, "read a </tmp/ious; echo $a; echo x >&3",
	  "from the plan" },
	{ "setsid", do_setsid, "cut -d ' ' -f 6 /proc/$$/stat | sed s/$$/own/",
	  "own" },
	{ "setpgid", do_setpgid,
	  "cut -d ' ' -f 5 /proc/$$/stat | sed s/$$/own/", "own" },
	{ "sigmask", do_sigmask, "grep SigBlk /proc/$$/status | cut -f 2",
	  "0000000000000800" },
	/* of signals 9 to 16: a shell has others that it ignores */
	{ "sigignore", do_sigignore,
	  "grep SigIgn /proc/$$/status | cut -c 21-22", "0a" },
	{ "sigdefault", do_sigdefault,
	  "grep SigIgn /proc/$$/status | cut -c 21-22", "00" },
	{ "nice", do_nice, "cut -d ' ' -f 19 /proc/$$/stat", "7" },
	{ "scheduler", do_scheduler, "cut -d ' ' -f 41 /proc/$$/stat", "3" },
	{ "affinity", do_affinity,
	  "grep Cpus_allowed_list /proc/$$/status | cut -f 2", "0" },
	{ "no_new_privs", do_no_new_privs,
	  "grep NoNewPrivs /proc/$$/status | cut -f 2", "1" },
	{ "syscall", do_syscall, "umask", "0023" },
	{ "clone_flags", do_clone_flags, "echo $$", "1" },
	{ "cgroup before clone_flags", do_cgroup_first,
	  "grep ^0: /proc/self/cgroup; echo $$", "0::/ious" },
	{ "cgroup after clone_flags", do_cgroup_last,
	  "grep ^0: /proc/self/cgroup; echo $$", "0::/ious" },
};

static void test_steps(void)
{
	const gid_t group = 9;
	unsigned int i;

	cgroup_make("ious");
	mkdir("/tmp/root", 0755);
	mkdir("/tmp/root/bin", 0755);
	if (mount("/bin", "/tmp/root/bin", NULL, MS_BIND, NULL) ||
	    dup3(open("/proc", O_RDONLY | O_CLOEXEC), 100, O_CLOEXEC) < 0 ||
	    dup3(open("/sys/fs/cgroup/ious", O_RDONLY | O_CLOEXEC), 101,
		 O_CLOEXEC) < 0 || setgroups(1, &group))
		die("setup");
	signal(SIGUSR1, SIG_IGN);
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		begin_script(steps[i].script);
		end(steps[i].add() == 1 && spawned(steps[i].want),
		    steps[i].name);
	}
	signal(SIGUSR1, SIG_DFL);
	close(100);
	close(101);
	umount("/tmp/root/bin");
	cgroup_remove("ious");
}

static void test_terminal(void)
{
	int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (terminal < 0 || grantpt(terminal) || unlockpt(terminal))
		die("pty");
	begin_script("set -- $(cat /proc/$$/stat); "
		     "[ $5 = $6 ] && [ $5 = $8 ] && tty | sed s/[0-9]*$//");
	ious_plan_setsid(plan);
	ious_plan_open(plan, 0, ptsname(terminal), O_RDWR | O_NOCTTY, 0);
	ious_plan_ctty(plan, 0);
	ious_plan_tcsetpgrp(plan, 0);
	end(spawned("/dev/pts/"), "the foreground of a terminal of its own");
	close(terminal);
}

/* Set-user-ID to 55: what is real stays 0. */
static int reset_ids(const void *arg)
{
	(void)arg;
	if (setresgid(-1, 56, -1) || setresuid(-1, 55, -1))
		return 2;
	begin_script("set -- $(grep Uid /proc/$$/status) "
		     "$(grep Gid /proc/$$/status); echo $3 $8");
	ious_plan_reset_ids(plan);
	return !spawned("0 0");
}

static void *spawn_and_end(void *ret)
{
	*(int *)ret = ious_spawn(plan, &result);
	return NULL;
}

static void test_pdeathsig(void)
{
	pthread_t thread;
	int ret = -1;

	begin_script("exec sleep 100");
	ious_plan_pdeathsig(plan, SIGUSR2);
	if (pthread_create(&thread, NULL, spawn_and_end, &ret))
		die("thread");
	pthread_join(thread, NULL);
	end(!ret && await(result.pid) == SIGUSR2, "pdeathsig");
}

/* ---- the program */

static void test_environment(void)
{
	static const char *const env[] = { "A=b", NULL };

	begin_script("echo $A");
	ious_plan_envp(plan, env);
	end(spawned("b"), "an environment");

	setenv("B", "c", 1);
	begin_script("echo $B");
	setenv("B", "d", 1);
	end(spawned("d"), "the environment of the moment");
}

static void test_argv(void)
{
	static const char *const argv[] = { "echo", "found", NULL };
	int fd = open("/bin/busybox", O_PATH | O_CLOEXEC);

	begin_output();
	ious_plan_at(plan, fd, "", AT_EMPTY_PATH);
	ious_plan_argv(plan, argv);
	end(spawned("found"), "a program by descriptor");
	close(fd);

	begin_output();
	ious_plan_path(plan, "/bin/pwd");
	ious_plan_chdir(plan, "/proc");
	end(spawned("/proc"), "a program without arguments has its name");

	begin_output();
	ious_plan_path(plan, "/nowhere");
	ious_plan_file(plan, "nowhere", "/:/tmp");
	ious_plan_path(plan, "/bin/echo");
	ious_plan_argv(plan, argv);
	end(spawned("found"), "the last of several programs");
}

/* A program that says its directory, where there is one. */
#define SCRIPT	"#!/bin/sh\necho ${0%/*}\n"

static void put(const char *path, mode_t mode)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0700);

	if (fd < 0 || write(fd, SCRIPT, strlen(SCRIPT)) < 0 ||
	    fchmod(fd, mode))
		die(path);
	close(fd);
}

static char hundred[101 * 8 + 1];

/*
 * As glibc's execvp(): an empty directory is the current one, /tmp/one; SAID is by
 * spawned(), a number by fails() in IOUS_STEP_EXEC.
 */
static const struct {
	const char *file, *path, *said;
	int error;
	const char *name;
} searches[] = {
	{ "prog", "/tmp/none:/tmp/one:/tmp/two", "/tmp/one", 0, "a search" },
	{ "prog", "/tmp/two:/tmp/one", "/tmp/two", 0, "in the order of $PATH" },
	{ "prog", "/tmp/none:", "prog", 0, "an empty directory at the end" },
	{ "prog", ":/tmp/two", "prog", 0, "at the beginning" },
	{ "prog", "/tmp/none::/tmp/two", "prog", 0, "in the middle" },
	{ "prog", "", "prog", 0, "and nothing else" },
	{ "prog", hundred, "/tmp/two", 0, "a hundred directories" },
	{ "/tmp/two/prog", "/tmp/one", "/tmp/two", 0, "no search by path" },
	{ "../two/prog", "/tmp/one", "../two", 0, "none by relative path" },
	{ "none", "/tmp/one:/tmp/two", NULL, ENOENT, "nothing found" },
	{ "", "/tmp/one", NULL, ENOENT, "an empty name" },
	{ "denied", "/tmp/one:/tmp/none", NULL, EACCES,
	  "a denial is remembered" },
	{ "denied", "/tmp/one:/tmp/two", "/tmp/two", 0,
	  "and does not end the search" },
	{ "prog", "/tmp/one/denied:/tmp/two", "/tmp/two", 0,
	  "nor does a directory that is none" },
	{ "empty", "/tmp/one:/tmp/two", NULL, ENOEXEC,
	  "what is no program does" },
};

static void test_search(void)
{
	unsigned int i;
	bool good;

	mkdir("/tmp/one", 0755);
	mkdir("/tmp/two", 0755);
	put("/tmp/one/prog", 0755);
	put("/tmp/two/prog", 0755);
	put("/tmp/one/denied", 0600);
	put("/tmp/two/denied", 0755);
	put("/tmp/two/empty", 0755);
	close(open("/tmp/one/empty", O_CREAT | O_WRONLY, 0755));
	for (i = 0; i < 100; i++)
		sprintf(hundred + 8 * i, "/tmp/%02u:", i);
	strcpy(hundred + 800, "/tmp/two");
	if (chdir("/tmp/one"))
		die("chdir");
	for (i = 0; i < ARRAY_SIZE(searches); i++) {
		begin_output();
		good = !ious_plan_file(plan, searches[i].file,
				       searches[i].path);
		good = good && (searches[i].said ?
				spawned(searches[i].said) :
				fails(searches[i].error, IOUS_STEP_EXEC));
		end(good, searches[i].name);
	}
	if (chdir("/"))
		die("chdir");
}

static void test_path(void)
{
	static const char *const argv[] = { "echo", "found", NULL };
	char *path = strdup(getenv("PATH")), name[300], dir[5000];

	memset(name, 'x', sizeof(name));
	name[256] = 0;
	memset(dir, 'x', sizeof(dir));
	dir[4999] = 0;
	begin();
	ok(ious_plan_file(plan, name, "/bin") == -ENAMETOOLONG,
	   "a name that is too long");
	ok(ious_plan_file(plan, "sh", dir) == -ENAMETOOLONG &&
	   ious_spawn(plan, &result) == -EINVAL, "a directory that is");
	memcpy(dir + 4096, ":/bin", 6);
	ok(!ious_plan_file(plan, "true", dir) && !ious_spawn(plan, &result) &&
	   await(result.pid) == 0, "is left out");
	ious_plan_free(plan);

	setenv("PATH", "/tmp:/bin", 1);
	begin_output();
	ious_plan_file(plan, "echo", NULL);
	ious_plan_argv(plan, argv);
	setenv("PATH", "/tmp", 1);
	end(spawned("found"), "$PATH of the time when it is named");
	unsetenv("PATH");
	begin_output();
	ious_plan_file(plan, "echo", NULL);
	ious_plan_argv(plan, argv);
	end(spawned("found"), "no $PATH");
	setenv("PATH", path, 1);
	free(path);
}

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
	test_steps();
	test_terminal();
	ok(!in_process(reset_ids, NULL), "reset_ids");
	test_pdeathsig();
	test_environment();
	test_argv();
	test_search();
	test_path();
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
