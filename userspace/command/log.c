// SPDX-License-Identifier: MIT
/* What became of each command: a table as parallel(1) writes it, and JSON. */
#include "run.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sys/wait.h>

static FILE *open_log(const char *path)
{
	FILE *file;

	if (!path)
		return NULL;
	file = strcmp(path, "-") ? fopen(path, "we") : stdout;
	if (!file)
		fail("%s: %s", path, strerror(errno));
	setvbuf(file, NULL, _IOLBF, 0);
	return file;
}

void log_open(struct runner *r)
{
	r->joblog = open_log(r->options->joblog);
	r->json = open_log(r->options->json);
	if (r->joblog)
		fputs("Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\t"
		      "Exitval\tSignal\tCommand\n", r->joblog);
}

/* ---- JSON */

/* The length of the character that begins here; 0: that is no UTF-8. */
static int utf8(const unsigned char *text)
{
	int length = *text < 0x80 ? 1 : *text >= 0xc2 && *text < 0xe0 ? 2 :
		     (*text & 0xf0) == 0xe0 ? 3 :
		     *text >= 0xf0 && *text < 0xf5 ? 4 : 0, i;

	for (i = 1; i < length; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	/* too long, surrogates, beyond the last character */
	if ((*text == 0xe0 && text[1] < 0xa0) ||
	    (*text == 0xed && text[1] >= 0xa0) ||
	    (*text == 0xf0 && text[1] < 0x90) ||
	    (*text == 0xf4 && text[1] >= 0x90))
		return 0;
	return length;
}

/* What is no UTF-8 becomes U+FFFD: JSON has no other bytes. */
static void put_string(FILE *file, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	int length;

	putc('"', file);
	for (; *at; at += length ? length : 1) {
		length = utf8(at);
		if (!length)
			fputs("\\ufffd", file);
		else if (*at < 0x20 || *at == 0x7f)
			fprintf(file, "\\u%04x", *at);
		else if (*at == '"' || *at == '\\')
			fprintf(file, "\\%c", *at);
		else
			fwrite(at, 1, length, file);
	}
	putc('"', file);
}

static void begin(FILE *file, const struct job *job, const char *event)
{
	long time = now(CLOCK_WALL);

	fprintf(file, "{\"event\":\"%s\",\"time\":%ld.%03ld,\"job\":%lu", event,
		time / 1000, time % 1000, job->number);
	if (!job->line)
		return;
	fputs(",\"line\":", file);
	put_string(file, job->line);
}

static void put_argv(FILE *file, const struct job *job)
{
	int i;

	fputs(",\"argv\":[", file);
	for (i = 0; job->argv[i]; i++) {
		if (i)
			putc(',', file);
		put_string(file, job->argv[i]);
	}
	putc(']', file);
}

/* ---- the table */

/* A line stays a line, a column a column. */
static void put_command(FILE *file, const struct job *job)
{
	const char *at;
	int i;

	for (i = 0; job->argv[i]; i++) {
		if (i)
			putc(' ', file);
		for (at = job->argv[i]; *at; at++) {
			if (iscntrl((unsigned char)*at))
				fprintf(file, "\\%03o", (unsigned char)*at);
			else
				putc(*at, file);
		}
	}
	putc('\n', file);
}

static void put_row(struct runner *r, const struct job *job, int exit,
		    int signal, long long size)
{
	long time = now(CLOCK_WALL) - job->started;

	if (!r->joblog)
		return;
	fprintf(r->joblog, "%lu\t:\t%ld.%03ld\t%ld.%03ld\t0\t%lld\t%d\t%d\t",
		job->number, job->started / 1000, job->started % 1000,
		time / 1000, time % 1000, size, exit, signal);
	put_command(r->joblog, job);
}

/* ---- */

void log_started(struct runner *r, const struct job *job)
{
	if (!r->json)
		return;
	begin(r->json, job, "started");
	fprintf(r->json, ",\"pid\":%d", job->pid);
	put_argv(r->json, job);
	fputs("}\n", r->json);
}

void log_ended(struct runner *r, const struct job *job, int status,
	       long long size)
{
	int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	int exit = signal ? 0 : WEXITSTATUS(status);

	put_row(r, job, exit, signal, size);
	if (!r->json)
		return;
	begin(r->json, job, "exited");
	fprintf(r->json, ",\"pid\":%d,\"status\":%d,\"signal\":%d,"
		"\"timed_out\":%s}\n", job->pid, exit, signal,
		job->timed_out ? "true" : "false");
}

void log_failed(struct runner *r, const struct job *job, int status,
		const char *step, int error)
{
	put_row(r, job, status, 0, 0);
	if (!r->json)
		return;
	begin(r->json, job, "failed");
	fputs(",\"step\":", r->json);
	put_string(r->json, step);
	fputs(",\"error\":", r->json);
	put_string(r->json, strerrorname_np(error) ? strerrorname_np(error) :
						     "");
	put_argv(r->json, job);
	fputs("}\n", r->json);
}

static void close_log(struct runner *r, FILE *file, const char *path)
{
	int failed;

	if (!file)
		return;
	failed = ferror(file);
	if (fflush(file) || failed)
		give_up(r, "%s: write error", path);
	if (file != stdout)
		fclose(file);
}

void log_close(struct runner *r)
{
	close_log(r, r->joblog, r->options->joblog);
	close_log(r, r->json, r->options->json);
}
