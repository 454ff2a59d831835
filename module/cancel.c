// SPDX-License-Identifier: GPL-2.0
/*
 * Where the kernel cancels requests, chains are ended as well.
 *
 * io_uring_cancel_generic() is called by every task that used io_uring and
 * exits or execs, and by the SQPOLL thread; a plain exit goes no further, so
 * it has to be watched by itself. io_uring_try_cancel_requests() is called
 * over and over by those that wait, and when a ring is torn down. Both may
 * sleep for long: they are not replaced without need. Nor is anybody killed in a
 * callback of ftrace, which may not sleep: with PREEMPT_RT a signal does.
 *
 * io_try_cancel() is how ASYNC_CANCEL, SYNC_CANCEL and an expired
 * LINK_TIMEOUT ask for one request.
 */
#include <linux/delay.h>
#include <linux/sched.h>

#include "chain.h"
#include "compat.h"
#include "hooks.h"
#include "ious.h"
#include "symbols.h"

/*
 * With DEFER_TASKRUN on Linux 6.1, a task that looks at its rings must not do so
 * while our processes fail their requests. The thread of an SQPOLL ring has no
 * such rings.
 */
static bool ious_must_wait(bool cancel_all, const struct io_sq_data *sqd)
{
	return IOUS_LOCAL_WORK_RACES && !sqd &&
	       (cancel_all || atomic_read(&current->io_uring->inflight_tracked));
}

/*
 * Takes the place of io_uring_cancel_generic() in a task that has chains. One
 * that comes to be while it waits is killed, too.
 */
static void ious_cancel_generic(bool cancel_all, struct io_sq_data *sqd)
{
	const void *owner = ious_current_owner();

	ious_enter();
	ious_chains_kill(NULL, owner);
	if (ious_must_wait(cancel_all, sqd))
		while (ious_chains_left(owner)) {
			usleep_range(50, 200);
			ious_chains_kill(NULL, owner);
		}
	ious_call(io_uring_cancel_generic)(cancel_all, sqd);
	ious_leave();
}

void notrace ious_cancel_generic_callback(unsigned long ip,
					  unsigned long parent_ip,
					  struct ftrace_ops *ops,
					  struct ftrace_regs *fregs)
{
	const void *owner = ious_current_owner();

	if (owner && current->io_uring && ious_chains_exist(NULL, owner))
		ious_fregs_set_ip(fregs, ious_cancel_generic);
}

/* Takes the place of io_uring_try_cancel_requests() where it finds chains. */
static bool ious_try_cancel_requests(IOUS_TRY_CANCEL_PARAMETERS)
{
	bool ret;

	ious_enter();
	ious_chains_kill(ctx, owner);
	ret = ious_call(io_uring_try_cancel_requests)(IOUS_TRY_CANCEL_ARGUMENTS);
	ious_leave();
	return ret;
}

void notrace ious_try_cancel_requests_callback(unsigned long ip,
					       unsigned long parent_ip,
					       struct ftrace_ops *ops,
					       struct ftrace_regs *fregs)
{
	struct pt_regs *regs = ious_fregs_regs(fregs);

	if (ious_chains_exist((void *)regs->di, (void *)regs->si))
		ious_fregs_set_ip(fregs, ious_try_cancel_requests);
}

/* Its first field on every kernel; verify.c looks. */
static struct io_ring_ctx *ious_cancel_ctx(struct io_cancel_data *cd)
{
	return *(struct io_ring_ctx **)cd;
}

/*
 * Takes the place of io_try_cancel() on a ring with chains: one that is found
 * will not run on.
 */
static int ious_try_cancel(struct io_uring_task *tctx,
			   struct io_cancel_data *cd, unsigned int issue_flags)
{
	int ret = 0;

	ious_enter();
	if (!ious_chains_cancel(ious_cancel_ctx(cd), cd))
		ret = ious_call(io_try_cancel)(tctx, cd, issue_flags);
	ious_leave();
	return ret;
}

void notrace ious_try_cancel_callback(unsigned long ip,
				      unsigned long parent_ip,
				      struct ftrace_ops *ops,
				      struct ftrace_regs *fregs)
{
	struct pt_regs *regs = ious_fregs_regs(fregs);

	if (ious_chains_exist(ious_cancel_ctx((void *)regs->si), NULL))
		ious_fregs_set_ip(fregs, ious_try_cancel);
}
