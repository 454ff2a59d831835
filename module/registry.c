// SPDX-License-Identifier: GPL-2.0
/*
 * Sets of chains, and who is waited for. See registry.h.
 *
 * The lock of a set's bucket protects the set. Raw locks: callbacks of ftrace
 * look here. They do no more than that; the lock of a chain nests inside, and
 * nothing else. Whatever goes over many chains drops the lock every few.
 */
#include <linux/freezer.h>
#include <linux/hash.h>
#include <linux/percpu-refcount.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "chain.h"
#include "compat.h"
#include "ending.h"
#include "ious.h"
#include "registry.h"
#include "symbols.h"

/* Ten thousand submitters make it two or three a bucket. */
#define IOUS_REGISTRY_BITS	12

struct ious_bucket {
	raw_spinlock_t lock;
	struct hlist_head sets;
};

struct ious_table {
	struct ious_bucket buckets[1 << IOUS_REGISTRY_BITS];
};

static struct ious_table ious_rings, ious_tasks;

static void ious_table_init(struct ious_table *table)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(table->buckets); i++) {
		raw_spin_lock_init(&table->buckets[i].lock);
		INIT_HLIST_HEAD(&table->buckets[i].sets);
	}
}

void ious_registry_init(void)
{
	ious_table_init(&ious_rings);
	ious_table_init(&ious_tasks);
}

static struct ious_bucket *ious_bucket(struct ious_table *table,
				       const void *key)
{
	return &table->buckets[hash_ptr(key, IOUS_REGISTRY_BITS)];
}

static struct ious_set *ious_set_find(const struct ious_bucket *bucket,
				      const void *key)
{
	struct ious_set *set;

	lockdep_assert_held(&bucket->lock);
	hlist_for_each_entry(set, &bucket->sets, node)
		if (set->key == key)
			return set;
	return NULL;
}

static void ious_set_init(struct ious_set *set, const void *key)
{
	*set = (struct ious_set) { .key = key };
	INIT_LIST_HEAD(&set->chains);
}

/* One more user of the set of @key, which becomes @spare if there is none. */
static struct ious_set *ious_set_join(struct ious_bucket *bucket,
				      const void *key, struct ious_set *spare)
{
	struct ious_set *set = ious_set_find(bucket, key);

	if (set && set->closer)
		return ERR_PTR(-ECANCELED);
	if (!set) {
		set = spare;
		ious_set_init(set, key);
		hlist_add_head(&set->node, &bucket->sets);
	}
	set->users++;
	return set;
}

/* @place is on the set's list from the same moment on, unless it is NULL. */
static struct ious_set *ious_set_add(struct ious_table *table, const void *key,
				     struct ious_place *place)
{
	struct ious_bucket *bucket = ious_bucket(table, key);
	struct ious_set *set, *spare;

	spare = kmalloc(sizeof(*spare), GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!spare)
		return ERR_PTR(-ENOMEM);
	raw_spin_lock(&bucket->lock);
	set = ious_set_join(bucket, key, spare);
	if (!IS_ERR(set) && place)
		list_add(&place->list, &set->chains);
	raw_spin_unlock(&bucket->lock);
	if (set != spare)
		kfree(spare);
	return set;
}

static void ious_list(struct ious_table *table, struct ious_set *set,
		      struct ious_place *place)
{
	struct ious_bucket *bucket = ious_bucket(table, set->key);

	raw_spin_lock(&bucket->lock);
	list_add(&place->list, &set->chains);
	raw_spin_unlock(&bucket->lock);
}

/* One user less, who is not on the list any more; true: it was the last. */
static bool ious_set_leave(struct ious_bucket *bucket, struct ious_set *set)
{
	lockdep_assert_held(&bucket->lock);
	if (--set->users) {
		/* of those only the closer is left: it is not gone before */
		if (set->closer && set->users == 1)
			wake_up_process(set->closer);
		return false;
	}
	hlist_del(&set->node);
	return true;
}

