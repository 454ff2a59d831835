// SPDX-License-Identifier: GPL-2.0
/*
 * What it takes to start a process, by the methods of methods.c, as the parent grows:
 *
 *	spawn [-n ROUNDS] [-t MS] [-p PARENT] [-w WORK] [-y WAY]
 *	spawn -r [-w WORK] [-y WAY]	processes a second, by 1, 2 and 4 threads
 *	spawn -R			many rings
 *	spawn -B			memory of chains that wait
 *	spawn -x NAME COMMAND...	a whole program
 *
 * ROUNDS of each, or as many as MS milliseconds allow. PARENT, WORK and WAY are patterns
 * as the shell has them.
 *
 * Prints lines for report.awk:
 *	machine|NAME|VALUE
 *	spawn|LIBC|PARENT|WORK|WAY|MEASURE|ROUNDS|MINIMUM|MEDIAN
 *	rings|RINGS|ROUNDS|MINIMUM|MEDIAN
 *	rate|THREADS|WORK|WAY|PROCESSES A SECOND|SLEEPS|STOPS
 *	memory|WAY|CACHE|BYTES FOR EACH
 *	program|LIBC|NAME|ROUNDS|MINIMUM|MEDIAN
 * The measures are described at struct times and longest_gap() in measure.c. All are in
 * nanoseconds, for each child, which on an --icount machine of tests/vm/run are
 * instructions.
 */
#include "accelerator.h"
#include "measure.h"
#include "parents.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <libgen.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *only_parent = "*", *only_work = "*", *only_way = "*";
static const char *whole_program;

/* ---- parents */

static void *sleeper(void *unused)
{
	pause();
	return unused;
}

static void run_parent(const struct parent *parent)
{
	const struct method *m;
	struct spawner s;
	pthread_t thread;

	/* Linux 6.1 shares no table of files with a process of one thread */
	if (pthread_create(&thread, NULL, sleeper, NULL))
		fail("thread");
	spawner_init(&s);
	if (!parent->become()) {
		fprintf(stderr, "left out: a parent with %s: the system's limits\n",
			parent->name);
		return;
	}
	for (m = methods; m < methods + nr_methods; m++)
		if (!fnmatch(only_work, work_name(m), 0) &&
		    !fnmatch(only_way, way_name(m), 0) &&
		    (parent == parents || m->all_parents))
			measure(&s, parent->name, m);
	spawner_exit(&s);
}

/* Each in a process of its own. */
static void run_parents(void)
{
	const struct parent *parent;
	int status;
	pid_t pid;

	for (parent = parents; parent < parents + nr_parents; parent++) {
		if (fnmatch(only_parent, parent->name, 0))
			continue;
		pid = fork();
		if (!pid) {
			run_parent(parent);
			exit(0);
		}
		if (waitpid(pid, &status, 0) < 0 || status)
			exit(1);
	}
}

/* ---- */

static void print_machine(void)
{
	struct utsname name;

	uname(&name);
	fprintf(report, "machine|kernel|%s\nmachine|accelerator|%s\nmachine|CPUs|%ld\n",
		name.release, accelerator(), sysconf(_SC_NPROCESSORS_ONLN));
	fflush(report);
}

static void (*run)(void) = run_parents;

static void rates(void)
{
	run_rates(only_way, only_work);
}

static void options(int argc, char *argv[])
{
	int option;

	while ((option = getopt(argc, argv, "+n:t:p:w:y:rRBx:")) != -1)
		switch (option) {
		case 'n':
			bounds.rounds = number(optarg);
			break;
		case 't':
			bounds.time = number(optarg) * 1000000l;
			break;
		case 'p':
			only_parent = optarg;
			break;
		case 'w':
			only_work = optarg;
			break;
		case 'y':
			only_way = optarg;
			break;
		case 'r':
			run = rates;
			break;
		case 'R':
			run = run_rings;
			break;
		case 'B':
			run = run_blocked;
			break;
		case 'x':
			whole_program = optarg;
			break;
		default:
			exit(2);
		}
}

/* The report goes where descriptor 1 did, and that is the children's. */
static void prepare(void)
{
	char self[4096] = "";
	int fds[2];

	report = fdopen(fcntl(1, F_DUPFD_CLOEXEC, 3), "w");
	if (!report || pipe2(fds, O_CLOEXEC) || dup2(fds[1], 1) != 1 ||
	    readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		fail("preparation");
	measure_init(fds[0]);
	methods_init(dirname(self), fds[1]);
}

int main(int argc, char *argv[])
{
	enum io_uring_spawn_availability answer = io_uring_spawn_available();

	options(argc, argv);
	if (answer != IO_URING_SPAWN_AVAILABLE) {
		fprintf(stderr, "nothing to measure: %s\n",
			io_uring_spawn_strerror(answer));
		return 1;
	}
	if (whole_program) {
		if (!argv[optind])
			return 2;
		measure_program(whole_program, argv + optind);
		return 0;
	}
	prepare();
	print_machine();
	run();
	return 0;
}
