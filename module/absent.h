/* SPDX-License-Identifier: GPL-2.0 */
/* A look for the file of an exec, before the exec. */
#ifndef IOUS_ABSENT_H
#define IOUS_ABSENT_H

#include <linux/types.h>

/*
 * -ENOENT, -ENOTDIR or -EACCES if no file can be reached by the path: execveat(@dfd,
 * @path, @flags) would find that, too. 0: only that can tell. In such a call of a
 * chain's process, after ious_audit_entry().
 */
int ious_exec_lookup(int dfd, u64 path, int flags);

#endif
