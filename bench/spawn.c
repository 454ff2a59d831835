// SPDX-License-Identifier: GPL-2.0
/*
 * spawn [-n ROUNDS] [-s SECONDS] [-m METHOD] [-p PARENT] [-f FLAGS]: what it takes
 * to start a process, by the methods of methods.c, as the parent grows. ROUNDS of
 * each, or as many as SECONDS allow; METHOD and PARENT are patterns as the shell has
 * them, METHOD "rings" is many rings at once; FLAGS are those of the ring, IORING_SETUP_*.
 *
 * Prints lines for report.awk:
 *	machine|NAME|VALUE
 *	spawn|PARENT|METHOD|MEASURE|ROUNDS|MINIMUM|MEDIAN
 *	rings|RINGS|ROUNDS|MINIMUM|MEDIAN
 *	rate|THREADS|METHOD|PROCESSES PER SECOND
 * A MEASURE is "first", from the call to the child's first instruction, or
 * "reaped", to the child waited for, both per child in nanoseconds, which on an
 * --icount machine of tests/vm/run are instructions.
 */
#include "methods.h"
#include "parents.h"

#include <cpuid.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <libgen.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_THREADS	4
#define MAX_RINGS	1000
#define RATE_TIME	2000000000l

static unsigned int max_rounds = 2000;
static long max_time = 10000000000l;
static const char *only_method = "*", *only_parent = "*";
static unsigned int ring_flags;
static FILE *report;
static int stamps_in;	/* the pipe's other end */

void fail(const char *what)
{
	perror(what);
	exit(1);
}

static long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000l + ts.tv_nsec;
}

/* ---- one spawn */

static void reap(unsigned int children)
{
	int status;

	while (children--)
		if (waitpid(-1, &status, 0) < 0 || status) {
			fprintf(stderr, "a child: status %#x\n", status);
			exit(1);
		}
}

/* That all of @nr programs have run, and when the last one did. */
static long last_stamp(unsigned int nr)
{
	long stamp, last = 0;

	while (nr--) {
		if (read(stamps_in, &stamp, sizeof(stamp)) != sizeof(stamp))
			fail("stamp");
		if (stamp > last)
			last = stamp;
	}
	return last;
}

static void spawn(struct spawner *s, const struct method *m, long *first,
		  long *reaped)
{
	long start = now();

	m->start(s, m->children);
	reap(m->children);
	*reaped = (now() - start) / m->children;
	*first = (last_stamp(m->children * m->stamps) - start) / m->children;
}

/* ---- many */

static int by_size(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return (x > y) - (x < y);
}

static void print(const char *parent, const struct method *m,
		  const char *measure, long *times, unsigned int nr)
{
	qsort(times, nr, sizeof(times[0]), by_size);
	fprintf(report, "spawn|%s|%s|%s|%u|%ld|%ld\n", parent, m->name, measure,
		nr, times[0], times[nr / 2]);
	fflush(report);
}

static void measure(struct spawner *s, const char *parent,
		    const struct method *m)
{
	long *first = calloc(max_rounds, sizeof(*first));
	long *reaped = calloc(max_rounds, sizeof(*reaped));
	long end;
	unsigned int nr = 0;

	if (!first || !reaped)
		fail("memory");
	/* the first time, page tables and caches are filled */
	spawn(s, m, first, reaped);
	end = now() + max_time;
	do {
		spawn(s, m, &first[nr], &reaped[nr]);
		nr++;
	} while (nr < max_rounds && now() < end);
	if (m->stamps == 1)
		print(parent, m, "first", first, nr);
	print(parent, m, "reaped", reaped, nr);
	free(first);
	free(reaped);
}

/* ---- parents */

static void *sleeper(void *unused)
{
	pause();
	return unused;
}

static void run_parent(unsigned int nr)
{
	struct spawner s;
	pthread_t thread;
	unsigned int i;

	/* Linux 6.1 shares no table of files with a process of one thread */
	if (pthread_create(&thread, NULL, sleeper, NULL))
		fail("thread");
	spawner_init(&s, ring_flags);
	if (!parents[nr].become()) {
		fprintf(stderr, "left out: a parent with %s: the system's limits\n",
			parents[nr].name);
		return;
	}
	for (i = 0; i < nr_methods; i++)
		if (!fnmatch(only_method, methods[i].name, 0) &&
		    (!nr || !methods[i].plain))
			measure(&s, parents[nr].name, &methods[i]);
	spawner_exit(&s);
}

/* ---- many rings, with a chain each in flight, per child until all are reaped */

static void measure_rings(struct io_uring *rings, unsigned int nr)
{
	long times[10], start, end = now() + max_time;
	unsigned int rounds = 0;

	do {
		start = now();
		start_on_rings(rings, nr);
		reap(nr);
		times[rounds++] = (now() - start) / nr;
		last_stamp(nr);
	} while (rounds < sizeof(times) / sizeof(times[0]) && now() < end);
	qsort(times, rounds, sizeof(times[0]), by_size);
	fprintf(report, "rings|%u|%u|%ld|%ld\n", nr, rounds, times[0],
		times[rounds / 2]);
	fflush(report);
}

