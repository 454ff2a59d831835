// SPDX-License-Identifier: GPL-2.0
/*
 * libio_uring_spawn: the steps of plans, each seen by a script; by themselves, then in a
 * random order, by ious_spawn() or by one queue.
 */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "cgroup.h"
#include "queues.h"
#include "random.h"

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
	/* by itself: a shell that waits for another blocks all of them now and then */
	{ "sigmask", do_sigmask,
	  "while read -r a b; do [ $a != SigBlk: ] || echo $b; done </proc/$$/status",
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

static bool queued(const char *want)
{
	add(NULL);
	return ious_queue_submit(queue) == 1 && next_is(IOUS_STARTED) &&
	       next_is(IOUS_EXITED) && !event.status && says(want);
}

static void test_random(void)
{
	unsigned int i, step;
	bool good = true, by_queue;

	random_begin();
	open_queue(64);
	for (i = 0; i < 40 && good; i++) {
		step = random_below(ARRAY_SIZE(steps));
		by_queue = random_below(2);
		begin_script(steps[step].script);
		good = steps[step].add() == 1 &&
		       (by_queue ? queued : spawned)(steps[step].want);
		if (!good)
			note("%u: %s, %s", i, steps[step].name,
			     by_queue ? "in a queue" : "spawned");
		ious_plan_free(plan);
	}
	ious_queue_free(queue);
	ok(good, "steps in a random order");
}

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
	test_random();
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

int main(void)
{
	alarm(500);
	plans_setup();
	test_steps();
	test_terminal();
	ok(!in_process(reset_ids, NULL), "reset_ids");
	test_pdeathsig();
	return done();
}
