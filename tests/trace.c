// SPDX-License-Identifier: GPL-2.0
/*
 * Submitters that are traced, as by strace -f and gdb: the tracer gets the new
 * process, whose first stop comes when its program is in place and breaks off
 * nothing that the chain does.
 */
#include "test.h"

#include <errno.h>
#include <signal.h>
#include <sys/ptrace.h>

#define TINY	"/tests/tiny"
#define FOLLOW	(PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | \
		 PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC)

static int data[2];

/* What the tracer sees of the new process, in this order. */
enum { SEES_FORK = 1, SEES_EXEC = 2, SEES_STOP = 4, SEES_EXIT = 8 };

static void submitter(const struct kind *kind, bool seized)
{
	static char byte;
	struct step steps[] = {
		CLONE(L, 0),
		OP(IORING_OP_READ, L, 1, .fd = data[0], .addr = &byte,
		   .len = 1),
		EXEC(0, 0, TINY),
	};
	struct io_uring ring;
	int status;

	alarm(DEADLINE);
	if (!seized)
		ptrace(PTRACE_TRACEME, 0, 0, 0);
	/* the tracer waits for this one, and then asks for more */
	raise(SIGSTOP);
	if (open_ring(&ring, kind, 8))
		_exit(3);
	queue_steps(&ring, steps, ARRAY_SIZE(steps));
	submit(&ring);
	if (!cqes_match(&ring, steps, ARRAY_SIZE(steps)))
		_exit(1);
	status = wait_status();
	_exit(status == EXITED(0) ? 0 : 2);
}

static bool is_event(int status, int event)
{
	return status >> 8 == (SIGTRAP | event << 8);
}

/* Which of the above a stop of the new process is. */
static int child_stop(int status)
{
	if (is_event(status, PTRACE_EVENT_EXEC))
		return SEES_EXEC;
	if (is_event(status, PTRACE_EVENT_STOP) ||
	    status >> 8 == SIGSTOP)
		return SEES_STOP;
	return 0;
}

static bool is_fork(int status)
{
	return is_event(status, PTRACE_EVENT_FORK) ||
	       is_event(status, PTRACE_EVENT_CLONE) ||
	       is_event(status, PTRACE_EVENT_VFORK);
}

/* Signals are handed on, stops that the tracer asked for are not. */
static int signal_of(int status)
{
	int sig = WSTOPSIG(status);

	return status >> 16 || sig == SIGTRAP || sig == SIGSTOP ? 0 : sig;
}

/* The tracer's loop; what it saw of the child, submitter's status in *end. */
static int follow(pid_t pid, int *end)
{
	unsigned long child = 0;
	int seen = 0, status;
	pid_t who;

	while ((who = waitpid(-1, &status, __WALL)) > 0) {
		if (WIFEXITED(status) || WIFSIGNALED(status)) {
			if (who == pid) {
				*end = status;
				return seen;
			}
			if (status == 0)
				seen |= SEES_EXIT;
			continue;
		}
		if (who != pid) {
			/* in order: the stop is that of the program */
			if (child_stop(status) == SEES_STOP &&
			    !(seen & SEES_EXEC))
				note("stopped before the exec");
			seen |= child_stop(status);
		} else if (is_fork(status)) {
			seen |= SEES_FORK;
			ptrace(PTRACE_GETEVENTMSG, pid, 0, &child);
			/* only now the chain's READ has anything to read */
			if (write(data[1], "x", 1) != 1)
				die("write");
		}
		ptrace(PTRACE_CONT, who, 0, signal_of(status));
	}
	return seen;
}

static void trace(const struct kind *kind, bool seized)
{
	int seen, status, end = -1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		submitter(kind, seized);
	if (seized && ptrace(PTRACE_SEIZE, pid, 0, FOLLOW))
		die("PTRACE_SEIZE");
	if (waitpid(pid, &status, __WALL | WUNTRACED) != pid ||
	    !WIFSTOPPED(status))
		die("waitpid");
	if (!seized && ptrace(PTRACE_SETOPTIONS, pid, 0, FOLLOW))
		die("PTRACE_SETOPTIONS");
	if (seized)
		kill(pid, SIGCONT);
	ptrace(PTRACE_CONT, pid, 0, 0);
	seen = follow(pid, &end);
	if (end == EXITED(3)) {
		skip("this kernel has no such ring", "%s: traced", kind->name);
		return;
	}
	ok(end == 0, "%s, %s: the chain runs (%#x)", kind->name,
	   seized ? "seized" : "attached", end);
	ok(seen == (SEES_FORK | SEES_EXEC | SEES_STOP | SEES_EXIT),
	   "%s, %s: and its tracer has the program (%#x)", kind->name,
	   seized ? "seized" : "attached", seen);
}

int main(void)
{
	unsigned int i;

	alarm(300);
	if (pipe2(data, O_CLOEXEC))
		die("pipe");
	for (i = 0; i < nr_kinds; i++) {
		if (kinds[i].polled)
			continue;
		trace(&kinds[i], true);
		trace(&kinds[i], false);
	}
	return done();
}
