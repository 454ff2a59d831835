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
#include "chain.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <sys/wait.h>
#include <time.h>

#ifndef P_PIDFD
#define P_PIDFD	3
#endif

/* What is submitted for a job. In user_data, below its address. */
enum want {
	WANT_CHAIN,
	WANT_EXIT,
	WANT_NOTHING,	/* a CQE, so that there is an event */
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
};

struct ious_queue {
	pthread_mutex_t lock;
	struct io_uring ring;
	/* CQEs of chains that are to come; those of polls are few at a time */
	unsigned int in_flight;
	/* chains, ever */
	unsigned int started;
	/* chains that were prepared or submitted, and programs */
	unsigned int active;
	/* of them at once; less than all in a shortage */
	unsigned int limit;
	struct jobs added;
	/* to be submitted */
	struct jobs waiting;
	/* in the SQ, in its order; empty when nobody has the lock */
	struct jobs prepared;
	struct jobs submitted;
};

/*
 * Not where a program expects its standard descriptors: a job that has one of
 * them from its submitter would keep the ring, or would be watched by itself.
 */
static int above_standard(int fd)
{
	int copy;

	if (fd < 0 || fd > STDERR_FILENO)
		return fd;
	copy = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (copy < 0)
		return fd;
	ious_close(fd);
	return copy;
}

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
	queue->ring.ring_fd = above_standard(queue->ring.ring_fd);
	queue->ring.enter_ring_fd = queue->ring.ring_fd;
	queue->limit = UINT_MAX;
	/* a child's mistakes must not get into its parent's ring */
	ret = io_uring_ring_dontfork(&queue->ring);
	if (ret)
		goto out_exit;
	pthread_mutex_init(&queue->lock, NULL);
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
	job->list = &queue->added;
	job->want = WANT_CHAIN;
	job->data = data;
	job->pidfd = -1;
	if (result)
		*result = job;
	pthread_mutex_lock(&queue->lock);
	TAILQ_INSERT_TAIL(&queue->added, job, link);
	pthread_mutex_unlock(&queue->lock);
	return 0;
}

/* ---- submission, under the lock */

static void move_job(struct ious_job *job, struct jobs *list)
{
	TAILQ_REMOVE(job->list, job, link);
	TAILQ_INSERT_TAIL(list, job, link);
	job->list = list;
}

static void move_first(struct ious_job *job, struct jobs *list)
{
	TAILQ_REMOVE(job->list, job, link);
	TAILQ_INSERT_HEAD(list, job, link);
	job->list = list;
}

static void free_job(struct ious_job *job)
{
	TAILQ_REMOVE(job->list, job, link);
	if (job->pidfd >= 0)
		ious_close(job->pidfd);
	free(job);
}

/* Chains that wait for room are not in the way of a single request. */
static void queue_first(struct ious_job *job, enum want want)
{
	job->want = want;
	move_first(job, &job->queue->waiting);
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
			io_uring_prep_poll_add(sqe, job->pidfd, POLLIN);
			break;
		default:
			io_uring_prep_nop(sqe);
		}
		sqe->user_data = (uintptr_t)job | job->want;
	}
	queue->active += job->want == WANT_CHAIN;
	move_job(job, &queue->prepared);
}

static void has_submitted(struct ious_job *job)
{
	job->queue->started += job->want == WANT_CHAIN;
	move_job(job, &job->queue->submitted);
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
		move_first(job, &queue->waiting);
	}
}

static int flush(struct ious_queue *queue)
{
	unsigned int nr = io_uring_sq_ready(&queue->ring);
	struct ious_job *job;
	int ret;

	if (!nr)
		return 0;
	ret = io_uring_submit(&queue->ring);
	if (ret != (int)nr) {
		take_back(queue, ret < 0 ? 0 : ret);
		return ret < 0 ? ret : -EAGAIN;
	}
	while ((job = TAILQ_FIRST(&queue->prepared)))
		has_submitted(job);
	return 0;
}

/* A chain is not split over two submissions. */
static int submit_jobs(struct ious_queue *queue)
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

/* ---- CQEs, under the lock */

static int wait_status(const siginfo_t *info)
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

/*
 * A poll also ends with the thread that submitted it: then the process has not
 * ended, and is watched again.
 */
static bool complete_exit(struct ious_job *job, struct ious_event *event)
{
	siginfo_t info = { 0 };

	event->kind = IOUS_EXITED;
	event->status = -1;
	if (!syscall(__NR_waitid, P_PIDFD, job->pidfd, &info,
		     WEXITED | WNOHANG, NULL)) {
		if (!info.si_pid) {
			queue_first(job, WANT_EXIT);
			return false;
		}
		event->status = wait_status(&info);
	}
	event->result = job->result;
	return true;
}

