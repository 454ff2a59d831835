// SPDX-License-Identifier: MIT
#include "command.h"

#include <getopt.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	OPT_APPEND = 256, OPT_CHROOT, OPT_CGROUP, OPT_UMASK, OPT_LIMIT,
	OPT_SETSID, OPT_NO_NEW_PRIVS, OPT_DIE, OPT_EXPLAIN, OPT_PROGRESS,
	OPT_KILL_AFTER, OPT_GROUP, OPT_UNGROUP, OPT_TAG, OPT_JOBLOG, OPT_JSON,
	OPT_FOREGROUND, OPT_PRESERVE, OPT_IGNORE_ENV, OPT_UNSET,
	OPT_KEEP_FD, OPT_INHERIT_FDS,
};

static const struct option names[] = {
	{ "lines", optional_argument, NULL, 'l' },
	{ "arg-file", required_argument, NULL, 'a' },
	{ "group", no_argument, NULL, OPT_GROUP },
	{ "ungroup", no_argument, NULL, OPT_UNGROUP },
	{ "tag", no_argument, NULL, OPT_TAG },
	{ "joblog", required_argument, NULL, OPT_JOBLOG },
	{ "json", required_argument, NULL, OPT_JSON },
	{ "signal", required_argument, NULL, 's' },
	{ "foreground", no_argument, NULL, OPT_FOREGROUND },
	{ "preserve-status", no_argument, NULL, OPT_PRESERVE },
	{ "keep-fd", required_argument, NULL, OPT_KEEP_FD },
	{ "inherit-fds", no_argument, NULL, OPT_INHERIT_FDS },
	{ "ignore-environment", no_argument, NULL, OPT_IGNORE_ENV },
	{ "unset", required_argument, NULL, OPT_UNSET },
	{ "null", no_argument, NULL, '0' },
	{ "jobs", required_argument, NULL, 'j' },
	{ "keep-going", no_argument, NULL, 'k' },
	{ "progress", no_argument, NULL, OPT_PROGRESS },
	{ "timeout", required_argument, NULL, 't' },
	{ "kill-after", required_argument, NULL, OPT_KILL_AFTER },
	{ "stdin", required_argument, NULL, 'i' },
	{ "stdout", required_argument, NULL, 'o' },
	{ "stderr", required_argument, NULL, 'e' },
	{ "append", no_argument, NULL, OPT_APPEND },
	{ "chdir", required_argument, NULL, 'C' },
	{ "chroot", required_argument, NULL, OPT_CHROOT },
	{ "cgroup", required_argument, NULL, OPT_CGROUP },
	{ "user", required_argument, NULL, 'u' },
	{ "umask", required_argument, NULL, OPT_UMASK },
	{ "nice", required_argument, NULL, 'n' },
	{ "limit", required_argument, NULL, OPT_LIMIT },
	{ "setsid", no_argument, NULL, OPT_SETSID },
	{ "no-new-privs", no_argument, NULL, OPT_NO_NEW_PRIVS },
	{ "die-with-parent", no_argument, NULL, OPT_DIE },
	{ "explain", no_argument, NULL, OPT_EXPLAIN },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL },
};

/* Of those that this process may use. */
static unsigned int nr_cpus(void)
{
	cpu_set_t set;

	if (!sched_getaffinity(0, sizeof(set), &set))
		return CPU_COUNT(&set);
	return sysconf(_SC_NPROCESSORS_ONLN);
}

/*
 * A FILE belongs to --lines if it is written in one word with it. In the next
 * word it would be the command, and that of many lines.
 */
static void check_lines(const char *word)
{
	struct stat file;

	if (!word || stat(word, &file) || !S_ISREG(file.st_mode) ||
	    !access(word, X_OK))
		return;
	fail("%s is no program: to read lines from it, say --lines=%s or -a %s",
	     word, word, word);
}

static void unset(const char *name)
{
	if (unsetenv(name))
		fail("--unset: not a name: %s", name);
}

