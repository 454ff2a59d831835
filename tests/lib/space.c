// SPDX-License-Identifier: GPL-2.0
/* See space.h. */
#include "test.h"
#include "space.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>

const char *space_enter(int spaces)
{
	int status;
	pid_t pid;

	if (unshare(spaces))
		return "no such namespaces for this user";
	/* an hour later, before anybody is in there */
	if (spaces & CLONE_NEWTIME)
		write_string("/proc/self/timens_offsets", "monotonic 3600 0");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid) {
		waitpid(pid, &status, 0);
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
	}
	alarm(3 * DEADLINE);
	if (spaces & CLONE_NEWNS)
		mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
	return NULL;
}

static void write_map(const char *path, const char *text)
{
	if (write_string(path, text))
		die(path);
}

const char *space_of_user(void)
{
	if (setgid(1000) || setuid(1000))
		die("setuid");
	if (unshare(CLONE_NEWUSER))
		return "user namespaces are not for users here";
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	write_map("/proc/self/setgroups", "deny");
	write_map("/proc/self/uid_map", "0 1000 1");
	write_map("/proc/self/gid_map", "0 1000 1");
	return NULL;
}
