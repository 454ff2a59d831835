// SPDX-License-Identifier: MIT
/* Pipes in a queue: a poll, then a read, as long as they have another end. */
#include "queue.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

/* What a pipe holds by default. */
#define PART	65536

int ious_queue_output(struct ious_queue *queue, int fd, void *data,
		      struct ious_job **result)
{
	int flags = fcntl(fd, F_GETFL);
	struct ious_job *job;

	/* a poll may end without anything to read, and others may read, too */
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK))
		return -errno;
	job = calloc(1, sizeof(*job));
	if (!job)
		return -ENOMEM;
	job->buffer = malloc(PART);
	if (!job->buffer) {
		free(job);
		return -ENOMEM;
	}
	job->queue = queue;
	job->list = &queue->waiting;
	job->want = WANT_OUTPUT;
	job->data = data;
	job->pidfd = fd;
	if (result)
		*result = job;
	pthread_mutex_lock(&queue->lock);
	TAILQ_INSERT_HEAD(&queue->waiting, job, link);
	/* if it does not work now, it will when events are waited for */
	ious_queue_flush(queue);
	pthread_mutex_unlock(&queue->lock);
	return 0;
}

bool ious_job_read(struct ious_job *job, struct ious_event *event)
{
	ssize_t ret;

	/* not read(), which is a cancellation point */
	do
		ret = syscall(__NR_read, job->pidfd, job->buffer, PART);
	while (ret < 0 && errno == EINTR);
	if (ret > 0 || (ret < 0 && errno == EAGAIN))
		ious_job_queue(job, WANT_OUTPUT);
	if (ret < 0 && errno == EAGAIN)
		return false;
	event->kind = IOUS_OUTPUT;
	event->output = job->buffer;
	event->size = ret > 0 ? ret : 0;
	event->result = (struct ious_result){
		.step = IOUS_STEP_NONE, .pidfd = -1,
	};
	return true;
}
