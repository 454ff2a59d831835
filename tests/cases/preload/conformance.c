// SPDX-License-Identifier: GPL-2.0
/*
 * posix_spawn() by libio_uring_spawn_preload.so does what libc's own does.
 *
 * Each row spawns data/report twice, or what the row names, from the same process:
 * by the function that the program is linked to, which is the drop-in's, and by
 * libc's. Both must return the same, the children end the same, and what the
 * programs report of themselves be the same.
 */
#include "state.h"
#include "test.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#define DIR	"/tmp/conformance"
#define REPORT_PATH	"/tests/report"

typedef int spawn_fn(int *, const char *, const posix_spawn_file_actions_t *,
		     const posix_spawnattr_t *, char *const [], char *const []);

static void *libc;
static void (*counts)(unsigned long *chains, unsigned long *fallbacks);
static char first[STATE_SIZE], second[STATE_SIZE];

struct spawn {
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
};

struct row {
	const char *name;
	/* NULL: as posix_spawn_file_actions_init() left it */
	void (*setup)(struct spawn *s);
	/* NULL: data/report */
	const char *file;
	/* posix_spawnp(), with this $PATH; "": none */
	const char *path;
	/* a chain cannot express it, libc does it */
	bool by_libc;
	/* run before and after, in the tester */
	void (*enter)(void);
	void (*leave)(void);
};

/* ---- attributes */

static void flags(struct spawn *s, short value)
{
	posix_spawnattr_setflags(&s->attr, value);
}

static sigset_t signals(int a, int b)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, a);
	sigaddset(&set, b);
	return set;
}

