/* SPDX-License-Identifier: MIT */
/* What the files of a queue share; all of it is called under the queue's lock. */
#ifndef IOUS_QUEUE_H
#define IOUS_QUEUE_H

#include <pthread.h>
#include <stdbool.h>
#include <sys/queue.h>

#include "chain.h"
#include "held.h"

/* What is submitted for a job. In user_data, below its address. */
enum want {
	WANT_CHAIN,
	WANT_EXIT,
	WANT_NOTHING,	/* a CQE, so that there is an event */
	WANT_OUTPUT,	/* a poll of a pipe, which stands in the place of the pidfd */
	WANT_MASK = 7
};

TAILQ_HEAD(jobs, ious_job);

struct ious_job {
	struct ious_queue *queue;
	/* of @list */
	TAILQ_ENTRY(ious_job) link;
	struct jobs *list;
	enum want want;
	void *data;
	struct ious_chain chain;
	struct ious_result result;
	/* the queue's own; -1 before the program runs and after its end */
	int pidfd;
	bool cancelled;
	/* of what was read; NULL but for a pipe */
	char *buffer;
};

struct ious_queue {
	pthread_mutex_t lock;
	struct io_uring ring;
	/* of the module, when the queue was made; 0: there was none */
	unsigned int abi;
	/* CQEs of chains that are to come; those of polls are few at a time */
	unsigned int in_flight;
	/* chains, ever */
	unsigned int started;
	/* chains that were prepared or submitted, and programs */
	unsigned int active;
	/* of them at once; less than all in a shortage */
	unsigned int limit;
	/* what chains need that have not been started */
	struct ious_held_list held;
	struct jobs added;
	/* to be submitted */
	struct jobs waiting;
	/* in the SQ, in its order; empty when nobody has the lock */
	struct jobs prepared;
	struct jobs submitted;
};

void ious_job_move(struct ious_job *job, struct jobs *list);
void ious_job_move_first(struct ious_job *job, struct jobs *list);
/* Chains that wait for room are not in the way of a single request. */
void ious_job_queue(struct ious_job *job, enum want want);
void ious_job_free(struct ious_job *job);

/*
 * ious_queue_flush() - submit what waits and has room
 *
 * Returns 0, or a negated errno: what was not submitted waits still.
 */
int ious_queue_flush(struct ious_queue *queue);

/*
 * Not where a program expects its standard descriptors: a job that has one of
 * them from its submitter would keep the ring, or would be watched by itself.
 */
int ious_above_standard(int fd);

/* Begins the chain of a job, at first and when it is tried again. */
int ious_queue_chain(struct ious_queue *queue, struct ious_chain *chain,
		     const struct ious_plan *plan);
/* There is a process: a table of its own has copies of what was held for it. */
void ious_job_cloned(struct ious_job *job);
/* The pipe may have something; true if there is an event, which is the last if empty. */
bool ious_job_read(struct ious_job *job, struct ious_event *event);
/* True if that is an event, in *@event. */
bool ious_queue_take_cqe(struct ious_queue *queue, struct io_uring_cqe *cqe,
			 struct ious_event *event);
/* The number of events that there are, up to @nr; jobs that have ended are freed. */
unsigned int ious_queue_take_cqes(struct ious_queue *queue,
				  struct ious_event *events, unsigned int nr);

#endif