static void ious_unlist(struct ious_table *table, const void *key,
			struct ious_place *place)
{
	struct ious_bucket *bucket = ious_bucket(table, key);

	raw_spin_lock(&bucket->lock);
	list_del_init(&place->list);
	raw_spin_unlock(&bucket->lock);
}

/* Returns whether the set's submitter waits in an exit. */
static bool ious_set_drop(struct ious_table *table, struct ious_set *set,
			  struct ious_place *place)
{
	struct ious_bucket *bucket = ious_bucket(table, set->key);
	bool last, awaited;

	raw_spin_lock(&bucket->lock);
	list_del_init(&place->list);
	awaited = set->awaited;
	last = ious_set_leave(bucket, set);
	raw_spin_unlock(&bucket->lock);
	if (last)
		kfree(set);
	return awaited;
}

/*
 * The ring is kept as well: adding task work ends with a look at the ring, when
 * the request that it is for may be gone already, and with it all that kept the
 * ring. On some kernels RCU would do.
 */
int ious_registry_add(struct ious_chain *chain)
{
	struct ious_set *set;

	chain->in_ring.chain = chain;
	chain->in_task.chain = chain;
	INIT_LIST_HEAD(&chain->in_ring.list);
	INIT_LIST_HEAD(&chain->in_task.list);
	set = ious_set_add(&ious_rings, chain->ctx, NULL);
	if (IS_ERR(set))
		return PTR_ERR(set);
	chain->ring_set = set;
	percpu_ref_get(&chain->ctx->refs);
	/* from here on it can be found, and ended: nothing may fail any more */
	set = ious_set_add(&ious_tasks, chain->submitter, &chain->in_task);
	if (IS_ERR(set)) {
		percpu_ref_put(&chain->ctx->refs);
		ious_set_drop(&ious_rings, chain->ring_set, &chain->in_ring);
		return PTR_ERR(set);
	}
	chain->task_set = set;
	ious_list(&ious_rings, chain->ring_set, &chain->in_ring);
	return 0;
}

void ious_chain_done(struct ious_chain *chain)
{
	struct io_ring_ctx *ctx = chain->ctx;
	bool awaited;

	ious_set_drop(&ious_rings, chain->ring_set, &chain->in_ring);
	awaited = ious_set_drop(&ious_tasks, chain->task_set, &chain->in_task);
	percpu_ref_put(&ctx->refs);
	/*
	 * A submitter that waits in an exit for the end of its requests is, with
	 * DEFER_TASKRUN, woken by the first work only that is added after each
	 * look at its ring. A chain that is not told here that it waits had
	 * added all before that look. Nobody else is woken: some sleeps of user
	 * space end with -EINTR when they are.
	 */
	if (awaited)
		ious_call(wake_up_state)(chain->submitter, TASK_INTERRUPTIBLE);
}

/* What is ended goes out of both lists at once: nobody shall find it again. */
static void ious_end_all(struct ious_victims *victims)
{
	struct ious_victim *victim;
	unsigned int i;

	for (i = 0; i < victims->nr; i++) {
		victim = &victims->list[i];
		/* it may be done by now, and the sets gone: by their keys */
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

static bool ious_set_has(struct ious_table *table, const void *key)
{
	struct ious_bucket *bucket = ious_bucket(table, key);
	bool has;

	if (likely(!ious_nr_chains()) || hlist_empty(&bucket->sets))
		return false;
	raw_spin_lock(&bucket->lock);
	has = ious_set_find(bucket, key);
	raw_spin_unlock(&bucket->lock);
	return has;
}

bool ious_ring_has_chains(const struct io_ring_ctx *ctx)
{
	return ious_set_has(&ious_rings, ctx);
}

bool ious_task_has_chains(const struct task_struct *task)
{
	return ious_set_has(&ious_tasks, task);
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
 * does not wait for its submitter. The caller may hold locks, as the core's
 * callers do where it waits for its requests; the system's freezer may freeze it
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
	/* a task that died in there, by a bug: what it does now matters little */
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
		kfree(set);
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