static void set_sigdef(struct spawn *s)
{
	sigset_t set = signals(SIGPIPE, SIGUSR1);

	flags(s, POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigdefault(&s->attr, &set);
}

static void set_sigdef_all(struct spawn *s)
{
	sigset_t set;

	sigfillset(&set);
	flags(s, POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigdefault(&s->attr, &set);
}

static void set_sigmask(struct spawn *s)
{
	sigset_t set = signals(SIGHUP, SIGCHLD);

	flags(s, POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigmask(&s->attr, &set);
}

static void set_group(struct spawn *s)
{
	flags(s, POSIX_SPAWN_SETPGROUP);
	posix_spawnattr_setpgroup(&s->attr, 0);
}

static void set_no_group(struct spawn *s)
{
	flags(s, POSIX_SPAWN_SETPGROUP);
	posix_spawnattr_setpgroup(&s->attr, 4000000);
}

static void set_session(struct spawn *s)
{
	flags(s, POSIX_SPAWN_SETSID);
}

static void set_param(struct spawn *s)
{
	struct sched_param param = { 0 };

	flags(s, POSIX_SPAWN_SETSCHEDPARAM);
	posix_spawnattr_setschedparam(&s->attr, &param);
}

static void set_scheduler(struct spawn *s)
{
	struct sched_param param = { .sched_priority = 3 };

	flags(s, POSIX_SPAWN_SETSCHEDULER);
	posix_spawnattr_setschedpolicy(&s->attr, SCHED_FIFO);
	posix_spawnattr_setschedparam(&s->attr, &param);
}

static void set_no_scheduler(struct spawn *s)
{
	struct sched_param param = { .sched_priority = 3 };

	flags(s, POSIX_SPAWN_SETSCHEDULER);
	posix_spawnattr_setschedpolicy(&s->attr, SCHED_OTHER);
	posix_spawnattr_setschedparam(&s->attr, &param);
}

static void set_ids(struct spawn *s)
{
	flags(s, POSIX_SPAWN_RESETIDS);
}

static void set_vfork(struct spawn *s)
{
	flags(s, POSIX_SPAWN_USEVFORK);
}

/* ---- file actions */

static void add_open(struct spawn *s)
{
	posix_spawn_file_actions_addopen(&s->actions, 20, DIR "/new",
					 O_CREAT | O_TRUNC | O_RDWR, 0640);
}

static void add_open_used(struct spawn *s)
{
	posix_spawn_file_actions_addopen(&s->actions, 0, "/dev/null",
					 O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&s->actions, 30, "/dev/zero",
					 O_RDONLY, 0);
}

static void add_open_cloexec(struct spawn *s)
{
	posix_spawn_file_actions_addopen(&s->actions, 20, "/dev/null",
					 O_RDONLY | O_CLOEXEC, 0);
}

static void add_open_gone(struct spawn *s)
{
	posix_spawn_file_actions_addopen(&s->actions, 20, DIR "/gone",
					 O_RDONLY, 0);
}

static void add_dup(struct spawn *s)
{
	posix_spawn_file_actions_adddup2(&s->actions, 30, 0);
	posix_spawn_file_actions_adddup2(&s->actions, 31, 40);
}

static void add_dup_same(struct spawn *s)
{
	posix_spawn_file_actions_adddup2(&s->actions, 31, 31);
}

static void add_dup_closed(struct spawn *s)
{
	posix_spawn_file_actions_adddup2(&s->actions, 50, 51);
}

static void add_dup_same_closed(struct spawn *s)
{
	posix_spawn_file_actions_adddup2(&s->actions, 50, 50);
}

static void add_close(struct spawn *s)
{
	posix_spawn_file_actions_addclose(&s->actions, 30);
	posix_spawn_file_actions_addclose(&s->actions, 51);
}

/* The limit is lower when it is spawned than when it is added. */
static void add_close_beyond(struct spawn *s)
{
	struct rlimit old, low = { 300, 4096 };

	getrlimit(RLIMIT_NOFILE, &old);
	posix_spawn_file_actions_addclose(&s->actions, 400);
	low.rlim_max = old.rlim_max;
	setrlimit(RLIMIT_NOFILE, &low);
}

static void leave_limit(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max < 1024 ? limit.rlim_max : 1024;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static void add_closefrom(struct spawn *s)
{
	posix_spawn_file_actions_addclosefrom_np(&s->actions, PROC_FD + 1);
}

static void add_chdir(struct spawn *s)
{
	posix_spawn_file_actions_addchdir_np(&s->actions, DIR);
	posix_spawn_file_actions_addopen(&s->actions, 20, "here", O_RDONLY, 0);
}

static void add_chdir_gone(struct spawn *s)
{
	posix_spawn_file_actions_addchdir_np(&s->actions, DIR "/gone");
}

static void add_fchdir(struct spawn *s)
{
	posix_spawn_file_actions_addfchdir_np(&s->actions, 32);
}

static void add_fchdir_file(struct spawn *s)
{
	posix_spawn_file_actions_addfchdir_np(&s->actions, 30);
}

static void add_many(struct spawn *s)
{
	int i;

	for (i = 0; i < 60; i++)
		posix_spawn_file_actions_adddup2(&s->actions, 30, 60 + i);
}

static void add_too_many(struct spawn *s)
{
	int i;

	for (i = 0; i < 140; i++)
		posix_spawn_file_actions_adddup2(&s->actions, 30, 40 + i);
}

/* Not by the functions that the drop-in has. */
static void add_unseen(struct spawn *s)
{
	int (*add)(posix_spawn_file_actions_t *, int, int) =
		dlsym(libc, "posix_spawn_file_actions_adddup2");

	posix_spawn_file_actions_adddup2(&s->actions, 30, 0);
	add(&s->actions, 31, 40);
}

static void add_everything(struct spawn *s)
{
	sigset_t mask = signals(SIGHUP, SIGTERM), def = signals(SIGPIPE, SIGINT);

	add_chdir(s);
	add_dup(s);
	add_close(s);
	add_closefrom(s);
	flags(s, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK |
		 POSIX_SPAWN_SETSID | POSIX_SPAWN_RESETIDS);
	posix_spawnattr_setsigdefault(&s->attr, &def);
	posix_spawnattr_setsigmask(&s->attr, &mask);
}

/* ---- the tester's own state */

static void nothing(int sig)
{
	(void)sig;
}

static void enter_signals(void)
{
	sigset_t set = signals(SIGUSR2, SIGALRM);

	signal(SIGPIPE, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	signal(SIGUSR1, nothing);
	sigprocmask(SIG_SETMASK, &set, NULL);
}

static void leave_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	signal(SIGUSR1, SIG_DFL);
}

static void enter_user(void)
{
	if (setegid(1000) || seteuid(1000))
		die("seteuid");
}

static void leave_user(void)
{
	if (seteuid(0) || setegid(0))
		die("seteuid");
}

#define LONG_NAME							\
	"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"\
	"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"\
	"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"\
	"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"

static const struct row rows[] = {
	{ "nothing" },
	{ "nothing, with signals ignored, handled and blocked",
	  .enter = enter_signals, .leave = leave_signals },
	{ "SETSIGDEF", set_sigdef,
	  .enter = enter_signals, .leave = leave_signals },
	{ "SETSIGDEF of all", set_sigdef_all,
	  .enter = enter_signals, .leave = leave_signals },
	{ "SETSIGMASK", set_sigmask,
	  .enter = enter_signals, .leave = leave_signals },
	{ "SETPGROUP", set_group },
	{ "SETPGROUP that is none", set_no_group },
	{ "SETSID", set_session },
	{ "SETSCHEDPARAM", set_param },
	{ "SETSCHEDULER", set_scheduler },
	{ "SETSCHEDULER that is refused", set_no_scheduler },
	{ "RESETIDS", set_ids },
	{ "RESETIDS, as another user", set_ids,
	  .enter = enter_user, .leave = leave_user },
	{ "USEVFORK", set_vfork },
	{ "addopen", add_open },
	{ "addopen at a number that is open", add_open_used },
	{ "addopen, close-on-exec", add_open_cloexec, .by_libc = true },
	{ "addopen of nothing", add_open_gone },
	{ "adddup2", add_dup },
	{ "adddup2 to itself", add_dup_same },
	{ "adddup2 of what is not open", add_dup_closed },
	{ "adddup2 of what is not open to itself", add_dup_same_closed },
	{ "addclose, also of what is not open", add_close },
	{ "addclose beyond the limit", add_close_beyond, .leave = leave_limit },
	{ "addclosefrom_np", add_closefrom },
	{ "addchdir_np, and a relative path", add_chdir },
	{ "addchdir_np to nowhere", add_chdir_gone },
	{ "addfchdir_np", add_fchdir },
	{ "addfchdir_np to a file", add_fchdir_file },
	{ "60 actions", add_many },
	{ "140 actions", add_too_many, .by_libc = true },
	{ "an action that the drop-in has not seen", add_unseen,
	  .by_libc = true },
	{ "everything at once", add_everything,
	  .enter = enter_signals, .leave = leave_signals },
	{ "a program that is not there", .file = DIR "/gone" },
	{ "a program that may not be executed", .file = DIR "/here" },
	{ "a program that is none", .file = DIR "/text" },
	{ "a directory", .file = DIR },
	{ "no name", .file = "" },
	{ "a relative name after a chdir", add_chdir, .file = "bin/report" },
	{ "posix_spawnp", .file = "report", .path = "/tests" },
	{ "posix_spawnp, the third directory", .file = "report",
	  .path = DIR "/gone:" DIR "/here:/tests:/bin" },
	{ "posix_spawnp, behind one that may not be executed",
	  .file = "report", .path = DIR "/denied:/tests" },
	{ "posix_spawnp, nothing but one that may not be executed",
	  .file = "report", .path = DIR "/denied:" DIR "/gone" },
	{ "posix_spawnp ends at one that is no program",
	  .file = "report", .path = DIR "/broken:/tests" },
	{ "posix_spawnp ends at a loop of links",
	  .file = "report", .path = DIR "/loop:/tests" },
	{ "posix_spawnp of nothing", .file = "gone", .path = "/tests:/bin" },
	{ "posix_spawnp with a slash", .file = REPORT_PATH, .path = "/gone" },
	{ "posix_spawnp in the current directory, after a chdir", add_chdir,
	  .file = "there", .path = ":/gone" },
	{ "posix_spawnp without a $PATH", .file = "true", .path = "" },
	{ "posix_spawnp, no name", .file = "", .path = "/tests" },
	{ "posix_spawnp, a name that is too long", .file = LONG_NAME,
	  .path = "/tests", .by_libc = true },
};

/* ---- a row */

struct outcome {
	int ret, err, status;
	bool pid_written;
};

static int await(pid_t pid)
{
	int status = -1;

	if (waitpid(pid, &status, 0) != pid)
		note("waitpid: %s", strerror(errno));
	return status;
}

static void spawn_init(struct spawn *s, const struct row *row)
{
	posix_spawn_file_actions_init(&s->actions);
	posix_spawnattr_init(&s->attr);
	if (row->setup)
		row->setup(s);
}

static void run(struct outcome *o, const struct row *row, spawn_fn *spawn,
		const char *name, char *report)
{
	char *const argv[] = { "report", "an argument", NULL };
	char *const envp[] = { "A=b", NULL };
	struct spawn s;
	pid_t pid = -77;

	spawn_init(&s, row);
	if (row->path && row->path[0])
		setenv("PATH", row->path, 1);
	else if (row->path)
		unsetenv("PATH");
	if (row->enter)
		row->enter();
	errno = 1234;
	o->status = 0;
	o->ret = spawn(&pid, row->file ? row->file : REPORT_PATH, &s.actions,
		       &s.attr, argv, envp);
	o->err = errno;
	o->pid_written = pid != -77;
	if (row->leave)
		row->leave();
	if (!o->ret)
		o->status = await(pid);
	state_read(report);
	if (waitpid(-1, NULL, WNOHANG) >= 0 || errno != ECHILD)
		note("%s: there is another child", name);
	posix_spawn_file_actions_destroy(&s.actions);
	posix_spawnattr_destroy(&s.attr);
}

static bool same(const struct outcome *a, const struct outcome *b)
{
	if (a->ret != b->ret)
		note("returned %d, libc %d", a->ret, b->ret);
	/* nobody promises anything of it, but there are those who look */
	if (a->ret && a->err != b->err)
		note("errno %d, libc %d", a->err, b->err);
	if (a->status != b->status)
		note("status %#x, libc %#x", a->status, b->status);
	return a->ret == b->ret && (!a->ret || a->err == b->err) &&
	       a->status == b->status && a->pid_written == b->pid_written;
}

static unsigned long nr_chains, nr_fallbacks;

/* Has there been one more by a chain, or one more by libc? */
static bool went_by(bool by_libc)
{
	unsigned long chains, fallbacks;
	bool good;

	counts(&chains, &fallbacks);
	good = chains == nr_chains + !by_libc &&
	       fallbacks == nr_fallbacks + by_libc;
	if (!good)
		note("%lu by chains, %lu by libc", chains - nr_chains,
		     fallbacks - nr_fallbacks);
	nr_chains = chains;
	nr_fallbacks = fallbacks;
	return good;
}

/*
 * glibc leaves the two signals that are its own ignored in what it spawns, up to
 * the newest. A chain does not, and no program can tell but by looking so closely.
 */
static void forgive_internal_signals(char *report)
{
	char *line = strstr(report, "\nSigIgn:\t");
	static const char *const signals[] = { "signal.32: ", "signal.33: " };
	unsigned int i;

	if (line && line[17] == '8')
		line[17] = '0';
	if (line && line[16] == '1')
		line[16] = '0';
	for (i = 0; i < ARRAY_SIZE(signals); i++) {
		line = strstr(report, signals[i]);
		if (line)
			memmove(line, strchr(line, '\n') + 1,
				strlen(strchr(line, '\n')));
	}
}

static void test_row(const struct row *row)
{
	spawn_fn *own = dlvsym(libc, row->path ? "posix_spawnp" : "posix_spawn",
			       "GLIBC_2.15");
	struct outcome a, b;
	bool good;

	run(&a, row, row->path ? posix_spawnp : posix_spawn, row->name, first);
	good = went_by(row->by_libc);
	run(&b, row, own, row->name, second);
	good &= same(&a, &b);
	forgive_internal_signals(first);
	forgive_internal_signals(second);
	/* what is no report says nothing: the same program of another kind */
	if (!b.ret && second[0])
		good &= state_same(first, second, NULL, NULL);
	ok(good, "%s: as libc's", row->name);
}

/* ---- other places to call it from */

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
	pid_t pid;

	(void)arg;
	return !old || old == dlvsym(libc, "posix_spawn", "GLIBC_2.2.5") ||
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

/* ---- */

static void make(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0600);

	if (fd < 0 || write(fd, text, strlen(text)) < 0 || fchmod(fd, mode))
		die(path);
	close(fd);
}

static void place(int fd, int number)
{
	if (fd < 0 || dup2(fd, number) != number)
		die("a descriptor");
	close(fd);
}

static void prepare(void)
{
	static const char *const directories[] = {
		DIR, DIR "/bin", DIR "/denied", DIR "/broken", DIR "/loop",
	};
	unsigned int i;

	umask(022);
	for (i = 0; i < ARRAY_SIZE(directories); i++)
		mkdir(directories[i], 0755);
	make(DIR "/here", "here\n", 0644);
	make(DIR "/text", "text\n", 0755);
	make(DIR "/script", "exit 7\n", 0755);
	make(DIR "/denied/report", "denied\n", 0644);
	make(DIR "/broken/report", "broken\n", 0755);
	if (symlink("report", DIR "/loop/report") ||
	    symlink(REPORT_PATH, DIR "/bin/report") ||
	    symlink(REPORT_PATH, DIR "/there"))
		die("symlink");
	place(open(DIR "/here", O_RDONLY), 30);
	place(open(DIR "/here", O_RDONLY), 31);
	fcntl(31, F_SETFD, FD_CLOEXEC);
	place(open(DIR, O_RDONLY | O_DIRECTORY), 32);
	state_setup();
	leave_limit();
}

int main(void)
{
	unsigned int i;

	alarm(500);
	libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
	counts = dlsym(RTLD_DEFAULT, "io_uring_spawn_preload_counts");
	if (!libc || !counts)
		die("this is to be run with the drop-in");
	prepare();
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		test_row(&rows[i]);
	for (i = 0; i < ARRAY_SIZE(places); i++)
		ok(in_process(places[i].test, NULL) == 0, "%s",
		   places[i].name);
	return done();
}
