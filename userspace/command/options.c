// SPDX-License-Identifier: MIT
#include "command.h"

#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "../lib/limits.h"

static const char usage[] =
"Usage: io_uring_spawn [OPTION...] [--] COMMAND [ARGUMENT...]\n"
"  or:  io_uring_spawn --lines[=FILE] [OPTION...] [--] COMMAND [ARGUMENT...]\n"
"Runs a command, or one command for each line of input, through io_uring.\n"
"\n"
"  -l, --lines[=FILE]      run one command for each line of FILE, or of the input;\n"
"                          the line replaces {}, or becomes the last argument\n"
"  -0, --null              lines end with a null byte\n"
"  -j, --jobs=N            run at most N at once (default: the number of CPUs)\n"
"  -k, --keep-going        go on after a command has failed\n"
"      --progress          print the progress on the standard error\n"
"  -t, --timeout=SECONDS   send SIGTERM after that time, for example 0.5\n"
"      --kill-after=SECONDS  send SIGKILL that much later\n"
"  -i, --stdin=FILE        standard input, output, error\n"
"  -o, --stdout=FILE\n"
"  -e, --stderr=FILE\n"
"      --append            append to the files of -o and -e\n"
"  -C, --chdir=DIRECTORY   working directory\n"
"      --chroot=DIRECTORY  root directory; --chdir comes after it\n"
"      --cgroup=DIRECTORY  control group, below /sys/fs/cgroup\n"
"  -u, --user=USER[:GROUP] user, by name (with its groups) or by number\n"
"      --umask=MODE        file mode creation mask, octal\n"
"  -n, --nice=N            nice value, -20 to 19\n"
"      --limit=NAME=SOFT[:HARD]  resource limit: nofile, as, cpu, ...\n"
"      --setsid            create a session\n"
"      --no-new-privs      set no_new_privs, see prctl(2)\n"
"      --die-with-parent   get SIGKILL when io_uring_spawn ends\n"
"      --explain           print the chain and run nothing\n"
"  -h, --help\n"
"  -V, --version\n"
"\n"
"Exit status: that of COMMAND; 128 + N if signal N terminated it; 123 if some\n"
"commands of --lines failed; 124 after a time-out; 125 if io_uring_spawn failed;\n"
"126 if COMMAND cannot be executed; 127 if it was not found.\n"
"See io_uring_spawn(1).\n";

enum {
	OPT_APPEND = 256, OPT_CHROOT, OPT_CGROUP, OPT_UMASK, OPT_LIMIT,
	OPT_SETSID, OPT_NO_NEW_PRIVS, OPT_DIE, OPT_EXPLAIN, OPT_PROGRESS,
	OPT_KILL_AFTER,
};

static const struct option names[] = {
	{ "lines", optional_argument, NULL, 'l' },
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

static long number(const char *what, const char *text, int base, long min,
		   long max)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, base);
	if (end == text || *end || errno || value < min || value > max)
		fail("%s: not a number from %ld to %ld: %s", what, min, max,
		     text);
	return value;
}

/* In milliseconds, at least one. */
static long seconds(const char *what, const char *text)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end || !(value > 0) || value > 1e9)
		fail("%s: not a number of seconds: %s", what, text);
	return value < 0.001 ? 1 : (long)(value * 1000);
}

static rlim_t limit_value(const char *text, size_t length)
{
	unsigned long long value;
	char copy[32], *end;

	if (length == 9 && !strncasecmp(text, "unlimited", length))
		return RLIM_INFINITY;
	snprintf(copy, sizeof(copy), "%.*s", (int)length, text);
	errno = 0;
	value = strtoull(copy, &end, 10);
	if (!length || length >= sizeof(copy) || *end || errno ||
	    copy[0] == '-')
		fail("--limit: not a number: %.*s", (int)length, text);
	return value;
}

