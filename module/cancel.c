// SPDX-License-Identifier: GPL-2.0
/*
 * Where the kernel cancels requests, chains are ended as well.
 *
 * io_uring_cancel_generic() is called by every task that used io_uring and
 * exits or execs, and by the SQPOLL thread; a plain exit goes no further, so
 * it has to be watched by itself. io_uring_try_cancel_requests() is called
 * over and over by those that wait, and when a ring is torn down. Both may
 * sleep for long: they are looked at, and not replaced without need.
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
 * Takes the place of io_uring_cancel_generic() where its caller must not look at
 * its rings while our processes fail their requests. They have been killed; one
 * that comes to be meanwhile is, too.
 */
static void ious_cancel_generic(bool cancel_all, struct io_sq_data *sqd)
{
	const void *owner = ious_current_owner();

	ious_enter();
	while (ious_chains_left(owner)) {
		ious_chains_kill(NULL, owner);
		usleep_range(50, 200);
	}
	ious_call(io_uring_cancel_generic)(cancel_all, sqd);
	ious_leave();
}

/* Will it look at its rings? The thread of an SQPOLL ring has no such ones. */
static bool ious_must_wait(const struct pt_regs *regs, const void *owner)
{
	bool cancel_all = regs->di & 0xff;

	if (!IOUS_LOCAL_WORK_RACES || regs->si || !ious_nr_chains())
		return false;
	return (cancel_all ||
		atomic_read(&current->io_uring->inflight_tracked)) &&
	       ious_chains_left(owner);
}

void notrace ious_cancel_generic_callback(unsigned long ip,
					  unsigned long parent_ip,
					  struct ftrace_ops *ops,
					  struct ftrace_regs *fregs)
{
	const void *owner = ious_current_owner();

	if (!owner || !current->io_uring)
		return;
	ious_chains_kill(NULL, owner);
	if (ious_must_wait(ious_fregs_regs(fregs), owner))
		ious_fregs_set_ip(fregs, ious_cancel_generic);
}

void notrace ious_try_cancel_requests_callback(unsigned long ip,
					       unsigned long parent_ip,
					       struct ftrace_ops *ops,
					       struct ftrace_regs *fregs)
{
	struct pt_regs *regs = ious_fregs_regs(fregs);

	ious_chains_kill((struct io_ring_ctx *)regs->di, (void *)regs->si);
}

/* Takes the place of io_try_cancel(): found, and will not run on. */
static int ious_cancelled(struct io_uring_task *tctx,
			  struct io_cancel_data *cd, unsigned int issue_flags)
{
	return 0;
}

void notrace ious_try_cancel_callback(unsigned long ip,
				      unsigned long parent_ip,
				      struct ftrace_ops *ops,
				      struct ftrace_regs *fregs)
{
	struct pt_regs *regs = ious_fregs_regs(fregs);
	struct io_cancel_data *cd = (struct io_cancel_data *)regs->si;
	/* its first field on every kernel; verify.c looks */
	struct io_ring_ctx *ctx = *(struct io_ring_ctx **)cd;

	if (ious_nr_chains() && ious_chains_cancel(ctx, cd))
		ious_fregs_set_ip(fregs, ious_cancelled);
}
