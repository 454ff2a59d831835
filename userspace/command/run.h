/* SPDX-License-Identifier: MIT */
/* The commands that run, and what is done with them. */
#ifndef IOUS_COMMAND_RUN_H
#define IOUS_COMMAND_RUN_H

#include "command.h"
#include "input.h"

#include <ious.h>
#include <stdio.h>

/* A command, from its line to its end. In one of the lists of its runner. */
struct job {
	struct job *next, **link;
	/* counted from 1 */
	unsigned long number;
	/* NULL without --lines */
	char *line;
	char **argv;
	/* /bin/sh runs it, as the kernel cannot */
	bool script;
	/* what it writes, until it has ended; -1: it goes where ours goes */
	int output[2];
	struct ious_plan *plan;
	struct ious_job *handle;
	/* 0: it has no program yet */
	pid_t pid;
	/* milliseconds; of CLOCK_REALTIME */
	long started;
	/* when it gets the signal, then SIGKILL; of CLOCK_MONOTONIC, 0: never */
	long end;
	bool timed_out;
	/* no other ran, and none was to */
	bool alone;
};

struct runner {
	const struct options *options;
	struct ious_queue *queue;
	struct input input;
	/* the lines are the standard input, which is not the commands' */
	bool reads_stdin;
	bool grouped;
	/* commands are each a process group */
	bool own_groups;
	int cgroup;
	/* as this command was started: what commands get */
	sigset_t mask;
	int signals;
	FILE *joblog, *json;
	/* in the queue; those for which there was no room */
	struct job *jobs, *held;
	/* at once: as many as are wanted, or less in a shortage */
	unsigned int limit;
	/* begun: of those that run, they have a program */
	unsigned int running, begun, done, failed;
	unsigned long lines;
	/* there is no more input; nothing is started any more */
	bool finished, stopped;
	/* of the last that failed, of all if there is no --lines */
	int status;
	/* this command's own failure */
	bool broken;
	/* a signal that this command got */
	int signal;
};

enum clock_kind { CLOCK_WALL, CLOCK_TICKS };
/* Milliseconds. */
long now(enum clock_kind kind);
/* A failure of ours while commands run: they are waited for, none is started. */
__attribute__((format(printf, 2, 3)))
void give_up(struct runner *r, const char *fmt, ...);

/* job.c */
/* NULL: there is no line now. It has neither outputs nor a plan. */
struct job *job_next(struct runner *r);
struct job *job_new(struct runner *r, const char *line);
/* Outputs and plan, or a negated errno. */
int job_prepare(struct runner *r, struct job *job);
/* Has neither any more. */
void job_strip(struct job *job);
void job_free(struct job *job);
void job_insert(struct job *job, struct job **list);
void job_remove(struct job *job);
/* What messages call it: "program", or "line 3 (foo): program". */
void job_error(const struct job *job, const char *what, const char *why);

/* plan.c */
/* Into the job; a negated errno. */
int plan_make(const struct runner *r, struct job *job);
int plan_cgroup(const struct options *options);

/* output.c */
int output_open(void);
/* Copies and closes what the job has written. */
void output_end(struct runner *r, struct job *job);
/* On a terminal only; the last ends its line. */
void progress(const struct runner *r, bool last);
void progress_clear(const struct runner *r);

/* log.c */
void log_open(struct runner *r);
void log_started(struct runner *r, const struct job *job);
/* @status as of waitpid(2); @size of the output */
void log_ended(struct runner *r, const struct job *job, int status,
	       long long size);
void log_failed(struct runner *r, const struct job *job, int status,
		const char *step,
		int error);
void log_close(struct runner *r);

/* signal.c */
void signals_open(struct runner *r);
void signals_take(struct runner *r);
/* Ends those that are late; milliseconds until the next is, -1: none. */
int late_end(struct runner *r);

/* result.c */
int job_exit_status(const struct runner *r, const struct job *job, int status);
/* No program runs: says why. */
int job_failure(const struct runner *r, const struct job *job,
		const struct ious_result *result);
bool is_shortage(int error);

#endif
