/* SPDX-License-Identifier: MIT */
/* io_uring_spawn(1): what its options say. */
#ifndef IOUS_COMMAND_H
#define IOUS_COMMAND_H

#include <ious.h>

#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>

/* As env(1), timeout(1) and xargs(1) have them. */
enum {
	EXIT_SOME_FAILED	= 123,
	EXIT_TIMED_OUT		= 124,
	EXIT_OWN_FAILURE	= 125,
	EXIT_NOT_EXECUTABLE	= 126,
	EXIT_NOT_FOUND		= 127,
	EXIT_SIGNAL		= 128,
};

#define MAX_LIMITS	16
#define MAX_FDS		64

struct limit {
	int resource;
	struct rlimit value;
};

/* Whose output is kept until the command has ended. */
enum grouping { GROUP_DEFAULT, GROUP_NO, GROUP_YES };

struct options {
	const char *standard[3];
	const char *chdir, *chroot, *cgroup, *lines, *joblog, *json;
	struct limit limits[MAX_LIMITS];
	unsigned int nr_limits;
	/* -1, LONG_MIN for nice: as it is */
	long umask, nice, uid, gid;
	int nr_groups;
	gid_t *groups;
	/* descriptors that commands have, but for the standard ones */
	int keep[MAX_FDS];
	int nr_keep;
	unsigned int jobs;
	/* milliseconds; 0: none */
	long timeout, kill_after;
	/* that the time-out sends */
	int signal;
	int separator;
	enum grouping grouping;
	bool append, setsid, no_new_privs, die_with_parent, keep_going, progress,
	     explain, tag, foreground, preserve_status, inherit_fds;
	/* the command and its arguments */
	char **argv;
};

/* Says what is wrong; error() returns. */
__attribute__((format(printf, 1, 2)))
void error(const char *fmt, ...);
/* Ends with EXIT_OWN_FAILURE: only as long as no command runs. */
__attribute__((noreturn, format(printf, 1, 2)))
void fail(const char *fmt, ...);
/* Memory, or the end. */
void *allocate(size_t size);
/* Ends with @status, or with EXIT_OWN_FAILURE if the output was not written. */
__attribute__((noreturn))
void end(int status);

extern const char usage[];

/* Exits after --help, --version and bad usage. */
void options_parse(struct options *options, int argc, char **argv);

/* Values of options, for which @what stands in messages. */
long value_number(const char *what, const char *text, int base, long min,
		  long max);
/* In milliseconds; 0 is no time-out. */
long value_duration(const char *what, const char *text);
int value_signal(const char *text);
void value_limit(struct options *options, const char *text);
void value_fds(struct options *options, char *text);
void value_user(struct options *options, char *text);

/* @text with @line for each {}; freed by the caller. */
char *replace(const char *text, const char *line);
/* All of @argv, and @line at the end if there was no {} in them. */
char **replace_all(char *const argv[], const char *line);
void free_words(char **words);
/* The file that execvp(3) would have found for @name, freed by the caller. */
char *find_program(const struct options *options, const char *name);

/* Runs all; the exit status. */
int run(const struct options *options);
/* Prints the chain. */
int explain(const struct options *options);

#endif
