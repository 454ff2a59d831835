// SPDX-License-Identifier: GPL-2.0
/*
 * seccomp: filters judge EXEC and SYSCALL in the new process, as the calls that
 * they are. They judge CLONE in its submitter, before there is a process: as
 * clone(2), or as clone3(2) if only that call has its arguments.
 */
#include <linux/audit.h>
#include <linux/err.h>
#include <linux/filter.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task_stack.h>
#include <linux/seccomp.h>
#include <asm/ptrace.h>
#include <asm/syscall.h>

#include "call.h"
#include "compat.h"
#include "request.h"
#include "seccomp.h"
#include "state.h"
#include "submitter.h"
#include "symbols.h"

/* Only this mode has filters; a thread that a filter has killed must not be asked. */
static bool ious_has_filters(void)
{
	return current->seccomp.mode == SECCOMP_MODE_FILTER;
}

bool ious_seccomp_permits(struct pt_regs *regs, long *ret)
{
	long nr = ious_regs_nr(regs);

	if (likely(current->seccomp.mode == SECCOMP_MODE_DISABLED))
		return true;
	*ret = -EPERM;
	if (!ious_has_filters())
		return false;
	if (ious_secure_computing()) {
		/* a tracer may have made it another call, or none */
		*ret = -ENOSYS;
		return ious_regs_nr(regs) == nr;
	}
	if (!ious_seccomp_condemned())
		*ret = ious_regs_ret(regs);
	return false;
}

/*
 * The kernel has made sure that this SIGSYS is neither blocked nor ignored. A
 * process of a chain has no handlers; see ious_insist_on().
 */
bool ious_seccomp_condemned(void)
{
	return sigismember(&current->pending.signal, SIGSYS) &&
	       !sigismember(&current->blocked, SIGSYS);
}

/*
 * The answer of the filters, without any effect: nothing in the log, no question to a
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
static int ious_let_seccomp_act(const struct ious_call_args *call)
{
	struct pt_regs *regs = task_pt_regs(current), saved = *regs;
	u32 status = ious_leave_compat();
	bool permitted;
	long ret;

	lockdep_assert_held(&current->signal->cred_guard_mutex);
	ious_entry_set(regs, call);
	permitted = ious_secure_computing();
	ret = ious_regs_ret(regs);
	*regs = saved;
	ious_return_to_compat(status);
	if (permitted)
		return 0;
	return IS_ERR_VALUE(ret) ? ret : -EPERM;
}

/*
 * Some verdicts are not possible here: the thread may be in the middle of any system
 * call. If the thread alone were ended, everything that it holds would stay behind; a
 * handler or a tracer that changes registers would change those of another call.
 */
static int ious_act(u32 verdict, const struct ious_chain *chain)
{
	int ret;

	switch (verdict) {
	case SECCOMP_RET_ALLOW:
		return 0;
	case SECCOMP_RET_TRACE:
		return -ENOSYS;
	case SECCOMP_RET_TRAP:
		return -EPERM;
	case SECCOMP_RET_KILL_THREAD:
		if (atomic_read(&current->signal->live) > 1)
			return -EPERM;
		break;
	case SECCOMP_RET_USER_NOTIF:
		/* it may put descriptors into this thread's table */
		if (!ious_table_is_held(chain, false))
			return IOUS_MUST_NOT_ASK;
		break;
	default:
		break;
	}
	ret = ious_let_seccomp_act(&chain->call);
	/* a signal, while the supervisor thought: ask again after it */
	if (verdict == SECCOMP_RET_USER_NOTIF && ret == -ERESTARTSYS)
		return -ERESTARTNOINTR;
	return ious_fixup_restart(ret);
}

int ious_seccomp_submitter(const struct ious_chain *chain, bool may_sleep)
{
	struct seccomp_data sd = {
		.nr = chain->call.nr,
		.arch = IOUS_AUDIT_ARCH,
		.instruction_pointer = instruction_pointer(task_pt_regs(current)),
	};
	int ret;

	if (likely(current->seccomp.mode == SECCOMP_MODE_DISABLED))
		return 0;
	if (!ious_has_filters())
		return -EPERM;
	memcpy(sd.args, chain->call.args,
	       IOUS_NR_ARGS * sizeof(chain->call.args[0]));
	if (ious_verdict_of_filters(&sd) == SECCOMP_RET_ALLOW)
		return 0;
	if (!may_sleep)
		return -ERESTARTNOINTR;
	might_sleep();
	/* no other thread may give this one a filter between verdict and action */
	if (mutex_lock_killable(&current->signal->cred_guard_mutex))
		return -ERESTARTNOINTR;
	ret = ious_act(ious_verdict_of_filters(&sd), chain);
	mutex_unlock(&current->signal->cred_guard_mutex);
	return ret;
}
