// SPDX-License-Identifier: MIT
/*
 * Queues: chains in a ring, whose CQEs and whose processes' exits become events.
 *
 * A job is always in one of its queue's lists. Where it waits it says what it wants
 * to submit: its chain, then a poll of its process' pidfd. (IORING_OP_WAITID would
 * collect a process whose exit nobody has asked for yet, and newer kernels alone
 * have it.) No CQE is taken but for an event that is returned at once: as long as
 * there are events the ring is readable.
 */
#include "queue.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

int ious_queue_new(struct ious_queue **result, unsigned int requests)
{
	struct ious_queue *queue = calloc(1, sizeof(*queue));
	int ret;

	if (!queue)
		return -ENOMEM;
	ret = io_uring_queue_init(requests, &queue->ring,
				  IORING_SETUP_SUBMIT_ALL);
	if (ret)
		goto out_free;
	queue->ring.ring_fd = ious_above_standard(queue->ring.ring_fd);
	queue->ring.enter_ring_fd = queue->ring.ring_fd;
	queue->abi = io_uring_spawn_abi(&queue->ring);
	queue->limit = UINT_MAX;
	/* a child's mistakes must not get into its parent's ring */
	ret = io_uring_ring_dontfork(&queue->ring);
	if (ret)
		goto out_exit;
	pthread_mutex_init(&queue->lock, NULL);
	LIST_INIT(&queue->held);
	TAILQ_INIT(&queue->added);
	TAILQ_INIT(&queue->waiting);
	TAILQ_INIT(&queue->prepared);
	TAILQ_INIT(&queue->submitted);
	*result = queue;
	return 0;

out_exit:
	io_uring_queue_exit(&queue->ring);
out_free:
	free(queue);
	return ret;
}

int ious_queue_fd(const struct ious_queue *queue)
{
	return queue->ring.ring_fd;
}

/* From here on the caller may do with its descriptors what it likes. */
static int add_job(struct ious_queue *queue, struct ious_job *job)
{
	int ret;

	pthread_mutex_lock(&queue->lock);
	ret = ious_held_take(&queue->held, &job->chain);
	if (!ret)
		TAILQ_INSERT_TAIL(&queue->added, job, link);
	pthread_mutex_unlock(&queue->lock);
	return ret;
}

/* A feature that came after kernels had learnt to hold a ring in every call. */
#ifndef IORING_FEAT_RECVSEND_BUNDLE
#define IORING_FEAT_RECVSEND_BUNDLE	(1U << 14)
#endif

/*
 * Linux 6.1 shares a table only in the call that submits a chain. A chain of a queue may
 * have to wait for its thread, for which a poll that has ended is enough.
 */
int ious_queue_chain(struct ious_queue *queue, struct ious_chain *chain,
		     const struct ious_plan *plan)
{
	int ret = ious_chain_init(chain, plan, true);

	if (ret)
		return ret;
	if (!(queue->ring.features & IORING_FEAT_RECVSEND_BUNDLE))
		ious_chain_copy_table(chain);
	chain->calls = queue->abi >= 3;
	chain->ring = &queue->ring;
	return 0;
}

int ious_queue_add(struct ious_queue *queue, const struct ious_plan *plan,
		   void *data, struct ious_job **result)
{
	struct ious_job *job = calloc(1, sizeof(*job));
	int ret;

	if (!job)
		return -ENOMEM;
	job->queue = queue;
	job->list = &queue->added;
	job->want = WANT_CHAIN;
	job->data = data;
	job->pidfd = -1;
	ret = ious_queue_chain(queue, &job->chain, plan);
	if (!ret && job->chain.nr > *queue->ring.sq.kring_entries)
		ret = -E2BIG;
	if (!ret)
		ret = add_job(queue, job);
	if (ret) {
		free(job);
		return ret;
	}
	if (result)
		*result = job;
	return 0;
}

int ious_queue_submit(struct ious_queue *queue)
{
	struct ious_job *job;
	int ret, nr;

	pthread_mutex_lock(&queue->lock);
	nr = queue->started;
	while ((job = TAILQ_FIRST(&queue->added)))
		ious_job_move(job, &queue->waiting);
	ret = ious_queue_flush(queue);
	nr = queue->started - nr;
	pthread_mutex_unlock(&queue->lock);
	return nr ? nr : ret;
}

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* What can be submitted is, as there is room now that there was not before. */
static int poll_queue(struct ious_queue *queue, struct ious_event *events,
		      unsigned int nr)
{
	int ret, taken;

	pthread_mutex_lock(&queue->lock);
	taken = ious_queue_take_cqes(queue, events, nr);
	ret = ious_queue_flush(queue);
	pthread_mutex_unlock(&queue->lock);
	return taken ? taken : ret;
}

