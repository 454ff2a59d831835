// SPDX-License-Identifier: GPL-2.0
/*
 * seccomp: EXEC and SYSCALL are judged in the new process, as the calls that
 * they are. CLONE is judged in its submitter, before there is a process: as
 * clone(2), or as clone3(2) if only that could say it.
 */
#include <linux/audit.h>
#include <linux/err.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task_stack.h>
#include <linux/seccomp.h>
#include <asm/ptrace.h>
#include <asm/syscall.h>

#include "compat.h"
#include "entry.h"
#include "seccomp.h"
#include "symbols.h"

/* Only the second kind has filters; a thread that was killed must not be asked. */
static bool ious_has_filters(void)
{
	return current->seccomp.mode == SECCOMP_MODE_FILTER;
}

bool ious_seccomp_permits(struct pt_regs *regs, long *ret)
{
	unsigned long nr = regs->orig_ax;

	if (likely(current->seccomp.mode == SECCOMP_MODE_DISABLED))
		return true;
	*ret = -EPERM;
	if (!ious_has_filters())
		return false;
	if (ious_secure_computing()) {
		/* a tracer may have made it another call, or none */
		*ret = -ENOSYS;
		return regs->orig_ax == nr;
	}
	if (!ious_seccomp_condemned())
		*ret = regs->ax;
	return false;
}

/*
 * The kernel has seen to it that this SIGSYS is neither blocked nor ignored,
 * and a process of a chain has no handlers.
 */
bool ious_seccomp_condemned(void)
{
	return sigismember(&current->pending.signal, SIGSYS) &&
	       !sigismember(&current->blocked, SIGSYS);
}

/*
 * What the filters say, without anything coming of it: not in the log, not at a
 * supervisor. As seccomp_run_filters(), which has no symbol. The filters stay:
 * another thread can only add to them.
 */
static u32 ious_verdict_of_filters(const struct seccomp_data *sd)
{
	const struct seccomp_filter *filter = READ_ONCE(current->seccomp.filter);
	u32 verdict = SECCOMP_RET_ALLOW, ret;

	for (; filter; filter = filter->prev) {
		ret = bpf_prog_run_pin_on_cpu(filter->prog, sd);
		if ((s32)(ret & SECCOMP_RET_ACTION_FULL) <
		    (s32)(verdict & SECCOMP_RET_ACTION_FULL))
			verdict = ret;
	}
	return verdict & SECCOMP_RET_ACTION_FULL;
}

/* On the submitter's registers, which it may be about to return with. */
static int ious_let_seccomp_act(int nr, const u64 *args)
{
	struct pt_regs *regs = task_pt_regs(current), saved = *regs;
	bool permitted;
	long ret;

	ious_entry_set(regs, nr, args);
	permitted = ious_secure_computing();
	ret = regs->ax;
	*regs = saved;
	if (permitted)
		return 0;
	return IS_ERR_VALUE(ret) ? ret : -EPERM;
}

/*
 * Two that cannot be had here are refused: to end this thread alone would leave
 * behind what it holds in the middle of task work; and a tracer that is shown
 * the call might turn it into that.
 */
static bool ious_can_act(u32 verdict)
{
	return verdict != SECCOMP_RET_TRACE &&
	       !(verdict == SECCOMP_RET_KILL_THREAD &&
		 get_nr_threads(current) > 1);
}

int ious_seccomp_submitter(int nr, const u64 *args, bool may_sleep)
{
	struct seccomp_data sd = {
		.nr = nr,
		.arch = AUDIT_ARCH_X86_64,
		.instruction_pointer = task_pt_regs(current)->ip,
	};
	u32 verdict;

	if (likely(current->seccomp.mode == SECCOMP_MODE_DISABLED))
		return 0;
	if (!ious_has_filters())
		return -EPERM;
	memcpy(sd.args, args, IOUS_NR_ARGS * sizeof(args[0]));
	verdict = ious_verdict_of_filters(&sd);
	if (verdict == SECCOMP_RET_ALLOW)
		return 0;
	if (!may_sleep)
		return -ERESTARTNOINTR;
	if (!ious_can_act(verdict))
		return verdict == SECCOMP_RET_TRACE ? -ENOSYS : -EPERM;
	return ious_let_seccomp_act(nr, args);
}
