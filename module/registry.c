// SPDX-License-Identifier: GPL-2.0
/*
 * The chains that run, by ring, for those who have to end them.
 *
 * A chain is ended by SIGKILL to its process: io-wq's way, a notification,
 * breaks interruptible sleeps only, and a submitter that execs would wait for
 * a request that sleeps in a killable one. The bucket's lock orders the
 * decision with the exec, after which nobody may touch the process. The signal
 * is sent later; a process that sees the decision first sends it to itself.
 *
 * Raw locks: callbacks of ftrace look here. They do no more than that.
 */
#include <linux/hash.h>
#include <linux/sched/signal.h>
#include <linux/spinlock.h>

#include "chain.h"
#include "compat.h"
#include "ious.h"
#include "symbols.h"

#define IOUS_REGISTRY_BITS	6

struct ious_bucket {
	raw_spinlock_t lock;
	struct hlist_head chains;
};

static struct ious_bucket ious_registry[1 << IOUS_REGISTRY_BITS];

/* Chains that exist: a task may be in our code, or on its way there. */
static atomic_t ious_chains;

static struct ious_bucket *ious_bucket(const struct io_ring_ctx *ctx)
{
	return &ious_registry[hash_ptr(ctx, IOUS_REGISTRY_BITS)];
}

void ious_registry_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ious_registry); i++) {
		raw_spin_lock_init(&ious_registry[i].lock);
		INIT_HLIST_HEAD(&ious_registry[i].chains);
	}
}

unsigned int ious_nr_chains(void)
{
	return atomic_read(&ious_chains);
}

void ious_count_chain(int n)
{
	atomic_add(n, &ious_chains);
}

void ious_registry_add(struct ious_chain *chain)
{
	struct ious_bucket *bucket = ious_bucket(chain->ctx);

	raw_spin_lock(&bucket->lock);
	hlist_add_head(&chain->node, &bucket->chains);
	raw_spin_unlock(&bucket->lock);
}

bool ious_registry_del(struct ious_chain *chain)
{
	struct ious_bucket *bucket = ious_bucket(chain->ctx);
	bool awaited;

	raw_spin_lock(&bucket->lock);
	hlist_del(&chain->node);
	awaited = chain->awaited;
	raw_spin_unlock(&bucket->lock);
	return awaited;
}

static void ious_send_kill(struct task_struct *task)
{
	send_sig(SIGKILL, task, 1);
}

bool ious_chain_wait(struct ious_chain *chain)
{
	struct ious_bucket *bucket = ious_bucket(chain->ctx);
	bool wait;

	raw_spin_lock(&bucket->lock);
	wait = !chain->killed;
	chain->waiting = wait;
	raw_spin_unlock(&bucket->lock);
	return wait;
}

bool ious_chain_claim(struct ious_chain *chain)
{
	struct ious_bucket *bucket = ious_bucket(chain->ctx);
	bool claimed;

	raw_spin_lock(&bucket->lock);
	claimed = chain->waiting;
	chain->waiting = false;
	raw_spin_unlock(&bucket->lock);
	return claimed;
}

bool ious_chain_start(struct ious_chain *chain)
{
	struct ious_bucket *bucket = ious_bucket(chain->ctx);
	bool killed;

	raw_spin_lock(&bucket->lock);
	chain->task = current;
	killed = chain->killed;
	raw_spin_unlock(&bucket->lock);
	if (killed)
		ious_send_kill(current);
	return !killed;
}

struct io_kiocb *ious_chain_take(struct ious_chain *chain)
{
	struct ious_bucket *bucket = ious_bucket(chain->ctx);
	struct io_kiocb *req;
	bool killed;

	raw_spin_lock(&bucket->lock);
	killed = chain->killed;
	if (killed || fatal_signal_pending(current)) {
		req = NULL;
	} else {
		req = chain->next;
		if (req && req->link &&
		    req->link->opcode == IORING_OP_LINK_TIMEOUT)
			chain->next = req->link->link;
		else if (req)
			chain->next = req->link;
	}
	chain->cur = req;
	raw_spin_unlock(&bucket->lock);
	if (killed)
		ious_send_kill(current);
	return req;
}

struct io_kiocb *ious_chain_take_all(struct ious_chain *chain)
{
	struct ious_bucket *bucket = ious_bucket(chain->ctx);
	struct io_kiocb *req;

	raw_spin_lock(&bucket->lock);
	req = chain->next;
	chain->next = NULL;
	chain->cur = NULL;
	raw_spin_unlock(&bucket->lock);
	return req;
}

void ious_chain_drop(struct ious_chain *chain)
{
	struct ious_bucket *bucket = ious_bucket(chain->ctx);

	raw_spin_lock(&bucket->lock);
	chain->cur = NULL;
	raw_spin_unlock(&bucket->lock);
}

bool ious_chain_commit(struct ious_chain *chain)
{
	struct ious_bucket *bucket = ious_bucket(chain->ctx);
	bool killed;

	raw_spin_lock(&bucket->lock);
	killed = chain->killed;
	chain->task = NULL;
	raw_spin_unlock(&bucket->lock);
	if (killed)
		ious_send_kill(current);
	return !killed;
}

bool ious_chain_killed(const struct ious_chain *chain)
{
	return READ_ONCE(chain->killed) || fatal_signal_pending(current);
}

