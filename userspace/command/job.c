// SPDX-License-Identifier: MIT
/* A command: made of a line, ready to be started, gone. */
#include "run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void job_insert(struct job *job, struct job **list)
{
	job->next = *list;
	if (job->next)
		job->next->link = &job->next;
	job->link = list;
	*list = job;
}

void job_remove(struct job *job)
{
	*job->link = job->next;
	if (job->next)
		job->next->link = job->link;
}

static char **copy_words(char *const argv[])
{
	int i, nr = 0;
	char **copy;

	while (argv[nr])
		nr++;
	copy = allocate((nr + 1) * sizeof(*copy));
	for (i = 0; i < nr; i++)
		copy[i] = strdup(argv[i]);
	return copy;
}

struct job *job_new(struct runner *r, const char *line)
{
	struct job *job = allocate(sizeof(*job));

	job->number = ++r->lines;
	job->output[0] = job->output[1] = -1;
	job->argv = line ? replace_all(r->options->argv, line) :
			   copy_words(r->options->argv);
	if (line)
		job->line = strdup(line);
	return job;
}

struct job *job_next(struct runner *r)
{
	const char *line;

	if (!r->options->lines) {
		r->finished = true;
		return job_new(r, NULL);
	}
	line = input_line(&r->input);
	r->finished |= input_finished(&r->input);
	if (line && r->input.null) {
		give_up(r, "line %lu has a null byte, which no argument can have (is it a list for --null?)",
			r->lines + 1);
		return NULL;
	}
	return line ? job_new(r, line) : NULL;
}

static int open_outputs(struct runner *r, struct job *job)
{
	int i;

	for (i = 0; r->grouped && i < 2; i++) {
		if (r->options->standard[i + 1])
			continue;
		job->output[i] = output_open();
		if (job->output[i] < 0)
			return -errno;
	}
	return 0;
}

int job_prepare(struct runner *r, struct job *job)
{
	int ret = open_outputs(r, job);

	if (!ret)
		ret = plan_make(r, job);
	if (ret)
		job_strip(job);
	return ret;
}

void job_strip(struct job *job)
{
	int i;

	for (i = 0; i < 2; i++) {
		if (job->output[i] >= 0)
			close(job->output[i]);
		job->output[i] = -1;
	}
	ious_plan_free(job->plan);
	job->plan = NULL;
}

void job_free(struct job *job)
{
	job_strip(job);
	free_words(job->argv);
	free(job->line);
	free(job);
}

void job_error(const struct job *job, const char *what, const char *why)
{
	if (job->line)
		error("line %lu (%s): %s: %s", job->number, job->line, what,
		      why);
	else
		error("%s: %s", what, why);
}
