// SPDX-License-Identifier: MIT
/* What stands behind options: numbers, times, signals, limits, users. */
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <math.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../lib/limits.h"

static bool is_number(const char *text, int base, long *value)
{
	char *end;

	errno = 0;
	*value = strtol(text, &end, base);
	return end != text && !*end && !errno;
}

long value_number(const char *what, const char *text, int base, long min,
		  long max)
{
	long value;

	if (!is_number(text, base, &value) || value < min || value > max)
		fail("%s: not a number from %ld to %ld: %s", what, min, max,
		     text);
	return value;
}

/* Of timeout(1). */
static double unit(const char *suffix)
{
	static const struct {
		const char *suffix;
		double seconds;
	} units[] = {
		{ "", 1 }, { "s", 1 }, { "m", 60 }, { "h", 3600 },
		{ "d", 86400 },
	};
	unsigned int i;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (!strcmp(suffix, units[i].suffix))
			return units[i].seconds;
	return -1;
}

long value_duration(const char *what, const char *text)
{
	char *end;
	double value = strtod(text, &end);

	value *= unit(end);
	if (end == text || !(value >= 0) || signbit(value))
		fail("%s: not a time (10, 0.5, 5s, 3m, 2h, 1d): %s", what,
		     text);
	/* that is for ever; poll(2) has an int of milliseconds */
	if (value > INT_MAX / 1000)
		return 0;
	return value > 0 && value < 0.001 ? 1 : (long)(value * 1000);
}

int value_signal(const char *text)
{
	const char *name = strncasecmp(text, "SIG", 3) ? text : text + 3;
	long value;
	int i;

	if (is_number(text, 10, &value) && value > 0 && value <= SIGRTMAX)
		return value;
	for (i = 1; i < SIGRTMIN; i++)
		if (sigabbrev_np(i) && !strcasecmp(name, sigabbrev_np(i)))
			return i;
	fail("--signal: unknown signal %s", text);
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

void value_limit(struct options *o, const char *text)
{
	size_t length = strcspn(text, "="), soft;
	struct limit *limit = &o->limits[o->nr_limits];
	const char *value = text + length + 1;
	int resource = ious_limit_find(text, length);

	if (!text[length])
		fail("--limit: not NAME=SOFT[:HARD]: %s", text);
	if (resource < 0)
		fail("--limit: unknown limit %.*s", (int)length, text);
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

/* Before this command opens any of its own: those that are there were given to it. */
void value_fds(struct options *o, char *text)
{
	char *number;
	int fd;

	for (number = strtok(text, ","); number; number = strtok(NULL, ",")) {
		fd = value_number("--keep-fd", number, 10, 0, INT_MAX);
		if (fcntl(fd, F_GETFD) < 0)
			fail("--keep-fd: %d is not open", fd);
		if (o->nr_keep == MAX_FDS)
			fail("--keep-fd: at most %d descriptors", MAX_FDS);
		o->keep[o->nr_keep++] = fd;
	}
}

static long id_number(const char *kind, const char *text)
{
	long value;

	if (!is_number(text, 10, &value))
		fail("--user: no such %s %s", kind, text);
	return value_number("--user", text, 10, 0, UINT_MAX - 1);
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

static void set_group(struct options *o, const char *name)
{
	const struct group *group = getgrnam(name);

	o->gid = group ? (long)group->gr_gid : id_number("group", name);
}

/* A number that is nobody's has the group of that number, and no others. */
void value_user(struct options *o, char *text)
{
	char *group = strchr(text, ':');
	const struct passwd *user;

	if (group)
		*group++ = 0;
	user = getpwnam(text);
	o->uid = user ? (long)user->pw_uid : id_number("user", text);
	o->gid = user ? (long)user->pw_gid : o->uid;
	if (group)
		set_group(o, group);
	o->nr_groups = 0;
	if (user)
		get_groups(o, text);
}
