// SPDX-License-Identifier: GPL-2.0
/* See state.h. Linked with data/report.c as well: nothing of test.h here. */
#include "state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ioprio.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#ifndef PR_GET_IO_FLUSHER
#define PR_GET_IO_FLUSHER	58
#endif

char *const report_argv[] = { "report", NULL };

static char *out;
static size_t left;

static void __attribute__((format(printf, 1, 2))) add(const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(out, left, fmt, args);
	va_end(args);
	if (len > 0 && (size_t)len < left) {
		out += len;
		left -= len;
	}
}

/* A file below /proc/self, "" if it cannot be read. */
static void read_proc(const char *path, char *text, size_t size)
{
	ssize_t len = 0, n;
	int fd;

	fd = openat(PROC_FD, path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && len < (ssize_t)size - 1 &&
	       (n = read(fd, text + len, size - 1 - len)) > 0)
		len += n;
	text[len] = 0;
	if (fd >= 0)
		close(fd);
}

static void add_link(const char *key, const char *path)
{
	char target[256];
	ssize_t len = readlinkat(PROC_FD, path, target, sizeof(target) - 1);

	target[len > 0 ? len : 0] = 0;
	add("%s: %s\n", key, target);
}

static void add_directories(void)
{
	struct stat stat;
	mode_t mask = umask(0);

	umask(mask);
	add("umask: %04o\n", mask);
	add_link("cwd", "self/cwd");
	add_link("root", "self/root");
	if (!fstatat(AT_FDCWD, ".", &stat, 0))
		add("cwd inode: %lx %lu\n", stat.st_dev, stat.st_ino);
	if (!fstatat(AT_FDCWD, "/", &stat, 0))
		add("root inode: %lx %lu\n", stat.st_dev, stat.st_ino);
}

/* Pipes and sockets have numbers, which are nobody's. */
static void add_fd(int fd)
{
	char key[32], path[32], target[256], *bracket;
	ssize_t len;

	snprintf(key, sizeof(key), "fd.%d", fd);
	snprintf(path, sizeof(path), "self/fd/%d", fd);
	len = readlinkat(PROC_FD, path, target, sizeof(target) - 1);
	target[len > 0 ? len : 0] = 0;
	bracket = strchr(target, '[');
	if (bracket && strncmp(target, "anon_inode", 10))
		*bracket = 0;
	add("%s: %s\n", key, target);
	add("flags.%d: %o %d\n", fd, fcntl(fd, F_GETFL), fcntl(fd, F_GETFD));
}

static void add_fds(void)
{
	int fd = openat(PROC_FD, "self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.' && atoi(entry->d_name) != fd)
			add_fd(atoi(entry->d_name));
	if (dir)
		closedir(dir);
}

static void add_status(void)
{
	static const char *const keys[] = {
		"Name:", "Uid:", "Gid:", "Groups:", "NoNewPrivs:", "Seccomp:",
		"SigPnd:", "ShdPnd:", "SigBlk:", "SigIgn:", "SigCgt:", "Cap",
		"Speculation", "THP_enabled:", "Cpus_allowed:", "Mems_allowed:",
	};
	char text[8192], *line, *rest = text;
	unsigned int i;

	read_proc("self/status", text, sizeof(text));
	while ((line = strsep(&rest, "\n")))
		for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
			if (!strncmp(line, keys[i], strlen(keys[i])))
				add("%s\n", line);
}

/* Its own number is another one in each process. */
static const char *number(int pid)
{
	static char text[16];

	if (pid == getpid())
		return "self";
	snprintf(text, sizeof(text), "%d", pid);
	return text;
}

static void add_session(void)
{
	int session = 0, tty = 0, group = 0;
	char text[1024], *end;

	add("parent: %d\n", getppid());
	add("pgrp: %s\n", number(getpgrp()));
	add("session: %s\n", number(getsid(0)));
	read_proc("self/stat", text, sizeof(text));
	end = strrchr(text, ')');
	if (end)
		sscanf(end, ") %*c %*d %*d %d %d %d", &session, &tty, &group);
	add("tty: %x\n", tty);
	add("foreground: %s\n", number(group));
}

static void add_limits(void)
{
	struct rlimit limit;
	int i;

	for (i = 0; i < RLIM_NLIMITS; i++)
		if (!getrlimit(i, &limit))
			add("limit.%d: %lx %lx\n", i, limit.rlim_cur,
			    limit.rlim_max);
}

struct sched_attributes {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t util_min, util_max;
};

static void add_scheduling(void)
{
	struct sched_attributes attr = { 0 };
	unsigned long nodes[16] = { 0 };
	int mode = -1;
	long ret;

	add("nice: %d\n", getpriority(PRIO_PROCESS, 0));
	add("ioprio: %lx\n", syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0));
	ret = syscall(SYS_sched_getattr, 0, &attr, sizeof(attr), 0);
	/* the slice that is shown depends on the moment */
	if (!ret)
		add("sched: policy %u flags %lx nice %d priority %u util %u-%u\n",
		    attr.policy, attr.flags, attr.nice, attr.priority,
		    attr.util_min, attr.util_max);
	ret = syscall(SYS_get_mempolicy, &mode, nodes, 1024, 0, 0);
	add("mempolicy: %ld %d %lx\n", ret, mode, nodes[0]);
}

