/* SPDX-License-Identifier: GPL-2.0 */
/* The rows of conformance.c: attributes, file actions, searches. */
#ifndef IOUS_SPAWNS_H
#define IOUS_SPAWNS_H

#include "dropin.h"
#include "state.h"

#include <sched.h>
#include <signal.h>

#define DIR	"/tmp/conformance"
#define REPORT_PATH	"/tests/report"
#define TINY_PATH	"/tests/tiny"

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

#endif
