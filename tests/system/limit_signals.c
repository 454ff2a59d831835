// SPDX-License-Identifier: GPL-2.0
/*
 * Limits that are told by a signal or show in how a program ends: RLIMIT_CORE,
 * RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_AS. The chain's process alone is hit, and its
 * program ends as that of a forked child does.
 */
#include "test.h"

#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define TINY	"/tests/tiny"
#define CORES	"/tmp/limits"

/* What the program does, by its argument. */
static int program(const char *what)
{
	if (!strcmp(what, "abort"))
		abort();
	for (;;)
		;
}

struct ending {
	const char *name, *what;
	int resource;
	struct rlimit limit;
};

static const struct ending endings[] = {
	{ "RLIMIT_CORE, none", "abort", RLIMIT_CORE, { 0, 0 } },
	{ "RLIMIT_CORE, all", "abort", RLIMIT_CORE,
	  { RLIM_INFINITY, RLIM_INFINITY } },
	{ "RLIMIT_CPU", "spin", RLIMIT_CPU, { 1, 3 } },
	{ "RLIMIT_AS", "abort", RLIMIT_AS, { 65536, RLIM_INFINITY } },
	{ "RLIMIT_DATA", "abort", RLIMIT_DATA, { 0, RLIM_INFINITY } },
};

/* How many files a program left in its directory, which are removed. */
static int count_cores(void)
{
	struct dirent *entry;
	DIR *dir = opendir(CORES);
	int nr = 0;

	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.') {
			unlinkat(dirfd(dir), entry->d_name, 0);
			nr++;
		}
	if (dir)
		closedir(dir);
	return nr;
}

static int by_hand(const struct ending *e, char *const *argv)
{
	pid_t pid = fork();

	if (!pid) {
		if (setrlimit(e->resource, &e->limit))
			_exit(1);
		execve("/proc/self/exe", argv, environ);
		_exit(127);
	}
	return wait_status();
}

/*
 * The limit is the submitter's, or set by the chain: always so that of time,
 * which the submitter has spent already.
 */
static int chained(struct io_uring *ring, const struct ending *e,
		   char *const *argv, bool by_step)
{
	const struct step steps[] = {
		CLONE(L, 0),
		CALL(L, 0, SYS_prlimit64, 0, e->resource,
		     by_step ? &e->limit : NULL, 0),
		EXEC(0, ANY, "/proc/self/exe", .argv = argv),
	};
	struct rlimit old;
	int status;

	getrlimit(e->resource, &old);
	if (!by_step && setrlimit(e->resource, &e->limit))
		die("setrlimit");
	queue_steps(ring, steps, 3);
	submit(ring);
	status = cqes_match(ring, steps, 3) ? wait_status() : -1;
	/* root may have it back; below any limit on memory nothing is made */
	setrlimit(e->resource, &old);
	return status;
}

static void test_endings(struct io_uring *ring, const struct kind *kind)
{
	const struct ending *e;
	int status, cores, got, got_cores;
	bool good, by_step;

	for (e = endings; e < endings + ARRAY_SIZE(endings); e++) {
		char *const argv[] = { "limits", (char *)e->what, NULL };

		count_cores();
		status = by_hand(e, argv);
		cores = count_cores();
		good = cores == !!WCOREDUMP(status);
		for (by_step = e->resource == RLIMIT_CPU;; by_step = true) {
			got = chained(ring, e, argv, by_step);
			got_cores = count_cores();
			if (got != status || got_cores != cores) {
				note("status %#x and %d cores, not %#x and %d",
				     got, got_cores, status, cores);
				good = false;
			}
			if (by_step)
				break;
		}
		ok(good, "%s: %s: status %#x", kind->name, e->name, status);
	}
}

static volatile sig_atomic_t signals;
static void on_signal(int sig) { (void)sig; signals++; }

/* A write that is too far out: the process is told, not the submitter. */
static void test_size(struct io_uring *ring, const struct kind *kind)
{
	struct rlimit old, limit = { 4096, RLIM_INFINITY };
	int fd = open("/tmp/large", O_RDWR | O_CREAT | O_TRUNC, 0600);
	const struct step ends[] = {
		CLONE(L, 0),
		OP(IORING_OP_WRITE, L, -EFBIG, .fd = fd, .addr = "x",
		   .len = 1),
		EXEC(0, -ECANCELED, TINY),
	};
	const struct step goes_on[] = {
		CLONE(L, 0),
		OP(IORING_OP_WRITE, H, -EFBIG, .fd = fd, .addr = "x",
		   .len = 1),
		EXEC(0, 0, TINY),
	};

	lseek(fd, 8192, SEEK_SET);
	getrlimit(RLIMIT_FSIZE, &old);
	setrlimit(RLIMIT_FSIZE, &limit);
	signals = 0;
	signal(SIGXFSZ, on_signal);
	RUN(ring, ends, EXITED(127), "%s: RLIMIT_FSIZE ends a chain",
	    kind->name);
	queue_steps(ring, goes_on, 3);
	submit(ring);
	/* the signal comes when there is a program, which has no handler */
	ok(cqes_match(ring, goes_on, 3) &
	   ((wait_status() & 0x7f) == SIGXFSZ),
	   "%s: RLIMIT_FSIZE ends the program", kind->name);
	ok(!signals, "%s: SIGXFSZ is not the submitter's", kind->name);
	signal(SIGXFSZ, SIG_DFL);
	setrlimit(RLIMIT_FSIZE, &old);
	close(fd);
}

static void test_all(struct io_uring *ring, const struct kind *kind)
{
	test_endings(ring, kind);
	if (!kind->polled)
		test_size(ring, kind);
}

int main(int argc, char *argv[])
{
	if (argc > 1)
		return program(argv[1]);
	alarm(1500);
	mkdir(CORES, 0777);
	if (chdir(CORES))
		die(CORES);
	for_main_kinds(test_all, "limits");
	return done();
}