static void add_namespaces(void)
{
	static const char *const names[] = {
		"cgroup", "ipc", "mnt", "net", "pid", "pid_for_children",
		"time", "time_for_children", "user", "uts",
	};
	char key[64], path[64];
	struct utsname uts;
	unsigned int i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(key, sizeof(key), "ns.%s", names[i]);
		snprintf(path, sizeof(path), "self/ns/%s", names[i]);
		add_link(key, path);
	}
	if (!uname(&uts)) {
		add("hostname: %s\n", uts.nodename);
		add("domainname: %s\n", uts.domainname);
	}
	add("keyring: %ld\n", syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID,
				      KEY_SPEC_SESSION_KEYRING, 0));
}

static void add_cgroup(void)
{
	char text[4096], *line, *rest = text;

	read_proc("self/cgroup", text, sizeof(text));
	while ((line = strsep(&rest, "\n")))
		if (!strncmp(line, "0::", 3))
			add("cgroup: %s\n", line + 3);
}

static void add_prctl(const char *name, int option)
{
	int value = -1;

	add("%s: %d", name, prctl(option, &value, 0, 0, 0));
	add(" %d\n", value);
}

static void add_attributes(void)
{
	add("personality: %x\n", personality(0xffffffff));
	add("timerslack: %d\n", prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0));
	add("dumpable: %d\n", prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
	add("secure: %lu\n", getauxval(AT_SECURE));
	add("keepcaps: %d\n", prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0));
	add("securebits: %x\n", prctl(PR_GET_SECUREBITS, 0, 0, 0, 0));
	add("io_flusher: %d\n", prctl(PR_GET_IO_FLUSHER, 0, 0, 0, 0));
	add("mce_kill: %d\n", prctl(PR_MCE_KILL_GET, 0, 0, 0, 0));
	add("thp_disable: %d\n", prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0));
	add_prctl("pdeathsig", PR_GET_PDEATHSIG);
	add_prctl("subreaper", PR_GET_CHILD_SUBREAPER);
	add_prctl("tsc", PR_GET_TSC);
}

struct kernel_sigaction {
	unsigned long handler, flags, restorer, mask;
};

static void add_dispositions(void)
{
	struct kernel_sigaction action;
	int i;

	for (i = 1; i <= 64; i++)
		if (!syscall(SYS_rt_sigaction, i, NULL, &action, 8) &&
		    (action.handler || action.flags || action.mask))
			add("signal.%d: %lx %lx %lx\n", i, action.handler,
			    action.flags, action.mask);
}

/* What is mounted where; the first three fields are numbers of this moment. */
static void add_mounts(void)
{
	static char text[STATE_SIZE / 2];
	char *line, *rest = text, *end, root[256], point[256];

	read_proc("self/mountinfo", text, sizeof(text));
	while ((line = strsep(&rest, "\n"))) {
		end = strstr(line, " - ");
		if (end && sscanf(line, "%*s %*s %*s %255s %255s", root,
				  point) == 2)
			add("mount %s: %s%s\n", point, root, end);
	}
}

/* Of AppArmor or SELinux; empty where there is none. */
static void add_labels(void)
{
	static const char *const names[] = {
		"current", "exec", "prev", "fscreate", "keycreate",
		"sockcreate",
	};
	char path[64], text[256];
	unsigned int i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "self/attr/%s", names[i]);
		read_proc(path, text, sizeof(text));
		text[strcspn(text, "\n")] = 0;
		add("attr.%s: %s\n", names[i], text);
	}
}

/* What only shows when it is tried: seccomp filters, Landlock. */
static void add_probes(void)
{
	char path[64];
	int ret;

	ret = syscall(SYS_sched_yield) ? errno : 0;
	add("probe yield: %d\n", ret);
	snprintf(path, sizeof(path), "/tmp/probe-%d", getpid());
	ret = mkdir(path, 0700) ? errno : 0;
	rmdir(path);
	add("probe mkdir: %d\n", ret);
}

void state_print(char *text)
{
	out = text;
	left = STATE_SIZE;
	add("\n");
	add_directories();
	add_fds();
	add_status();
	add_session();
	add_limits();
	add_scheduling();
	add_namespaces();
	add_cgroup();
	add_attributes();
	add_dispositions();
	add_mounts();
	add_labels();
	add_probes();
}