/*
 * Descriptors, processes or memory lack, and a job that runs has some of them: it
 * is waited for. There was no process, thus no step was done.
 */
static bool waits_for_others(struct ious_job *job,
			     const struct ious_result *result)
{
	struct ious_queue *queue = job->queue;

	if (result->step != IOUS_STEP_CLONE || result->pid || job->cancelled ||
	    queue->active < 2 ||
	    (result->error != EMFILE && result->error != ENFILE &&
	     result->error != EAGAIN && result->error != ENOMEM))
		return false;
	queue->limit = --queue->active;
	ious_chain_init(&job->chain, job->chain.plan, true);
	move_first(job, &queue->waiting);
	return true;
}

/* The last event of a job makes room for one more, and for a try of another. */
static void has_ended(struct ious_job *job)
{
	struct ious_queue *queue = job->queue;

	if (job->want == WANT_NOTHING)
		return;
	queue->active--;
	if (queue->limit < UINT_MAX)
		queue->limit++;
}

static bool complete_chain(struct ious_job *job, int res,
			   struct ious_event *event)
{
	struct ious_result *result = &event->result;

	job->queue->in_flight--;
	/* CQEs of a chain come in its order */
	if (!ious_chain_complete(&job->chain, job->chain.done, res))
		return false;
	ious_chain_finish(&job->chain, result);
	if (result->error) {
		if (waits_for_others(job, result))
			return false;
		if (job->cancelled)
			result->error = ECANCELED;
		event->kind = IOUS_FAILED;
		return true;
	}
	event->kind = IOUS_STARTED;
	job->pidfd = above_standard(result->pidfd);
	result->pidfd = -1;
	job->result = *result;
	if (job->chain.plan->want_pidfd)
		result->pidfd = fcntl(job->pidfd, F_DUPFD_CLOEXEC, 3);
	queue_first(job, WANT_EXIT);
	return true;
}

/* True if that is an event, in *@event. */
static bool take_cqe(struct ious_queue *queue, struct io_uring_cqe *cqe,
		     struct ious_event *event)
{
	enum want what = cqe->user_data & WANT_MASK;
	struct ious_job *job = (void *)(uintptr_t)(cqe->user_data - what);
	int res = cqe->res;

	io_uring_cqe_seen(&queue->ring, cqe);
	*event = (struct ious_event){ .data = job->data, .job = job };
	switch (what) {
	case WANT_CHAIN:
		return complete_chain(job, res, event);
	case WANT_EXIT:
		return complete_exit(job, event);
	default:
		event->kind = IOUS_FAILED;
		event->result = (struct ious_result){
			.error = ECANCELED, .step = IOUS_STEP_CLONE, .pidfd = -1,
		};
		return true;
	}
}

static unsigned int take_cqes(struct ious_queue *queue,
			      struct ious_event *events, unsigned int nr)
{
	struct io_uring_cqe *cqe;
	unsigned int i = 0;

	while (i < nr && !io_uring_peek_cqe(&queue->ring, &cqe)) {
		if (!take_cqe(queue, cqe, &events[i]))
			continue;
		if (events[i].kind != IOUS_STARTED) {
			has_ended(events[i].job);
			free_job(events[i].job);
		}
		i++;
	}
	return i;
}

/* ---- */

int ious_queue_submit(struct ious_queue *queue)
{
	struct ious_job *job;
	int ret, nr;

	pthread_mutex_lock(&queue->lock);
	nr = queue->started;
	while ((job = TAILQ_FIRST(&queue->added)))
		move_job(job, &queue->waiting);
	ret = submit_jobs(queue);
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
	taken = take_cqes(queue, events, nr);
	ret = submit_jobs(queue);
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
		queue_first(job, WANT_NOTHING);
		/* if it does not work now, it will when events are waited for */
		submit_jobs(queue);
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
		queue_first(job, WANT_NOTHING);
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
	submit_jobs(queue);
	pthread_mutex_unlock(&queue->lock);
	return io_uring_spawn_cancel_all(&queue->ring);
}

int ious_job_kill(struct ious_job *job, int sig)
{
	struct ious_queue *queue = job->queue;
	int ret = -ESRCH;

	pthread_mutex_lock(&queue->lock);
	if (job->pidfd >= 0)
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
		if (take_cqe(queue, cqe, &event) && event.result.pidfd >= 0)
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
		free_job(job);
	pthread_mutex_destroy(&queue->lock);
	free(queue);
}
