/* SPDX-License-Identifier: GPL-2.0 */
/* A chain: a process that is being made and the requests that it runs. */
#ifndef IOUS_CHAIN_H
#define IOUS_CHAIN_H

#include <linux/completion.h>
#include <linux/io_uring_types.h>
#include <linux/task_work.h>
#include <linux/workqueue.h>

#include "clone_args.h"

struct io_cancel_data;

struct ious_chain {
	/* registry.c; the fields down to killed are under its lock */
	struct hlist_node node;
	/* the process; NULL before it runs and when it is done with the chain */
	struct task_struct *task;
	/* the request that runs now, and the first of those that follow */
	struct io_kiocb *cur, *next;
	/* ends without an exec, whatever its requests say */
	bool killed;
	/* CLONE is left to a thread of the submitter, which has not begun */
	bool waiting;
	/* its requests have been failed without there having been a process */
	bool dead;
	/* its submitter waits for the end of its requests, in an exit or exec */
	bool awaited;

	/* alive as long as one of the requests is */
	struct io_ring_ctx *ctx;
	/* who submitted the chain, to be compared only */
	const void *owner;

	/* the thread, or SQPOLL thread, that submitted it */
	struct task_struct *submitter;

	/* clone.c: CLONE, what it stands for, and what it takes to defer it */
	struct io_kiocb *clone;
	struct ious_call call;
	struct task_struct *thread;
	struct callback_head work;
	struct delayed_work retry;

	/* birth.c: where the pid that CLONE reports is counted; NULL: none is */
	struct pid_namespace *pid_ns;
	/* what the core lends to requests that it puts aside; to be compared */
	const struct cred *lent;
	/* credentials that the process takes first; NULL: none */
	struct cred *cred;
	/* the process waits for its maker's word, and whether it may go on */
	bool held;
	bool refused;
	struct completion word;
	/* with CLONE_FILES: the table that it shares with the submitter */
	const struct files_struct *files;
	bool ring_closed;
	/* PTRACE_EVENT_*, for the submitter's tracer; the process has it, too */
	int event;

	/* a request failed; a program runs, or the process dies by trying to */
	bool failed;
	bool execed;
	/* the latter, or somebody else has sent it the signal for that */
	bool ruined;
	/* the program dies before it begins: somebody ended the chain meanwhile */
	bool late;
	/* those that only have to be freed, by their link */
	struct io_kiocb *finished;
	/* results of the requests that ran, for those that ask */
	unsigned int done;
	s32 res[];
};

/* The chain that @req is the CLONE of, registered; an ERR_PTR(). */
struct ious_chain *ious_chain_new(struct io_kiocb *req);
void ious_chain_free(struct ious_chain *chain);

/* The new process's function, with a chain. */
int ious_chain_main(void *data);

/* The result of the @k-th request before the one that runs, in *res. */
int ious_chain_result(const struct ious_chain *chain, u32 k, s32 *res);

/* registry.c */
void ious_registry_init(void);
void ious_registry_add(struct ious_chain *chain);
/* Returns whether its submitter waits for it. */
bool ious_registry_del(struct ious_chain *chain);
unsigned int ious_nr_chains(void);

/*
 * One more chain, or one less: the last thing that the one who ends a chain
 * does in this module, short of returning.
 */
void ious_count_chain(int n);

/* CLONE begins to wait for a thread; false if the chain is dead already. */
bool ious_chain_wait(struct ious_chain *chain);

/*
 * CLONE waits no more: only who is told true may make the process, or fail the
 * requests. Else they have been failed; nothing but the chain is left.
 */
bool ious_chain_claim(struct ious_chain *chain);

/* The process says that it runs now; false if the chain is dead already. */
bool ious_chain_start(struct ious_chain *chain);

/* Takes the next request; NULL at the end of the chain or if it is dead. */
struct io_kiocb *ious_chain_take(struct ious_chain *chain);

/* Takes all that are left. */
struct io_kiocb *ious_chain_take_all(struct ious_chain *chain);

/* The request that was taken is done. */
void ious_chain_drop(struct ious_chain *chain);

/* After an exec: true if the chain may no longer be ended. */
bool ious_chain_commit(struct ious_chain *chain);

bool ious_chain_killed(const struct ious_chain *chain);

/*
 * Ends the chains of @ctx (any if NULL) that @owner (any if NULL) submitted, who
 * waits for them.
 */
void ious_chains_kill(const struct io_ring_ctx *ctx, const void *owner);

/* Are there any of those? */
bool ious_chains_exist(const struct io_ring_ctx *ctx, const void *owner);

/* Are there chains that @owner submitted, and that still have requests? */
bool ious_chains_left(const void *owner);

/* Ends the first chain that has a request that matches; false if none has. */
bool ious_chains_cancel(struct io_ring_ctx *ctx, struct io_cancel_data *cd);

#endif
