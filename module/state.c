// SPDX-License-Identifier: GPL-2.0
/*
 * The state of a chain that others may end: under its lock, which orders their
 * decision with the exec. After a successful exec nobody touches the process;
 * a process that finds the decision made sends itself the signal.
 *
 * A raw lock, as it nests in those of the registry, which callbacks of ftrace take.
 * No other lock is taken under it.
 */
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include "ious.h"
#include "request.h"
#include "state.h"

static void ious_kill_self(void)
{
	send_sig(SIGKILL, current, 1);
}

void ious_chain_drop_memory(struct ious_chain *chain)
{
	if (refcount_dec_and_test(&chain->memory))
		kvfree(chain);
}

bool ious_chain_wait(struct ious_chain *chain)
{
	bool wait;

	raw_spin_lock(&chain->lock);
	wait = !chain->killed;
	chain->waiting = wait;
	raw_spin_unlock(&chain->lock);
	return wait;
}

bool ious_chain_claim(struct ious_chain *chain)
{
	bool claimed;

	raw_spin_lock(&chain->lock);
	claimed = chain->waiting;
	chain->waiting = false;
	raw_spin_unlock(&chain->lock);
	return claimed;
}

bool ious_chain_start(struct ious_chain *chain)
{
	bool killed;

	raw_spin_lock(&chain->lock);
	chain->task = current;
	killed = chain->killed;
	raw_spin_unlock(&chain->lock);
	if (killed)
		ious_kill_self();
	return !killed;
}

/* The first of those that follow; its timeout goes with it. */
static struct io_kiocb *ious_take_first(struct ious_chain *chain)
{
	struct io_kiocb *req = chain->next;

	if (!req)
		return NULL;
	chain->taken++;
	chain->next = req->link;
	if (ious_is_timeout(chain->next)) {
		chain->taken++;
		chain->next = chain->next->link;
	}
	return req;
}

struct io_kiocb *ious_chain_take(struct ious_chain *chain)
{
	struct io_kiocb *req = NULL;
	bool killed;

	raw_spin_lock(&chain->lock);
	killed = chain->killed;
	if (!killed && !fatal_signal_pending(current))
		req = ious_take_first(chain);
	chain->cur = req;
	raw_spin_unlock(&chain->lock);
	if (killed)
		ious_kill_self();
	return req;
}

struct io_kiocb *ious_chain_take_all(struct ious_chain *chain)
{
	struct io_kiocb *req;

	raw_spin_lock(&chain->lock);
	req = chain->next;
	chain->next = NULL;
	chain->cur = NULL;
	chain->taken = UINT_MAX;
	raw_spin_unlock(&chain->lock);
	return req;
}

void ious_chain_drop(struct ious_chain *chain)
{
	raw_spin_lock(&chain->lock);
	chain->cur = NULL;
	raw_spin_unlock(&chain->lock);
}

bool ious_chain_commit(struct ious_chain *chain)
{
	bool killed;

	raw_spin_lock(&chain->lock);
	killed = chain->killed;
	/* at once: to one that cancels, without a task and a program it is not born yet */
	chain->task = NULL;
	chain->execed = true;
	raw_spin_unlock(&chain->lock);
	if (killed)
		ious_kill_self();
	return !killed;
}

void ious_chain_leave(struct ious_chain *chain)
{
	raw_spin_lock(&chain->lock);
	chain->task = NULL;
	raw_spin_unlock(&chain->lock);
}

bool ious_chain_say(struct ious_chain *chain, enum ious_word word)
{
	return atomic_cmpxchg(&chain->word, IOUS_SILENT, word) == IOUS_SILENT;
}

bool ious_chain_killed(const struct ious_chain *chain)
{
	return READ_ONCE(chain->killed) || fatal_signal_pending(current);
}

void ious_condemn_locked(struct ious_chain *chain, struct ious_victim *victim)
{
	lockdep_assert_held(&chain->lock);
	*victim = (struct ious_victim) { .chain = ious_chain_get(chain) };
	chain->killed = true;
	if (chain->task) {
		/* alive: it has to come here to go, see ious_chain_leave() */
		victim->task = get_task_struct(chain->task);
	} else if (chain->waiting) {
		chain->waiting = false;
		chain->dead = true;
		chain->cur = NULL;
		chain->next = NULL;
		chain->taken = UINT_MAX;
		victim->fail = true;
	}
}

void ious_condemn(struct ious_chain *chain, struct ious_victim *victim)
{
	raw_spin_lock(&chain->lock);
	ious_condemn_locked(chain, victim);
	raw_spin_unlock(&chain->lock);
}
