/* SPDX-License-Identifier: GPL-2.0 */
/* A system call as if made by the new process. */
#ifndef IOUS_ENTRY_H
#define IOUS_ENTRY_H

#include <linux/types.h>

struct pt_regs;

#define IOUS_NR_ARGS	5

/*
 * Calls @fn, the kernel's function for system call @nr, on the registers of the
 * current process, which must be one of a chain. Its result, or -EPERM.
 */
long ious_entry_call(long (*fn)(const struct pt_regs *regs), int nr,
		     const u64 args[IOUS_NR_ARGS]);

#endif
