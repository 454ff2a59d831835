// SPDX-License-Identifier: GPL-2.0
/*
 * The chain runner: the new process issues the requests of its chain as an io-wq
 * worker does, one at a time, and leaves their completion to the core.
 *
 * The process owns the requests from CLONE's issue on. No lock is held while
 * one runs. A request may sleep for ever; a signal ends that.
 */
#include <linux/file.h>
#include <linux/sched/signal.h>

#include "chain.h"
#include "compat.h"
#include "exec.h"
#include "finish.h"
#include "freeze.h"
#include "ious.h"
#include "leaver.h"
#include "opcodes.h"
#include "ops.h"
#include "prepare.h"
#include "registry.h"
#include "request.h"
#include "rings.h"
#include "run.h"
#include "seccomp.h"
#include "state.h"
#include "stats.h"
#include "symbols.h"
#include "trace.h"
#include "tracer.h"
#include "wait.h"

#define IOUS_LINK_FLAGS	(REQ_F_LINK | REQ_F_HARDLINK)

/* Requests that come after a link has been cut must not look like a link. */
static void ious_unlink(struct io_kiocb *req)
{
	req->link = NULL;
	req->flags &= ~IOUS_LINK_FLAGS;
}

/*
 * The request's own reference on an ordinary file would be dropped when the
 * submitter runs task work: too late for an exec of a file that the chain has just
 * written and closed. No other code looks at a completed request's file, as long
 * as the request's reference count is not zero.
 */
static void ious_release_file(const struct ious_step *step)
{
	struct io_kiocb *req = step->req;
	void *func = READ_ONCE(req->io_task_work.func);

	if (step->cmd || !req->file || req->flags & REQ_F_FIXED_FILE)
		return;
	if (atomic_read_acquire(&req->refs) != 1 &&
	    func != ious_io_req_task_complete)
		return;
	fput(req->file);
	req->file = NULL;
}

/* Fails it as io_wq_submit_work() would have done. */
static void ious_fail_opcode(struct io_kiocb *req)
{
	req->cqe.res = ious_refuse(req, req->opcode, -EOPNOTSUPP,
				   IOUS_WHY_opcode);
	ious_count_refs(req);
	atomic_inc(&req->refs);
	ious_call(io_req_task_queue_fail)(req, -EOPNOTSUPP);
}

/*
 * Requests of ours are done, even if others hold a reference: a program must not wait
 * for its submitter. They have failed without us if they were cancelled while a worker
 * had them.
 */
static enum ious_state ious_own_verdict(struct io_kiocb *req)
{
	return READ_ONCE(req->io_task_work.func) == ious_io_req_task_cancel ?
	       IOUS_FAILED_MARKED : ious_verdict(req);
}

static enum ious_state ious_issue(const struct ious_step *step)
{
	struct io_kiocb *req = step->req;

	if (!step->cmd && !ious_can_finish(req)) {
		ious_fail_opcode(req);
		return IOUS_FAILED_MARKED;
	}
	ious_call(io_wq_submit_work)(&req->work);
	return step->cmd ? ious_own_verdict(req) : ious_wait(req);
}

/*
 * Starts the timer of @req's timeout, as the core does when it hands a request
 * to a worker. Otherwise the core would start it when the request is done.
 */
static void ious_arm_timeout(struct io_kiocb *req, struct io_kiocb *timeout)
{
	if (!(req->flags & REQ_F_ARM_LTIMEOUT))
		return;
	req->flags &= ~REQ_F_ARM_LTIMEOUT;
	req->flags |= REQ_F_LINK_TIMEOUT;
	ious_count_refs(req);
	ious_count_refs(timeout);
	atomic_inc(&timeout->refs);
	ious_call(io_queue_linked_timeout)(timeout);
}

/*
 * As the core does when the last reference is dropped. With DEFER_TASKRUN, that can be
 * long after the request was done: then the timer would expire, and end another
 * request that has the same user_data by then.
 */
static void ious_disarm_timeout(struct io_kiocb *req)
{
	spin_lock(&req->ctx->completion_lock);
	ious_call(io_disarm_next)(req);
	spin_unlock(&req->ctx->completion_lock);
}