int ious_queue_wait(struct ious_queue *queue, struct ious_event *events,
		    unsigned int nr, int timeout)
{
	struct pollfd ready = { .fd = queue->ring.ring_fd, .events = POLLIN };
	long end = now_ms() + timeout, left = timeout;
	int ret;

	if (!nr)
		return 0;
	for (;;) {
		ret = poll_queue(queue, events, nr);
		if (ret || !left)
			return ret;
		if (poll(&ready, 1, left) < 0)
			return -errno;
		if (timeout < 0)
			continue;
		left = end - now_ms();
		if (left < 0)
			left = 0;
	}
}

static int cancel_chain(struct ious_job *job)
{
	struct io_uring_sync_cancel_reg cancel = {
		.addr = (uintptr_t)job | WANT_CHAIN, .fd = -1,
		.timeout = { -1, -1 },
	};

	return io_uring_register_sync_cancel(&job->queue->ring, &cancel);
}

int ious_job_cancel(struct ious_job *job)
{
	struct ious_queue *queue = job->queue;
	int ret = -EALREADY;

	pthread_mutex_lock(&queue->lock);
	if (job->cancelled || job->want != WANT_CHAIN)
		goto out_unlock;
	if (job->list == &queue->submitted) {
		if (!cancel_chain(job))
			ret = 0;
	} else {
		ious_job_queue(job, WANT_NOTHING);
		/* if it does not work now, it will when events are waited for */
		ious_queue_flush(queue);
		ret = 0;
	}
	job->cancelled = !ret;
out_unlock:
	pthread_mutex_unlock(&queue->lock);
	return ret;
}

/* It will end with the next look at the queue; jobs that are wanted go first. */
static void cancel_waiting(struct jobs *list)
{
	struct ious_job *job, *next;

	for (job = TAILQ_FIRST(list); job; job = next) {
		next = TAILQ_NEXT(job, link);
		if (job->want != WANT_CHAIN)
			continue;
		job->cancelled = true;
		ious_job_queue(job, WANT_NOTHING);
	}
}

int ious_queue_cancel(struct ious_queue *queue)
{
	struct ious_job *job;

	pthread_mutex_lock(&queue->lock);
	cancel_waiting(&queue->waiting);
	cancel_waiting(&queue->added);
	TAILQ_FOREACH(job, &queue->submitted, link)
		job->cancelled |= job->want == WANT_CHAIN;
	/* if it does not work now, it will when events are waited for */
	ious_queue_flush(queue);
	pthread_mutex_unlock(&queue->lock);
	return io_uring_spawn_cancel_all(&queue->ring);
}

int ious_job_kill(struct ious_job *job, int sig)
{
	struct ious_queue *queue = job->queue;
	int ret = -ESRCH;

	pthread_mutex_lock(&queue->lock);
	if (job->pidfd >= 0 && job->want != WANT_OUTPUT)
		ret = syscall(__NR_pidfd_send_signal, job->pidfd, sig, NULL,
			      0) ? -errno : 0;
	pthread_mutex_unlock(&queue->lock);
	return ret;
}

/* Chains write to their jobs, and read their plans, until they are over. */
static void end_chains(struct ious_queue *queue)
{
	struct ious_event event;
	struct io_uring_cqe *cqe;
	struct ious_job *job;
	int ret;

	TAILQ_FOREACH(job, &queue->submitted, link)
		if (job->want == WANT_CHAIN)
			cancel_chain(job);
	while (queue->in_flight) {
		ret = io_uring_wait_cqe(&queue->ring, &cqe);
		if (ret == -EINTR)
			continue;
		if (ret)
			break;
		if (ious_queue_take_cqe(queue, cqe, &event) && event.result.pidfd >= 0)
			ious_close(event.result.pidfd);
	}
}

void ious_queue_free(struct ious_queue *queue)
{
	struct ious_job *job;

	if (!queue)
		return;
	end_chains(queue);
	io_uring_queue_exit(&queue->ring);
	while ((job = TAILQ_FIRST(&queue->added)) ||
	       (job = TAILQ_FIRST(&queue->waiting)) ||
	       (job = TAILQ_FIRST(&queue->submitted)))
		ious_job_free(job);
	pthread_mutex_destroy(&queue->lock);
	free(queue);
}
