/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The sets of chains, by ring and by submitter, in two tables.
 *
 * A set holds the chains of one ring, or of one submitter. It exists from the
 * first of its chains until the last of them is done. A chain leaves the lists
 * of its sets as soon as it has been ended: nobody looks at it again. It counts among
 * their users until it is done.
 *
 * The lock of a set's bucket protects the set. Raw locks: callbacks of ftrace
 * look here, and do no more than that. Only the lock of a chain nests inside. A walk
 * over many chains drops the lock every few.
 */
#ifndef IOUS_SETS_H
#define IOUS_SETS_H

#include <linux/hash.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "state.h"

/* Ten thousand submitters make it two or three a bucket. */
#define IOUS_REGISTRY_BITS	12

struct ious_bucket {
	raw_spinlock_t lock;
	struct hlist_head sets;
};

struct ious_table {
	struct ious_bucket buckets[1 << IOUS_REGISTRY_BITS];
};

extern struct ious_table ious_rings, ious_tasks;

static inline struct ious_bucket *ious_bucket(struct ious_table *table,
					       const void *key)
{
	return &table->buckets[hash_ptr(key, IOUS_REGISTRY_BITS)];
}

void ious_sets_init(void);

/* With the bucket's lock. */
struct ious_set *ious_set_find(const struct ious_bucket *bucket,
			       const void *key);

/*
 * Adds a user to the set of @key; @spare becomes the set if there is none, and has to
 * live as long as the set has users then. -ECANCELED if the set takes no more. With the
 * bucket's lock.
 */
struct ious_set *ious_set_join(struct ious_bucket *bucket, const void *key,
			       struct ious_set *spare);

/* Removes a user that is not on the list any more; true: it was the last. */
bool ious_set_leave(struct ious_bucket *bucket, struct ious_set *set);

/* A set that has no user any more; not one of a closer. */
void ious_set_free(struct ious_set *set);

/*
 * Adds @chain as a user; its @spare becomes the set if there is none. Unless it is
 * NULL, @place is on the set's list from the same moment on.
 */
struct ious_set *ious_set_add(struct ious_table *table, const void *key,
			      struct ious_chain *chain, struct ious_set *spare,
			      struct ious_place *place);

/* Returns whether the set's submitter waits in an exit. */
bool ious_set_drop(struct ious_table *table, struct ious_set *set,
		   struct ious_place *place);

void ious_list(struct ious_table *table, struct ious_set *set,
	       struct ious_place *place);
void ious_unlist(struct ious_table *table, const void *key,
		 struct ious_place *place);

#endif
