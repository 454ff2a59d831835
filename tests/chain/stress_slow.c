// SPDX-License-Identifier: GPL-2.0
/* 4000 spawns in one ring, and 4000 rings with one: nothing is left. */
#include "test.h"

#include <dirent.h>

#define SPAWNS	4000
#define BATCH	50
/*
 * kB; 4000 tasks with their stacks, or rings, would be more. Requests and
 * files are counted when the machine is shut down.
 */
#define MAX_LOST	40000

static const struct step spawn[] = {
	CLONE(L | IOSQE_CQE_SKIP_SUCCESS, 0), EXEC(0, 0, "/tests/tiny"),
};

static int entries(const char *path)
{
	DIR *dir = opendir(path);
	int nr = 0;

	while (dir && readdir(dir))
		nr++;
	closedir(dir);
	return nr;
}

static bool none_left(void *path)
{
	return read_number(path) == 0;
}

/* kB that could be had if the kernel gave up what it only caches */
static long available(void)
{
	FILE *file = fopen("/proc/sys/vm/drop_caches", "w");
	char line[128];
	long kb = 0;

	if (file) {
		fputs("3", file);
		fclose(file);
	}
	file = fopen("/proc/meminfo", "r");
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "MemAvailable: %ld", &kb) == 1)
			break;
	fclose(file);
	return kb;
}

/* Some is given back late: tasks by RCU, stacks by a worker. */
static bool is_back(void *memory)
{
	return *(long *)memory - available() < MAX_LOST;
}

static void clean(int fds, long memory, const char *what)
{
	ok(eventually(none_left, PARAMETERS "chains") &&
	   eventually(none_left, PARAMETERS "requests"),
	   "%s: no chain and no request is left", what);
	ok(entries("/proc/self/fd") == fds, "%s: no descriptor is left",
	   what);
	ok(waitpid(-1, NULL, WNOHANG) < 0, "%s: no process is left", what);
	ok(eventually(is_back, &memory), "%s: no memory is gone: %ld kB", what,
	   memory - available());
}

static bool spawn_some(struct io_uring *ring, unsigned int nr)
{
	unsigned int i, good = 0;
	unsigned long user_data;
	int res;

	for (i = 0; i < nr; i++)
		queue_steps(ring, spawn, 2);
	submit(ring);
	for (i = 0; i < nr; i++)
		good += next_cqe(ring, &user_data, &res) && !res;
	for (i = 0; i < nr; i++)
		good += wait_status() == EXITED(0);
	return good == 2 * nr;
}

static void one_ring(const struct kind *kind)
{
	unsigned int i, good = 0;
	struct io_uring ring;
	long memory;
	int fds;

	if (open_ring(&ring, kind, 2 * BATCH)) {
		skip("this kernel has no such ring", "%s: many spawns",
		     kind->name);
		return;
	}
	/* caches are warm */
	spawn_some(&ring, BATCH);
	fds = entries("/proc/self/fd");
	memory = available();
	for (i = 0; i < SPAWNS / BATCH; i++)
		good += spawn_some(&ring, BATCH);
	ok(good == SPAWNS / BATCH, "%s: %u spawns", kind->name, SPAWNS);
	clean(fds, memory, kind->name);
	close_ring(&ring, kind);
}

static void many_rings(void)
{
	unsigned int i, good = 0;
	int fds = entries("/proc/self/fd");
	long memory = available();

	for (i = 0; i < SPAWNS; i++) {
		struct io_uring ring;
		int ret = open_ring(&ring, &kinds[0], 2);

		if (ret) {
			note("ring %u: %s", i, strerror(-ret));
			break;
		}
		good += spawn_some(&ring, 1);
		io_uring_queue_exit(&ring);
	}
	ok(good == SPAWNS, "%u rings with one spawn each", SPAWNS);
	clean(fds, memory, "many rings");
}

int main(void)
{
	alarm(2000);
	one_ring(&kinds[0]);
	many_rings();
	return done();
}
