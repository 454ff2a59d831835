// SPDX-License-Identifier: GPL-2.0
/*
 * audit: with a rule for a call, a chain leaves the same records as a process
 * that made the call. Both are made here and compared, by what auditd would
 * get from the kernel.
 */
#include "records.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>

#define TINY	"/tests/tiny"

static char records[2][RECORDS_SIZE];

struct row {
	const char *name;
	unsigned int nr;
	bool failures;
	/* the request, and the call for a process that makes it by hand */
	struct step step;
	int want;
	/* of which a record must be there */
	const char *has;
};

static char *const argv[] = { "tiny", "one", "two words", NULL };
static const char *const candidates[] = { "/missing", "/tests/none", TINY };
static const char long_name[] = "/tmp/no-such-directory";

static const struct row rows[] = {
	{ "execveat", SYS_execveat, false,
	  EXEC(0, 0, TINY, .argv = argv), 0, "type=1309 argc=3" },
	{ "execveat that fails", SYS_execveat, true,
	  EXEC(0, -ENOENT, "/tests/none", .argv = argv), 127,
	  "/tests/none" },
	{ "execveat of each candidate of a search", SYS_execveat, true,
	  EXEC_PATHS(0, -ENOENT, candidates, 2, argv), 127, "/tests/none" },
	{ "and of the last, which is executed", SYS_execveat, false,
	  EXEC_PATHS(0, 2, candidates, 3, argv), 0, "type=1309 argc=3" },
	{ "chdir", SYS_chdir, false,
	  CALL(0, 0, SYS_chdir, "/tmp", 0, 0, 0), 0, "name=\"/tmp\"" },
	{ "chdir that fails", SYS_chdir, true,
	  CALL(0, -ENOENT, SYS_chdir, long_name, 0, 0, 0), 127, long_name },
	{ "setresuid", SYS_setresuid, false,
	  CALL(0, 0, SYS_setresuid, 1, 2, 3, 0), 0, "uid=1" },
	{ "umask", SYS_umask, false,
	  CALL(0, 022, SYS_umask, 077, 0, 0, 0), 0, "type=1300" },
	{ "mount that fails", SYS_mount, true,
	  CALL(0, -ENODEV, SYS_mount, "none", "/tmp", "nofs", 0), 127,
	  "type=1300" },
};

static long execveat_each(const struct step *step)
{
	const char *const *paths = step->addr;
	unsigned int i;
	long ret = -1;

	for (i = 0; i < step->nr_paths; i++)
		ret = syscall(SYS_execveat, AT_FDCWD, paths[i], step->argv,
			      environ, 0);
	return ret;
}

static void by_hand(const struct row *row)
{
	const struct step *step = &row->step;
	long ret;

	if (step->nr_paths)
		ret = execveat_each(step);
	else if (row->nr == SYS_execveat)
		ret = syscall(SYS_execveat, AT_FDCWD, step->addr, step->argv,
			      environ, 0);
	else
		ret = syscall(row->nr, step->args[0], step->args[1],
			      step->args[2], step->args[3], 0);
	_exit(ret < 0 ? 127 : 0);
}

static bool run_by_hand(const struct row *row)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		by_hand(row);
	return waitpid(pid, &status, 0) == pid && status == EXITED(row->want);
}

static bool run_chain_of(struct io_uring *ring, const struct row *row)
{
	const struct step steps[] = { CLONE(L, 0), row->step };

	return TRY(ring, steps, EXITED(row->want));
}

static void test_row(struct io_uring *ring, const struct kind *kind,
		     const struct row *row)
{
	bool good;

	records_rule(AUDIT_ADD_RULE, row->nr, row->failures);
	records_read(records[0]);
	good = run_by_hand(row);
	records_read(records[0]);
	good &= run_chain_of(ring, row);
	records_read(records[1]);
	records_rule(AUDIT_DEL_RULE, row->nr, row->failures);
	good &= !strcmp(records[0], records[1]);
	good &= strstr(records[1], row->has) != NULL;
	if (!ok(good, "%s: %s", kind->name, row->name)) {
		records_note("by hand", records[0]);
		records_note("chain", records[1]);
	}
}

