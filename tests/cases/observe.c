// SPDX-License-Identifier: GPL-2.0
/*
 * What an administrator sees of chains: counters, tracepoints, the name of a
 * process that has no program yet; and the version that a program can ask for.
 */
#include "blocked.h"
#include "filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#define TINY	"/tests/tiny"
#define MAX_STEPS	4
#define TRACING	"/sys/kernel/tracing/"

static const char *const names[] = {
	"started", "executed", "failed", "killed", "finished", "refused",
};

static void read_stats(long *stats)
{
	char path[64];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path),
			 "/sys/module/io_uring_spawn/stats/%s", names[i]);
		stats[i] = read_number(path);
	}
}

static unsigned int steps_of(const struct step *steps)
{
	unsigned int nr = 0;

	while (nr < MAX_STEPS && steps[nr].used)
		nr++;
	return nr;
}

/* Have they grown since @before by what @want says? */
static bool stats_grew(const long *before, const long *want)
{
	long now[ARRAY_SIZE(names)];
	bool good = true;
	unsigned int i;

	read_stats(now);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (now[i] - before[i] == want[i])
			continue;
		note("%s: %ld more, not %ld", names[i], now[i] - before[i],
		     want[i]);
		good = false;
	}
	return good;
}

#define POLL	OP(IORING_OP_POLL_ADD, L, -EOPNOTSUPP, .fd = 0)

static const struct {
	const char *what;
	struct step steps[MAX_STEPS];
	int status;
	/* in the order of names[] */
	long stats[ARRAY_SIZE(names)];
} ends[] = {
	{ "a program", { CLONE(L, 0), EXEC(0, 0, TINY) },
	  EXITED(0), { 1, 1, 0, 0, 0, 0 } },
	{ "a request that fails",
	  { CLONE(L, 0), OPEN(L, -ENOENT, "/none", 0),
	    EXEC(0, -ECANCELED, TINY) },
	  EXITED(127), { 1, 0, 1, 0, 0, 0 } },
	{ "an exec that fails", { CLONE(L, 0), EXEC(0, -ENOENT, "/none") },
	  EXITED(127), { 1, 0, 1, 0, 0, 0 } },
	{ "no program", { CLONE(L, 0), NOP(0, 0) },
	  EXITED(0), { 1, 0, 0, 0, 1, 0 } },
	{ "a refused request", { CLONE(L, 0), POLL, EXEC(0, -ECANCELED, TINY) },
	  EXITED(127), { 1, 0, 1, 0, 0, 1 } },
	{ "no process", { EXEC(0, -EINVAL, TINY) },
	  NO_CHILD, { 0, 0, 0, 0, 0, 1 } },
};

static pid_t blocked_child(void)
{
	char state;

	wait_for_read();
	return any_child(&state);
}

static void test_stats(struct io_uring *ring, const struct kind *kind)
{
	const long killed[] = { 1, 0, 0, 1, 0, 0 };
	long before[ARRAY_SIZE(names)];
	unsigned int i;
	bool good;

	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		read_stats(before);
		good = try_chain(ring, ends[i].steps, steps_of(ends[i].steps),
				 ends[i].status);
		ok(good & stats_grew(before, ends[i].stats),
		   "%s: %s is counted", kind->name, ends[i].what);
	}
	read_stats(before);
	start_blocked(ring, L);
	if (kill(blocked_child(), SIGKILL))
		die("kill");
	ended(ring, kind->name, "a kill");
	ok(stats_grew(before, killed), "%s: a kill is counted", kind->name);
}

/* The trace's lines must have @texts in this order. */
static bool trace_has(const char *const *texts)
{
	static char trace[65536];
	int len, fd = open(TRACING "trace", O_RDONLY);
	const char *at = trace;
	unsigned int i;

	len = 0;
	for (i = 0; fd >= 0 && i < 64; i++) {
		ssize_t n = read(fd, trace + len, sizeof(trace) - 1 - len);

		if (n <= 0)
			break;
		len += n;
	}
	close(fd);
	trace[len] = 0;
	for (i = 0; texts[i]; i++) {
		at = strstr(at, texts[i]);
		if (!at) {
			note("no \"%s\" in %s", texts[i], trace);
			return false;
		}
	}
	return true;
}

