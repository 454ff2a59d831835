/* SPDX-License-Identifier: GPL-2.0 */
/* A system call with its arguments, and the registers at its entry. */
#ifndef IOUS_CALL_H
#define IOUS_CALL_H

#include <linux/errno.h>
#include <linux/types.h>
#include <asm/ptrace.h>

#define IOUS_NR_ARGS	6

struct ious_call_args {
	int nr;
	u64 args[IOUS_NR_ARGS];
};

/* Sets @regs up as at the entry of @call. */
static inline void ious_entry_set(struct pt_regs *regs,
				  const struct ious_call_args *call)
{
	regs->orig_ax = call->nr;
	regs->ax = -ENOSYS;
	regs->di = call->args[0];
	regs->si = call->args[1];
	regs->dx = call->args[2];
	regs->r10 = call->args[3];
	regs->r8 = call->args[4];
	regs->r9 = call->args[5];
}

#endif
