// SPDX-License-Identifier: MIT
/*
 * Queues: chains in a ring, whose CQEs and whose processes' exits become events.
 *
 * A job is added, started, runs and is over; it is freed with its last event. The
 * exit is told by a poll of its pidfd, which all kernels have.
 */
#include "plan.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef P_PIDFD
#define P_PIDFD	3
#endif

/* In user_data, below the job's address: which of its requests that is. */
enum { IOUS_OF_CHAIN, IOUS_OF_POLL, IOUS_KINDS = 7 };

struct ious_node {
	struct ious_node *next;
	struct ious_job *job;
	int kind;
};

struct ious_job {
	struct ious_queue *queue;
	/* those that wait for room, or those that have been started */
	struct ious_job *next, **link;
	void *data;
	struct ious_chain chain;
	struct ious_result result;
	int status;
	/* the queue's own; -1 before the program runs and after its end */
	int pidfd;
	bool started, cancelled;
	/* it starts, and it is over */
	struct ious_node nodes[2];
};

struct ious_queue {
	pthread_mutex_t lock;
	struct io_uring ring;
	struct ious_job *added, **added_end;
	struct ious_job *all;
	struct ious_node *events, **events_end;
};

static void ious_link_job(struct ious_job **list, struct ious_job *job)
{
	job->next = *list;
	if (job->next)
		job->next->link = &job->next;
	job->link = list;
	*list = job;
}

static void ious_unlink_job(struct ious_job *job)
{
	*job->link = job->next;
	if (job->next)
		job->next->link = job->link;
}

int ious_queue_new(struct ious_queue **result, unsigned int requests)
{
	struct ious_queue *queue = calloc(1, sizeof(*queue));
	int ret;

	if (!queue)
		return -ENOMEM;
	ret = io_uring_queue_init(requests, &queue->ring,
				  IORING_SETUP_SUBMIT_ALL);
	if (ret) {
		free(queue);
		return ret;
	}
	pthread_mutex_init(&queue->lock, NULL);
	queue->added_end = &queue->added;
	queue->events_end = &queue->events;
	*result = queue;
	return 0;
}

static void ious_free_job(struct ious_job *job)
{
	if (job->pidfd >= 0)
		close(job->pidfd);
	free(job);
}

void ious_queue_free(struct ious_queue *queue)
{
	struct ious_job *job;

	if (!queue)
		return;
	/* first: chains write to their jobs until their ring is closed */
	io_uring_queue_exit(&queue->ring);
	while ((job = queue->added)) {
		queue->added = job->next;
		ious_free_job(job);
	}
	while ((job = queue->all)) {
		queue->all = job->next;
		ious_free_job(job);
	}
	pthread_mutex_destroy(&queue->lock);
	free(queue);
}

int ious_queue_fd(const struct ious_queue *queue)
{
	return queue->ring.ring_fd;
}

int ious_queue_add(struct ious_queue *queue, const struct ious_plan *plan,
		   void *data, struct ious_job **result)
{
	struct ious_job *job = calloc(1, sizeof(*job));
	int ret;

	if (!job)
		return -ENOMEM;
	ret = ious_chain_init(&job->chain, plan, true);
	if (!ret && job->chain.nr > *queue->ring.sq.kring_entries)
		ret = -E2BIG;
	if (ret) {
		free(job);
		return ret;
	}
	job->queue = queue;
	job->data = data;
	job->pidfd = -1;
	if (result)
		*result = job;
	pthread_mutex_lock(&queue->lock);
	*queue->added_end = job;
	queue->added_end = &job->next;
	pthread_mutex_unlock(&queue->lock);
	return 0;
}

/* ---- all of these under the lock */

static void ious_event(struct ious_job *job, int kind)
{
	struct ious_queue *queue = job->queue;
	struct ious_node *node = &job->nodes[kind != IOUS_STARTED];

	*node = (struct ious_node){ .job = job, .kind = kind };
	*queue->events_end = node;
	queue->events_end = &node->next;
}

static struct io_uring_sqe *ious_queue_sqe(struct ious_job *job)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&job->queue->ring);

	if (!sqe) {
		io_uring_submit(&job->queue->ring);
		sqe = io_uring_get_sqe(&job->queue->ring);
	}
	return sqe;
}

static void ious_start_job(struct ious_job *job)
{
	struct io_uring_sqe *sqe;
	unsigned int i;

	ious_link_job(&job->queue->all, job);
	job->started = true;
	if (job->cancelled) {
		job->result = (struct ious_result){
			.error = ECANCELED, .step = IOUS_STEP_CLONE, .pidfd = -1,
		};
		ious_event(job, IOUS_FAILED);
		return;
	}
	for (i = 0; i < job->chain.nr; i++) {
		sqe = io_uring_get_sqe(&job->queue->ring);
		ious_chain_sqe(&job->chain, i, sqe);
		sqe->user_data = (uintptr_t)job | IOUS_OF_CHAIN;
	}
}

/* As many as there is room for; a chain must not be split over two submissions. */
static int ious_start_jobs(struct ious_queue *queue)
{
	struct ious_job *job;
	int nr = 0, ret;

	while ((job = queue->added) &&
	       io_uring_sq_space_left(&queue->ring) >= job->chain.nr) {
		queue->added = job->next;
		if (!queue->added)
			queue->added_end = &queue->added;
		ious_start_job(job);
		nr++;
	}
	if (!io_uring_sq_ready(&queue->ring))
		return nr;
	ret = io_uring_submit(&queue->ring);
	return ret < 0 ? ret : nr;
}

static int ious_status(const siginfo_t *info)
{
	switch (info->si_code) {
	case CLD_EXITED:
		return info->si_status << 8;
	case CLD_DUMPED:
		return info->si_status | 0x80;
	default:
		return info->si_status;
	}
}

