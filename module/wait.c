// SPDX-License-Identifier: GPL-2.0
/*
 * The new process waits for a request that it has issued: until that has ended, and
 * until the next may begin, since CQEs come in order. There is no event to wait for.
 */
#include <linux/delay.h>
#include <linux/io_uring_types.h>
#include <linux/jiffies.h>
#include <linux/sched/signal.h>

#include "compat.h"
#include "freeze.h"
#include "symbols.h"
#include "wait.h"

enum ious_state ious_verdict(const struct io_kiocb *req)
{
	if (req->flags & REQ_F_FAIL)
		return IOUS_FAILED_MARKED;
	return req->cqe.res < 0 ? IOUS_FAILED_UNMARKED : IOUS_DONE;
}

/*
 * The outcome of a request after io_wq_submit_work(), which left a reference
 * for the caller. A request that failed waits for task work of the submitter
 * to complete it; only that sets REQ_F_FAIL. Success has to be proven: the other
 * reference is gone, or the request waits for task work that is known to complete it.
 */
static enum ious_state ious_look(struct io_kiocb *req)
{
	void *func = READ_ONCE(req->io_task_work.func);

	if (func == ious_io_req_task_cancel)
		return IOUS_FAILED_MARKED;
	/* pairs with the full barrier of the core's atomic_dec_and_test() */
	if (atomic_read_acquire(&req->refs) == 1 ||
	    func == ious_io_req_task_complete ||
	    func == ious_io_req_rw_complete)
		return ious_verdict(req);
	return IOUS_PENDING;
}

/*
 * Short naps: there is no event to wait for. The task that has to complete the request
 * may have been frozen with its control group. Then this process has to freeze, too:
 * it must not keep the group from it.
 */
static void ious_nap(unsigned int *us)
{
	ious_freeze_point();
	*us = min(*us * 2, 1000U);
	usleep_range_state(*us / 2, *us, TASK_IDLE | TASK_FREEZABLE);
}

/*
 * The core stores the outcome and then the function, and has no barrier between them, nor
 * one between the function and this reader. So the function may be seen before the outcome
 * where a CPU's stores need not be seen in their order. Only the core's later llist_add()
 * orders them, which nobody can see from here without the submitter's lists. A nap is longer
 * than any store takes to be seen: a store that is seen says that those before it are on
 * their way.
 */
static enum ious_state ious_look_again(struct io_kiocb *req,
				       enum ious_state state, unsigned int *us)
{
	if (IOUS_STORES_IN_ORDER || state == IOUS_PENDING ||
	    atomic_read_acquire(&req->refs) == 1)
		return state;
	ious_nap(us);
	return ious_look(req);
}

enum ious_state ious_wait(struct io_kiocb *req)
{
	enum ious_state state = ious_look(req);
	unsigned int us = 20;

	while (state == IOUS_PENDING && !fatal_signal_pending(current)) {
		ious_nap(&us);
		state = ious_look(req);
	}
	return ious_look_again(req, state, &us);
}

/*
 * CQEs come in the chain's order. A request that task work completes could be
 * overtaken by the next one. With DEFER_TASKRUN that work may wait for something that
 * this process does, as the submitter runs it when it likes. There, and with IOPOLL,
 * everything takes that way, in order. But not on Linux 6.1: there the process waits
 * for a limited time, and so does one that is killed.
 */
void ious_wait_posted(struct io_kiocb *req)
{
	unsigned int flags = req->ctx->flags;
	bool deferred = flags & IORING_SETUP_DEFER_TASKRUN;
	unsigned long end = jiffies + HZ / 4;
	unsigned int us = 20;

	if ((deferred || flags & IORING_SETUP_IOPOLL) && IOUS_DEFER_IN_ORDER)
		return;
	while (atomic_read_acquire(&req->refs) != 1) {
		if (!deferred && !fatal_signal_pending(current))
			end = jiffies + HZ / 4;
		else if (time_after(jiffies, end))
			break;
		ious_nap(&us);
	}
}
