/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A chain: a process that is being made and the requests that it runs; and the
 * state that others may change, under its lock, which orders the exec and their
 * decision to end the chain.
 *
 * Two things end at different times. The chain itself is memory, and goes with
 * its last reference: ious_chain_put(). Before that comes the last touch of one
 * of its requests: ious_chain_done(). Until then the ring and the submitter's
 * io_uring_task are kept, see registry.h. If a set of later chains is in the memory,
 * that alone stays until the set has no user.
 */
#ifndef IOUS_STATE_H
#define IOUS_STATE_H

#include <linux/completion.h>
#include <linux/io_uring_types.h>
#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "call.h"

/*
 * The chains of one ring, or of one submitter, see sets.h. The memory is that of the
 * first of them, or of a task that closes a set.
 */
struct ious_set {
	struct hlist_node node;
	/* the ring, or the submitter: only compared */
	const void *key;
	/* the latest comes first: a thread's task work finds it first */
	struct list_head chains;
	/* chains that are not done, and tasks that wait for them */
	unsigned int users;
	/* of a submitter: the set takes no more chains; woken when none is left */
	struct task_struct *closer;
	/* of a submitter: it waits in an exit for the end of its requests */
	bool awaited;
	/* the chain that has the memory; NULL: the closer has it */
	struct ious_chain *home;
};

/* leaver.c */
struct ious_leaver {
	struct hlist_node node;
	struct callback_head work;
	/* the process, held, and the memory that it shares: its address stays taken */
	struct task_struct *task;
	struct mm_struct *mm;
	/* a tracer delays it before it has left: in jiffies, until the next look */
	struct delayed_work look;
	unsigned int delay;
};

/* The fate of a process that is held when it is made. */
enum ious_word {
	IOUS_SILENT,
	/* its maker's words: it is one of the chain's; it must go, and silently */
	IOUS_GO,
	IOUS_REFUSED,
	/* its own: it has been killed, and leaves the chain to its maker */
	IOUS_GONE,
};

/* A chain's place in a set; a place without a chain is the bookmark of a walk. */
struct ious_place {
	struct list_head list;
	struct ious_chain *chain;
};

struct ious_chain {
	refcount_t refs;
	/* the chain itself, and those of its two sets that are used */
	refcount_t memory;

	/* registry.c: the chains of the same ring, and of the same submitter */
	struct ious_set *ring_set, *task_set;
	/* they are these if the chain is the first */
	struct ious_set own_ring_set, own_task_set;
	struct ious_place in_ring, in_task;

	/* protects the fields down to dead */
	raw_spinlock_t lock;
	/* the process; NULL before it runs and when it is done with the chain */
	struct task_struct *task;
	/* the request that runs now, and the first of those that follow */
	struct io_kiocb *cur, *next;
	/* the number of requests taken off the front of those that follow */
	unsigned int taken;
	/* ends without an exec, even if its requests succeed */
	bool killed;
	/* CLONE is left to a thread of the submitter, which has not begun */
	bool waiting;
	/* it was ended while it waited: there is nothing left to do for the thread */
	bool dead;

	/* held until ious_chain_done() */
	struct io_ring_ctx *ctx;

	/* the thread, or SQPOLL thread, that submitted it; held by the chain */
	struct task_struct *submitter;
	/* the credentials of an SQPOLL ring's requests; otherwise NULL */
	const struct cred *sq_creds;

	/* CLONE, and the system call that it stands for */
	struct io_kiocb *clone;
	struct ious_call_args call;
	/* waiting.c: the thread that has the queue it is in; only compared */
	struct task_struct *thread;
	struct list_head waiting_for;
	/* charge.c: the credentials that it counts for while it waits */
	const struct cred *charged;

	/* birth.c: the namespace of the pid that CLONE reports; NULL: none */
	struct pid_namespace *pid_ns;
	/* the credentials that the core lends to requests; only compared */
	const struct cred *lent;
	/* credentials that the process takes first; NULL: none */
	struct cred *cred;
	/* CLONE's signal mask; CLONE itself may be gone before a refused process runs */
	bool masks;
	u64 sigmask;
	/* the process waits for its maker's word, see enum ious_word */
	bool held;
	atomic_t word;
	/* its maker has found it, after that: has spoken */
	struct completion seen, told;
	/* the direct descriptor that its pidfd gets, from 1 on; 0: none */
	u32 slot;
	/* with CLONE_FILES: the table that it shares with the submitter */
	const struct files_struct *files;
	bool ring_closed;
	/* PTRACE_EVENT_*, for the submitter's tracer; the process has it, too */
	int event;
	/* it was born so, with a stop pending */
	bool traced;

	/* EXEC, while the runner lets it be completed before the exec has ended */
	struct io_kiocb *early;
	/* a request failed; a program runs, or the process dies in the exec */
	bool failed;
	bool execed;
	/* it was done in the middle of the exec: ious_run_early() */
	bool ended;
	/* it dies in the exec, or another task has sent it the same signal */
	bool ruined;
	/* the program dies before it begins: somebody ended the chain meanwhile */
	bool late;
	/* its process exits, and still shares the memory */
	struct ious_leaver leaver;
	/* requests that only have to be freed, linked by req->link */
	struct io_kiocb *finished;
	/* results of the requests that ran, for requests that refer to them */
	unsigned int done;
	s32 res[];
};

static inline struct ious_chain *ious_chain_get(struct ious_chain *chain)
{
	refcount_inc(&chain->refs);
	return chain;
}

/* CLONE begins to wait for a thread; false if the chain was ended already. */
bool ious_chain_wait(struct ious_chain *chain);

/*
 * CLONE waits no more: only the caller that gets true may make the process, or fail
 * the requests. Otherwise they have been failed already.
 */
bool ious_chain_claim(struct ious_chain *chain);

/* The process says that it runs now; false if the chain was ended already. */
bool ious_chain_start(struct ious_chain *chain);

/* Takes the next request; NULL at the end of the chain or if it was ended. */
struct io_kiocb *ious_chain_take(struct ious_chain *chain);

/* Takes all that are left. */
struct io_kiocb *ious_chain_take_all(struct ious_chain *chain);

/* The request that was taken is done. */
void ious_chain_drop(struct ious_chain *chain);

/* After an exec: true if the chain may no longer be ended. */
bool ious_chain_commit(struct ious_chain *chain);

/* Drops a reference to the memory alone, as a set does. May sleep. */
void ious_chain_drop_memory(struct ious_chain *chain);

/* The process is done with the chain, of which others may hold a reference. */
void ious_chain_leave(struct ious_chain *chain);

/* The first word counts, the maker's or that of the process: true if it is @word. */
bool ious_chain_say(struct ious_chain *chain, enum ious_word word);

bool ious_chain_killed(const struct ious_chain *chain);

/* The work that is left when the locks have been dropped. */
struct ious_victim {
	/* with a reference */
	struct ious_chain *chain;
	/* the process, to be killed; held; NULL: there is none, or not yet */
	struct task_struct *task;
	/* CLONE waited: the caller has to fail its requests */
	bool fail;
};

struct ious_victims {
	unsigned int nr;
	struct ious_victim list[16];
};

/* Decides; the caller's lock keeps @chain in the list that it was found in. */
void ious_condemn(struct ious_chain *chain, struct ious_victim *victim);

/* The same with the lock of @chain. */
void ious_condemn_locked(struct ious_chain *chain, struct ious_victim *victim);

#endif
