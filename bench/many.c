// SPDX-License-Identifier: GPL-2.0
/* Many rings with a chain each, and threads that start processes as fast as they can. */
#include "measure.h"

#include <fnmatch.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define MAX_THREADS	4
#define MAX_RINGS	1000

/* ---- a chain each in flight, for each child until all are reaped */

static void measure_rings(struct io_uring *rings, unsigned int nr)
{
	long times[10], start, least, end = now() + bounds.time;
	unsigned int rounds = 0;

	do {
		start = now();
		start_on_rings(rings, nr);
		reap(nr);
		times[rounds++] = (now() - start) / nr;
		last_stamp(nr);
	} while (rounds < sizeof(times) / sizeof(times[0]) && now() < end);
	least = minimum(times, rounds);
	fprintf(report, "rings|%u|%u|%ld|%ld\n", nr, rounds, least,
		times[rounds / 2]);
	fflush(report);
}

/* All are there at any time: each process copies the same number of descriptors. */
void run_rings(void)
{
	static struct io_uring rings[MAX_RINGS];
	struct rlimit limit = { MAX_RINGS + 100, MAX_RINGS + 100 };
	unsigned int i;

	if (setrlimit(RLIMIT_NOFILE, &limit)) {
		fprintf(stderr, "left out: %d rings: the system's limits\n",
			MAX_RINGS);
		return;
	}
	for (i = 0; i < MAX_RINGS; i++)
		make_ring(&rings[i], 4, false);
	for (i = 1; i <= MAX_RINGS; i *= 10)
		measure_rings(rings, i);
}

/* ---- processes per second, by several threads */

struct worker {
	pthread_t thread;
	const struct method *method;
	long end;
	unsigned long count;
	/* how often it slept, and how often it was made to stop */
	struct rusage usage;
};

/* It may reap a child of another thread, which then reaps one of its own. */
static void *work(void *arg)
{
	struct worker *w = arg;
	struct spawner s;

	spawner_init(&s);
	while (now() < w->end) {
		spawn(&s, w->method);
		w->count += batch_of(w->method);
	}
	getrusage(RUSAGE_THREAD, &w->usage);
	spawner_exit(&s);
	return NULL;
}

static void rate(const struct method *m, unsigned int threads)
{
	struct worker workers[MAX_THREADS] = { 0 };
	unsigned long count = 0, sleeps = 0, stops = 0;
	long start = now();
	unsigned int i;

	for (i = 0; i < threads; i++) {
		workers[i].method = m;
		workers[i].end = start + bounds.time;
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]))
			fail("thread");
	}
	for (i = 0; i < threads; i++) {
		pthread_join(workers[i].thread, NULL);
		count += workers[i].count;
		sleeps += workers[i].usage.ru_nvcsw;
		stops += workers[i].usage.ru_nivcsw;
	}
	fprintf(report, "rate|%u|%s|%s|%.0f|%.2f|%.2f\n", threads, work_name(m),
		way_name(m), count * 1e9 / (now() - start),
		(double)sleeps / count, (double)stops / count);
	fflush(report);
}

void run_rates(const char *way, const char *work)
{
	const struct method *m;
	unsigned int threads;

	for (m = methods; m < methods + nr_methods; m++)
		if (!m->stamps && !m->repeat && !fnmatch(way, way_name(m), 0) &&
		    !fnmatch(work, work_name(m), 0))
			for (threads = 1; threads <= MAX_THREADS; threads *= 2)
				rate(m, threads);
}
