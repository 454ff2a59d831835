// SPDX-License-Identifier: GPL-2.0
/*
 * How others end a chain: by SIGKILL to its process. io-wq's way, a
 * notification, breaks interruptible sleeps only, and a submitter that execs
 * would wait for a request that sleeps in a killable one.
 *
 * The decision is made under the chain's lock. The rest follows without a lock: a
 * signal or, if there is no process yet and CLONE waits for a thread, the failure of
 * all requests.
 */
#include <linux/err.h>
#include <linux/freezer.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include "chain.h"
#include "ending.h"
#include "ious.h"
#include "match.h"
#include "registry.h"
#include "request.h"
#include "sets.h"
#include "state.h"
#include "symbols.h"
#include "waiting.h"

/* The chain is the caller's alone now; its thread finds nothing to do. */
static void ious_fail_waiting(struct ious_chain *chain)
{
	ious_unmark_all(chain->clone);
	ious_call(io_req_task_queue_fail)(chain->clone, -ECANCELED);
	ious_chain_done(chain);
	ious_wait_unqueue(chain);
}

static void ious_end(struct ious_victim *victim)
{
	if (victim->task) {
		send_sig(SIGKILL, victim->task, 1);
		put_task_struct(victim->task);
	}
	if (victim->fail)
		ious_fail_waiting(victim->chain);
	ious_chain_put(victim->chain);
}

/* A chain that is ended leaves both lists at once: nobody shall find it again. */
static void ious_end_all(struct ious_victims *victims)
{
	struct ious_victim *victim;
	unsigned int i;

	for (i = 0; i < victims->nr; i++) {
		victim = &victims->list[i];
		/* by the keys: the chain may be done by now, and the sets gone */
		ious_unlist(&ious_rings, victim->chain->ctx,
			    &victim->chain->in_ring);
		ious_unlist(&ious_tasks, victim->chain->submitter,
			    &victim->chain->in_task);
		ious_end(victim);
	}
}

/* Takes the first chains off the list; false: there is none left. */
static bool ious_set_pop(struct ious_set *set, struct ious_victims *victims)
{
	struct ious_place *place, *next;

	list_for_each_entry_safe(place, next, &set->chains, list) {
		if (!place->chain)
			continue;
		if (victims->nr == ARRAY_SIZE(victims->list))
			return true;
		list_del_init(&place->list);
		ious_condemn(place->chain, &victims->list[victims->nr++]);
	}
	return false;
}

static void ious_set_kill(struct ious_table *table, const void *key,
			  bool awaited)
{
	struct ious_bucket *bucket = ious_bucket(table, key);
	struct ious_victims victims;
	struct ious_set *set;
	bool more;

	do {
		victims.nr = 0;
		raw_spin_lock(&bucket->lock);
		set = ious_set_find(bucket, key);
		more = set && ious_set_pop(set, &victims);
		if (set)
			set->awaited |= awaited;
		raw_spin_unlock(&bucket->lock);
		ious_end_all(&victims);
		cond_resched();
	} while (more);
}

void ious_ring_kill(const struct io_ring_ctx *ctx)
{
	ious_set_kill(&ious_rings, ctx, false);
}

void ious_task_kill(const struct task_struct *task)
{
	ious_set_kill(&ious_tasks, task, true);
}

static const void *ious_first_key(struct ious_bucket *bucket)
{
	const void *key = NULL;
	struct ious_set *set;

	raw_spin_lock(&bucket->lock);
	hlist_for_each_entry(set, &bucket->sets, node)
		if (!list_empty(&set->chains)) {
			key = set->key;
			break;
		}
	raw_spin_unlock(&bucket->lock);
	return key;
}

void ious_all_kill(void)
{
	unsigned int i;
	const void *key;

	for (i = 0; i < ARRAY_SIZE(ious_tasks.buckets); i++)
		while ((key = ious_first_key(&ious_tasks.buckets[i])))
			ious_set_kill(&ious_tasks, key, false);
}

static bool ious_closed(struct ious_bucket *bucket)
{
	struct ious_set *set;
	bool closed;

	raw_spin_lock(&bucket->lock);
	set = ious_set_find(bucket, current);
	closed = set->users == 1;
	raw_spin_unlock(&bucket->lock);
	return closed;
}

/*
 * No task work is run meanwhile, and none is needed: a process that was killed
 * does not wait for its submitter. The caller may hold locks, and does so for as long
 * as the kernel takes to end a killed process: an SQPOLL thread has its sqd->lock, which
 * newer cores let go in between. The system's freezer may freeze it
 * all the same, since the processes that it waits for are frozen, too.
 */
bool ious_task_close(struct ious_set *own)
{
	struct ious_bucket *bucket = ious_bucket(&ious_tasks, current);
	struct ious_set *set;

	raw_spin_lock(&bucket->lock);
	set = ious_set_join(bucket, current, own);
	if (!IS_ERR(set))
		set->closer = current;
	raw_spin_unlock(&bucket->lock);
	/* a task that died in there, by a bug: any answer will do */
	if (WARN_ON_ONCE(IS_ERR(set)))
		return false;
	ious_set_kill(&ious_tasks, current, false);
	for (;;) {
		set_current_state(TASK_IDLE | TASK_FREEZABLE |
				  __TASK_FREEZABLE_UNSAFE);
		if (ious_closed(bucket))
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	return true;
}

void ious_task_open(struct ious_set *own)
{
	struct ious_bucket *bucket = ious_bucket(&ious_tasks, current);
	struct ious_set *set;
	bool last;

	raw_spin_lock(&bucket->lock);
	set = ious_set_find(bucket, current);
	set->closer = NULL;
	last = ious_set_leave(bucket, set);
	raw_spin_unlock(&bucket->lock);
	if (last && set != own)
		ious_set_free(set);
}

/* Moves @mark behind the next chain, which is returned with a reference. */
static struct ious_chain *ious_next(struct ious_bucket *bucket,
				    struct ious_set *set,
				    struct ious_place *mark)
{
	struct ious_place *place = mark;
	struct ious_chain *chain = NULL;

	raw_spin_lock(&bucket->lock);
	list_for_each_entry_continue(place, &set->chains, list)
		if (place->chain) {
			chain = ious_chain_get(place->chain);
			list_move(&mark->list, &place->list);
			break;
		}
	raw_spin_unlock(&bucket->lock);
	return chain;
}

static bool ious_set_cancel(struct ious_bucket *bucket, struct ious_set *set,
			    struct ious_place *mark, struct io_cancel_data *cd)
{
	struct ious_victims victims;
	struct ious_chain *chain;

	while ((chain = ious_next(bucket, set, mark))) {
		victims.nr = ious_condemn_matching(chain, cd, victims.list);
		ious_chain_put(chain);
		if (victims.nr) {
			ious_end_all(&victims);
			return true;
		}
		cond_resched();
	}
	return false;
}

bool ious_ring_cancel(struct io_ring_ctx *ctx, struct io_cancel_data *cd)
{
	struct ious_bucket *bucket = ious_bucket(&ious_rings, ctx);
	struct ious_place mark = { };
	struct ious_set *set;
	bool found;

	raw_spin_lock(&bucket->lock);
	set = ious_set_find(bucket, ctx);
	if (set) {
		set->users++;
		list_add(&mark.list, &set->chains);
	}
	raw_spin_unlock(&bucket->lock);
	if (!set)
		return false;
	found = ious_set_cancel(bucket, set, &mark, cd);
	ious_set_drop(&ious_rings, set, &mark);
	return found;
}
