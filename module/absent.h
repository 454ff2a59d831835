/* SPDX-License-Identifier: GPL-2.0 */
/* A look for the file of an exec, before the exec. */
#ifndef IOUS_ABSENT_H
#define IOUS_ABSENT_H

#include <linux/types.h>

/*
 * -ENOENT, -ENOTDIR or -EACCES if no file can be reached by the path: execveat(@dfd,
 * @path, @flags) would fail so, without anything to be seen of it. 0: only the call
 * itself can tell. In the process of a chain.
 */
int ious_exec_lookup(int dfd, u64 path, u16 flags);

#endif
