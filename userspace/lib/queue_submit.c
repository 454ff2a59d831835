// SPDX-License-Identifier: MIT
/* Jobs of a queue, from its lists into the SQ, and back if the kernel takes few. */
#include "queue.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

void ious_job_move(struct ious_job *job, struct jobs *list)
{
	TAILQ_REMOVE(job->list, job, link);
	TAILQ_INSERT_TAIL(list, job, link);
	job->list = list;
}

void ious_job_move_first(struct ious_job *job, struct jobs *list)
{
	TAILQ_REMOVE(job->list, job, link);
	TAILQ_INSERT_HEAD(list, job, link);
	job->list = list;
}

void ious_job_free(struct ious_job *job)
{
	TAILQ_REMOVE(job->list, job, link);
	if (job->pidfd >= 0)
		ious_close(job->pidfd);
	ious_held_drop(&job->chain);
	free(job->buffer);
	free(job);
}

void ious_job_queue(struct ious_job *job, enum want want)
{
	job->want = want;
	ious_job_move_first(job, &job->queue->waiting);
}

static unsigned int nr_requests(const struct ious_job *job)
{
	return job->want == WANT_CHAIN ? job->chain.nr : 1;
}

/* A CQ that has overflowed is the kernel's memory, which may end. */
static bool cq_has_room(const struct ious_queue *queue,
			const struct ious_job *job)
{
	return job->want != WANT_CHAIN ||
	       queue->in_flight + job->chain.nr <=
		       *queue->ring.cq.kring_entries;
}

/* Others, such as polls, need nothing that could lack. */
static bool is_allowed(const struct ious_queue *queue,
		       const struct ious_job *job)
{
	return job->want != WANT_CHAIN || queue->active < queue->limit;
}

static void prepare_job(struct ious_job *job)
{
	struct ious_queue *queue = job->queue;
	unsigned int i, nr = nr_requests(job);
	struct io_uring_sqe *sqe;

	for (i = 0; i < nr; i++) {
		sqe = io_uring_get_sqe(&queue->ring);
		switch (job->want) {
		case WANT_CHAIN:
			ious_chain_sqe(&job->chain, i, sqe);
			queue->in_flight++;
			break;
		case WANT_EXIT:
		case WANT_OUTPUT:
			io_uring_prep_poll_add(sqe, job->pidfd, POLLIN);
			break;
		default:
			io_uring_prep_nop(sqe);
		}
		sqe->user_data = (uintptr_t)job | job->want;
	}
	queue->active += job->want == WANT_CHAIN;
	ious_job_move(job, &queue->prepared);
}

/*
 * The kernel writes the pid when there is a process, which is before CLONE has its CQE.
 * What is held is given back now, and not with an event: the caller may wait for the end
 * of a pipe first. A CLONE that waits, or has failed, has written nothing.
 */
static void has_submitted(struct ious_job *job)
{
	job->queue->started += job->want == WANT_CHAIN;
	if (job->want == WANT_CHAIN &&
	    __atomic_load_n(&job->chain.pid, __ATOMIC_RELAXED) > 0)
		ious_job_cloned(job);
	ious_job_move(job, &job->queue->submitted);
}

/* What the kernel has not taken is nobody's any more. */
static void empty_sq(struct io_uring *ring)
{
	struct io_uring_sq *sq = &ring->sq;

	sq->sqe_head = sq->sqe_tail = *sq->khead;
	__atomic_store_n(sq->ktail, sq->sqe_tail, __ATOMIC_RELEASE);
}

/*
 * The kernel has taken only @taken of the SQEs. The rest of a chain must not be
 * submitted later: there it would be done by the submitter, not by its process.
 */
static void take_back(struct ious_queue *queue, unsigned int taken)
{
	struct ious_job *job;
	unsigned int nr;

	empty_sq(&queue->ring);
	while (taken && (job = TAILQ_FIRST(&queue->prepared))) {
		nr = nr_requests(job);
		if (nr > taken) {
			queue->in_flight -= nr - taken;
			ious_chain_cut(&job->chain, taken);
			nr = taken;
		}
		taken -= nr;
		has_submitted(job);
	}
	while ((job = TAILQ_LAST(&queue->prepared, jobs))) {
		if (job->want == WANT_CHAIN) {
			queue->in_flight -= job->chain.nr;
			queue->active--;
		}
		ious_job_move_first(job, &queue->waiting);
	}
}

/*
 * Linux 6.1 shares a table only with the thread that has registered the ring. A
 * registration belongs to its thread: it is given up where it was made.
 */
static int submit(struct ious_queue *queue)
{
	bool registered = false;
	struct ious_job *job;
	int ret;

	TAILQ_FOREACH(job, &queue->prepared, link) {
		if (job->want == WANT_CHAIN &&
		    job->chain.clone.flags & CLONE_FILES) {
			registered = io_uring_register_ring_fd(&queue->ring) == 1;
			break;
		}
	}
	ret = io_uring_submit(&queue->ring);
	if (registered)
		io_uring_unregister_ring_fd(&queue->ring);
	return ret;
}

static int flush(struct ious_queue *queue)
{
	unsigned int nr = io_uring_sq_ready(&queue->ring);
	struct ious_job *job;
	int ret;

	if (!nr)
		return 0;
	ret = submit(queue);
	if (ret != (int)nr) {
		take_back(queue, ret < 0 ? 0 : ret);
		return ret < 0 ? ret : -EAGAIN;
	}
	while ((job = TAILQ_FIRST(&queue->prepared)))
		has_submitted(job);
	return 0;
}

/* A chain is not split over two submissions. */
int ious_queue_flush(struct ious_queue *queue)
{
	struct ious_job *job;
	int ret;

	while ((job = TAILQ_FIRST(&queue->waiting)) &&
	       cq_has_room(queue, job) && is_allowed(queue, job)) {
		if (io_uring_sq_space_left(&queue->ring) < nr_requests(job)) {
			ret = flush(queue);
			if (ret)
				return ret;
		}
		prepare_job(job);
	}
	return flush(queue);
}
