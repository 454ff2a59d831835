// SPDX-License-Identifier: MIT
/*
 * ious_capture(): a program with input, output and a time limit. Its plan is that of the
 * caller, with steps in front that give it a process group and descriptors.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "chain.h"
#include "stop.h"

/* Large enough for what a pipe holds by default. */
#define CHUNK	65536

/* An output that is kept. */
struct stream {
	/* -1: none, or it has ended */
	int fd;
	char **data;
	size_t *size, room;
};

struct running {
	const struct ious_capture *run;
	struct ious_output *output;
	struct stream streams[2];
	int pidfd;
	/* the process is a zombie */
	bool ended;
	/* when the next signal is due; -1: none is */
	long due;
	bool terminated, killed;
	/* no memory for its output */
	int error;
};

/* ---- the plan */

static int own_group(const struct ious_plan *plan)
{
	unsigned int i;

	for (i = 0; i < plan->nr; i++)
		if (plan->requests[i].sqe.opcode == IO_URING_SPAWN_OP_SYSCALL &&
		    (plan->requests[i].sqe.len == __NR_setsid ||
		     plan->requests[i].sqe.len == __NR_setpgid))
			return 0;
	return 1;
}

/* @fds: of 0, 1 and 2; -1: as it is */
static unsigned int add_front(struct ious_plan_request *to, const int *fds,
			      bool group, bool merge)
{
	unsigned int nr = 0;
	int i;

	if (group)
		io_uring_spawn_prep_setpgid(&to[nr++].sqe, 0);
	for (i = 0; i < 3; i++)
		if (fds[i] >= 0)
			io_uring_spawn_prep_dup(&to[nr++].sqe, fds[i], i, 0);
	if (merge)
		io_uring_spawn_prep_dup(&to[nr++].sqe, 1, 2, 0);
	for (i = 0; i < (int)nr; i++)
		to[i].step = IOUS_STEP_CLONE;
	return nr;
}

/* Behind what makes the table of descriptors, and before the steps. */
static int spawn(const struct ious_plan *plan, const struct ious_capture *run,
		 const int *fds, struct ious_result *result)
{
	unsigned int nr, table = plan->keeps ? IOUS_KEEP_REQUESTS : 0;
	struct ious_plan with = *plan;
	int ret;

	with.requests = calloc(plan->nr + 8, sizeof(*with.requests));
	if (!with.requests)
		return -ENOMEM;
	if (table)
		memcpy(with.requests, plan->requests,
		       table * sizeof(*with.requests));
	nr = table + add_front(with.requests + table, fds, own_group(plan),
			       run->flags & IOUS_CAPTURE_MERGE);
	if (plan->nr > table)
		memcpy(with.requests + nr, plan->requests + table,
		       (plan->nr - table) * sizeof(*with.requests));
	with.nr = nr + plan->nr - table;
	with.want_pidfd = true;
	ret = ious_spawn(&with, result);
	free(with.requests);
	return ret;
}

/* ---- descriptors */

/* Not where the program expects its own: what is there could be overwritten first. */
static int above_standard(int fd)
{
	int copy;

	if (fd < 0 || fd > STDERR_FILENO)
		return fd < 0 ? -errno : fd;
	copy = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (copy < 0)
		copy = -errno;
	ious_close(fd);
	return copy;
}

static int open_input(const struct ious_capture *run)
{
	int fd = above_standard(memfd_create("input", MFD_CLOEXEC));
	const char *data = run->input;
	size_t left = run->input_size;
	ssize_t ret;

	while (fd >= 0 && left) {
		ret = syscall(__NR_pwrite64, fd, data, left,
			      run->input_size - left);
		if (ret < 0 && errno == EINTR)
			continue;
		if (ret <= 0) {
			ret = ret ? -errno : -ENOSPC;
			ious_close(fd);
			return ret;
		}
		data += ret;
		left -= ret;
	}
	return fd;
}

/* For a chunk, and the null byte behind it. */
static bool make_room(struct stream *stream)
{
	size_t room = *stream->size + CHUNK + 1;
	char *data;

	if (stream->room >= room)
		return true;
	if (room < 2 * stream->room)
		room = 2 * stream->room;
	data = realloc(*stream->data, room);
	if (!data)
		return false;
	*stream->data = data;
	stream->room = room;
	return true;
}

/* The end that is read goes to the stream, the other is returned. */
static int open_output(struct stream *stream, char **data, size_t *size)
{
	int fds[2], ret;

	stream->data = data;
	stream->size = size;
	if (!make_room(stream))
		return -ENOMEM;
	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	ret = above_standard(fds[0]);
	if (ret < 0) {
		ious_close(fds[1]);
		return ret;
	}
	stream->fd = ret;
	/* another process may read from it, too, and be faster */
	fcntl(ret, F_SETFL, O_NONBLOCK);
	return above_standard(fds[1]);
}

static int open_all(struct running *r, int *fds)
{
	const struct ious_capture *run = r->run;
	struct ious_output *output = r->output;

	if (run->input) {
		fds[0] = open_input(run);
		if (fds[0] < 0)
			return fds[0];
	}
	if (run->flags & IOUS_CAPTURE_STDOUT) {
		fds[1] = open_output(&r->streams[0], &output->out,
				     &output->out_size);
		if (fds[1] < 0)
			return fds[1];
	}
	if (run->flags & IOUS_CAPTURE_STDERR) {
		fds[2] = open_output(&r->streams[1], &output->err,
				     &output->err_size);
		if (fds[2] < 0)
			return fds[2];
	}
	return 0;
}