/* False: it has not ended, a poll also ends with the thread that submitted it. */
static bool ious_collect(struct ious_job *job)
{
	siginfo_t info = { 0 };

	/* it may have been collected by somebody who was not to */
	job->status = -1;
	if (!waitid(P_PIDFD, job->pidfd, &info, WEXITED | WNOHANG)) {
		if (!info.si_pid)
			return false;
		job->status = ious_status(&info);
	}
	close(job->pidfd);
	job->pidfd = -1;
	ious_event(job, IOUS_EXITED);
	return true;
}

static void ious_watch(struct ious_job *job)
{
	struct io_uring_sqe *sqe = ious_queue_sqe(job);
	struct pollfd end = { .fd = job->pidfd, .events = POLLIN };

	if (sqe) {
		io_uring_prep_poll_add(sqe, job->pidfd, POLLIN);
		sqe->user_data = (uintptr_t)job | IOUS_OF_POLL;
		return;
	}
	/* the kernel takes nothing: wait here rather than lose it */
	while (poll(&end, 1, -1) < 0)
		;
	ious_collect(job);
}

static void ious_chain_over(struct ious_job *job)
{
	ious_chain_finish(&job->chain, &job->result);
	if (job->result.error) {
		ious_event(job, IOUS_FAILED);
		return;
	}
	job->pidfd = job->result.pidfd;
	job->result.pidfd = -1;
	if (job->chain.plan->want_pidfd)
		job->result.pidfd = fcntl(job->pidfd, F_DUPFD_CLOEXEC, 3);
	ious_event(job, IOUS_STARTED);
	ious_watch(job);
}

/* CQEs of a chain come in its order. */
static void ious_take_cqes(struct ious_queue *queue)
{
	struct io_uring_cqe *cqe;
	struct ious_job *job;
	int kind, res;

	while (!io_uring_peek_cqe(&queue->ring, &cqe)) {
		job = (void *)(uintptr_t)(cqe->user_data & ~(uint64_t)IOUS_KINDS);
		kind = cqe->user_data & IOUS_KINDS;
		res = cqe->res;
		io_uring_cqe_seen(&queue->ring, cqe);
		if (kind == IOUS_OF_POLL && !ious_collect(job))
			ious_watch(job);
		else if (kind == IOUS_OF_CHAIN &&
			 ious_chain_take(&job->chain, job->chain.done, res))
			ious_chain_over(job);
	}
}

static unsigned int ious_take_events(struct ious_queue *queue,
				     struct ious_event *events, unsigned int nr)
{
	struct ious_node *node;
	struct ious_job *job;
	unsigned int i;

	for (i = 0; i < nr && (node = queue->events); i++) {
		job = node->job;
		queue->events = node->next;
		if (!queue->events)
			queue->events_end = &queue->events;
		events[i] = (struct ious_event){
			.kind = node->kind, .data = job->data, .job = job,
			.result = job->result, .status = job->status,
		};
		if (node->kind != IOUS_STARTED) {
			ious_unlink_job(job);
			ious_free_job(job);
		}
	}
	return i;
}

/* ---- */

int ious_queue_submit(struct ious_queue *queue)
{
	int ret;

	pthread_mutex_lock(&queue->lock);
	ret = ious_start_jobs(queue);
	pthread_mutex_unlock(&queue->lock);
	return ret;
}

static long ious_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Those that are watched, or waited for room, since the last time are submitted. */
static int ious_queue_look(struct ious_queue *queue, struct ious_event *events,
			   unsigned int nr)
{
	int ret, taken;

	pthread_mutex_lock(&queue->lock);
	ious_take_cqes(queue);
	ret = ious_start_jobs(queue);
	taken = ious_take_events(queue, events, nr);
	pthread_mutex_unlock(&queue->lock);
	/* -EBUSY: the CQ overflowed; what is there has to be taken first */
	if (!taken && ret < 0 && ret != -EBUSY && ret != -EAGAIN)
		return ret;
	return taken;
}

int ious_queue_wait(struct ious_queue *queue, struct ious_event *events,
		    unsigned int nr, int timeout)
{
	struct pollfd ready = { .fd = queue->ring.ring_fd, .events = POLLIN };
	long end = ious_now() + timeout, left = timeout;
	int ret;

	if (!nr)
		return 0;
	for (;;) {
		ret = ious_queue_look(queue, events, nr);
		if (ret || !left)
			return ret;
		if (poll(&ready, 1, left) < 0)
			return -errno;
		if (timeout < 0)
			continue;
		left = end - ious_now();
		if (left < 0)
			left = 0;
	}
}

int ious_job_cancel(struct ious_job *job)
{
	struct ious_queue *queue = job->queue;
	struct io_uring_sync_cancel_reg cancel = {
		.addr = (uintptr_t)job | IOUS_OF_CHAIN, .fd = -1,
		.timeout = { -1, -1 },
	};
	int ret = -EALREADY;

	pthread_mutex_lock(&queue->lock);
	if (!job->started)
		ret = 0;
	else if (!job->cancelled && job->chain.done < job->chain.nr)
		ret = io_uring_register_sync_cancel(&queue->ring, &cancel);
	job->cancelled |= !ret;
	pthread_mutex_unlock(&queue->lock);
	return ret < 0 ? -EALREADY : 0;
}

int ious_job_kill(struct ious_job *job, int sig)
{
	struct ious_queue *queue = job->queue;
	int ret = -ESRCH;

	pthread_mutex_lock(&queue->lock);
	if (job->pidfd >= 0)
		ret = syscall(SYS_pidfd_send_signal, job->pidfd, sig, NULL, 0) ?
			-errno : 0;
	pthread_mutex_unlock(&queue->lock);
	return ret;
}
