// SPDX-License-Identifier: GPL-2.0
/*
 * posix_spawn() by libio_uring_spawn_preload.so where others have a hand in it: the
 * terminal, those who send signals to the new process, control groups, filters; and
 * the calls of newer C libraries, pidfd_spawn() and POSIX_SPAWN_SETCGROUP.
 *
 * Each test is run with the functions of the drop-in and with libc's own, with one
 * outcome for both.
 */
#include "cgroup.h"
#include "test.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#define FIFO	"/tmp/outside"
/* POSIX_SPAWN_SETCGROUP, since glibc 2.39 */
#define SETCGROUP	0x100

typedef int spawn_fn(int *, const char *, const posix_spawn_file_actions_t *,
		     const posix_spawnattr_t *, char *const [], char *const []);

static void (*counts)(unsigned long *chains, unsigned long *fallbacks);
static void *libc_handle;

/* Whose functions: the drop-in's or libc's. */
static struct library {
	spawn_fn *spawn, *pidfd_spawn, *pidfd_spawnp;
	bool is_libc;
} drop_in, libc;

struct spawn {
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
};

static void begin(struct spawn *s, short flags)
{
	posix_spawn_file_actions_init(&s->actions);
	posix_spawnattr_init(&s->attr);
	posix_spawnattr_setflags(&s->attr, flags);
}

static void end(struct spawn *s)
{
	posix_spawn_file_actions_destroy(&s->actions);
	posix_spawnattr_destroy(&s->attr);
}

static int run(spawn_fn *spawn, const struct spawn *s, int *result,
	       const char *program)
{
	char *const argv[] = { (char *)program, NULL };

	return spawn(result, program, &s->actions, &s->attr, argv, environ);
}

static int status_of(pid_t pid)
{
	int status = -1;

	return waitpid(pid, &status, 0) == pid ? status : -1;
}

/* ---- the terminal */

/* The foreground is the group of the program. */
static int to_foreground(const struct library *l, int terminal, short flags)
{
	pid_t pid, group;
	struct spawn s;
	int ret;

	begin(&s, flags);
	posix_spawn_file_actions_addtcsetpgrp_np(&s.actions, terminal);
	ret = run(l->spawn, &s, &pid, "/bin/true");
	end(&s);
	if (ret)
		return ret;
	group = tcgetpgrp(terminal);
	return status_of(pid) ||
	       group != (flags & POSIX_SPAWN_SETPGROUP ? pid : getpgrp());
}

static int in_terminal(const void *arg)
{
	const struct library *l = arg;
	int main_side = posix_openpt(O_RDWR | O_NOCTTY), terminal;

	setsid();
	if (main_side < 0 || grantpt(main_side) || unlockpt(main_side))
		return 1;
	terminal = open(ptsname(main_side), O_RDWR);
	if (terminal < 0)
		return 2;
	/* the second time from the background, where SIGTTOU would stop it */
	return to_foreground(l, terminal, POSIX_SPAWN_SETPGROUP) ||
	       to_foreground(l, terminal, POSIX_SPAWN_SETPGROUP) ||
	       to_foreground(l, terminal, 0) ||
	       to_foreground(l, terminal, POSIX_SPAWN_SETSID) != ENOTTY;
}

/* ---- signals */

struct killer {
	int sig;
	bool opens;
};

static bool has_child(void *pid)
{
	char state;

	*(pid_t *)pid = any_child(&state);
	return *(pid_t *)pid;
}

static void *kill_child(void *arg)
{
	const struct killer *killer = arg;
	pid_t pid;

	if (!eventually(has_child, &pid) || kill(pid, killer->sig))
		return arg;
	return killer->opens && open(FIFO, O_WRONLY) < 0 ? arg : NULL;
}

/* While it waits for somebody to open the FIFO. */
static int killed(const struct library *l, struct killer killer)
{
	pthread_t thread;
	struct spawn s;
	void *failed;
	pid_t pid = 0;
	int ret;

	begin(&s, 0);
	posix_spawn_file_actions_addopen(&s.actions, 20, FIFO, O_RDONLY, 0);
	if (pthread_create(&thread, NULL, kill_child, &killer))
		return 1;
	ret = run(l->spawn, &s, &pid, "/bin/true");
	end(&s);
	if (pthread_join(thread, &failed) || failed)
		return 2;
	if (ret)
		note("returned %d", ret);
	return ret || status_of(pid) != killer.sig;
}

static int killed_at_once(const void *arg)
{
	return killed(arg, (struct killer){ .sig = SIGKILL });
}

/* All others are blocked until the program begins. */
static int killed_later(const void *arg)
{
	return killed(arg, (struct killer){ .sig = SIGTERM, .opens = true });
}

/* ---- filters */

/* execve() remains. */
static int forbid_execveat(unsigned int action)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_execveat, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { ARRAY_SIZE(code), code };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static int filtered(const struct library *l, unsigned int action)
{
	struct spawn s;
	pid_t pid;
	int ret;

	if (forbid_execveat(action))
		return 1;
	begin(&s, 0);
	ret = run(l->spawn, &s, &pid, "/bin/true");
	end(&s);
	return ret || status_of(pid);
}

static int filtered_with_errno(const void *arg)
{
	return filtered(arg, SECCOMP_RET_ERRNO | EPERM);
}

