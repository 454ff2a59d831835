// SPDX-License-Identifier: GPL-2.0
/*
 * posix_spawn() by libio_uring_spawn_preload.so does what libc's own does.
 *
 * Each row spawns data/report twice, or what the row names, from the same process:
 * by the function that the program is linked to, which is the drop-in's, and by
 * libc's. Both must return the same, the children end the same, and what the
 * programs report of themselves be the same.
 *
 * After that rows are taken at random, by the drop-in only: what one leaves in its ring,
 * in the drop-in or in the tester meets another one.
 */
#include "dropin.h"
#include "random.h"
#include "spawns.h"
#include "state.h"

#include <sched.h>
#include <signal.h>
#include <sys/resource.h>

static char first[STATE_SIZE], second[STATE_SIZE];

/* ---- a row */

struct outcome {
	int ret, err, status;
	bool pid_written;
};

static void spawn_init(struct spawn *s, const struct row *row)
{
	posix_spawn_file_actions_init(&s->actions);
	posix_spawnattr_init(&s->attr);
	if (row->setup)
		row->setup(s);
}

/* @program: where the row names none. */
static void run(struct outcome *o, const struct row *row, spawn_fn *spawn,
		const char *program, char *report)
{
	char *const argv[] = { "report", "an argument", NULL };
	char *const envp[] = { "A=b", NULL };
	struct spawn s;
	pid_t pid = -77;

	spawn_init(&s, row);
	if (row->path && row->path[0])
		setenv("PATH", row->path, 1);
	else if (row->path)
		unsetenv("PATH");
	if (row->enter)
		row->enter();
	errno = 1234;
	o->status = 0;
	o->ret = spawn(&pid, row->file ? row->file : program, &s.actions,
		       &s.attr, argv, envp);
	o->err = errno;
	o->pid_written = pid != -77;
	if (row->leave)
		row->leave();
	if (!o->ret)
		o->status = await(pid);
	state_read(report);
	if (waitpid(-1, NULL, WNOHANG) >= 0 || errno != ECHILD)
		note("%s: there is another child", row->name);
	posix_spawn_file_actions_destroy(&s.actions);
	posix_spawnattr_destroy(&s.attr);
}

static bool same(const struct outcome *a, const struct outcome *b)
{
	if (a->ret != b->ret)
		note("returned %d, libc %d", a->ret, b->ret);
	/* nobody promises anything of it, but there are those who look */
	if (a->ret && a->err != b->err)
		note("errno %d, libc %d", a->err, b->err);
	if (a->status != b->status)
		note("status %#x, libc %#x", a->status, b->status);
	return a->ret == b->ret && (!a->ret || a->err == b->err) &&
	       a->status == b->status && a->pid_written == b->pid_written;
}

static unsigned long nr_chains, nr_fallbacks;

/* Has there been one more by a chain, or one more by libc? */
static bool went_by(bool by_libc)
{
	unsigned long chains, fallbacks;
	bool good;

	counts(&chains, &fallbacks);
	good = chains == nr_chains + !by_libc &&
	       fallbacks == nr_fallbacks + by_libc;
	if (!good)
		note("%lu by chains, %lu by libc", chains - nr_chains,
		     fallbacks - nr_fallbacks);
	nr_chains = chains;
	nr_fallbacks = fallbacks;
	return good;
}

/*
 * glibc leaves the two signals that are its own ignored in what it spawns, up to
 * the newest. A chain does not, and no program can tell but by looking so closely.
 */
static void forgive_internal_signals(char *report)
{
	char *line = strstr(report, "\nSigIgn:\t");
	static const char *const signals[] = { "signal.32: ", "signal.33: " };
	unsigned int i;

	if (line && line[17] == '8')
		line[17] = '0';
	if (line && line[16] == '1')
		line[16] = '0';
	for (i = 0; i < ARRAY_SIZE(signals); i++) {
		line = strstr(report, signals[i]);
		if (line)
			memmove(line, strchr(line, '\n') + 1,
				strlen(strchr(line, '\n')));
	}
}

