// SPDX-License-Identifier: GPL-2.0
/*
 * A CLONE that waits for a thread of its submitter, as task work. The thread may
 * be asleep for as long as it likes, in vfork() for instance, and CLONEs go on
 * coming meanwhile: so each counts as the process that it is going to be, for
 * RLIMIT_NPROC.
 *
 * The reference to the chain goes with the work. If the chain is ended, the one
 * who does so fails its requests and takes the work back, or leaves it to find
 * nothing to do.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/sched/user.h>
#include <linux/task_work.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>

#include "chain.h"
#include "clone.h"
#include "compat.h"
#include "ious.h"
#include "submitter.h"
#include "symbols.h"
#include "waiting.h"

/* As in copy_process(). */
static bool ious_may_exceed(const struct cred *cred)
{
	return uid_eq(cred->user->uid, GLOBAL_ROOT_UID) ||
	       ns_capable_noaudit(&init_user_ns, CAP_SYS_RESOURCE) ||
	       ns_capable_noaudit(&init_user_ns, CAP_SYS_ADMIN);
}

static int ious_wait_charge(struct ious_chain *chain)
{
	const struct cred *cred = get_cred(current_real_cred());

	ious_call(inc_rlimit_ucounts)(cred->ucounts, UCOUNT_RLIMIT_NPROC, 1);
	chain->charged = cred;
	if (!ious_call(is_rlimit_overlimit)(cred->ucounts, UCOUNT_RLIMIT_NPROC,
					    rlimit(RLIMIT_NPROC)) ||
	    ious_may_exceed(cred))
		return 0;
	ious_wait_over(chain);
	return -EAGAIN;
}

void ious_wait_over(struct ious_chain *chain)
{
	const struct cred *cred = chain->charged;

	if (!cred)
		return;
	chain->charged = NULL;
	ious_call(dec_rlimit_ucounts)(cred->ucounts, UCOUNT_RLIMIT_NPROC, 1);
	put_cred(cred);
}

/* The thread that the work was queued to, whose reference is the caller's now. */
static struct task_struct *ious_take_thread(struct ious_chain *chain)
{
	struct task_struct *thread;

	raw_spin_lock(&chain->lock);
	thread = chain->thread;
	chain->thread = NULL;
	raw_spin_unlock(&chain->lock);
	return thread;
}

static void ious_wait_work(struct callback_head *work)
{
	struct ious_chain *chain = container_of(work, struct ious_chain, work);
	struct task_struct *thread;

	ious_enter();
	thread = ious_take_thread(chain);
	ious_clone_in_thread(chain);
	if (thread)
		put_task_struct(thread);
	ious_leave();
}

static bool ious_is_work(struct callback_head *work, void *chain)
{
	return work == &((struct ious_chain *)chain)->work;
}

/* True if the work was there, and is not any more. */
static bool ious_take_work_back(struct ious_chain *chain)
{
	struct task_struct *thread = ious_take_thread(chain);
	bool found;

	if (!thread)
		return false;
	found = ious_call(task_work_cancel_match)(thread, ious_is_work, chain);
	put_task_struct(thread);
	return found;
}

void ious_wait_unqueue(struct ious_chain *chain)
{
	if (ious_take_work_back(chain) || cancel_delayed_work(&chain->retry))
		ious_chain_put(chain);
}

/* It may have been ended before the work was where it could be found. */
static void ious_wait_queued(struct ious_chain *chain)
{
	bool dead;

	raw_spin_lock(&chain->lock);
	dead = chain->dead;
	raw_spin_unlock(&chain->lock);
	if (dead)
		ious_wait_unqueue(chain);
}

static int ious_wait_queue_to(struct ious_chain *chain,
			      struct task_struct *thread)
{
	int ret;

	init_task_work(&chain->work, ious_wait_work);
	raw_spin_lock(&chain->lock);
	chain->thread = get_task_struct(thread);
	raw_spin_unlock(&chain->lock);
	ret = task_work_add(thread, &chain->work, TWA_SIGNAL);
	if (ret) {
		thread = ious_take_thread(chain);
		if (thread)
			put_task_struct(thread);
	}
	return ret;
}

/* The thread may have gone since CLONE was issued, or have other rights. */
static int ious_wait_queue(struct ious_chain *chain)
{
	struct task_struct *thread;
	int ret;

	/* not even the ring is there any more if the chain was ended */
	thread = ious_submitter_thread(chain->submitter, chain->sq_creds);
	if (!thread)
		return -ESRCH;
	ret = ious_wait_queue_to(chain, thread);
	put_task_struct(thread);
	return ret;
}

/* With a reference beside the work's, which is gone when the thread is quick. */
static int ious_wait_queue_held(struct ious_chain *chain)
{
	int ret;

	ious_chain_get(chain);
	ret = ious_wait_queue(chain);
	if (!ret)
		ious_wait_queued(chain);
	ious_chain_put(chain);
	return ret;
}

static void ious_wait_retry(struct work_struct *work)
{
	struct ious_chain *chain = container_of(to_delayed_work(work),
						struct ious_chain, retry);

	ious_enter();
	if (ious_wait_queue_held(chain)) {
		if (ious_chain_claim(chain))
			ious_clone_fail(chain, -ECANCELED);
		else
			ious_chain_put(chain);
	}
	ious_leave();
}

int ious_wait_for_thread(struct ious_chain *chain)
{
	int ret = ious_wait_charge(chain);

	if (ret)
		return ret;
	INIT_DELAYED_WORK(&chain->retry, ious_wait_retry);
	if (!ious_chain_wait(chain))
		return -ECANCELED;
	ret = ious_wait_queue_held(chain);
	if (!ret)
		return 0;
	if (ious_chain_claim(chain))
		return -ECANCELED;
	ious_chain_put(chain);
	return 0;
}

int ious_wait_again(struct ious_chain *chain)
{
	int ret = ious_wait_charge(chain);

	if (ret)
		return ret;
	if (!ious_chain_wait(chain))
		return -ECANCELED;
	schedule_delayed_work(&chain->retry, 1);
	return 0;
}
