// SPDX-License-Identifier: GPL-2.0
#include "measure.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <gnu/libc-version.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct bounds bounds = { 2000, 2000000000l };
FILE *report;

static int stamps_in;
static void (*count_drop_in)(unsigned long *chains, unsigned long *fallbacks);
static volatile sig_atomic_t ended;

/* What one spawn took, for each child. */
struct times {
	/* of the call: the caller does nothing else meanwhile */
	long call;
	/* from before the call to the first instruction of the last program */
	long first;
	/* from before the call to the last child reaped */
	long reaped;
};

long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000l + ts.tv_nsec;
}

void fail(const char *what)
{
	perror(what);
	exit(1);
}

void check(const char *what, int error)
{
	if (!error)
		return;
	fprintf(stderr, "%s: %s\n", what, strerror(abs(error)));
	exit(1);
}

/* By strtol() of a new C library it would not run with an older one. */
unsigned int number(const char *text)
{
	unsigned int result = 0;

	if (!*text)
		exit(2);
	while (*text >= '0' && *text <= '9')
		result = result * 10 + *text++ - '0';
	if (*text)
		exit(2);
	return result;
}

void measure_init(int stamps)
{
	stamps_in = stamps;
	count_drop_in = dlsym(RTLD_DEFAULT, "io_uring_spawn_preload_counts");
}

const char *way_name(const struct method *m)
{
	return m->start == start_posix && count_drop_in ? "drop-in" : m->way;
}

/* ---- one spawn */

void reap(unsigned int children)
{
	int status;

	while (children--)
		if (waitpid(-1, &status, 0) < 0 || status) {
			fprintf(stderr, "a child: status %#x\n", status);
			exit(1);
		}
}

long last_stamp(unsigned int nr)
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

static unsigned int repeats(const struct method *m)
{
	return m->repeat ? m->repeat : 1;
}

static unsigned int children_of(const struct method *m)
{
	return batch_of(m) * repeats(m);
}

static unsigned int stamps_of(const struct method *m)
{
	return m->stamps < 0 ? 0 : (m->stamps ? m->stamps : 1);
}

/* Of all children; those of NO_WAIT leave CQEs, which are part of what a spawn costs. */
static void take_time(struct spawner *s, const struct method *m, struct times *t)
{
	long begin = now(), before;
	unsigned int i;

	t->call = 0;
	for (i = 0; i < repeats(m); i++) {
		settle(s);
		before = now();
		m->start(s, m);
		t->call += now() - before;
		reap(batch_of(m));
	}
	t->reaped = now() - begin;
	t->first = last_stamp(children_of(m) * stamps_of(m)) - begin;
}

void spawn(struct spawner *s, const struct method *m)
{
	struct times unused;

	take_time(s, m, &unused);
}

static void on_sigchld(int sig)
{
	(void)sig;
	ended = 1;
}

/*
 * The longest time until the child's end in which the caller did not run, the call
 * included: it does nothing but look at the clock.
 */
static long longest_gap(struct spawner *s, const struct method *m)
{
	const struct sigaction action = { .sa_handler = on_sigchld };
	const struct sigaction none = { .sa_handler = SIG_DFL };
	long last, time, longest;

	settle(s);
	ended = 0;
	sigaction(SIGCHLD, &action, NULL);
	time = now();
	m->start(s, m);
	last = now();
	longest = last - time;
	while (!ended) {
		time = now();
		if (time - last > longest)
			longest = time - last;
		last = time;
	}
	sigaction(SIGCHLD, &none, NULL);
	reap(1);
	last_stamp(stamps_of(m));
	return longest;
}

/* ---- many */

static int by_size(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return (x > y) - (x < y);
}

long minimum(long *times, unsigned int nr)
{
	qsort(times, nr, sizeof(times[0]), by_size);
	return times[0];
}

static void print(const char *parent, const struct method *m,
		  const char *measure, long *times, unsigned int nr)
{
	long least = minimum(times, nr);

	fprintf(report, "spawn|%s|%s|%s|%s|%s|%u|%ld|%ld\n",
		gnu_get_libc_version(), parent, work_name(m), way_name(m), measure,
		nr, least, times[nr / 2]);
	fflush(report);
}

static long *new_times(void)
{
	long *times = calloc(bounds.rounds, sizeof(*times));

	if (!times)
		fail("memory");
	return times;
}

static void measure_times(struct spawner *s, const char *parent,
			  const struct method *m)
{
	long *call = new_times(), *first = new_times(), *reaped = new_times();
	unsigned int nr = 0, children = children_of(m);
	long end = now() + bounds.time;
	struct times t;

	do {
		take_time(s, m, &t);
		call[nr] = t.call / children;
		first[nr] = t.first / children;
		reaped[nr++] = t.reaped / children;
	} while (nr < bounds.rounds && now() < end);
	print(parent, m, "call", call, nr);
	/* in a sequence it is that of the last one */
	if (stamps_of(m) == 1 && !m->repeat)
		print(parent, m, "first", first, nr);
	print(parent, m, "reaped", reaped, nr);
	free(call);
	free(first);
	free(reaped);
}

static void measure_gaps(struct spawner *s, const char *parent,
			 const struct method *m)
{
	long *gap = new_times(), end = now() + bounds.time;
	unsigned int nr = 0;

	do
		gap[nr++] = longest_gap(s, m);
	while (nr < bounds.rounds && now() < end);
	print(parent, m, "gap", gap, nr);
	free(gap);
}

/* That the drop-in has left nothing to libc. */
static void check_drop_in(const struct method *m)
{
	unsigned long chains, fallbacks;

	if (!count_drop_in || m->start != start_posix)
		return;
	count_drop_in(&chains, &fallbacks);
	if (!chains || fallbacks) {
		fprintf(stderr, "%s, %s: %lu by chains, %lu by libc\n",
			work_name(m), way_name(m), chains, fallbacks);
		exit(1);
	}
}

void measure(struct spawner *s, const char *parent, const struct method *m)
{
	/* the first time, page tables and caches are filled */
	spawn(s, m);
	measure_times(s, parent, m);
	if (children_of(m) == 1 && m->work == PLAIN && stamps_of(m) == 1)
		measure_gaps(s, parent, m);
	check_drop_in(m);
}

static long run_program(char *const argv[], int null)
{
	long begin = now();
	pid_t pid = vfork();

	if (!pid) {
		dup2(null, 1);
		execvp(argv[0], argv);
		_exit(127);
	}
	if (pid < 0)
		fail("vfork");
	reap(1);
	return now() - begin;
}

void measure_program(const char *name, char *const argv[])
{
	long *times = new_times(), end = now() + bounds.time, least;
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	unsigned int nr = 0;

	if (null < 0)
		fail("/dev/null");
	run_program(argv, null);
	do
		times[nr++] = run_program(argv, null);
	while (nr < bounds.rounds && now() < end);
	least = minimum(times, nr);
	printf("program|%s|%s|%u|%ld|%ld\n", gnu_get_libc_version(), name, nr,
	       least, times[nr / 2]);
	free(times);
}
