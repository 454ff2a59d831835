// SPDX-License-Identifier: GPL-2.0
/* See cgroup.h. */
#include "test.h"
#include "cgroup.h"

#include <sys/stat.h>

#define ROOT	"/sys/fs/cgroup"

static const char *path_of(const char *name, const char *file)
{
	static char path[256];

	snprintf(path, sizeof(path), ROOT "/%s/%s", name, file);
	return path;
}

const char *cgroup_setup(void)
{
	return write_string(ROOT "/cgroup.subtree_control", "+pids +memory") ?
	       "no controllers of cgroup2 here" : NULL;
}

void cgroup_make(const char *name)
{
	if (mkdir(path_of(name, ""), 0755) && errno != EEXIST)
		die(name);
}

static bool is_removed(void *name)
{
	return !rmdir(path_of(name, "")) || errno == ENOENT;
}

void cgroup_remove(const char *name)
{
	if (!eventually(is_removed, (void *)name))
		note("%s is not empty: %s", name, strerror(errno));
}

int cgroup_write(const char *name, const char *file, const char *text)
{
	return write_string(path_of(name, file), text);
}

int cgroup_write_number(const char *name, const char *file, long number)
{
	char text[24];

	snprintf(text, sizeof(text), "%ld", number);
	return cgroup_write(name, file, text);
}

long cgroup_read(const char *name, const char *file)
{
	return read_number(path_of(name, file));
}

long cgroup_event(const char *name, const char *file, const char *key)
{
	FILE *events = fopen(path_of(name, file), "r");
	char found[64];
	long number = -1, n;

	while (events && fscanf(events, "%63s %ld", found, &n) == 2)
		if (!strcmp(found, key))
			number = n;
	if (events)
		fclose(events);
	return number;
}

struct expected {
	const char *name, *file, *key;
	long want, got;
};

static bool is_expected(void *arg)
{
	struct expected *e = arg;

	e->got = e->key ? cgroup_event(e->name, e->file, e->key) :
			  cgroup_read(e->name, e->file);
	return e->got == e->want;
}

bool cgroup_becomes(const char *name, const char *file, const char *key,
		    long want)
{
	struct expected e = { name, file, key, want, 0 };

	if (eventually(is_expected, &e))
		return true;
	note("%s: %s %s is %ld, wanted %ld", name, file, key ?: "", e.got,
	     want);
	return false;
}

void cgroup_enter(const char *name)
{
	if (cgroup_write(name, "cgroup.procs", "0"))
		die(name);
}