static void add_limit(struct options *o, const char *text)
{
	size_t length = strcspn(text, "="), soft;
	struct limit *limit = &o->limits[o->nr_limits];
	const char *value = text + length + 1;
	int resource = ious_limit_find(text, length);

	if (!text[length] || resource < 0)
		fail("--limit: not NAME=SOFT[:HARD]: %s", text);
	if (o->nr_limits == MAX_LIMITS)
		fail("--limit: at most %d limits", MAX_LIMITS);
	limit->resource = resource;
	soft = strcspn(value, ":");
	limit->value.rlim_cur = limit_value(value, soft);
	limit->value.rlim_max = limit->value.rlim_cur;
	if (value[soft])
		limit->value.rlim_max = limit_value(value + soft + 1,
						    strlen(value + soft + 1));
	o->nr_limits++;
}

static void set_group(struct options *o, const char *name)
{
	const struct group *group = getgrnam(name);

	o->gid = group ? (long)group->gr_gid :
			 number("--user", name, 10, 0, UINT_MAX - 1);
}

static void get_groups(struct options *o, const char *name)
{
	int nr = 64;

	o->groups = malloc(nr * sizeof(gid_t));
	if (o->groups && getgrouplist(name, o->gid, o->groups, &nr) < 0) {
		o->groups = realloc(o->groups, nr * sizeof(gid_t));
		if (o->groups &&
		    getgrouplist(name, o->gid, o->groups, &nr) < 0)
			fail("--user: the groups of %s have changed", name);
	}
	if (!o->groups)
		fail("no memory");
	o->nr_groups = nr;
}

/* A number that is nobody's has the group of that number, and no others. */
static void set_user(struct options *o, char *text)
{
	char *group = strchr(text, ':');
	const struct passwd *user;

	if (group)
		*group++ = 0;
	user = getpwnam(text);
	if (user) {
		o->uid = user->pw_uid;
		o->gid = user->pw_gid;
	} else {
		o->uid = number("--user", text, 10, 0, UINT_MAX - 1);
		o->gid = o->uid;
	}
	if (group)
		set_group(o, group);
	o->nr_groups = 0;
	if (user)
		get_groups(o, text);
}

static void option(struct options *o, int c)
{
	switch (c) {
	case 'l':
		o->lines = optarg ? optarg : "-";
		break;
	case '0':
		o->separator = 0;
		break;
	case 'j':
		o->jobs = number("--jobs", optarg, 10, 1, 10000);
		break;
	case 'k':
		o->keep_going = true;
		break;
	case 't':
		o->timeout = seconds("--timeout", optarg);
		break;
	case OPT_KILL_AFTER:
		o->kill_after = seconds("--kill-after", optarg);
		break;
	case 'i':
		o->standard[0] = optarg;
		break;
	case 'o':
		o->standard[1] = optarg;
		break;
	case 'e':
		o->standard[2] = optarg;
		break;
	case 'C':
		o->chdir = optarg;
		break;
	case 'u':
		set_user(o, optarg);
		break;
	case 'n':
		o->nice = number("--nice", optarg, 10, -20, 19);
		break;
	case OPT_APPEND:
		o->append = true;
		break;
	case OPT_CHROOT:
		o->chroot = optarg;
		break;
	case OPT_CGROUP:
		o->cgroup = optarg;
		break;
	case OPT_UMASK:
		o->umask = number("--umask", optarg, 8, 0, 0777);
		break;
	case OPT_LIMIT:
		add_limit(o, optarg);
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
	case OPT_EXPLAIN:
		o->explain = true;
		break;
	case OPT_PROGRESS:
		o->progress = true;
		break;
	case 'h':
		fputs(usage, stdout);
		exit(0);
	case 'V':
		puts("io_uring_spawn " IOUS_VERSION);
		exit(0);
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
		.separator = '\n', .jobs = sysconf(_SC_NPROCESSORS_ONLN),
	};
	while ((c = getopt_long(argc, argv, "+l::0j:kt:i:o:e:C:u:n:hV", names,
				NULL)) != -1)
		option(options, c);
	if (optind == argc)
		fail("no command; try --help");
	options->argv = argv + optind;
}
