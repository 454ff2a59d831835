// SPDX-License-Identifier: GPL-2.0
/*
 * Yama, ptrace_scope 1: who may attach to a chain's process, and later to its
 * program, is who may attach to a forked child.
 */
#include "test.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>

#define SCOPE	"/proc/sys/kernel/yama/ptrace_scope"
#define CAT	"/bin/busybox"

static char *const cat_argv[] = { "cat", NULL };

struct attempt {
	const char *name;
	/* the process still has to execute its program */
	bool before;
	/* the submitter lets everybody attach, to itself */
	bool any;
};

static const struct attempt attempts[] = {
	{ "the process before the exec", .before = true },
	{ "the program" },
	{ "the process, of a submitter that is open to all", .before = true,
	  .any = true },
	{ "the program, of such a submitter", .any = true },
};

/* What those who try have got: 0 or an errno. */
struct result {
	int by_sibling, by_parent;
};

/* What the process waits for, and what its program reads to the end. */
static int go[2];

static int attach(pid_t pid)
{
	return ptrace(PTRACE_SEIZE, pid, NULL, NULL) ? errno : 0;
}

/* Another child of the submitter, of the same user. Its end is its detach. */
static int attach_by_sibling(pid_t pid)
{
	int status;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (!child)
		_exit(attach(pid));
	if (waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

static pid_t make_by_fork(const struct attempt *attempt)
{
	char byte;
	pid_t pid = fork();

	if (pid)
		return pid;
	if (attempt->before && read(go[0], &byte, 1) != 1)
		_exit(1);
	dup2(go[0], 0);
	close(go[0]);
	close(go[1]);
	execve(CAT, cat_argv, environ);
	_exit(127);
}

static char byte;

static pid_t make_by_chain(struct io_uring *ring, const struct attempt *attempt)
{
	static struct clone_args args = { .exit_signal = SIGCHLD };
	struct step steps[] = {
		CLONE_WITH(L, PID, &args),
		NOP(L, 0),
		CALL(L, 0, SYS_dup2, go[0], 0, 0, 0),
		CALL(L, 0, SYS_close, go[0], 0, 0, 0),
		CALL(L, 0, SYS_close, go[1], 0, 0, 0),
		EXEC(0, 0, CAT, .argv = cat_argv),
	};
	const struct step wait = OP(IORING_OP_READ, L, 1, .fd = go[0],
				    .addr = &byte, .len = 1);
	unsigned long user_data;
	int pid;

	if (attempt->before)
		steps[1] = wait;
	queue_steps(ring, steps, ARRAY_SIZE(steps));
	submit(ring);
	return next_cqe(ring, &user_data, &pid) ? pid : -1;
}

static bool is_cat(void *arg)
{
	char path[32], comm[16] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/comm", *(pid_t *)arg);
	file = fopen(path, "r");
	if (!file)
		return false;
	if (fscanf(file, "%15s", comm) != 1)
		comm[0] = '\0';
	fclose(file);
	return !strcmp(comm, "busybox");
}

/* The parent's last: its child goes on, watched, and is waited for. */
static bool try_all(pid_t pid, const struct attempt *attempt,
		    struct result *result)
{
	bool good = attempt->before || eventually(is_cat, &pid);
	int status;

	result->by_sibling = attach_by_sibling(pid);
	result->by_parent = attach(pid);
	good &= !attempt->before || write(go[1], "x", 1) == 1;
	close(go[1]);
	good &= waitpid(pid, &status, 0) == pid && status == 0;
	close(go[0]);
	return good;
}

static void prepare(void)
{
	if (pipe(go))
		die("pipe");
}

static bool chain_ended(struct io_uring *ring)
{
	unsigned long user_data;
	bool good = true;
	int i, res;

	for (i = 2; i <= 6; i++)
		good &= next_cqe(ring, &user_data, &res) && res >= 0;
	return good;
}

static void become_user(const struct attempt *attempt)
{
	if (setgid(1000) || setuid(1000) ||
	    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0))
		die("become_user");
	if (attempt->any &&
	    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0))
		die("PR_SET_PTRACER");
}

struct run {
	const struct kind *kind;
	const struct attempt *attempt;
};

static int submitter(const void *arg)
{
	const struct run *run = arg;
	struct result forked, chained;
	struct io_uring ring;
	bool good;

	become_user(run->attempt);
	if (open_ring(&ring, run->kind, 16))
		die("ring");
	prepare();
	good = try_all(make_by_fork(run->attempt), run->attempt, &forked);
	prepare();
	good &= try_all(make_by_chain(&ring, run->attempt), run->attempt,
			&chained);
	good &= chain_ended(&ring);
	good &= forked.by_sibling == EPERM && forked.by_parent == 0 &&
		!memcmp(&forked, &chained, sizeof(forked));
	if (!good)
		note("forked: %d %d, chain: %d %d", forked.by_sibling,
		     forked.by_parent, chained.by_sibling, chained.by_parent);
	return !good;
}

static void test_attach(struct io_uring *ring, const struct kind *kind)
{
	struct run run = { .kind = kind };
	unsigned int i;

	(void)ring;
	for (i = 0; i < ARRAY_SIZE(attempts); i++) {
		run.attempt = &attempts[i];
		ok(!in_process(submitter, &run), "%s: Yama: %s", kind->name,
		   attempts[i].name);
	}
}

int main(void)
{
	long scope = read_number(SCOPE);

	alarm(500);
	if (write_string(SCOPE, "1"))
		skip("this kernel has no Yama, or it is off", "Yama");
	else
		for_main_kinds(test_attach, "Yama");
	if (scope == 0)
		write_string(SCOPE, "0");
	return done();
}
