/* SPDX-License-Identifier: GPL-2.0 */
/* A system call as if the new process had made it. */
#ifndef IOUS_ENTRY_H
#define IOUS_ENTRY_H

#include <linux/types.h>

struct io_kiocb;
struct ious_call_args;
struct pt_regs;

/*
 * Makes @call for @req with @fn, the kernel's function for it, on the registers of the
 * current process, which must be one of a chain. Returns its result, or the one that
 * seccomp gives instead. @may, unless it is NULL, judges the arguments. A call that a stop
 * or a freezer interrupted begins again.
 */
long ious_entry_call(struct io_kiocb *req,
		     long (*fn)(const struct pt_regs *regs),
		     bool (*may)(const u64 *args),
		     const struct ious_call_args *call);

/* Audit's record of a call that has been made for the current process. */
void ious_entry_note(const struct ious_call_args *call, long ret);

#endif