static void trace(bool on)
{
	if (write_string(TRACING "events/io_uring_spawn/enable",
			 on ? "1" : "0"))
		die("tracepoints");
}

static void clear_trace(void)
{
	close(open(TRACING "trace", O_WRONLY | O_TRUNC));
}

static void test_trace(struct io_uring *ring, const struct kind *kind)
{
	const struct step steps[] = {
		CLONE(L, 0), NOP(L, 0), CALL(L, 0022, __NR_umask, 0, 0, 0, 0),
		EXEC(0, 0, TINY),
	};
	static const char *const lines[] = {
		"ious_chain_start: ", "user_data 0x1, submitter ",
		"ious_request: ", "user_data 0x1, opcode 240 CLONE, result 0\n",
		"ious_request: ", "user_data 0x2, opcode 0 0x0, result 0\n",
		"ious_request: ", "opcode 243 SYSCALL, result 18\n",
		"ious_exec: ", ", comm=tiny\n",
		"ious_request: ", "user_data 0x4, opcode 241 EXEC, result 0\n",
		"ious_chain_end: ", "4 requests ran, executed\n", NULL
	};
	bool good;

	umask(0022);
	clear_trace();
	trace(true);
	good = TRY(ring, steps, EXITED(0));
	trace(false);
	ok(good & trace_has(lines), "%s: a chain is traced", kind->name);
}

/* What is refused, and why. */
static const struct {
	const char *why;
	struct step steps[MAX_STEPS];
	int status;
} refusals[] = {
	{ "opcode 241 EXEC, result -22: not inside a chain",
	  { EXEC(0, -EINVAL, TINY) }, NO_CHILD },
	{ "opcode 240 CLONE, result -22: a field, a flag or an argument",
	  { OP(IORING_OP_CLONE, L, -EINVAL, .addr = buffer, .len = 8),
	    EXEC(0, -ECANCELED, TINY) }, NO_CHILD },
	{ "opcode 6 0x6, result -95: an opcode that cannot be finished in a chain",
	  { CLONE(L, 0), POLL, EXEC(0, -ECANCELED, TINY) }, EXITED(127) },
	{ "opcode 243 SYSCALL, result -38: a system call that is not on the list",
	  { CLONE(L, 0), CALL(L, -ENOSYS, __NR_wait4, 0, 0, 0, 0),
	    EXEC(0, -ECANCELED, TINY) }, EXITED(127) },
	{ "opcode 243 SYSCALL, result -22: arguments that the list does not allow",
	  { CLONE(L, 0), CALL(L, -EINVAL, __NR_setpgid, 1, 0, 0, 0),
	    EXEC(0, -ECANCELED, TINY) }, EXITED(127) },
};

static void refused_as(struct io_uring *ring, const struct kind *kind,
		       const struct step *steps, int status, const char *why)
{
	const char *const lines[] = { "ious_refuse: ", why, "\n", NULL };
	bool good;

	clear_trace();
	trace(true);
	good = try_chain(ring, steps, steps_of(steps), status);
	trace(false);
	ok(good & trace_has(lines), "%s: refused, %s", kind->name, why);
}

static int without_privileges(const void *kind)
{
	const struct step steps[] = {
		OP(IORING_OP_CLONE, L, -EPERM, .personality = 1),
		EXEC(0, -ECANCELED, TINY),
	};
	struct io_uring ring;

	if (open_ring(&ring, kind, 8) ||
	    io_uring_register_personality(&ring) != 1 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		die("personality");
	return !TRY(&ring, steps, NO_CHILD);
}

/* A filter that answers EPERM to @nr. */
static void forbid(int nr)
{
	struct sock_filter code[] = FILTER_OF(nr, SECCOMP_RET_ERRNO | EPERM);
	struct sock_fprog prog = { ARRAY_SIZE(code), code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog))
		die("filter");
}

static int clone_forbidden(const void *kind)
{
	static const struct step steps[] = {
		CLONE(L, -EPERM), EXEC(0, -ECANCELED, TINY),
	};
	struct io_uring ring;

	if (open_ring(&ring, kind, 8))
		die("ring");
	forbid(__NR_clone);
	return !TRY(&ring, steps, NO_CHILD);
}

