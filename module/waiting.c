// SPDX-License-Identifier: GPL-2.0
/*
 * A CLONE that waits for a thread of its submitter, as task work. The thread may
 * be asleep for as long as it likes, in vfork() for instance, and CLONEs go on
 * coming meanwhile. So each counts for RLIMIT_NPROC as the process that it will
 * become.
 *
 * Its reference to the chain goes into the thread's queue. The task that ends the
 * chain fails its requests and takes it out of the queue.
 */
#include <linux/hash.h>
#include <linux/list.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/task_work.h>

#include "chain.h"
#include "charge.h"
#include "clone_thread.h"
#include "compat.h"
#include "ious.h"
#include "state.h"
#include "submitter.h"
#include "symbols.h"
#include "waiting.h"

/*
 * The CLONEs that wait for one thread, and the task work that makes it come. The queue
 * exists as long as it has a CLONE, or its work belongs to the thread.
 *
 * A thread with a signal, or a stop, on its way makes no process: it has to leave
 * task work first, all of it. It is asked again a moment later.
 *
 * A thread that tells its tracer of a process runs task work meanwhile. It gets no
 * second queue while this one's work runs: it makes, and tells of, one process after
 * the other.
 */
struct ious_waitlist {
	struct hlist_node node;
	/* held */
	struct task_struct *thread;
	/* in the order in which they came */
	struct list_head chains;
	/* exactly one of them is pending, or runs */
	struct callback_head work;
	struct delayed_work retry;
	/* in jiffies, until the next try */
	unsigned int delay;
};

#define IOUS_LONGEST_DELAY	max(HZ / 10, 1)

#define IOUS_WAITLIST_BITS	8

/* The lock protects the queues in the bucket, and their lists. */
struct ious_waitlist_bucket {
	raw_spinlock_t lock;
	struct hlist_head queues;
};

static struct ious_waitlist_bucket ious_waitlists[1 << IOUS_WAITLIST_BITS];

void ious_waiting_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ious_waitlists); i++) {
		raw_spin_lock_init(&ious_waitlists[i].lock);
		INIT_HLIST_HEAD(&ious_waitlists[i].queues);
	}
}

static struct ious_waitlist_bucket *
ious_waitlist_bucket(const struct task_struct *thread)
{
	return &ious_waitlists[hash_ptr(thread, IOUS_WAITLIST_BITS)];
}

static struct ious_waitlist *
ious_waitlist_find(struct ious_waitlist_bucket *bucket,
		   const struct task_struct *thread)
{
	struct ious_waitlist *queue;

	lockdep_assert_held(&bucket->lock);
	hlist_for_each_entry(queue, &bucket->queues, node)
		if (queue->thread == thread)
			return queue;
	return NULL;
}

static void ious_waitlist_free(struct ious_waitlist *queue)
{
	put_task_struct(queue->thread);
	kfree(queue);
}

/* The next of the queue; NULL: it is empty, and belongs to the caller now. */
static struct ious_chain *ious_waitlist_pop(struct ious_waitlist *queue)
{
	struct ious_waitlist_bucket *bucket =
		ious_waitlist_bucket(queue->thread);
	struct ious_chain *chain;

	raw_spin_lock(&bucket->lock);
	chain = list_first_entry_or_null(&queue->chains, struct ious_chain,
					 waiting_for);
	if (chain)
		list_del_init(&chain->waiting_for);
	else
		hlist_del(&queue->node);
	raw_spin_unlock(&bucket->lock);
	return chain;
}

/* False if the chain was ended before it could be found here: under its lock. */
static bool ious_waitlist_add(struct ious_waitlist *queue,
			      struct ious_chain *chain, bool first)
{
	bool dead;

	raw_spin_lock(&chain->lock);
	dead = chain->dead;
	if (!dead) {
		chain->thread = queue->thread;
		if (first)
			list_add(&chain->waiting_for, &queue->chains);
		else
			list_add_tail(&chain->waiting_for, &queue->chains);
	}
	raw_spin_unlock(&chain->lock);
	return !dead;
}

