// SPDX-License-Identifier: GPL-2.0
/* SYSCALL: namespaces and mounts. See lib/rows.h. */
#include "rows.h"

#include <sys/mount.h>

/* A namespace whose host is called "other", by a process that is gone. */
static const char *make_uts(void)
{
	int ready[2], fd, status;
	char path[64], c;
	pid_t pid;

	if (pipe(ready))
		die("pipe");
	pid = fork();
	if (!pid) {
		if (unshare(CLONE_NEWUTS) || sethostname("other", 5) ||
		    write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	if (read(ready[0], &c, 1) != 1)
		return "no UTS namespaces here";
	close(ready[0]);
	snprintf(path, sizeof(path), "/proc/%d/ns/uts", pid);
	fd = open(path, O_RDONLY);
	if (fd < 0 || dup2(fd, UTS_FD) != UTS_FD)
		die(path);
	close(fd);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return NULL;
}

#define UNSHARE(_what)	CALL(L, 0, SYS_unshare, _what, 0, 0, 0)
/* What is mounted later does not get out of the namespace. */
#define OWN_MOUNTS	UNSHARE(CLONE_NEWNS), \
			CALL(L, 0, SYS_mount, "none", "/", 0, \
				MS_REC | MS_PRIVATE)
#define MOUNT(_where)	CALL(L, 0, SYS_mount, "rows", _where, "tmpfs", 0)
#define MKDIR(_where)	OP(IORING_OP_MKDIRAT, L, 0, .fd = AT_FDCWD, \
			   .addr = (_where), .len = 0755)

static const struct row rows[] = {
	{ "unshare, sethostname, setdomainname", .steps = {
		UNSHARE(CLONE_NEWUTS),
		CALL(L, 0, SYS_sethostname, "chain", 5, 0, 0),
		CALL(L, 0, SYS_setdomainname, "domain", 6, 0, 0) },
	  .shows = { "hostname: chain", "domainname: domain" },
	  .fresh = "ns.uts" },
	{ "setns", make_uts, {
		CALL(L, 0, SYS_setns, UTS_FD, CLONE_NEWUTS, 0, 0) },
	  .shows = { "hostname: other" }, .fresh = "ns.uts" },
	{ "setns, wrong type", make_uts, {
		CALL(H, -EINVAL, SYS_setns, UTS_FD, CLONE_NEWNET, 0, 0),
		CALL(H, -EBADF, SYS_setns, 199, 0, 0, 0) } },
	{ "unshare: IPC", .steps = { UNSHARE(CLONE_NEWIPC) },
	  .fresh = "ns.ipc" },
	{ "unshare: network", .steps = { UNSHARE(CLONE_NEWNET) },
	  .fresh = "ns.net" },
	{ "unshare: cgroup", .steps = { UNSHARE(CLONE_NEWCGROUP) },
	  .fresh = "ns.cgroup" },
	{ "unshare: pids, of the children", .steps = {
		UNSHARE(CLONE_NEWPID),
		CALL(L, PID, SYS_getpid, 0, 0, 0, 0) },
	  .fresh = "ns.pid_for_children" },
	{ "unshare: time, of the children", .steps = {
		UNSHARE(CLONE_NEWTIME) },
	  .fresh = "ns.time_for_children" },
	{ "unshare: files, directories, semaphores", .steps = {
		UNSHARE(CLONE_FILES | CLONE_FS | CLONE_SYSVSEM),
		CALL(L, 0, SYS_chdir, ROWS "/dir", 0, 0, 0),
		CALL(L, 0, SYS_close, FILE_FD, 0, 0, 0) },
	  .shows = { "cwd: " ROWS "/dir" }, .fresh = "fd.210" },
	{ "unshare of what is none", .steps = {
		CALL(H, -EINVAL, SYS_unshare, CLONE_PARENT, 0, 0, 0) } },
	{ "mount", .steps = { OWN_MOUNTS, MOUNT(ROWS "/dir") },
	  .fresh = "mount " ROWS "/dir" },
	{ "umount2", .steps = { OWN_MOUNTS, MOUNT(ROWS "/dir"),
		CALL(L, 0, SYS_umount2, ROWS "/dir", MNT_DETACH, 0, 0),
		CALL(H, -EINVAL, SYS_umount2, ROWS "/dir", 0, 0, 0) },
	  .fresh = "ns.mnt" },
	/* the initramfs cannot be moved away: a root of its own first */
	{ "pivot_root", .steps = { OWN_MOUNTS, MOUNT(ROWS "/jail"),
		CALL(L, 0, SYS_chroot, ROWS "/jail", 0, 0, 0),
		CALL(L, 0, SYS_chdir, "/", 0, 0, 0),
		MKDIR("/new"), MOUNT("/new"), MKDIR("/new/old"),
		CALL(L, 0, SYS_chdir, "/new", 0, 0, 0),
		CALL(L, 0, SYS_pivot_root, ".", "old", 0, 0),
		OPEN(L, ANY, "/old/new", O_RDONLY | O_DIRECTORY) },
	  .fresh = "mount /old" },
};

int main(void)
{
	return rows_main(rows, ARRAY_SIZE(rows));
}