/* What libc did with each row. */
static struct {
	struct outcome outcome;
	char *report;
} libcs[ARRAY_SIZE(rows)];

static bool as_libc(const struct outcome *outcome, unsigned int i)
{
	bool good = same(outcome, &libcs[i].outcome);

	forgive_internal_signals(first);
	/* what is no report says nothing: the same program of another kind */
	if (!libcs[i].outcome.ret && libcs[i].report[0])
		good &= state_same(first, libcs[i].report, NULL, NULL);
	return good;
}

static void test_row(unsigned int i)
{
	const struct row *row = &rows[i];
	spawn_fn *own = dlsym(libc, row->path ? "posix_spawnp" : "posix_spawn");
	struct outcome a;
	bool good;

	run(&a, row, row->path ? posix_spawnp : posix_spawn, REPORT_PATH, first);
	good = went_by(row->by_libc);
	run(&libcs[i].outcome, row, own, REPORT_PATH, second);
	forgive_internal_signals(second);
	libcs[i].report = strdup(second);
	good &= as_libc(&a, i);
	ok(good, "%s: as libc's", row->name);
}

/* By the drop-in only; most have a program that says nothing, which costs least. */
static bool again(unsigned int i, bool reports)
{
	struct outcome outcome;
	bool good;

	run(&outcome, &rows[i], rows[i].path ? posix_spawnp : posix_spawn,
	    reports ? REPORT_PATH : TINY_PATH, first);
	good = went_by(rows[i].by_libc);
	if (reports)
		return as_libc(&outcome, i) && good;
	return same(&outcome, &libcs[i].outcome) && good;
}

#define GROUPS		12
#define GROUP_ROWS	3
#define GROUP_SIZE	20

static bool test_group(void)
{
	unsigned int i, row, before = 0, group[GROUP_ROWS];

	for (i = 0; i < GROUP_ROWS; i++)
		group[i] = random_below(ARRAY_SIZE(rows));
	for (i = 0; i < GROUP_SIZE; i++, before = row) {
		row = group[random_below(GROUP_ROWS)];
		if (again(row, i % 8 == 0))
			continue;
		note("call %u of a group: \"%s\" after \"%s\"", i,
		     rows[row].name, i ? rows[before].name : "");
		return false;
	}
	return true;
}

/*
 * A few rows many times, then a few others: a ring uses the place of a request again
 * after many, and what was left there has to meet a request that it matters to.
 */
static void test_random(void)
{
	unsigned int i;
	bool good = true;

	random_begin();
	for (i = 0; i < GROUPS && good; i++)
		good = test_group();
	ok(good, "rows in a random order: as libc's");
}

/* ---- */

static void place(int fd, int number)
{
	if (fd < 0 || dup2(fd, number) != number)
		die("a descriptor");
	close(fd);
}

static void prepare(void)
{
	static const char *const directories[] = {
		DIR, DIR "/bin", DIR "/denied", DIR "/broken", DIR "/loop",
	};
	unsigned int i;

	umask(022);
	for (i = 0; i < ARRAY_SIZE(directories); i++)
		mkdir(directories[i], 0755);
	make(DIR "/here", "here\n", 0644);
	make(DIR "/text", "text\n", 0755);
	make(DIR "/denied/report", "denied\n", 0644);
	make(DIR "/broken/report", "broken\n", 0755);
	if (symlink("report", DIR "/loop/report") ||
	    symlink(REPORT_PATH, DIR "/bin/report") ||
	    symlink(REPORT_PATH, DIR "/there"))
		die("symlink");
	place(open(DIR "/here", O_RDONLY), 30);
	place(open(DIR "/here", O_RDONLY), 31);
	fcntl(31, F_SETFD, FD_CLOEXEC);
	place(open(DIR, O_RDONLY | O_DIRECTORY), 32);
	state_setup();
	leave_limit();
}

int main(void)
{
	unsigned int i;

	alarm(500);
	find_dropin();
	prepare();
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		test_row(i);
	test_random();
	return done();
}
