// SPDX-License-Identifier: GPL-2.0
/*
 * A system call as if made by the new process: its own function is run on the
 * process's own registers, which is where audit, tracers and seccomp look for
 * the call and its arguments. They are of no other use: the process returns to
 * user space as a new program only, with registers of its own.
 */
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/seccomp.h>
#include <asm/ptrace.h>

#include "entry.h"

long ious_entry_call(long (*fn)(const struct pt_regs *regs), int nr,
		     const u64 args[IOUS_NR_ARGS])
{
	struct pt_regs *regs = task_pt_regs(current);

	/* A filter that the chain has set up would have to be asked: not yet. */
	if (current->seccomp.mode != SECCOMP_MODE_DISABLED)
		return -EPERM;

	regs->orig_ax = nr;
	regs->ax = -ENOSYS;
	regs->di = args[0];
	regs->si = args[1];
	regs->dx = args[2];
	regs->r10 = args[3];
	regs->r8 = args[4];
	regs->r9 = 0;
	return fn(regs);
}
