/* SPDX-License-Identifier: MIT */
/* io_uring_spawn(1): what its options say, and what it does with them. */
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

struct limit {
	int resource;
	struct rlimit value;
};

struct options {
	const char *standard[3];
	const char *chdir, *chroot, *cgroup, *lines;
	struct limit limits[MAX_LIMITS];
	unsigned int nr_limits;
	/* -1, LONG_MIN for nice: as it is */
	long umask, nice, uid, gid;
	int nr_groups;
	gid_t *groups;
	unsigned int jobs;
	/* milliseconds; 0: none */
	long timeout, kill_after;
	int separator;
	bool append, setsid, no_new_privs, die_with_parent, keep_going, progress,
	     explain;
	/* the command and its arguments */
	char **argv;
};

/* Says what is wrong and ends with EXIT_OWN_FAILURE. */
__attribute__((noreturn, format(printf, 1, 2)))
void fail(const char *fmt, ...);

/* Exits after --help, --version and bad usage. */
void options_parse(struct options *options, int argc, char **argv);

/* The plan for @argv; signals are as @mask has them. */
struct ious_plan *plan_make(const struct options *options,
			    const char *const argv[], const sigset_t *mask);

/* A line for each request. */
void plan_explain(const struct ious_plan *plan);

/* Runs all; the exit status. */
int run(const struct options *options);

#endif
