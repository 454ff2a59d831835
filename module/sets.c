// SPDX-License-Identifier: GPL-2.0
/* Sets of chains, see sets.h. */
#include <linux/err.h>
#include <linux/sched.h>

#include "sets.h"
#include "state.h"

struct ious_table ious_rings, ious_tasks;

static void ious_table_init(struct ious_table *table)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(table->buckets); i++) {
		raw_spin_lock_init(&table->buckets[i].lock);
		INIT_HLIST_HEAD(&table->buckets[i].sets);
	}
}

void ious_sets_init(void)
{
	ious_table_init(&ious_rings);
	ious_table_init(&ious_tasks);
}

struct ious_set *ious_set_find(const struct ious_bucket *bucket,
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

struct ious_set *ious_set_join(struct ious_bucket *bucket,
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

void ious_set_free(struct ious_set *set)
{
	ious_chain_drop_memory(set->home);
}

struct ious_set *ious_set_add(struct ious_table *table, const void *key,
			      struct ious_chain *chain, struct ious_set *spare,
			      struct ious_place *place)
{
	struct ious_bucket *bucket = ious_bucket(table, key);
	struct ious_set *set;

	raw_spin_lock(&bucket->lock);
	set = ious_set_join(bucket, key, spare);
	if (set == spare) {
		set->home = chain;
		refcount_inc(&chain->memory);
	}
	if (!IS_ERR(set) && place)
		list_add(&place->list, &set->chains);
	raw_spin_unlock(&bucket->lock);
	return set;
}

void ious_list(struct ious_table *table, struct ious_set *set,
	       struct ious_place *place)
{
	struct ious_bucket *bucket = ious_bucket(table, set->key);

	raw_spin_lock(&bucket->lock);
	list_add(&place->list, &set->chains);
	raw_spin_unlock(&bucket->lock);
}

bool ious_set_leave(struct ious_bucket *bucket, struct ious_set *set)
{
	lockdep_assert_held(&bucket->lock);
	if (--set->users) {
		/* only the closer is left: it waits, and cannot be gone */
		if (set->closer && set->users == 1)
			wake_up_process(set->closer);
		return false;
	}
	hlist_del(&set->node);
	return true;
}

void ious_unlist(struct ious_table *table, const void *key,
		 struct ious_place *place)
{
	struct ious_bucket *bucket = ious_bucket(table, key);

	raw_spin_lock(&bucket->lock);
	list_del_init(&place->list);
	raw_spin_unlock(&bucket->lock);
}

bool ious_set_drop(struct ious_table *table, struct ious_set *set,
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
		ious_set_free(set);
	return awaited;
}