/* Who watches clone(2) sees the process, though from within. */
static void test_clone(struct io_uring *ring, const struct kind *kind)
{
	struct clone_args args = { .exit_signal = SIGCHLD };
	const struct step steps[] = {
		CLONE_WITH(L, PID, &args), EXEC(0, 0, TINY),
	};
	char call[32], result[32];
	bool good;

	records_rule(AUDIT_ADD_RULE, SYS_clone, false);
	records_read(records[0]);
	good = TRY(ring, steps, EXITED(0));
	records_read(records[1]);
	records_rule(AUDIT_DEL_RULE, SYS_clone, false);
	snprintf(call, sizeof(call), "syscall=%d ", SYS_clone);
	snprintf(result, sizeof(result), "exit=%d", waited_pid);
	if (!ok(good && strstr(records[1], call) &&
		strstr(records[1], result), "%s: clone", kind->name))
		records_note("chain", records[1]);
}

static bool child_sleeps(void *unused)
{
	char state = 0;

	(void)unused;
	return any_child(&state) && state == 'S';
}

/* Both calls that the rules name, out of three that are one request. */
static void test_calls(struct io_uring *ring, const struct kind *kind)
{
	struct io_uring_call calls[] = {
		{ .nr = SYS_umask, .args = { 077 } }, { .nr = SYS_getpid },
		{ .nr = SYS_chdir, .args = { (unsigned long)long_name } },
	};
	const struct step steps[] = {
		CLONE(L, 0), VECTOR(0, -ENOENT, calls, ARRAY_SIZE(calls)),
	};
	char call[32];
	bool good;
	pid_t pid;
	int status;

	snprintf(call, sizeof(call), "syscall=%d ", SYS_umask);
	records_rule(AUDIT_ADD_RULE, SYS_umask, false);
	records_rule(AUDIT_ADD_RULE, SYS_chdir, true);
	records_read(records[0]);
	pid = fork();
	if (!pid) {
		syscall(SYS_umask, 077);
		_exit(syscall(SYS_chdir, long_name) < 0 ? 127 : 0);
	}
	good = waitpid(pid, &status, 0) == pid && status == EXITED(127);
	records_read(records[0]);
	good &= TRY(ring, steps, EXITED(127));
	records_read(records[1]);
	records_rule(AUDIT_DEL_RULE, SYS_umask, false);
	records_rule(AUDIT_DEL_RULE, SYS_chdir, true);
	good &= !strcmp(records[0], records[1]) &&
		strstr(records[1], call) && strstr(records[1], long_name);
	if (!ok(good, "%s: a row of calls", kind->name)) {
		records_note("by hand", records[0]);
		records_note("row", records[1]);
	}
}

/*
 * The rule comes when the chain's process has made its last call before the search: that
 * one had no record to keep.
 */
static void test_late_rule(struct io_uring *ring, const struct kind *kind)
{
	int pipes[2];
	bool good;
	char byte;

	if (pipe(pipes))
		die("pipe");
	const struct step steps[] = {
		CLONE(L, 0), CALL(L, 022, SYS_umask, 022, 0, 0, 0),
		OP(IORING_OP_READ, L, 1, .fd = pipes[0], .addr = &byte,
		   .len = 1),
		EXEC_PATHS(0, 2, candidates, 3, argv),
	};

	queue_steps(ring, steps, ARRAY_SIZE(steps));
	submit(ring);
	good = eventually(child_sleeps, NULL);
	records_rule(AUDIT_ADD_RULE, SYS_execveat, true);
	records_read(records[1]);
	good &= write(pipes[1], "x", 1) == 1;
	good &= cqes_match(ring, steps, ARRAY_SIZE(steps));
	good &= status_is(EXITED(0));
	records_read(records[1]);
	records_rule(AUDIT_DEL_RULE, SYS_execveat, true);
	good &= strstr(records[1], "/missing") &&
		strstr(records[1], "/tests/none");
	if (!ok(good, "%s: a rule that comes before the search", kind->name))
		records_note("chain", records[1]);
	close(pipes[0]);
	close(pipes[1]);
}

static void test_all(struct io_uring *ring, const struct kind *kind)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		test_row(ring, kind, &rows[i]);
	test_clone(ring, kind);
	test_calls(ring, kind);
	test_late_rule(ring, kind);
}

int main(void)
{
	alarm(500);
	if (!records_start())
		die("audit");
	for_main_kinds(test_all, "audit");
	records_stop();
	return done();
}
