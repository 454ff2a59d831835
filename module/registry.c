// SPDX-License-Identifier: GPL-2.0
/*
 * Puts a chain in the set of its ring and in that of its submitter, and takes it out
 * when it is done. See registry.h; for the locks, sets.h.
 */
#include <linux/err.h>
#include <linux/io_uring_types.h>
#include <linux/percpu-refcount.h>
#include <linux/sched.h>

#include "registry.h"
#include "sets.h"
#include "state.h"
#include "symbols.h"

atomic_t ious_chains;

/*
 * The chain holds the ring as well. The last thing that adding task work touches is the
 * ring; by then the request may be gone already, and with it the references that kept
 * the ring. On some kernels RCU would be enough.
 */
int ious_registry_add(struct ious_chain *chain)
{
	struct ious_set *set;

	chain->in_ring.chain = chain;
	chain->in_task.chain = chain;
	INIT_LIST_HEAD(&chain->in_ring.list);
	INIT_LIST_HEAD(&chain->in_task.list);
	set = ious_set_add(&ious_rings, chain->ctx, chain,
			   &chain->own_ring_set, NULL);
	if (IS_ERR(set))
		return PTR_ERR(set);
	chain->ring_set = set;
	percpu_ref_get(&chain->ctx->refs);
	/* from here on others can find and end it: nothing may fail any more */
	set = ious_set_add(&ious_tasks, chain->submitter, chain,
			   &chain->own_task_set, &chain->in_task);
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
	 * A submitter waits in an exit for the end of its requests. With
	 * DEFER_TASKRUN, only the first work that is added after each look at its
	 * ring wakes it. A chain that does not see it wait here has added all its
	 * work before that look. Only such a submitter is woken: some sleeps of
	 * user space end with -EINTR then.
	 */
	if (awaited)
		ious_call(wake_up_state)(chain->submitter, TASK_INTERRUPTIBLE);
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
