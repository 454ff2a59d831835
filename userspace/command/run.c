// SPDX-License-Identifier: MIT
/*
 * Starts commands, as many at once as are wanted, waits for them, ends those that
 * take too long. Input is read when there is room for a command.
 */
#include "command.h"
#include "input.h"

#include <errno.h>
#include <io_uring_spawn.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* One command that has been started. */
struct command {
	struct command *next, **link;
	struct ious_plan *plan;
	struct ious_job *job;
	/* when it gets SIGTERM, then SIGKILL; 0: never */
	long end;
	bool timed_out;
};

struct runner {
	const struct options *options;
	struct ious_queue *queue;
	struct input input;
	sigset_t mask;
	int signals;
	struct command *commands;
	unsigned int running, done, failed;
	/* no more are started */
	bool finished;
	/* of the last that failed, of all if there is no --lines */
	int status;
	/* a signal that this command got */
	int signal;
};

static long now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- what is run */

/* @argv with @line for each {}, or behind it; freed by the caller. */
static char *replace(const char *text, const char *line)
{
	const char *at, *from = text;
	char *copy, *to;
	size_t size = strlen(text) + 1;

	for (at = text; (at = strstr(at, "{}")); at += 2)
		size += strlen(line);
	copy = to = malloc(size);
	if (!copy)
		fail("no memory");
	while ((at = strstr(from, "{}"))) {
		to = mempcpy(to, from, at - from);
		to = stpcpy(to, line);
		from = at + 2;
	}
	strcpy(to, from);
	return copy;
}

static struct ious_plan *plan_of_line(struct runner *r, const char *line)
{
	char **argv = r->options->argv;
	struct ious_plan *plan;
	bool used = false;
	char **copy;
	int i, nr = 0;

	while (argv[nr])
		used |= !!strstr(argv[nr++], "{}");
	copy = calloc(nr + 2, sizeof(*copy));
	if (!copy)
		fail("no memory");
	for (i = 0; i < nr; i++)
		copy[i] = replace(argv[i], line);
	if (!used)
		copy[nr] = replace("{}", line);
	plan = plan_make(r->options, (const char *const *)copy, &r->mask);
	for (i = 0; copy[i]; i++)
		free(copy[i]);
	free(copy);
	return plan;
}

/* NULL when there is none now. */
static struct ious_plan *next_plan(struct runner *r)
{
	const struct options *o = r->options;
	const char *line;

	if (!o->lines) {
		r->finished = true;
		return plan_make(o, (const char *const *)o->argv, &r->mask);
	}
	line = input_line(&r->input);
	if (!line) {
		r->finished |= input_finished(&r->input);
		return NULL;
	}
	return plan_of_line(r, line);
}

static void start(struct runner *r, struct ious_plan *plan)
{
	struct command *command = calloc(1, sizeof(*command));
	int ret;

	if (!command)
		fail("no memory");
	command->plan = plan;
	if (r->options->timeout)
		command->end = now() + r->options->timeout;
	ret = ious_queue_add(r->queue, plan, command, &command->job);
	if (ret)
		fail("%s", strerror(-ret));
	command->next = r->commands;
	if (command->next)
		command->next->link = &command->next;
	command->link = &r->commands;
	r->commands = command;
	r->running++;
}

/* All that have room are submitted together. */
static void start_some(struct runner *r)
{
	struct ious_plan *plan;
	int ret;

	while (!r->finished && r->running < r->options->jobs &&
	       (plan = next_plan(r)))
		start(r, plan);
	ret = ious_queue_submit(r->queue);
	if (ret < 0)
		fail("io_uring: %s", strerror(-ret));
}

/* ---- what becomes of it */

static void progress(const struct runner *r, bool last)
{
	bool terminal = isatty(STDERR_FILENO);

	if (!r->options->progress || !(terminal || last))
		return;
	fprintf(stderr, "%s%u done, %u failed, %u running%s",
		terminal ? "\r\033[K" : "", r->done, r->failed, r->running,
		terminal && !last ? "" : "\n");
}

static void over(struct runner *r, struct command *command, int status)
{
	*command->link = command->next;
	if (command->next)
		command->next->link = command->link;
	ious_plan_free(command->plan);
	free(command);
	r->running--;
	r->done++;
	if (status) {
		r->failed++;
		r->status = status;
		if (!r->options->keep_going)
			r->finished = true;
	}
	progress(r, false);
}