/*
 * Issues a request with its timeout. The timer may take the timeout out of the link
 * at any time: the link is cut behind it.
 */
static enum ious_state ious_run_timed(struct ious_chain *chain,
				      const struct ious_step *step)
{
	struct io_kiocb *req = step->req;
	enum ious_state state;

	ious_unlink(step->timeout);
	ious_arm_timeout(req, step->timeout);
	state = ious_issue(step);
	/* the CQE of one that failed comes by task work: on 6.1, last in, first out */
	if (state == IOUS_DONE || state == IOUS_FAILED_UNMARKED ||
	    (state == IOUS_FAILED_MARKED && IOUS_DEFER_IN_ORDER))
		ious_disarm_timeout(req);
	chain->res[chain->done++] = req->cqe.res;
	chain->res[chain->done++] = -EINVAL;
	return state;
}

/*
 * Cuts a request without a timeout off the rest. The rest stays attached while it runs,
 * as a soft link. If the chain ends with a failure that the core knows, the drop of the
 * last reference cancels the rest, in the right order. If not, that drop must not
 * start the rest: it has been taken off before our reference is dropped.
 */
static void ious_cut_link(struct ious_chain *chain, const struct ious_step *step,
			  enum ious_state state)
{
	struct io_kiocb *req = step->req;

	chain->res[chain->done++] = req->cqe.res;
	/* CLONE's rest was taken off before there was a process */
	if (state == IOUS_FAILED_MARKED && req->link &&
	    (!step->hard || !ious_exec_goes_on(req) ||
	     ious_chain_killed(chain)))
		ious_fail_rest(chain);
	else
		req->link = NULL;
}

/* It may wait for the end of the chain, see finish.c. */
static bool ious_takes_nothing(const struct ious_step *step)
{
	if (step->timeout ||
	    step->req->flags & (REQ_F_NEED_CLEANUP | REQ_F_ASYNC_DATA))
		return false;
	return step->cmd ? !step->cmd->fixed : !step->req->file;
}

/* In a process that dies, a request that is still pending has no result. */
static void ious_trace_request(const struct ious_step *step,
			       enum ious_state state)
{
	trace_ious_request(step->req, step->cmd ? step->cmd->opcode :
						  step->req->opcode,
			   state != IOUS_DONE);
}

/* True if the chain goes on. */
static bool ious_note(struct ious_chain *chain, const struct ious_step *step,
		      enum ious_state state)
{
	ious_trace_request(step, state);
	if (state != IOUS_DONE)
		chain->failed = true;
	return (state == IOUS_DONE ||
		(step->hard && ious_exec_goes_on(step->req))) && !chain->execed;
}

/* The core completes a request of ours that has its result. */
static bool ious_post(struct ious_chain *chain, struct io_kiocb *req)
{
	bool posted;

	ious_prepare_work(req);
	ious_call(io_wq_submit_work)(&req->work);
	posted = READ_ONCE(req->io_task_work.func) != ious_io_req_task_cancel;
	if (!posted)
		chain->failed = true;
	ious_unmark(req);
	if (chain->next && !chain->execed)
		ious_wait_posted(req);
	return posted;
}

/* One of ours has its result: the core only completes it, if it must. */
static bool ious_end_own(struct ious_chain *chain, const struct ious_step *step)
{
	bool go_on, done, light = ious_takes_nothing(step);
	struct io_kiocb *req = step->req;
	enum ious_state state = ious_verdict(req);

	ious_cut_link(chain, step, state);
	go_on = ious_note(chain, step, state);
	/* it is done: no cancellation may find it from now on */
	ious_chain_drop(chain);
	done = state == IOUS_DONE && ious_finish_done(chain, req);
	if (!done && !ious_post(chain, req))
		go_on = false;
	/* a frozen process has no failure to act on, and does not exit */
	if (!chain->execed)
		ious_freeze_point();
	if (!done)
		ious_finish(chain, req, light);
	return go_on;
}

/*
 * One of ours, without a timeout: the runner calls its function by itself. False if the
 * chain ends with it.
 */
