// SPDX-License-Identifier: GPL-2.0
/*
 * posix_spawn() by libio_uring_spawn_preload.so does what libc's own does.
 *
 * Each row spawns data/report twice, or what the row names, from the same process:
 * by the function that the program is linked to, which is the drop-in's, and by
 * libc's. Both must return the same, the children end the same, and what the
 * programs report of themselves be the same.
 */
#include "dropin.h"
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

static void run(struct outcome *o, const struct row *row, spawn_fn *spawn,
		const char *name, char *report)
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
	o->ret = spawn(&pid, row->file ? row->file : REPORT_PATH, &s.actions,
		       &s.attr, argv, envp);
	o->err = errno;
	o->pid_written = pid != -77;
	if (row->leave)
		row->leave();
	if (!o->ret)
		o->status = await(pid);
	state_read(report);
	if (waitpid(-1, NULL, WNOHANG) >= 0 || errno != ECHILD)
		note("%s: there is another child", name);
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

static void test_row(const struct row *row)
{
	spawn_fn *own = dlvsym(libc, row->path ? "posix_spawnp" : "posix_spawn",
			       "GLIBC_2.15");
	struct outcome a, b;
	bool good;

	run(&a, row, row->path ? posix_spawnp : posix_spawn, row->name, first);
	good = went_by(row->by_libc);
	run(&b, row, own, row->name, second);
	good &= same(&a, &b);
	forgive_internal_signals(first);
	forgive_internal_signals(second);
	/* what is no report says nothing: the same program of another kind */
	if (!b.ret && second[0])
		good &= state_same(first, second, NULL, NULL);
	ok(good, "%s: as libc's", row->name);
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
		test_row(&rows[i]);
	return done();
}