/*
 * What is to be done when the bucket's lock has been dropped: a process to be
 * killed, or a CLONE that has none to be failed.
 */
struct ious_victim {
	struct task_struct *task;
	struct io_kiocb *clone;
};

struct ious_victims {
	unsigned int nr;
	struct ious_victim list[16];
};

/*
 * Under the bucket's lock: the task is alive, it has to come here to go. A
 * CLONE that waits is failed here and now, its thread may itself be waiting for
 * those who call this: in an exec, for the SQPOLL thread to end.
 */
static void ious_chain_kill(struct ious_chain *chain,
			    struct ious_victims *victims)
{
	struct ious_victim *victim = &victims->list[victims->nr];

	chain->killed = true;
	*victim = (struct ious_victim) { };
	if (chain->task) {
		victim->task = get_task_struct(chain->task);
		victims->nr++;
	} else if (chain->waiting) {
		victim->clone = chain->clone;
		victims->nr++;
		chain->waiting = false;
		chain->dead = true;
		chain->cur = NULL;
		chain->next = NULL;
	}
}

static void ious_kill_victims(struct ious_victims *victims)
{
	struct ious_victim *victim;

	while (victims->nr) {
		victim = &victims->list[--victims->nr];
		if (victim->clone) {
			ious_call(io_req_task_queue_fail)(victim->clone,
							  -ECANCELED);
			continue;
		}
		ious_send_kill(victim->task);
		put_task_struct(victim->task);
	}
}

/* NULL stands for any. */
static bool ious_chain_is_of(const struct ious_chain *chain,
			     const struct io_ring_ctx *ctx, const void *owner)
{
	return (!ctx || chain->ctx == ctx) && (!owner || chain->owner == owner);
}

/* Returns false if there may be more than it had room for. */
static bool ious_bucket_kill_some(struct ious_bucket *bucket,
				  const struct io_ring_ctx *ctx,
				  const void *owner)
{
	struct ious_victims victims = { };
	struct ious_chain *chain;

	raw_spin_lock(&bucket->lock);
	hlist_for_each_entry(chain, &bucket->chains, node) {
		if (victims.nr == ARRAY_SIZE(victims.list))
			break;
		if (!ious_chain_is_of(chain, ctx, owner))
			continue;
		chain->awaited |= owner != NULL;
		if (!chain->killed)
			ious_chain_kill(chain, &victims);
	}
	raw_spin_unlock(&bucket->lock);
	ious_kill_victims(&victims);
	return !chain;
}

static void ious_bucket_kill(struct ious_bucket *bucket,
			     const struct io_ring_ctx *ctx, const void *owner)
{
	if (hlist_empty(&bucket->chains))
		return;
	while (!ious_bucket_kill_some(bucket, ctx, owner))
		;
}

void ious_chains_kill(const struct io_ring_ctx *ctx, const void *owner)
{
	unsigned int i;

	if (ctx) {
		ious_bucket_kill(ious_bucket(ctx), ctx, owner);
		return;
	}
	for (i = 0; i < ARRAY_SIZE(ious_registry); i++)
		ious_bucket_kill(&ious_registry[i], NULL, owner);
}

static bool ious_bucket_has(struct ious_bucket *bucket,
			    const struct io_ring_ctx *ctx, const void *owner,
			    bool dead_too)
{
	struct ious_chain *chain;

	if (hlist_empty(&bucket->chains))
		return false;
	raw_spin_lock(&bucket->lock);
	hlist_for_each_entry(chain, &bucket->chains, node)
		if (ious_chain_is_of(chain, ctx, owner) &&
		    (dead_too || !chain->dead))
			break;
	raw_spin_unlock(&bucket->lock);
	return chain;
}

static bool ious_any_has(const void *owner, bool dead_too)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ious_registry); i++)
		if (ious_bucket_has(&ious_registry[i], NULL, owner, dead_too))
			return true;
	return false;
}

bool ious_chains_exist(const struct io_ring_ctx *ctx, const void *owner)
{
	if (likely(!ious_nr_chains()))
		return false;
	if (ctx)
		return ious_bucket_has(ious_bucket(ctx), ctx, owner, true);
	return ious_any_has(owner, true);
}

bool ious_chains_left(const void *owner)
{
	return ious_any_has(owner, false);
}

static bool ious_chain_matches(struct ious_chain *chain,
			       struct io_cancel_data *cd)
{
	struct io_kiocb *req;

	/* after the exec there is nothing left to cancel */
	if (chain->killed || (!chain->task && chain->execed))
		return false;
	if (chain->cur && ious_call(io_cancel_req_match)(chain->cur, cd))
		return true;
	for (req = chain->next; req; req = req->link)
		if (ious_call(io_cancel_req_match)(req, cd))
			return true;
	return false;
}

bool ious_chains_cancel(struct io_ring_ctx *ctx, struct io_cancel_data *cd)
{
	struct ious_bucket *bucket = ious_bucket(ctx);
	struct ious_victims victims = { };
	struct ious_chain *chain;

	if (hlist_empty(&bucket->chains))
		return false;
	raw_spin_lock(&bucket->lock);
	hlist_for_each_entry(chain, &bucket->chains, node) {
		if (chain->ctx == ctx && ious_chain_matches(chain, cd)) {
			ious_chain_kill(chain, &victims);
			break;
		}
	}
	raw_spin_unlock(&bucket->lock);
	ious_kill_victims(&victims);
	return chain;
}
