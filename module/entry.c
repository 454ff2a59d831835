// SPDX-License-Identifier: GPL-2.0
/*
 * A system call as if the new process had made it: the kernel's function for it runs on
 * the process's own registers. There audit, tracers and seccomp look for the call and
 * its arguments. The registers have no other use: the process returns to user space
 * only as a new program, with registers of its own.
 */
#include <linux/audit.h>
#include <linux/err.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task_stack.h>

#include "call.h"
#include "compat.h"
#include "entry.h"
#include "freeze.h"
#include "request.h"
#include "seccomp.h"
#include "stats.h"
#include "symbols.h"

/* The arguments have not changed, unless a tracer has changed them. */
static bool ious_entry_may(bool (*may)(const u64 *args),
			   const struct pt_regs *regs)
{
	const u64 args[IOUS_NR_ARGS] = {
		ious_regs_arg(regs, 0), ious_regs_arg(regs, 1),
		ious_regs_arg(regs, 2), ious_regs_arg(regs, 3),
		ious_regs_arg(regs, 4), ious_regs_arg(regs, 5),
	};

	return !may || may(args);
}

/* In the order of a system call's entry: seccomp, then audit. */
static long ious_entry_try(struct io_kiocb *req,
			   long (*fn)(const struct pt_regs *regs),
			   bool (*may)(const u64 *args),
			   const struct ious_call_args *call)
{
	struct pt_regs *regs = task_pt_regs(current);
	long ret;

	ious_entry_set(regs, call);
	if (!ious_seccomp_permits(regs, &ret))
		return ious_refuse(req, ious_cmd(req)->opcode, ret,
				   IOUS_WHY_seccomp);
	if (!ious_entry_may(may, regs))
		return ious_refuse(req, ious_cmd(req)->opcode, -EINVAL,
				   IOUS_WHY_arguments);
	ious_audit_entry(regs);
	ret = fn(regs);
	ious_audit_exit(ret);
	return ret;
}

/*
 * A call that was interrupted begins again, as it does for a process that has no
 * handler. A filter may give the same codes: so what interrupted it must be gone. If it
 * does not go, the call fails with -EINTR.
 */
static bool ious_entry_again(long ret)
{
	switch (ret) {
	case -ERESTARTSYS:
	case -ERESTARTNOINTR:
	case -ERESTARTNOHAND:
		return signal_pending(current) && ious_stop_point();
	default:
		return false;
	}
}

long ious_entry_call(struct io_kiocb *req,
		     long (*fn)(const struct pt_regs *regs),
		     bool (*may)(const u64 *args),
		     const struct ious_call_args *call)
{
	long ret;

	do
		ret = ious_entry_try(req, fn, may, call);
	while (ious_entry_again(ret));
	return ret;
}

void ious_entry_note(const struct ious_call_args *call, long ret)
{
	struct pt_regs *regs = task_pt_regs(current);

	ious_entry_set(regs, call);
	ious_audit_entry(regs);
	ious_audit_exit(ret);
}