/* Where the lines come from, and how many run at once. */
static bool lines_option(struct options *o, int c, char *const argv[])
{
	switch (c) {
	case 'l':
		if (!optarg)
			check_lines(argv[optind]);
		o->lines = optarg ? optarg : "-";
		break;
	case 'a':
		o->lines = optarg;
		break;
	case '0':
		o->separator = 0;
		break;
	case 'j':
		o->jobs = value_number("--jobs", optarg, 10, 0, 10000);
		break;
	case 'k':
		o->keep_going = true;
		break;
	case OPT_GROUP:
		o->grouping = GROUP_YES;
		break;
	case OPT_UNGROUP:
		o->grouping = GROUP_NO;
		break;
	case OPT_TAG:
		o->tag = true;
		break;
	case OPT_JOBLOG:
		o->joblog = optarg;
		break;
	case OPT_JSON:
		o->json = optarg;
		break;
	case OPT_PROGRESS:
		o->progress = true;
		break;
	default:
		return false;
	}
	return true;
}

static bool time_option(struct options *o, int c)
{
	switch (c) {
	case 't':
		o->timeout = value_duration("--timeout", optarg);
		break;
	case OPT_KILL_AFTER:
		o->kill_after = value_duration("--kill-after", optarg);
		break;
	case 's':
		o->signal = value_signal(optarg);
		break;
	case OPT_FOREGROUND:
		o->foreground = true;
		break;
	case OPT_PRESERVE:
		o->preserve_status = true;
		break;
	default:
		return false;
	}
	return true;
}

/* The environment is ours, from which commands have theirs. */
static bool file_option(struct options *o, int c)
{
	switch (c) {
	case 'i':
		o->standard[0] = optarg;
		break;
	case 'o':
		o->standard[1] = optarg;
		break;
	case 'e':
		o->standard[2] = optarg;
		break;
	case OPT_APPEND:
		o->append = true;
		break;
	case OPT_KEEP_FD:
		value_fds(o, optarg);
		break;
	case OPT_INHERIT_FDS:
		o->inherit_fds = true;
		break;
	case 'C':
		o->chdir = optarg;
		break;
	case OPT_CHROOT:
		o->chroot = optarg;
		break;
	case OPT_IGNORE_ENV:
		clearenv();
		break;
	case OPT_UNSET:
		unset(optarg);
		break;
	default:
		return false;
	}
	return true;
}

static bool process_option(struct options *o, int c)
{
	switch (c) {
	case 'u':
		value_user(o, optarg);
		break;
	case 'n':
		o->nice = value_number("--nice", optarg, 10, -20, 19);
		break;
	case OPT_CGROUP:
		o->cgroup = optarg;
		break;
	case OPT_UMASK:
		o->umask = value_number("--umask", optarg, 8, 0, 0777);
		break;
	case OPT_LIMIT:
		value_limit(o, optarg);
		break;
	case OPT_SETSID:
		o->setsid = true;
		break;
	case OPT_NO_NEW_PRIVS:
		o->no_new_privs = true;
		break;
	case OPT_DIE:
		o->die_with_parent = true;
		break;
	default:
		return false;
	}
	return true;
}

static void other_option(struct options *o, int c)
{
	switch (c) {
	case OPT_EXPLAIN:
		o->explain = true;
		break;
	case 'h':
		fputs(usage, stdout);
		end(0);
	case 'V':
		puts("io_uring_spawn " IOUS_VERSION);
		end(0);
	default:
		fputs("Try 'io_uring_spawn --help'.\n", stderr);
		exit(EXIT_OWN_FAILURE);
	}
}

void options_parse(struct options *options, int argc, char **argv)
{
	int c;

	*options = (struct options){
		.umask = -1, .nice = LONG_MIN, .uid = -1, .gid = -1,
		.separator = '\n', .signal = SIGTERM,
	};
	while ((c = getopt_long(argc, argv, "+l::a:0j:kt:s:i:o:e:C:u:n:hV",
				names, NULL)) != -1)
		if (!lines_option(options, c, argv) &&
		    !time_option(options, c) && !file_option(options, c) &&
		    !process_option(options, c))
			other_option(options, c);
	for (; argv[optind] && strchr(argv[optind], '='); optind++)
		if (argv[optind][0] == '=' || putenv(argv[optind]))
			fail("not NAME=VALUE: %s", argv[optind]);
	if (optind == argc)
		fail("no command; try --help");
	if (!options->jobs)
		options->jobs = nr_cpus();
	options->argv = argv + optind;
}
