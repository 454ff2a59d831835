// SPDX-License-Identifier: GPL-2.0
/*
 * Ends chains where the kernel cancels requests.
 *
 * Every task that used io_uring calls io_uring_cancel_generic() when it exits or
 * execs, and so does the SQPOLL thread. A plain exit goes no further, so this
 * function needs a hook of its own. A task that waits for its requests calls
 * io_uring_try_cancel_requests() over and over, and the teardown of a ring calls it.
 * Both may sleep for long: they are not replaced without need. And no signal is sent
 * in a callback of ftrace, which may not sleep: with PREEMPT_RT a signal does.
 *
 * ASYNC_CANCEL, SYNC_CANCEL and an expired LINK_TIMEOUT ask io_try_cancel() for one
 * request; a caller that asks for all chains of a ring uses it, too.
 */
#include <linux/delay.h>
#include <linux/io_uring_types.h>
#include <linux/sched.h>

#include <linux/io_uring_spawn.h>

#include "cancel.h"
#include "compat.h"
#include "ending.h"
#include "ious.h"
#include "leaver.h"
#include "registry.h"
#include "request.h"
#include "sets.h"
#include "state.h"
#include "symbols.h"

/*
 * Linux 6.1 only: with DEFER_TASKRUN, a task must not look at its rings while others
 * fail their requests. A plain exit looks at them if it has requests on files of
 * rings. A chain's process that was about to look one up has done so after a moment,
 * unless it is stuck in its request: then it has done so before.
 */
static bool ious_must_not_look(void)
{
	unsigned int tries = 100;

	ious_task_kill(current);
	while (ious_task_has_chains(current) && --tries)
		usleep_range(200, 500);
	return atomic_read(&current->io_uring->inflight_tracked);
}

/*
 * A task that frees its io_uring_task at the end, in an exec or as an SQPOLL thread,
 * has to wait for more than its requests: our processes still use it for a moment
 * when they have completed the last one. A plain exit frees nothing: each chain
 * holds the task itself.
 */
static bool ious_must_wait(bool cancel_all)
{
	return cancel_all || (IOUS_LOCAL_WORK_RACES && ious_must_not_look());
}

/* Takes the place of io_uring_cancel_generic() in a task that may have chains. */
static void ious_cancel_generic(bool cancel_all, struct io_sq_data *sqd)
{
	struct ious_set own;
	bool closed;

	ious_enter();
	closed = ious_must_wait(cancel_all) && ious_task_close(&own);
	if (!closed)
		ious_task_kill(current);
	ious_call(io_uring_cancel_generic)(cancel_all, sqd);
	if (closed)
		ious_task_open(&own);
	ious_leave();
}

static bool ious_anything_lives(void)
{
	if (ious_nr_clones())
		return true;
	/* a CLONE is counted until its chain is: see ious_idle() */
	smp_rmb();
	return ious_nr_chains();
}

/*
 * A CLONE of the task that has not begun may become a chain meanwhile, if the core had
 * put it aside for a worker. The count of all CLONEs has those of every task.
 */
void *notrace ious_cancel_generic_decide(struct ftrace_regs *fregs)
{
	bool cancel_all = ious_fregs_arg(fregs, 0) & 0xff;

	if (current->io_uring &&
	    (ious_task_has_chains(current) ||
	     (cancel_all && ious_anything_lives())))
		return ious_cancel_generic;
	return NULL;
}

/* Takes the place of io_uring_try_cancel_requests() where it finds chains. */
static bool ious_try_cancel_requests(IOUS_TRY_CANCEL_PARAMETERS)
{
	bool ret;

	ious_enter();
	if (owner)
		ious_task_kill(current);
	else
		ious_ring_kill(ctx);
	ret = ious_call(io_uring_try_cancel_requests)(IOUS_TRY_CANCEL_ARGUMENTS);
	ious_leave();
	return ret;
}

/* The second argument is the task that waits for its requests; NULL: the ring goes. */
void *notrace ious_try_cancel_requests_decide(struct ftrace_regs *fregs)
{
	if (ious_fregs_arg(fregs, 1) ?
	    ious_task_has_chains(current) :
	    ious_ring_has_chains((void *)ious_fregs_arg(fregs, 0)))
		return ious_try_cancel_requests;
	return NULL;
}

static const struct ious_cancel_data *
ious_cancel_data(const struct io_cancel_data *cd)
{
	return (const struct ious_cancel_data *)cd;
}

static struct io_ring_ctx *ious_cancel_ctx(const struct io_cancel_data *cd)
{
	return ious_cancel_data(cd)->ctx;
}

/*
 * Without this module it means a NOP of that user_data, and there is none. Linux 6.1
 * accepts this opcode: its SYNC_CANCEL takes no other.
 */
static bool ious_cancel_means_chains(const struct io_cancel_data *cd)
{
	const struct ious_cancel_data *data = ious_cancel_data(cd);

	return data->flags == (IORING_ASYNC_CANCEL_OP |
			       IORING_ASYNC_CANCEL_USERDATA) &&
	       data->opcode == IORING_OP_NOP &&
	       data->data == IORING_SPAWN_ALL_CHAINS;
}

/* In this order: a process is among the leavers before its chain is done. */
static bool ious_memory_is_shared(const struct io_ring_ctx *ctx)
{
	if (ious_ring_has_chains(ctx))
		return true;
	/* pairs with the locks that ious_leaver_begin() and ious_chain_done() take */
	smp_rmb();
	return ious_leavers_exist(ctx);
}

/*
 * -EALREADY as long as one of their processes shares the memory: SYNC_CANCEL then
 * looks again, outside of uring_lock.
 */
static int ious_cancel_chains(const struct io_ring_ctx *ctx)
{
	ious_ring_kill(ctx);
	return ious_memory_is_shared(ctx) ? -EALREADY : -ENOENT;
}

/*
 * Takes the place of io_try_cancel() on a ring with chains: a chain that it finds
 * will not go on.
 */
static int ious_try_cancel(struct io_uring_task *tctx,
			   struct io_cancel_data *cd, unsigned int issue_flags)
{
	int ret = 0;

	ious_enter();
	if (ious_cancel_means_chains(cd))
		ret = ious_cancel_chains(ious_cancel_ctx(cd));
	else if (!ious_ring_cancel(ious_cancel_ctx(cd), cd))
		ret = ious_call(io_try_cancel)(tctx, cd, issue_flags);
	ious_leave();
	return ret;
}

void *notrace ious_try_cancel_decide(struct ftrace_regs *fregs)
{
	const struct io_cancel_data *cd = (void *)ious_fregs_arg(fregs, 1);

	return ious_memory_is_shared(ious_cancel_ctx(cd)) ? ious_try_cancel :
							    NULL;
}
