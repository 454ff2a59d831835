// SPDX-License-Identifier: MIT
/* CQEs of a queue, and what they mean for its jobs. */
#include "queue.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef P_PIDFD
#define P_PIDFD	3
#endif

int ious_above_standard(int fd)
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
			ious_job_queue(job, WANT_EXIT);
			return false;
		}
		event->status = wait_status(&info);
	}
	event->result = job->result;
	return true;
}

/* With the descriptors that are held for it. */
static void again(struct ious_job *job)
{
	const struct ious_chain before = job->chain;

	ious_queue_chain(job->queue, &job->chain, before.plan);
	job->chain.held = before.held;
	job->chain.nr_held = before.nr_held;
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
	again(job);
	ious_job_move_first(job, &queue->waiting);
	return true;
}

/* The last event of a job makes room for one more, and for a try of another. */
static void has_ended(struct ious_job *job)
{
	struct ious_queue *queue = job->queue;

	if (job->want == WANT_NOTHING || job->want == WANT_OUTPUT)
		return;
	queue->active--;
	if (queue->limit < UINT_MAX)
		queue->limit++;
}

void ious_job_cloned(struct ious_job *job)
{
	if (!(job->chain.clone.flags & CLONE_FILES))
		ious_held_drop(&job->chain);
}

static bool complete_chain(struct ious_job *job, int res,
			   struct ious_event *event)
{
	struct ious_result *result = &event->result;

	job->queue->in_flight--;
	if (!job->chain.done && res > 0)
		ious_job_cloned(job);
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
	ious_held_drop(&job->chain);
	event->kind = IOUS_STARTED;
	job->pidfd = ious_above_standard(result->pidfd);
	result->pidfd = -1;
	job->result = *result;
	if (job->chain.plan->want_pidfd)
		result->pidfd = fcntl(job->pidfd, F_DUPFD_CLOEXEC, 3);
	ious_job_queue(job, WANT_EXIT);
	return true;
}

bool ious_queue_take_cqe(struct ious_queue *queue, struct io_uring_cqe *cqe,
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
	case WANT_OUTPUT:
		return ious_job_read(job, event);
	default:
		event->kind = IOUS_FAILED;
		event->result = (struct ious_result){
			.error = ECANCELED, .step = IOUS_STEP_CLONE, .pidfd = -1,
		};
		return true;
	}
}

static bool is_last(const struct ious_event *event)
{
	return event->kind != IOUS_STARTED &&
	       (event->kind != IOUS_OUTPUT || !event->size);
}

unsigned int ious_queue_take_cqes(struct ious_queue *queue,
				  struct ious_event *events, unsigned int nr)
{
	struct io_uring_cqe *cqe;
	unsigned int i = 0;

	while (i < nr && !io_uring_peek_cqe(&queue->ring, &cqe)) {
		if (!ious_queue_take_cqe(queue, cqe, &events[i]))
			continue;
		if (is_last(&events[i])) {
			has_ended(events[i].job);
			ious_job_free(events[i].job);
		}
		i++;
	}
	return i;
}
