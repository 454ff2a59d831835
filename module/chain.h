/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A chain: a process that is being made and the requests that it runs.
 *
 * Two things end at different times. The chain itself is memory, and goes with
 * its last reference: ious_chain_put(). Before that comes the last touch of one
 * of its requests: ious_chain_done(). Until then the ring and the submitter's
 * io_uring_task are kept, see registry.h.
 */
#ifndef IOUS_CHAIN_H
#define IOUS_CHAIN_H

#include <linux/completion.h>
#include <linux/io_uring_types.h>
#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>

#include "call.h"
#include "leaver.h"

struct ious_set;

/* What becomes of a process that is held when it is made. */
enum ious_word {
	IOUS_SILENT,
	/* its maker's words: it is one of the chain's; it must go, and silently */
	IOUS_GO,
	IOUS_REFUSED,
	/* its own: it has been killed, and leaves the chain to its maker */
	IOUS_GONE,
};

/* A chain's place in a set; one without a chain is somebody's bookmark. */
struct ious_place {
	struct list_head list;
	struct ious_chain *chain;
};

struct ious_chain {
	refcount_t refs;

	/* registry.c: the chains of the same ring, and of the same submitter */
	struct ious_set *ring_set, *task_set;
	struct ious_place in_ring, in_task;

	/* of the fields down to dead */
	raw_spinlock_t lock;
	/* the process; NULL before it runs and when it is done with the chain */
	struct task_struct *task;
	/* the request that runs now, and the first of those that follow */
	struct io_kiocb *cur, *next;
	/* how many have been taken off the front of those that follow */
	unsigned int taken;
	/* ends without an exec, whatever its requests say */
	bool killed;
	/* CLONE is left to a thread of the submitter, which has not begun */
	bool waiting;
	/* it was ended while it waited: there is nothing left to do for the thread */
	bool dead;

	/* held until ious_chain_done() */
	struct io_ring_ctx *ctx;

	/* the thread, or SQPOLL thread, that submitted it; held by the chain */
	struct task_struct *submitter;
	/* the credentials of an SQPOLL ring's requests, else NULL */
	const struct cred *sq_creds;

	/* clone.c: CLONE, what it stands for, and what it takes to defer it */
	struct io_kiocb *clone;
	struct ious_call call;
	/* waiting.c: the thread whose queue it is in, to be compared only */
	struct task_struct *thread;
	struct list_head waiting_for;
	/* who pays for it while it waits */
	const struct cred *charged;

	/* birth.c: where the pid that CLONE reports is counted; NULL: none is */
	struct pid_namespace *pid_ns;
	/* what the core lends to requests that it puts aside; to be compared */
	const struct cred *lent;
	/* credentials that the process takes first; NULL: none */
	struct cred *cred;
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

	/* a request failed; a program runs, or the process dies by trying to */
	bool failed;
	bool execed;
	/* the latter, or somebody else has sent it the signal for that */
	bool ruined;
	/* the program dies before it begins: somebody ended the chain meanwhile */
	bool late;
	/* its process exits, and still shares the memory */
	struct ious_leaver leaver;
	/* those that only have to be freed, by their link */
	struct io_kiocb *finished;
	/* results of the requests that ran, for those that ask */
	unsigned int done;
	s32 res[];
};

/*
 * The chain that @req is the CLONE of, registered, with one reference; an
 * ERR_PTR(), -ECANCELED if the submitter waits for the end of all of its own.
 */
struct ious_chain *ious_chain_new(struct io_kiocb *req);

static inline struct ious_chain *ious_chain_get(struct ious_chain *chain)
{
	refcount_inc(&chain->refs);
	return chain;
}

void ious_chain_put(struct ious_chain *chain);

/*
 * Fails CLONE, which the caller has claimed, and the rest with it. Takes the
 * caller's reference.
 */
void ious_clone_fail(struct ious_chain *chain, int ret);

/* What is left is failed by whoever drops the last reference to the one that ran. */
void ious_fail_rest(struct ious_chain *chain);

/* Fails what is left of a chain, in order, as a failed link is. */
void ious_cancel_rest(struct io_kiocb *first);

/* The result of the @k-th request before the one that runs, in *res. */
int ious_chain_result(const struct ious_chain *chain, u32 k, s32 *res);

/*
 * Puts the result that @req refers to, if it does to one, in *fd: 0, -EINVAL if
 * there is no such request, -EBADF if it failed.
 */
int ious_op_fd(struct io_kiocb *req, int *fd);

#endif
