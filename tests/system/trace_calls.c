// SPDX-License-Identifier: GPL-2.0
/*
 * A tracer that asks for system calls, as strace -f does: behind the event of an exec it
 * gets the end of the call, and then entries and ends in turn, as of a vfork() child. It
 * may stay at that end.
 */
#include "test.h"
#include "tracer.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <unistd.h>

#define TINY	"/tests/tiny"
#define CALL_STOP	(SIGTRAP | 0x80)

static char *const argv[] = { "tiny", NULL };

/* A letter for each stop of a call: E, an entry, or X, an end. */
static char calls[32];

static void note_call(pid_t pid)
{
	struct __ptrace_syscall_info info = { 0 };
	size_t nr = strlen(calls);
	char c = '?';

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) < 0)
		die("PTRACE_GET_SYSCALL_INFO");
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		c = 'E';
	else if (info.op == PTRACE_SYSCALL_INFO_EXIT)
		c = 'X';
	if (nr + 1 < sizeof(calls))
		calls[nr] = c;
}

static int spawn_by_vfork(void)
{
	pid_t pid = vfork();

	if (!pid) {
		execv(TINY, argv);
		_exit(127);
	}
	return wait_status();
}

static int spawn_by_chain(const struct kind *kind)
{
	static const struct step steps[] = { CLONE(L, 0), EXEC(0, 0, TINY) };

	run_traced(kind, steps, ARRAY_SIZE(steps));
	return wait_status();
}

/* @kind: NULL is vfork(). */
static pid_t start(const struct kind *kind)
{
	const unsigned long options = PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC |
				      PTRACE_O_TRACESYSGOOD;
	pid_t pid;
	int status;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		alarm(DEADLINE);
		raise(SIGSTOP);
		status = kind ? spawn_by_chain(kind) : spawn_by_vfork();
		_exit(status == EXITED(0) ? 0 : 2);
	}
	seize(pid, options);
	memset(calls, 0, sizeof(calls));
	return pid;
}

/*
 * All that happens, or until the process that @pid has made is at its first stop of a
 * call behind the exec: its number then. @pid has left its own stop, in which it would be
 * in the module. *end: how @pid has ended.
 */
static pid_t follow(pid_t pid, bool stay, int *end)
{
	bool execed = calls[0], told = false;
	int status, sig;
	pid_t who, there = 0;

	while ((who = waitpid(-1, &status, __WALL)) > 0) {
		if (!WIFSTOPPED(status)) {
			if (who == pid)
				*end = status;
			continue;
		}
		if (who == pid) {
			told |= is_event(status, PTRACE_EVENT_VFORK);
			ptrace(PTRACE_CONT, who, 0, signal_of(status));
			if (there && told)
				return there;
			continue;
		}
		sig = signal_of(status);
		if (WSTOPSIG(status) == CALL_STOP) {
			sig = 0;
			if (execed) {
				note_call(who);
				there = stay ? who : 0;
				if (there && told)
					return there;
				if (there)
					continue;
			}
		}
		execed |= is_event(status, PTRACE_EVENT_EXEC);
		ptrace(PTRACE_SYSCALL, who, 0, sig);
	}
	return 0;
}

static char expected[sizeof(calls)];

static void test_calls(const struct kind *kind)
{
	int end = -1;

	follow(start(kind), false, &end);
	if (end == EXITED(3)) {
		skip("this kernel has no such ring", "%s: calls", kind->name);
		return;
	}
	ok(end == EXITED(0) && !strcmp(calls, expected),
	   "%s: the tracer sees %s, as of a vfork() child (%s, %#x)", kind->name,
	   expected, calls, end);
}

/* On arm64, the process stands in the module's code there. */
static void test_unload(void)
{
	pid_t pid = start(&kinds[0]), held;
	int end = -1, ret;
	bool busy;

	held = follow(pid, true, &end);
	ok(held && calls[0] == 'X', "a process is held at the end of its exec");
	busy = write_string(PARAMETERS "armed", "0") == -EBUSY;
	ret = write_string(PARAMETERS "armed", "kill");
	ok(!ret, "by kill the hooks can be removed (%d)", ret);
	ok(!write_string(PARAMETERS "armed", "1"), "they are back");
	ptrace(PTRACE_SYSCALL, held, 0, 0);
	follow(pid, false, &end);
	ok(end == (busy ? EXITED(2) : EXITED(0)),
	   "the process was %s (%#x)", busy ? "killed" : "left alone", end);
}

int main(void)
{
	unsigned int i;
	int end = -1;

	alarm(300);
	follow(start(NULL), false, &end);
	strcpy(expected, calls);
	ok(end == EXITED(0) && !strcmp(expected, "XE"),
	   "of a vfork() child the tracer sees the end of its exec, and a call (%s)",
	   expected);
	for (i = 0; i < nr_kinds; i++)
		if (!kinds[i].polled)
			test_calls(&kinds[i]);
	test_unload();
	return done();
}
