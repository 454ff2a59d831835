// SPDX-License-Identifier: MIT
/*
 * Starts commands, as many at once as are wanted, waits for them, ends those that
 * take too long. Input is read when there is room for a command. What lacks while
 * commands run is waited for: fewer run at once.
 */
#include "run.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "../lib/explain.h"

#define QUEUE_REQUESTS	256

long now(enum clock_kind kind)
{
	struct timespec time;

	clock_gettime(kind == CLOCK_WALL ? CLOCK_REALTIME : CLOCK_MONOTONIC,
		      &time);
	return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

void give_up(struct runner *r, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	progress_clear(r);
	error("%s", text);
	r->broken = r->stopped = true;
}

/* ---- starts */

/*
 * A process has a pidfd and what its output is kept in; until it has begun the queue has
 * duplicates of these. Jobs that wait with four descriptors for a fifth would leave little
 * to those that run. Some are this command's own.
 */
static bool has_descriptors(const struct runner *r)
{
	rlim_t each = r->grouped ? 3 : 1, more = r->grouped ? 2 : 0, need;
	struct rlimit files;

	if (!r->running || getrlimit(RLIMIT_NOFILE, &files))
		return true;
	need = each * (r->running + 1) + more * (r->running + 1 - r->begun);
	return need + 9 <= files.rlim_cur;
}

static bool may_start(const struct runner *r)
{
	return r->running < r->limit && has_descriptors(r);
}

/* Descriptors that a shortage took from others may be there when one has ended. */
static void hold(struct runner *r, struct job *job)
{
	job_strip(job);
	job_insert(job, &r->held);
	r->limit = r->running > 1 ? r->running : 1;
}

static void add(struct runner *r, struct job *job)
{
	int ret = ious_queue_add(r->queue, job->plan, job, &job->handle);

	if (is_shortage(-ret) && r->running) {
		hold(r, job);
		return;
	}
	if (ret) {
		give_up(r, "%s", strerror(-ret));
		job_free(job);
		return;
	}
	job->alone = !r->running && r->limit == 1;
	job->started = now(CLOCK_WALL);
	if (r->options->timeout)
		job->end = now(CLOCK_TICKS) + r->options->timeout;
	job_insert(job, &r->jobs);
	r->running++;
}

static struct job *next_job(struct runner *r)
{
	struct job *job = r->held;

	if (r->stopped)
		return NULL;
	if (job)
		job_remove(job);
	else if (!r->finished)
		job = job_next(r);
	return job;
}

static void start(struct runner *r, struct job *job)
{
	int ret = job_prepare(r, job);

	if (!ret) {
		add(r, job);
	} else if (is_shortage(-ret) && r->running) {
		hold(r, job);
	} else {
		job_error(job, job->argv[0], strerror(-ret));
		r->broken = r->stopped = true;
		job_free(job);
	}
}

/* All that have room are submitted together. */
static void start_some(struct runner *r)
{
	struct job *job;
	int ret;

	while (may_start(r) && (job = next_job(r)))
		start(r, job);
	ret = ious_queue_submit(r->queue);
	if (ret < 0 && !is_shortage(-ret))
		give_up(r, "io_uring: %s", strerror(-ret));
}

/* ---- what becomes of them */

/* Its program has failed; why none could be started was said already. */
static void say_failure(struct runner *r, const struct job *job, int status)
{
	char text[64];

	if (!job->line || !job->pid)
		return;
	snprintf(text, sizeof(text), "status %d%s", status,
		 r->finished || r->stopped ? "" : ", no more are started");
	progress_clear(r);
	job_error(job, job->argv[0], text);
}

static void over(struct runner *r, struct job *job, int status)
{
	output_end(r, job);
	r->running--;
	r->begun -= !!job->pid;
	r->done++;
	if (status) {
		r->failed++;
		r->status = status;
	}
	if (status && !r->options->keep_going) {
		say_failure(r, job, status);
		r->stopped = true;
	}
	job_remove(job);
	job_free(job);
	if (r->limit < r->options->jobs)
		r->limit++;
	progress(r, false);
}

static long long output_size(const struct job *job)
{
	long long size = 0;
	struct stat file;
	int i;

	for (i = 0; i < 2; i++)
		if (job->output[i] >= 0 && !fstat(job->output[i], &file))
			size += file.st_size;
	return size;
}

static void exited(struct runner *r, struct job *job, int status)
{
	log_ended(r, job, status, output_size(job));
	over(r, job, job_exit_status(r, job, status));
}

/* Again, by a shell, or when another has ended. */
static bool starts_again(struct runner *r, struct job *job,
			 const struct ious_result *result)
{
	bool script = result->step == IOUS_STEP_EXEC &&
		      result->error == ENOEXEC && !job->script;
	bool shortage = result->step == IOUS_STEP_CLONE &&
			is_shortage(result->error) && !job->alone;

	if (!(script || shortage) || r->stopped || job->timed_out)
		return false;
	job_remove(job);
	r->running--;
	if (shortage) {
		hold(r, job);
		return true;
	}
	job_strip(job);
	job->script = true;
	start(r, job);
	return true;
}

static void failed(struct runner *r, struct job *job,
		   const struct ious_result *result)
{
	int status;

	if (starts_again(r, job, result))
		return;
	if (job->timed_out)
		status = EXIT_TIMED_OUT;
	else if (r->signal && result->error == ECANCELED)
		status = EXIT_SIGNAL + r->signal;
	else
		status = job_failure(r, job, result);
	log_failed(r, job, status, ious_plan_step(job->plan, result->step),
		   result->error);
	over(r, job, status);
}

static void take_events(struct runner *r)
{
	struct ious_event event;
	struct job *job;
	int ret;

	while ((ret = ious_queue_wait(r->queue, &event, 1, 0)) == 1) {
		job = event.data;
		if (event.kind == IOUS_STARTED) {
			job->pid = event.result.pid;
			r->begun++;
			log_started(r, job);
		} else if (event.kind == IOUS_EXITED) {
			exited(r, job, event.status);
		} else {
			failed(r, job, &event.result);
		}
	}
	if (ret < 0 && ret != -EINTR && !is_shortage(-ret))
		give_up(r, "io_uring: %s", strerror(-ret));
}

/* ---- */

static bool wants_groups(const struct options *o)
{
	if (o->grouping == GROUP_DEFAULT)
		return o->tag || (o->lines && o->jobs > 1);
	return o->grouping == GROUP_YES || o->tag;
}

static void set_up(struct runner *r, const struct options *o)
{
	*r = (struct runner){
		.options = o, .signals = -1, .grouped = wants_groups(o),
		.own_groups = o->setsid || (o->timeout && !o->foreground),
		.cgroup = plan_cgroup(o),
		.reads_stdin = o->lines && !strcmp(o->lines, "-"),
	};
	r->limit = o->jobs;
	signals_open(r);
}

static void prepare(struct runner *r, const struct options *o)
{
	int ret;

	if (o->lines)
		input_open(&r->input, o->lines, o->separator);
	log_open(r);
	ret = ious_queue_new(&r->queue, QUEUE_REQUESTS);
	if (ret == -EPERM || ret == -ENOSYS || ret == -EACCES)
		fail("%s", ious_available_text(ious_available()));
	if (ret)
		fail("io_uring: %s", strerror(-ret));
}

static int final_status(const struct runner *r)
{
	if (r->broken)
		return EXIT_OWN_FAILURE;
	if (!r->options->lines)
		return r->status;
	if (r->signal)
		return EXIT_SIGNAL + r->signal;
	/* as xargs: a number that says more than that a command failed */
	if (!r->failed ||
	    (r->status >= EXIT_TIMED_OUT && r->status <= EXIT_NOT_FOUND))
		return r->status;
	return EXIT_SOME_FAILED;
}

/* Until there is something to do: an event, a signal, input, or it is too late. */
static void wait_for_something(struct runner *r)
{
	struct pollfd fds[] = {
		{ ious_queue_fd(r->queue), POLLIN, 0 },
		{ r->signals, POLLIN, 0 },
		/* -1: poll(2) does not look */
		{ -1, POLLIN, 0 },
	};
	int timeout = late_end(r), ret = 0;

	if (r->options->lines && !r->finished && !r->stopped && may_start(r))
		fds[2].fd = r->input.fd;
	if (poll(fds, 3, timeout) <= 0)
		return;
	if (fds[1].revents)
		signals_take(r);
	if (fds[2].revents)
		ret = input_read(&r->input);
	if (ret)
		give_up(r, "%s: %s", r->reads_stdin ? "standard input" :
			r->options->lines, strerror(-ret));
}

static bool is_over(const struct runner *r)
{
	return !r->running && (r->stopped || (r->finished && !r->held));
}

int run(const struct options *options)
{
	struct runner r;

	set_up(&r, options);
	prepare(&r, options);
	for (;;) {
		start_some(&r);
		take_events(&r);
		/* what has ended makes room for lines that are there already */
		start_some(&r);
		if (is_over(&r))
			break;
		wait_for_something(&r);
	}
	progress(&r, true);
	log_close(&r);
	ious_queue_free(r.queue);
	return final_status(&r);
}

int explain(const struct options *options)
{
	struct runner r;
	struct job *job;
	char *text;
	int length, ret;

	set_up(&r, options);
	/* without io_uring there would be no chain; it is told nevertheless */
	if (ious_queue_new(&r.queue, QUEUE_REQUESTS))
		r.queue = NULL;
	job = job_new(&r, options->lines ? "{}" : NULL);
	ret = job_prepare(&r, job);
	if (ret)
		fail("%s", strerror(-ret));
	/* a queue has that for itself, as it watches the process */
	ious_plan_want_pidfd(job->plan, true);
	length = ious_explain(job->plan, r.queue, NULL, 0);
	text = allocate(length + 1);
	ious_explain(job->plan, r.queue, text, length + 1);
	fputs(text, stdout);
	free(text);
	ious_queue_free(r.queue);
	return 0;
}