static bool ious_run_own(struct ious_chain *chain, const struct ious_step *step)
{
	bool there;

	ious_prepare_own(chain, step);
	chain->early = step->req;
	there = ious_op_run(step->req);
	chain->early = NULL;
	return there && ious_end_own(chain, step);
}

/* One that the core issues, or that has a timeout. */
static bool ious_run_issued(struct ious_chain *chain, const struct ious_step *step)
{
	struct io_kiocb *req = step->req;
	enum ious_state state;
	bool go_on, light;

	ious_prepare(chain, step);
	if (step->timeout) {
		state = ious_run_timed(chain, step);
	} else {
		state = ious_issue(step);
		ious_cut_link(chain, step, state);
	}
	go_on = ious_note(chain, step, state);
	light = ious_takes_nothing(step);
	if (state == IOUS_DONE || state == IOUS_FAILED_UNMARKED)
		ious_release_file(step);
	/* it is done: no cancellation may find it from now on */
	ious_chain_drop(chain);
	ious_unmark(req);
	if (chain->next && !chain->execed)
		ious_wait_posted(req);
	if (step->timeout && go_on)
		ious_disarm_timeout(req);
	/* a frozen process has no failure to act on, and does not exit */
	if (!chain->execed)
		ious_freeze_point();
	ious_finish(chain, req, light);
	return go_on;
}

/* False if the chain ends with @req, which the caller has taken. */
static bool ious_run(struct ious_chain *chain, struct io_kiocb *req)
{
	const struct ious_step step = ious_step(req);

	return step.cmd && !step.timeout ? ious_run_own(chain, &step) :
					   ious_run_issued(chain, &step);
}

static void ious_tell_end(const struct ious_chain *chain)
{
	enum ious_stat how = IOUS_STAT_finished;

	if (chain->execed && !chain->ruined && !chain->late)
		how = IOUS_STAT_executed;
	else if (ious_chain_killed(chain))
		how = IOUS_STAT_killed;
	else if (chain->failed)
		how = IOUS_STAT_failed;
	ious_count(how);
	trace_ious_chain_end(chain, how);
}

/* From here on nobody waits for the chain. */
static void ious_run_end(struct ious_chain *chain)
{
	ious_cancel_rest(ious_chain_take_all(chain));
	ious_finish_all(chain);
	ious_tell_end(chain);
	if (!chain->execed && !ious_seccomp_condemned())
		ious_leaver_begin(chain);
	ious_chain_leave(chain);
	ious_chain_done(chain);
}

/*
 * The rest of the exec may last for ever, as a tracer or a file system of user space may
 * hold it. So the chain ends here: neither its ring nor its submitter waits for that.
 * The process comes back through our code with its reference to the chain, for which an
 * unload waits.
 */
bool ious_run_early(struct ious_chain *chain, int result)
{
	struct io_kiocb *req = chain->early;
	struct ious_step step;

	/* a process that was ended dies, and EXEC tells so when the exec returns */
	if (!req || !ious_chain_commit(chain))
		return false;
	chain->early = NULL;
	chain->ended = true;
	trace_ious_exec(chain);
	step = ious_step(req);
	ious_req_done(req, result);
	ious_cmd(req)->done = true;
	ious_end_own(chain, &step);
	ious_run_end(chain);
	return true;
}

void ious_run_all(struct ious_chain *chain, bool go_on)
{
	struct io_kiocb *req;

	ious_count(IOUS_STAT_started);
	trace_ious_chain_start(chain);
	ious_close_ring(chain);
	/* from here on the process can be killed, which ends a stop */
	if (go_on && chain->event)
		ious_tracer_stop();
	/* The first CQE, even of a chain that ends at once. */
	if (!ious_run(chain, chain->clone))
		go_on = false;
	while (go_on && (req = ious_chain_take(chain))) {
		ious_close_ring(chain);
		ious_freeze_point();
		ious_run_task_work();
		go_on = ious_run(chain, req) && !ious_seccomp_condemned();
	}
	if (!chain->ended)
		ious_run_end(chain);
}