static int filtered_with_kill(const void *arg)
{
	return filtered(arg, SECCOMP_RET_KILL_PROCESS);
}

/* ---- newer ones */

static int wait_pidfd(int pidfd)
{
	siginfo_t info = { 0 };

	if (fcntl(pidfd, F_GETFD) != FD_CLOEXEC ||
	    waitid(P_PIDFD, pidfd, &info, WEXITED) || close(pidfd))
		return -1;
	return info.si_code == CLD_EXITED ? info.si_status : -1;
}

static int by_pidfd(const void *arg)
{
	const struct library *l = arg;
	int pidfd = -1, next = dup(0), bad;
	char *const argv[] = { "false", NULL };
	struct spawn s;

	close(next);
	begin(&s, 0);
	bad = run(l->pidfd_spawn, &s, &pidfd, "/bin/true") || wait_pidfd(pidfd) ||
	      l->pidfd_spawnp(&pidfd, "false", &s.actions, &s.attr, argv,
			      environ) || wait_pidfd(pidfd) != 1;
	pidfd = -77;
	bad |= run(l->pidfd_spawn, &s, &pidfd, "/gone") != ENOENT ||
	       pidfd != -77;
	end(&s);
	/* none is left open, nor a process */
	return bad || dup(0) != next || waitpid(-1, NULL, WNOHANG) != -1;
}

static int in_cgroup(const void *arg)
{
	int (*set)(posix_spawnattr_t *, int) =
		(void *)dlsym(RTLD_DEFAULT, "posix_spawnattr_setcgroup_np");
	const struct library *l = arg;
	int fd, out[2], bad;
	char text[64] = "";
	struct spawn s;
	pid_t pid;

	fd = open("/sys/fs/cgroup/outside", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || pipe2(out, O_CLOEXEC))
		return 1;
	begin(&s, SETCGROUP);
	set(&s.attr, fd);
	posix_spawn_file_actions_addopen(&s.actions, 0, "/proc/self/cgroup",
					 O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&s.actions, out[1], 1);
	bad = run(l->spawn, &s, &pid, "/bin/cat") || status_of(pid);
	end(&s);
	return bad || read(out[0], text, sizeof(text) - 1) < 0 ||
	       strcmp(text, "0::/outside\n");
}

/* ---- */

static const struct {
	const char *name;
	int (*test)(const void *arg);
	/* how many spawns a chain does, also those that fail */
	unsigned int chains;
	/* a function that libc may be too old for, and the drop-in may do without */
	const char *needs;
	bool drop_in_has;
} tests[] = {
	{ "addtcsetpgrp_np, also from the background", in_terminal, 4 },
	{ "a process that is killed was started", killed_at_once, 1 },
	{ "signals wait until the program begins", killed_later, 1 },
	{ "a filter that forbids execveat()", filtered_with_errno, 0 },
	{ "and one that kills", filtered_with_kill, 0 },
	{ "pidfd_spawn() and pidfd_spawnp()", by_pidfd, 3, "pidfd_spawn", true },
	{ "SETCGROUP", in_cgroup, 1, "posix_spawnattr_setcgroup_np" },
};

static struct attempt {
	const struct library *library;
	unsigned int i;
} attempt;

/* In a process of its own, whose counters are its parent's and its own. */
static int attempted(const void *arg)
{
	unsigned long before, after, unused;
	int ret;

	(void)arg;
	counts(&before, &unused);
	ret = tests[attempt.i].test(attempt.library);
	counts(&after, &unused);
	if (!attempt.library->is_libc &&
	    after - before != tests[attempt.i].chains) {
		note("%lu by chains", after - before);
		return 100;
	}
	return ret;
}

static void test(unsigned int i, const struct library *library)
{
	const char *name = library->is_libc ? "libc" : "the drop-in";

	attempt = (struct attempt){ library, i };
	if (tests[i].needs && !dlsym(libc_handle, tests[i].needs) &&
	    (library->is_libc || !tests[i].drop_in_has))
		skip("libc has not", "%s: %s", tests[i].name, name);
	else
		ok(in_process(attempted, NULL) == 0, "%s: %s", tests[i].name,
		   name);
}

static spawn_fn *find(void *handle, const char *name)
{
	return (spawn_fn *)dlsym(handle, name);
}

static void find_libraries(void)
{
	libc_handle = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
	counts = dlsym(RTLD_DEFAULT, "io_uring_spawn_preload_counts");
	if (!libc_handle || !counts)
		die("this is to be run with the drop-in");
	libc = (struct library){
		find(libc_handle, "posix_spawn"),
		find(libc_handle, "pidfd_spawn"),
		find(libc_handle, "pidfd_spawnp"), true,
	};
	drop_in = (struct library){
		posix_spawn, find(RTLD_DEFAULT, "pidfd_spawn"),
		find(RTLD_DEFAULT, "pidfd_spawnp"), false,
	};
}

int main(void)
{
	unsigned int i;

	alarm(300);
	find_libraries();
	if (mkfifo(FIFO, 0600))
		die(FIFO);
	cgroup_make("outside");
	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		test(i, &drop_in);
		test(i, &libc);
	}
	cgroup_remove("outside");
	return done();
}