static void ious_waitlist_put_back(struct ious_waitlist *queue,
				   struct ious_chain *chain)
{
	struct ious_waitlist_bucket *bucket =
		ious_waitlist_bucket(queue->thread);
	bool added;

	raw_spin_lock(&bucket->lock);
	added = ious_waitlist_add(queue, chain, true);
	raw_spin_unlock(&bucket->lock);
	if (!added)
		ious_chain_put(chain);
}

static void ious_waitlist_later(struct ious_waitlist *queue)
{
	unsigned int delay = queue->delay;

	queue->delay = min_t(unsigned int, 2 * delay, IOUS_LONGEST_DELAY);
	/* from here on the queue belongs to the work */
	schedule_delayed_work(&queue->retry, delay);
}

static void ious_wait_work(struct callback_head *work)
{
	struct ious_waitlist *queue =
		container_of(work, struct ious_waitlist, work);
	struct ious_chain *chain;

	ious_enter();
	while ((chain = ious_waitlist_pop(queue))) {
		if (ious_clone_in_thread(chain)) {
			ious_waitlist_put_back(queue, chain);
			ious_waitlist_later(queue);
			break;
		}
		queue->delay = 1;
		cond_resched();
	}
	if (!chain)
		ious_waitlist_free(queue);
	ious_leave();
}

/* With the queue's reference. */
static void ious_wait_fail(struct ious_chain *chain)
{
	if (ious_chain_claim(chain))
		ious_chain_fail_all(chain, -ECANCELED);
	else
		ious_chain_put(chain);
}

/* The thread cannot get the work: CLONEs that have come into the queue fail. */
static void ious_waitlist_fail(struct ious_waitlist *queue)
{
	struct ious_chain *chain;

	while ((chain = ious_waitlist_pop(queue))) {
		ious_wait_fail(chain);
		cond_resched();
	}
	ious_waitlist_free(queue);
}

/* True if nothing is left to do: the queue belongs to the caller now. */
static bool ious_waitlist_close(struct ious_waitlist *queue)
{
	struct ious_waitlist_bucket *bucket =
		ious_waitlist_bucket(queue->thread);
	bool empty;

	raw_spin_lock(&bucket->lock);
	empty = list_empty(&queue->chains);
	if (empty)
		hlist_del(&queue->node);
	raw_spin_unlock(&bucket->lock);
	return empty;
}

/* Task work would wake a frozen thread for nothing. */
static bool ious_is_frozen(struct task_struct *thread)
{
	return READ_ONCE(thread->jobctl) & JOBCTL_TRAP_FREEZE;
}

static void ious_waitlist_retry(struct work_struct *work)
{
	struct ious_waitlist *queue = container_of(to_delayed_work(work),
						   struct ious_waitlist, retry);
	/* task_work_add() wakes it, and the queue may be gone by then */
	struct task_struct *thread = get_task_struct(queue->thread);

	ious_enter();
	if (ious_waitlist_close(queue))
		ious_waitlist_free(queue);
	else if (ious_is_frozen(thread))
		ious_waitlist_later(queue);
	else if (task_work_add(thread, &queue->work, TWA_SIGNAL))
		ious_waitlist_fail(queue);
	put_task_struct(thread);
	ious_leave();
}

static struct ious_waitlist *ious_waitlist_new(struct ious_waitlist *queue,
					       struct task_struct *thread)
{
	queue->thread = get_task_struct(thread);
	queue->delay = 1;
	INIT_LIST_HEAD(&queue->chains);
	init_task_work(&queue->work, ious_wait_work);
	INIT_DELAYED_WORK(&queue->retry, ious_waitlist_retry);
	return queue;
}