/* All are there at any time: each process copies the same number of descriptors. */
static void run_rings(unsigned int unused)
{
	static struct io_uring rings[MAX_RINGS];
	struct rlimit limit = { MAX_RINGS + 100, MAX_RINGS + 100 };
	unsigned int i;

	(void)unused;
	if (setrlimit(RLIMIT_NOFILE, &limit)) {
		fprintf(stderr, "left out: %d rings: the system's limits\n",
			MAX_RINGS);
		return;
	}
	for (i = 0; i < MAX_RINGS; i++)
		if (io_uring_queue_init(4, &rings[i], ring_flags))
			fail("ring");
	for (i = 1; i <= MAX_RINGS; i *= 10)
		measure_rings(rings, i);
}

/* ---- processes per second, by several threads */

struct worker {
	pthread_t thread;
	const struct method *method;
	long end;
	unsigned long count;
};

/* It may reap a child of another thread, which then reaps one of its own. */
static void *work(void *arg)
{
	struct worker *w = arg;
	struct spawner s;
	long first, reaped;

	spawner_init(&s, ring_flags);
	while (now() < w->end) {
		spawn(&s, w->method, &first, &reaped);
		w->count += w->method->children;
	}
	spawner_exit(&s);
	return NULL;
}

static void rate(const struct method *m, unsigned int threads)
{
	struct worker workers[MAX_THREADS] = { 0 };
	unsigned long count = 0;
	long start = now();
	unsigned int i;

	for (i = 0; i < threads; i++) {
		workers[i].method = m;
		workers[i].end = start + RATE_TIME;
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]))
			fail("thread");
	}
	for (i = 0; i < threads; i++) {
		pthread_join(workers[i].thread, NULL);
		count += workers[i].count;
	}
	fprintf(report, "rate|%u|%s|%.0f\n", threads, m->name,
		count * 1e9 / (now() - start));
	fflush(report);
}

static void run_rates(unsigned int unused)
{
	unsigned int i, threads;

	(void)unused;
	for (i = 0; i < nr_methods; i++)
		if (methods[i].stamps == 1 && !fnmatch(only_method, methods[i].name, 0))
			for (threads = 1; threads <= MAX_THREADS; threads *= 2)
				rate(&methods[i], threads);
}

/* ---- */

static const char *accelerator(void)
{
	unsigned int eax, name[3];

	__cpuid(1, eax, name[0], name[1], name[2]);
	if (!(name[1] >> 31))
		return "none: a real machine";
	__cpuid(0x40000000, eax, name[0], name[1], name[2]);
	if (!memcmp(name, "TCGTCGTCGTCG", 12))
		return "TCG, which emulates";
	return memcmp(name, "KVMKVMKVM", 9) ? "unknown" : "KVM";
}

/* In a process of its own. */
static void in_child(void (*run)(unsigned int), unsigned int nr)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		run(nr);
		exit(0);
	}
	if (waitpid(pid, &status, 0) < 0 || status)
		exit(1);
}

static void options(int argc, char *argv[])
{
	int option;

	while ((option = getopt(argc, argv, "n:s:m:p:f:")) != -1)
		switch (option) {
		case 'n':
			max_rounds = strtoul(optarg, NULL, 0);
			break;
		case 's':
			max_time = atol(optarg) * 1000000000;
			break;
		case 'm':
			only_method = optarg;
			break;
		case 'p':
			only_parent = optarg;
			break;
		case 'f':
			ring_flags = strtoul(optarg, NULL, 0);
			break;
		default:
			exit(2);
		}
	if (!max_rounds)
		exit(2);
}

int main(int argc, char *argv[])
{
	enum io_uring_spawn_availability answer = io_uring_spawn_available();
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	char self[4096] = "";
	struct utsname name;
	unsigned int i;
	int fds[2];

	options(argc, argv);
	if (answer != IO_URING_SPAWN_AVAILABLE) {
		fprintf(stderr, "nothing to measure: %s\n",
			io_uring_spawn_strerror(answer));
		return 1;
	}
	/* first the report's, then descriptor 1 is the children's */
	report = fdopen(fcntl(1, F_DUPFD_CLOEXEC, 3), "w");
	if (!report || pipe2(fds, O_CLOEXEC) || dup2(fds[1], 1) != 1 ||
	    readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		fail("preparation");
	stamps_in = fds[0];
	methods_init(dirname(self), fds[1]);
	uname(&name);
	fprintf(report, "machine|kernel|%s\nmachine|accelerator|%s\nmachine|CPUs|%ld\n",
		name.release, accelerator(), cpus);
	fflush(report);
	for (i = 0; i < nr_parents; i++)
		if (!fnmatch(only_parent, parents[i].name, 0))
			in_child(run_parent, i);
	if (!fnmatch(only_method, "rings", 0))
		in_child(run_rings, 0);
	/* with one CPU it is what "reaped" says */
	if (cpus > 1)
		in_child(run_rates, 0);
	return 0;
}
