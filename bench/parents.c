// SPDX-License-Identifier: GPL-2.0
/* Parents that grow: the table is at the end. */
#include "parents.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>

#define GIB		(1ul << 30)

static bool open_files(unsigned int nr)
{
	struct rlimit limit = { nr + 100, nr + 100 };

	if (setrlimit(RLIMIT_NOFILE, &limit))
		return false;
	while (nr--)
		if (fcntl(2, F_DUPFD_CLOEXEC, 3) < 0)
			return false;
	return true;
}

/* With those that are there already. */
static bool parent_10(void)
{
	int fd;

	do
		fd = fcntl(2, F_DUPFD_CLOEXEC, 3);
	while (fd >= 0 && fd < 9);
	return fd == 9;
}

static bool parent_big(void)
{
	char *memory = mmap(NULL, GIB, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned long i;

	if (memory == MAP_FAILED)
		return false;
	madvise(memory, GIB, MADV_NOHUGEPAGE);
	for (i = 0; i < GIB; i += 4096)
		memory[i] = 1;
	return true;
}

static bool parent_10000(void)
{
	return open_files(10000);
}

static bool parent_100000(void)
{
	return open_files(100000);
}

static bool parent_environment(void)
{
	unsigned int i;
	char name[32];

	for (i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), "VARIABLE_%u", i);
		if (setenv(name, "a value of about forty characters, or so", 1))
			return false;
	}
	return true;
}

const struct parent parents[] = {
	{ "10 files", parent_10 },
	{ "500 variables", parent_environment },
	{ "10,000 files", parent_10000 },
	{ "100,000 files", parent_100000 },
	{ "1 GiB touched", parent_big },
};
const unsigned int nr_parents = sizeof(parents) / sizeof(parents[0]);
