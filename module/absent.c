// SPDX-License-Identifier: GPL-2.0
/*
 * Most candidates of a search are not there. An exec that finds that out has allocated a
 * file, on Linux 6.1 a memory as well; a lookup of the path has not.
 *
 * The lookup is a part of the call, after seccomp and the entry of audit: a filter has
 * judged the call, /proc shows it. It is not made if audit writes a record of the call,
 * which would lack the path. A file that is there, and every error but three, are left
 * to execveat().
 */
#include <linux/audit.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/namei.h>
#include <linux/path.h>
#include <linux/sched.h>
#include <linux/uaccess.h>

#include "absent.h"
#include "compat.h"
#include "symbols.h"

/* Longer ones are left to the call: the copy is on the stack. */
#define IOUS_SHORT_PATH	128

/*
 * Audit has decided about this call at its entry. Too many processes of the user are an
 * error before the file is looked for.
 */
static bool ious_exec_matters(void)
{
	return !audit_dummy_context() || current->flags & PF_NPROC_EXCEEDED;
}

/*
 * The name lives on this stack. Nobody but audit would keep it, and audit has nothing to
 * record.
 */
static int ious_lookup(int dfd, const char *pathname, unsigned int lookup_flags)
{
	struct filename name = { .name = pathname };
	struct path path;
	int ret = ious_call(filename_lookup)(dfd, &name, lookup_flags, &path, NULL);

	if (!ret)
		path_put(&path);
	return ret;
}

int ious_exec_lookup(int dfd, u64 path, int flags)
{
	char copy[IOUS_SHORT_PATH];
	long len;
	int ret;

	/* a tracer may have put in others, which the call refuses */
	if (flags & ~AT_SYMLINK_NOFOLLOW || ious_exec_matters())
		return 0;
	len = strncpy_from_user(copy, u64_to_user_ptr(path), sizeof(copy));
	if (len <= 0 || len == sizeof(copy))
		return 0;
	ret = ious_lookup(dfd, copy,
			  flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW);
	switch (ret) {
	case -EACCES:
	case -ENOENT:
	case -ENOTDIR:
		return ret;
	default:
		return 0;
	}
}