static int exec_forbidden(const void *kind)
{
	static const struct step steps[] = {
		CLONE(L, 0), EXEC(0, -EPERM, TINY),
	};
	struct io_uring ring;

	if (open_ring(&ring, kind, 8))
		die("ring");
	forbid(__NR_execveat);
	return !TRY(&ring, steps, EXITED(127));
}

static int restricted(const void *arg)
{
	struct io_uring_restriction allow[] = {
		/* what ours travel as: else the core refuses that */
		{ .opcode = IORING_RESTRICTION_SQE_OP,
		  .sqe_op = IORING_OP_FILES_UPDATE },
		{ .opcode = IORING_RESTRICTION_SQE_FLAGS_ALLOWED,
		  .sqe_flags = IOSQE_IO_LINK },
	};
	static const struct step steps[] = {
		CLONE(L, -EACCES), EXEC(0, -EACCES, TINY),
	};
	const struct kind *kind = arg;
	struct io_uring ring;

	if (io_uring_queue_init(8, &ring, kind->flags |
					  IORING_SETUP_R_DISABLED) ||
	    io_uring_register_restrictions(&ring, allow, 2) ||
	    io_uring_enable_rings(&ring))
		die("restrictions");
	return !TRY(&ring, steps, NO_CHILD);
}

static const struct {
	const char *why;
	int (*test)(const void *kind);
} others[] = {
	{ "CLONE, result -1: the personality", without_privileges },
	{ "CLONE, result -1: a seccomp filter", clone_forbidden },
	{ "EXEC, result -1: a seccomp filter", exec_forbidden },
	{ "CLONE, result -13: the ring is restricted", restricted },
};

static void test_refusals(struct io_uring *ring, const struct kind *kind)
{
	static struct clone_args group = {
		.flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD,
		.cgroup = 99,
	};
	const struct step no_group[] = {
		CLONE_WITH(L, -EBADF, &group), EXEC(0, -ECANCELED, TINY), { },
	};
	static const struct step plain[] = {
		CLONE(L, -EPERM), EXEC(0, -ECANCELED, TINY), { },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(refusals); i++)
		refused_as(ring, kind, refusals[i].steps, refusals[i].status,
			   refusals[i].why);
	refused_as(ring, kind, no_group, NO_CHILD,
		   "CLONE, result -9: no process can be made");
	write_string(PARAMETERS "policy", "2");
	refused_as(ring, kind, plain, NO_CHILD,
		   "CLONE, result -1: the module's policy");
	write_string(PARAMETERS "policy", "0");
	for (i = 0; i < ARRAY_SIZE(others); i++) {
		const char *const lines[] = {
			"ious_refuse: ", others[i].why, "\n", NULL
		};
		bool good;

		clear_trace();
		trace(true);
		good = !in_process(others[i].test, kind);
		trace(false);
		ok(good & trace_has(lines), "%s: refused, %s", kind->name,
		   others[i].why);
	}
}

static bool comm_is(pid_t pid, const char *want)
{
	char path[32], comm[32] = "";
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	fd = open(path, O_RDONLY);
	if (read(fd, comm, sizeof(comm) - 1) < 0)
		comm[0] = 0;
	close(fd);
	comm[strcspn(comm, "\n")] = 0;
	if (!strcmp(comm, want))
		return true;
	note("comm is \"%s\", not \"%s\"", comm, want);
	return false;
}

static void test_comm(struct io_uring *ring, const struct kind *kind)
{
	int results[5];
	char want[32];
	bool good;

	snprintf(want, sizeof(want), "iou-spn-%d", getpid());
	start_blocked(ring, L);
	good = comm_is(blocked_child(), want);
	if (write(pipes[1], "x", 1) != 1)
		die("write");
	good &= collect(ring, results, 3) && status_is(EXITED(0));
	/* what the chain wrote itself */
	good &= read(pipes[0], want, 3) == 3;
	ok(good, "%s: until the exec, the process has a name that says so",
	   kind->name);
}

static void test_all(struct io_uring *ring, const struct kind *kind)
{
	ok(io_uring_spawn_abi(ring) == IORING_SPAWN_ABI,
	   "%s: the version of the interface", kind->name);
	test_stats(ring, kind);
	test_trace(ring, kind);
	test_refusals(ring, kind);
	test_comm(ring, kind);
}

int main(void)
{
	make_pipe();
	for_main_kinds(test_all, "observe");
	return done();
}
