// SPDX-License-Identifier: GPL-2.0
/*
 * What the exec makes of a process: set-user-ID programs, file capabilities,
 * no_new_privs, Landlock. The rights of a chain's program are those of one that
 * a forked child executes. See lib/rows.h.
 */
#include "rows.h"

#include <linux/capability.h>
#include <linux/landlock.h>
#include <linux/securebits.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#define UID_IS_ROOT	"Uid:\t1000\t0\t0\t0"
#define UID_IS_USER	"Uid:\t1000\t1000\t1000\t1000"
#define NO_CAPS		"CapEff:\t0000000000000000"

/* A copy of the program that reports, in place of that. */
static const char *program(mode_t mode)
{
	static const char path[] = ROWS "/program";
	struct stat st;
	int out, fd;

	unlink(path);
	out = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
	fd = open("/tests/report", O_RDONLY);
	if (out < 0 || fd < 0 || fstat(fd, &st) ||
	    sendfile(out, fd, NULL, st.st_size) != st.st_size ||
	    fchmod(out, mode))
		die(path);
	close(out);
	close(fd);
	rows_program(path);
	return path;
}

static void become_user(void)
{
	if (setgid(1000) || setuid(1000))
		die("setuid");
}

static const char *user(void)
{
	program(0755);
	become_user();
	return NULL;
}

static const char *set_user_id(void)
{
	program(04755);
	become_user();
	return NULL;
}

static const char *set_group_id(void)
{
	program(02755);
	become_user();
	return NULL;
}

static const char *no_new_privs(void)
{
	set_user_id();
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		die("no_new_privs");
	return NULL;
}

static const char *unreadable(void)
{
	program(0711);
	become_user();
	return NULL;
}

static const char *capable(void)
{
	const struct vfs_cap_data caps = {
		.magic_etc = VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE,
		.data = { { .permitted = 1U << CAP_NET_RAW } },
	};

	if (setxattr(program(0755), "security.capability", &caps,
		     XATTR_CAPS_SZ_2, 0))
		return "no file capabilities on this file system";
	become_user();
	return NULL;
}

static const char *capable_no_new_privs(void)
{
	const char *why = capable();

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return why;
}

/* Root is a user like others to exec. */
static const char *no_root(void)
{
	if (prctl(PR_SET_SECUREBITS, SECBIT_NOROOT))
		die("securebits");
	return NULL;
}

static const char *sandboxed(void)
{
	struct landlock_ruleset_attr attr = {
		.handled_access_fs = LANDLOCK_ACCESS_FS_MAKE_DIR |
				     LANDLOCK_ACCESS_FS_WRITE_FILE,
	};
	int fd = syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);

	if (fd < 0)
		return "this kernel has no Landlock, or it is off";
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (syscall(SYS_landlock_restrict_self, fd, 0))
		die("landlock");
	close(fd);
	return NULL;
}

static const char *odd_personality(void)
{
	set_user_id();
	personality(ADDR_NO_RANDOMIZE | READ_IMPLIES_EXEC);
	return NULL;
}

static const char *not_dumpable(void)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		die("dumpable");
	return NULL;
}

static const struct row rows[] = {
	{ "a user's", user, .shows = { UID_IS_USER, "secure: 0" } },
	{ "set-user-ID", set_user_id, .shows = { UID_IS_ROOT, "secure: 1" } },
	{ "set-user-ID, no_new_privs", no_new_privs,
	  .shows = { UID_IS_USER, NO_CAPS } },
	{ "set-user-ID, no_new_privs by the chain", set_user_id, {
		CALL(L, 0, SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0) },
	  .shows = { UID_IS_USER, NO_CAPS } },
	{ "set-user-ID, after PR_SET_PDEATHSIG", set_user_id, {
		CALL(L, 0, SYS_prctl, PR_SET_PDEATHSIG, SIGUSR1, 0, 0),
		CALL(L, ANY, SYS_umask, 0, 0, 0, 0) },
	  .shows = { UID_IS_ROOT, "pdeathsig: 0 0" } },
	{ "set-group-ID", set_group_id,
	  .shows = { "Gid:\t1000\t0\t0\t0", "secure: 1" } },
	{ "file capabilities", capable,
	  .shows = { "CapEff:\t0000000000002000", "secure: 1" } },
	{ "file capabilities, no_new_privs", capable_no_new_privs,
	  .shows = { UID_IS_USER, NO_CAPS } },
	{ "a program that its user cannot read", unreadable,
	  .shows = { UID_IS_USER, "dumpable: 0" } },
	{ "SECBIT_NOROOT", no_root, .shows = { NO_CAPS } },
	{ "a submitter under Landlock", sandboxed, {
		OP(IORING_OP_MKDIRAT, H, -EACCES, .fd = AT_FDCWD,
		   .addr = ROWS "/not", .len = 0700),
		OPEN(H, -EACCES, ROWS "/file", O_WRONLY),
		CALL(H, -EPERM, SYS_mount, "none", "/tmp", "tmpfs", 0) },
	  .shows = { "probe mkdir: 13" } },
	{ "a personality that does not pass set-user-ID", odd_personality,
	  .shows = { UID_IS_ROOT } },
	{ "a submitter that is not dumpable", not_dumpable,
	  .shows = { "dumpable: 1" } },
};

int main(void)
{
	return rows_main(rows, ARRAY_SIZE(rows));
}
