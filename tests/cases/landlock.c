// SPDX-License-Identifier: GPL-2.0
/*
 * What Landlock refuses is recorded, from Linux 6.15 on: what it refuses a
 * chain, as what it refuses a forked child. The rest of it is in exec_as.c.
 */
#include "records.h"
#include "rows.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>

static bool is_recorded;

static const char *sandboxed(void)
{
	struct landlock_ruleset_attr attr = {
		.handled_access_fs = LANDLOCK_ACCESS_FS_MAKE_DIR |
				     LANDLOCK_ACCESS_FS_WRITE_FILE |
				     LANDLOCK_ACCESS_FS_EXECUTE,
	};
	int fd;

	if (!is_recorded)
		return "this kernel records nothing of Landlock";
	fd = syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (fd < 0 || syscall(SYS_landlock_restrict_self, fd, 0))
		die("landlock");
	close(fd);
	return NULL;
}

static const struct row rows[] = {
	{ "Landlock's records", sandboxed, {
		OP(IORING_OP_MKDIRAT, H, -EACCES, .fd = AT_FDCWD,
		   .addr = ROWS "/not", .len = 0700),
		OPEN(H, -EACCES, ROWS "/file", O_WRONLY) },
	  .exec = -EACCES, .status = EXITED(127),
	  .recorded = "blockers=fs.make_dir" },
	{ "of a call and the exec", sandboxed, {
		CALL(H, -EPERM, SYS_mount, "none", "/tmp", "tmpfs", 0) },
	  .exec = -EACCES, .status = EXITED(127),
	  .recorded = "blockers=fs.execute" },
};

int main(void)
{
	int ret;

	/* as the version of its interface: 7 came with the records */
	ret = syscall(SYS_landlock_create_ruleset, NULL, 0,
		      LANDLOCK_CREATE_RULESET_VERSION);
	is_recorded = ret >= 7;
	rows_recorded = records_start();
	ret = rows_main(rows, ARRAY_SIZE(rows));
	records_stop();
	return ret;
}