/* ---- while it runs */

static void kill_it(struct running *r)
{
	ious_signal_group(r->output->result.pid, SIGKILL);
	r->killed = true;
	r->due = -1;
}

static void next_signal(struct running *r)
{
	pid_t pid = r->output->result.pid;

	if (r->terminated || !r->run->kill_after) {
		kill_it(r);
		return;
	}
	ious_signal_group(pid, SIGTERM);
	/* one that is stopped would not see it */
	ious_signal_group(pid, SIGCONT);
	r->terminated = true;
	r->due = ious_now() + r->run->kill_after;
}

static void end_it(struct running *r, enum ious_end_reason why)
{
	if (r->terminated || r->killed)
		return;
	r->output->end = why;
	next_signal(r);
}

static void close_stream(struct stream *stream)
{
	if (stream->fd >= 0)
		ious_close(stream->fd);
	stream->fd = -1;
}

/* True if there may be more. What is above the limit is dropped. */
static bool read_some(struct running *r, struct stream *stream)
{
	size_t limit = r->run->limit;
	ssize_t ret;

	if (!make_room(stream)) {
		r->error = -ENOMEM;
		close_stream(stream);
		kill_it(r);
		return false;
	}
	ret = read(stream->fd, *stream->data + *stream->size, CHUNK);
	if (ret < 0 && errno == EINTR)
		return true;
	if (ret < 0 && errno == EAGAIN)
		return false;
	if (ret <= 0) {
		close_stream(stream);
		return false;
	}
	*stream->size += ret;
	if (limit && *stream->size > limit) {
		*stream->size = limit;
		end_it(r, IOUS_END_SIZE);
	}
	return true;
}

static bool is_over(const struct running *r)
{
	return r->ended && (r->killed || (r->streams[0].fd < 0 &&
					  r->streams[1].fd < 0));
}

static int time_left(const struct running *r)
{
	long left;

	if (r->due < 0)
		return -1;
	left = r->due - ious_now();
	return left < 0 ? 0 : left < 1000000 ? left : 1000000;
}

static void watch(struct running *r)
{
	struct pollfd fds[3];
	int i, n;

	while (!is_over(r)) {
		fds[0] = (struct pollfd){ r->ended ? -1 : r->pidfd, POLLIN, 0 };
		for (i = 0; i < 2; i++)
			fds[i + 1] = (struct pollfd){ r->streams[i].fd, POLLIN, 0 };
		if (poll(fds, 3, time_left(r)) < 0)
			continue;
		for (i = 0; i < 2; i++)
			if (fds[i + 1].revents)
				read_some(r, &r->streams[i]);
		r->ended |= fds[0].revents != 0;
		if (r->due < 0 || ious_now() < r->due)
			continue;
		if (r->terminated)
			next_signal(r);
		else
			end_it(r, IOUS_END_TIME);
	}
	/* what is there: a process that has left the group may write for ever */
	for (i = 0; i < 2; i++)
		for (n = 0; n < 16 && r->streams[i].fd >= 0; n++)
			if (!read_some(r, &r->streams[i]))
				break;
}

static void wait_for_end(struct running *r)
{
	struct ious_output *output = r->output;
	int i;

	r->pidfd = output->result.pidfd;
	output->result.pidfd = -1;
	r->due = r->run->timeout ? ious_now() + r->run->timeout : -1;
	watch(r);
	ious_close(r->pidfd);
	if (ious_wait_for(output->result.pid, &output->status))
		output->status = -1;
	for (i = 0; i < 2; i++)
		if (r->streams[i].data && *r->streams[i].data)
			(*r->streams[i].data)[*r->streams[i].size] = 0;
}

/* ---- */

static bool is_valid(const struct ious_capture *run)
{
	const unsigned int all = IOUS_CAPTURE_STDOUT | IOUS_CAPTURE_STDERR |
				 IOUS_CAPTURE_MERGE;
	unsigned int i;

	for (i = 0; i < sizeof(run->reserved) / sizeof(run->reserved[0]); i++)
		if (run->reserved[i])
			return false;
	return !(run->flags & ~all) && (run->input || !run->input_size) &&
	       (run->flags & all) != (IOUS_CAPTURE_STDERR | IOUS_CAPTURE_MERGE) &&
	       (run->flags & all) != all;
}

static int run_plan(const struct ious_plan *plan, struct running *r)
{
	int fds[3] = { -1, -1, -1 }, ret, i;

	ret = open_all(r, fds);
	if (!ret)
		ret = spawn(plan, r->run, fds, &r->output->result);
	for (i = 0; i < 3; i++)
		if (fds[i] >= 0)
			ious_close(fds[i]);
	if (!ret)
		wait_for_end(r);
	for (i = 0; i < 2; i++)
		close_stream(&r->streams[i]);
	return ret ? ret : r->error;
}

int ious_capture(const struct ious_plan *plan, const struct ious_capture *run,
	     struct ious_output *output)
{
	struct running r = {
		.run = run, .output = output,
		.streams = { { .fd = -1 }, { .fd = -1 } },
	};
	int ret, cancel;

	*output = (struct ious_output){
		.result = { .step = IOUS_STEP_NONE, .pidfd = -1 },
	};
	if (!is_valid(run))
		return -EINVAL;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	ret = run_plan(plan, &r);
	pthread_setcancelstate(cancel, NULL);
	if (ret)
		ious_output_free(output);
	return ret;
}

void ious_output_free(struct ious_output *output)
{
	free(output->out);
	free(output->err);
	output->out = output->err = NULL;
	output->out_size = output->err_size = 0;
}