/* Without the module each CLONE says EINVAL, and 126 would be the wrong answer. */
static int not_started(const struct ious_event *event,
		       const struct ious_plan *plan)
{
	enum io_uring_spawn_availability answer;

	if (event->result.step == IOUS_STEP_CLONE) {
		answer = io_uring_spawn_available();
		if (answer != IO_URING_SPAWN_AVAILABLE)
			fail("%s", io_uring_spawn_strerror(answer));
	}
	fprintf(stderr, "io_uring_spawn: %s: %s\n",
		ious_plan_step(plan, event->result.step),
		strerror(event->result.error));
	if (event->result.step != IOUS_STEP_EXEC)
		return EXIT_OWN_FAILURE;
	return event->result.error == ENOENT ? EXIT_NOT_FOUND :
					       EXIT_NOT_EXECUTABLE;
}

static int exit_status(const struct ious_event *event,
		       const struct command *command)
{
	if (command->timed_out)
		return EXIT_TIMED_OUT;
	if (WIFSIGNALED(event->status))
		return EXIT_SIGNAL + WTERMSIG(event->status);
	return WEXITSTATUS(event->status);
}

static void take_events(struct runner *r)
{
	struct ious_event event;
	struct command *command;
	int ret;

	while ((ret = ious_queue_wait(r->queue, &event, 1, 0)) == 1) {
		command = event.data;
		if (event.kind == IOUS_FAILED)
			over(r, command, command->timed_out ? EXIT_TIMED_OUT :
					 not_started(&event, command->plan));
		else if (event.kind == IOUS_EXITED)
			over(r, command, exit_status(&event, command));
	}
	if (ret < 0 && ret != -EINTR)
		fail("io_uring: %s", strerror(-ret));
}

/* One whose chain still blocks has no program to be killed. */
static void stop(struct command *command, int sig)
{
	if (ious_job_kill(command->job, sig))
		ious_job_cancel(command->job);
}

/* The next time to look, in milliseconds; -1: never. */
static int end_late_ones(struct runner *r)
{
	struct command *command;
	long time = now(), next = -1;

	for (command = r->commands; command; command = command->next) {
		if (!command->end)
			continue;
		if (time >= command->end) {
			stop(command, command->timed_out ? SIGKILL : SIGTERM);
			command->end = 0;
			if (!command->timed_out && r->options->kill_after)
				command->end = time + r->options->kill_after;
			command->timed_out = true;
		}
		if (command->end && (next < 0 || command->end - time < next))
			next = command->end - time;
	}
	return next;
}

/* Goes on to those that run; they may take their time, nobody else starts. */
static void take_signals(struct runner *r)
{
	struct signalfd_siginfo info;
	struct command *command;

	while (read(r->signals, &info, sizeof(info)) == sizeof(info)) {
		r->signal = info.ssi_signo;
		r->finished = true;
		for (command = r->commands; command; command = command->next)
			stop(command, r->signal);
	}
}

/* ---- */

static void prepare(struct runner *r)
{
	const struct options *o = r->options;
	sigset_t set;
	int ret;

	if (o->lines)
		input_open(&r->input, o->lines, o->separator);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, &r->mask);
	/* the exits of its commands are this one's to collect */
	signal(SIGCHLD, SIG_DFL);
	r->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (r->signals < 0)
		fail("signalfd: %s", strerror(errno));
	ret = ious_queue_new(&r->queue, 256);
	if (ret)
		fail("io_uring: %s", strerror(-ret));
}

static int explain(const struct options *o)
{
	struct ious_plan *plan = plan_make(o, (const char *const *)o->argv,
					   NULL);

	plan_explain(plan);
	ious_plan_free(plan);
	return 0;
}

static int final_status(const struct runner *r)
{
	if (r->signal)
		return EXIT_SIGNAL + r->signal;
	/* as xargs: what says more than that a command failed */
	if (!r->options->lines || !r->failed ||
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
	int timeout = end_late_ones(r);

	if (r->options->lines && !r->finished &&
	    r->running < r->options->jobs)
		fds[2].fd = r->input.fd;
	if (poll(fds, 3, timeout) <= 0)
		return;
	if (fds[1].revents)
		take_signals(r);
	if (fds[2].revents)
		input_read(&r->input);
}

int run(const struct options *options)
{
	struct runner r = { .options = options };

	if (options->explain)
		return explain(options);
	prepare(&r);
	for (;;) {
		start_some(&r);
		take_events(&r);
		if (!r.running && r.finished)
			break;
		/* what has ended makes room for lines that are there already */
		start_some(&r);
		wait_for_something(&r);
	}
	progress(&r, true);
	ious_queue_free(r.queue);
	return final_status(&r);
}
