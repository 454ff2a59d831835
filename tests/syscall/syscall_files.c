// SPDX-License-Identifier: GPL-2.0
/* SYSCALL: descriptors, directories, sessions and terminals. See lib/rows.h. */
#include "rows.h"

#include <linux/close_range.h>
#include <sys/ioctl.h>

static char slave[64];

/* A terminal that nobody has; its other side stays open. */
static const char *make_tty(void)
{
	int fd = posix_openpt(O_RDWR | O_NOCTTY);

	if (fd < 0)
		return "no pseudo terminals here";
	if (grantpt(fd) || unlockpt(fd) || ptsname_r(fd, slave, sizeof(slave)))
		die("pty");
	return NULL;
}

static const struct kernel_action ignored = { .handler = 1 };

#define OPEN_TTY	OPEN(L, ANY, slave, O_RDWR | O_NOCTTY)
#define TAKE_TTY(_k)	CALL(L, 0, SYS_ioctl, 0, TIOCSCTTY, 0, 0, \
				.rw_flags = BACK(0, _k))

static const struct row rows[] = {
	{ "close", .steps = {
		CALL(L, 0, SYS_close, FILE_FD, 0, 0, 0),
		CALL(H, -EBADF, SYS_close, FILE_FD, 0, 0, 0) },
	  .fresh = "fd.210" },
	{ "close_range", .steps = {
		CALL(L, 0, SYS_close_range, FILE_FD, ~0U, 0, 0) },
	  .fresh = "fd.210" },
	{ "close_range, own table", .steps = {
		CALL(L, 0, SYS_close_range, FILE_FD, ~0U,
			CLOSE_RANGE_UNSHARE, 0) },
	  .fresh = "fd.210" },
	{ "close_range, close-on-exec", .steps = {
		CALL(L, 0, SYS_close_range, FILE_FD, ~0U,
			CLOSE_RANGE_CLOEXEC, 0),
		CALL(L, FD_CLOEXEC, SYS_fcntl, FILE_FD, F_GETFD, 0, 0) },
	  .fresh = "fd.210" },
	{ "dup", .steps = {
		CALL(L, ANY, SYS_dup, FILE_FD, 0, 0, 0),
		CALL(L, ANY, SYS_dup, 0, 0, 0, 0,
			.rw_flags = BACK(0, 1)) } },
	{ "dup2", .steps = {
		CALL(L, 150, SYS_dup2, FILE_FD, 150, 0, 0) },
	  .shows = { "fd.150: " ROWS "/file" }, .fresh = "fd.150" },
	{ "dup2 to standard input", .steps = {
		CALL(L, 0, SYS_dup2, FILE_FD, 0, 0, 0) },
	  .shows = { "fd.0: " ROWS "/file" }, .fresh = "fd.0" },
	{ "dup3", .steps = {
		CALL(L, 151, SYS_dup3, FILE_FD, 151, O_CLOEXEC, 0),
		CALL(L, FD_CLOEXEC, SYS_fcntl, 151, F_GETFD, 0, 0),
		CALL(H, -EINVAL, SYS_dup3, 151, 151, 0, 0) } },
	{ "fcntl: F_SETFD", .steps = {
		CALL(L, 0, SYS_fcntl, FILE_FD, F_SETFD, FD_CLOEXEC, 0),
		CALL(L, 0, SYS_fcntl, CLOEXEC_FD, F_SETFD, 0, 0) },
	  .shows = { "fd.211: " ROWS "/file" }, .fresh = "fd.210" },
	{ "fcntl: F_DUPFD", .steps = {
		CALL(L, 160, SYS_fcntl, FILE_FD, F_DUPFD, 160, 0) },
	  .shows = { "fd.160: " ROWS "/file" }, .fresh = "fd.160" },
	{ "pipe2", .steps = {
		CALL(L, 0, SYS_pipe2, outputs.fds, 0, 0, 0) } },
	{ "pipe2 to memory that is none", .steps = {
		CALL(H, -EFAULT, SYS_pipe2, 8, 0, 0, 0) } },
	{ "chdir", .steps = {
		CALL(L, 0, SYS_chdir, ROWS "/dir", 0, 0, 0),
		OPEN(L, ANY, "../file", O_RDONLY) },
	  .shows = { "cwd: " ROWS "/dir" }, .fresh = "cwd" },
	{ "chdir to nowhere", .steps = {
		CALL(H, -ENOENT, SYS_chdir, "/none", 0, 0, 0),
		CALL(L, 0, SYS_chdir, ROWS, 0, 0, 0) },
	  .shows = { "cwd: " ROWS } },
	{ "fchdir to a result", .steps = {
		OPEN(L, ANY, ROWS "/dir", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
		CALL(L, 0, SYS_fchdir, 0, 0, 0, 0,
			.rw_flags = BACK(0, 1)) },
	  .shows = { "cwd: " ROWS "/dir" }, .fresh = "cwd" },
	{ "chroot", .steps = {
		CALL(L, 0, SYS_chroot, ROWS "/jail", 0, 0, 0),
		CALL(L, 0, SYS_chdir, "/", 0, 0, 0),
		OPEN(H, -ENOENT, ROWS "/file", O_RDONLY) },
	  .fresh = "root inode" },
	{ "umask", .steps = {
		CALL(L, 022, SYS_umask, 077, 0, 0, 0) },
	  .shows = { "umask: 0077" }, .fresh = "umask" },
	{ "results: dup2 and close", .steps = {
		OPEN(L, ANY, ROWS "/dir", O_RDONLY | O_DIRECTORY),
		CALL(L, 152, SYS_dup2, 0, 152, 0, 0,
			.rw_flags = BACK(0, 1)),
		CALL(L, 0, SYS_close, 0, 0, 0, 0,
			.rw_flags = BACK(0, 2)),
		CALL(L, 0, SYS_fchdir, 0, 0, 0, 0,
			.rw_flags = BACK(0, 2)) },
	  .shows = { "fd.152: " ROWS "/dir", "cwd: " ROWS "/dir" } },
	{ "results: two of them, the second as the first", .steps = {
		OPEN(L, ANY, ROWS "/dir", O_RDONLY | O_DIRECTORY),
		CALL(L, 170, SYS_fcntl, FILE_FD, F_DUPFD, 170, 0),
		CALL(L, 170, SYS_dup2, 0, 0, 0, 0,
			.rw_flags = BACK(0, 2) | BACK(1, 1)) },
	  .shows = { "fd.170: " ROWS "/dir" } },
	{ "a socket", .steps = {
		OP(IORING_OP_SOCKET, L, ANY, .fd = 1, .off = 1),
		CALL(L, 153, SYS_dup2, 0, 153, 0, 0,
			.rw_flags = BACK(0, 1)) },
	  .shows = { "fd.153: socket:" } },
	{ "a call that fails ends the chain", .steps = {
		CALL(L, -ENOTDIR, SYS_chdir, ROWS "/file", 0, 0, 0),
		CALL(L, -ECANCELED, SYS_umask, 0, 0, 0, 0) },
	  .status = EXITED(127) },
	{ "setsid", .steps = {
		CALL(L, PID, SYS_setsid, 0, 0, 0, 0),
		CALL(H, -EPERM, SYS_setsid, 0, 0, 0, 0) },
	  .shows = { "session: self", "pgrp: self" } },
	{ "setpgid", .steps = {
		CALL(L, 0, SYS_setpgid, 0, 0, 0, 0) },
	  .shows = { "pgrp: self" }, .fresh = "pgrp" },
	{ "setpgid of the own number", .steps = {
		CALL(L, PID, SYS_getpid, 0, 0, 0, 0),
		CALL(L, 0, SYS_setpgid, 0, 0, 0, 0,
			.rw_flags = BACK(0, 1) | BACK(1, 1)) },
	  .shows = { "pgrp: self" } },
	{ "TIOCSCTTY", make_tty, {
		CALL(L, PID, SYS_setsid, 0, 0, 0, 0), OPEN_TTY,
		TAKE_TTY(1) },
	  .shows = { "session: self", "foreground: self" }, .fresh = "tty" },
	{ "TIOCSPGRP", make_tty, {
		CALL(L, PID, SYS_setsid, 0, 0, 0, 0), OPEN_TTY,
		TAKE_TTY(1),
		CALL(L, 0, SYS_ioctl, 0, TIOCSPGRP, &outputs.pid, 0,
			.rw_flags = BACK(0, 2)) },
	  .shows = { "foreground: self" }, .fresh = "tty",
	  .tell_pid = true },
	{ "TIOCNOTTY", make_tty, {
		CALL(L, 0, SYS_rt_sigaction, SIGHUP, &ignored, 0, 8),
		CALL(L, PID, SYS_setsid, 0, 0, 0, 0), OPEN_TTY,
		TAKE_TTY(1),
		CALL(L, 0, SYS_ioctl, 0, TIOCNOTTY, 0, 0,
			.rw_flags = BACK(0, 2)) },
	  .shows = { "session: self", "tty: 0" } },
	{ "getpid, gettid, getppid", .steps = {
		CALL(L, PID, SYS_getpid, 0, 0, 0, 0),
		CALL(L, PID, SYS_gettid, 0, 0, 0, 0),
		CALL(L, ANY, SYS_getppid, 0, 0, 0, 0) } },
};

int main(void)
{
	return rows_main(rows, ARRAY_SIZE(rows));
}