/*
 * Adds @chain to the queue of @thread; @spare becomes the queue if there is none. True
 * if the thread has to be asked to come.
 */
static bool ious_waitlist_join(struct task_struct *thread,
			       struct ious_chain *chain,
			       struct ious_waitlist *spare)
{
	struct ious_waitlist_bucket *bucket = ious_waitlist_bucket(thread);
	struct ious_waitlist *queue;
	bool added, first;

	ious_waitlist_new(spare, thread);
	raw_spin_lock(&bucket->lock);
	queue = ious_waitlist_find(bucket, thread) ?: spare;
	added = ious_waitlist_add(queue, chain, false);
	first = added && queue == spare;
	if (first)
		hlist_add_head(&queue->node, &bucket->queues);
	raw_spin_unlock(&bucket->lock);
	if (!added)
		ious_chain_put(chain);
	return first;
}

/* Takes the caller's reference to the chain and returns 0; or -ENOMEM. */
static int ious_waitlist_to(struct task_struct *thread,
			    struct ious_chain *chain)
{
	struct ious_waitlist *spare =
		kmalloc(sizeof(*spare), GFP_KERNEL_ACCOUNT | __GFP_NOWARN);

	if (!spare)
		return -ENOMEM;
	if (!ious_waitlist_join(thread, chain, spare))
		ious_waitlist_free(spare);
	else if (task_work_add(thread, &spare->work, TWA_SIGNAL))
		ious_waitlist_fail(spare);
	return 0;
}

void ious_wait_unqueue(struct ious_chain *chain)
{
	/* does not change: a dead chain goes into no queue */
	struct ious_waitlist_bucket *bucket =
		ious_waitlist_bucket(chain->thread);
	bool found;

	raw_spin_lock(&bucket->lock);
	found = !list_empty(&chain->waiting_for);
	list_del_init(&chain->waiting_for);
	raw_spin_unlock(&bucket->lock);
	if (found)
		ious_chain_put(chain);
}

static bool ious_is_work(struct callback_head *work, void *wanted)
{
	return work == wanted;
}

/* True if its thread need not come: the queue belongs to the caller now. */
static bool ious_waitlist_take_back(struct ious_waitlist *queue)
{
	return list_empty(&queue->chains) &&
	       (ious_call(task_work_cancel_match)(queue->thread, ious_is_work,
						  &queue->work) ||
		cancel_delayed_work(&queue->retry));
}

static bool ious_sweep_bucket(struct ious_waitlist_bucket *bucket)
{
	struct ious_waitlist *queue;
	struct hlist_node *next;
	HLIST_HEAD(gone);
	bool left;

	raw_spin_lock(&bucket->lock);
	hlist_for_each_entry_safe(queue, next, &bucket->queues, node)
		if (ious_waitlist_take_back(queue)) {
			hlist_del(&queue->node);
			hlist_add_head(&queue->node, &gone);
		}
	left = !hlist_empty(&bucket->queues);
	raw_spin_unlock(&bucket->lock);
	hlist_for_each_entry_safe(queue, next, &gone, node)
		ious_waitlist_free(queue);
	return left;
}

bool ious_waiting_left(void)
{
	bool left = false;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ious_waitlists); i++)
		if (!hlist_empty(&ious_waitlists[i].queues))
			left |= ious_sweep_bucket(&ious_waitlists[i]);
	return left;
}

int ious_wait_for_thread(struct ious_chain *chain)
{
	struct task_struct *thread;
	int ret = ious_charge(chain);

	if (ret)
		return ret;
	if (!ious_chain_wait(chain))
		return -ECANCELED;
	thread = ious_submitter_thread(chain->submitter, chain->sq_creds);
	ret = -ECANCELED;
	if (thread) {
		ret = ious_waitlist_to(thread, chain);
		put_task_struct(thread);
	}
	if (!ret || ious_chain_claim(chain))
		return ret;
	ious_chain_put(chain);
	return 0;
}
