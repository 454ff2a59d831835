// SPDX-License-Identifier: GPL-2.0
/*
 * Where the kernel cancels requests, chains are ended as well.
 *
 * io_uring_cancel_generic() is called by every task that used io_uring and
 * exits or execs, and by the SQPOLL thread; a plain exit goes no further, so
 * it has to be watched by itself. io_uring_try_cancel_requests() is called
 * over and over by those that wait, and when a ring is torn down. Both may
 * sleep for long: they are looked at, never replaced.
 *
 * io_try_cancel() is how ASYNC_CANCEL, SYNC_CANCEL and an expired
 * LINK_TIMEOUT ask for one request.
 */
#include "chain.h"
#include "compat.h"
#include "hooks.h"
#include "ious.h"

void notrace ious_cancel_generic_callback(unsigned long ip,
					  unsigned long parent_ip,
					  struct ftrace_ops *ops,
					  struct ftrace_regs *fregs)
{
	const void *owner = ious_current_owner();

	if (owner)
		ious_chains_kill(NULL, owner);
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
