// SPDX-License-Identifier: GPL-2.0
/*
 * Somebody holds what the module waits for before it goes: a debugger a process at its
 * exit, seccomp a submitter in the middle of CLONE.
 */
#include "blocked.h"
#include "filter.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>

static int arm(const char *how)
{
	return write_string(PARAMETERS "armed", how);
}

/*
 * A debugger holds a process at its exit, whose chain has ended without a program: it
 * shares the memory still. One that was killed is not held there.
 */
static pid_t hold_at_exit(pid_t pid)
{
	pid_t tracer = fork();
	int status;

	if (tracer)
		return tracer;
	if (ptrace(PTRACE_SEIZE, pid, NULL, PTRACE_O_TRACEEXIT) ||
	    kill(getpid(), SIGSTOP) ||
	    waitpid(pid, &status, __WALL) != pid ||
	    status >> 8 != (SIGTRAP | PTRACE_EVENT_EXIT << 8))
		_exit(1);
	kill(getpid(), SIGSTOP);
	_exit(0);
}

/* The debugger has come to its next stop. */
static bool has_stopped(pid_t tracer)
{
	int status;

	return waitpid(tracer, &status, WUNTRACED) == tracer &&
	       WIFSTOPPED(status);
}

static void test_held_at_exit(struct io_uring *ring, const struct kind *kind)
{
	const struct step steps[] = {
		CLONE(L, 0),
		OP(IORING_OP_READ, L, 1, .fd = pipes[0], .addr = buffer,
		   .len = 1),
		NOP(0, 0),
	};
	pid_t tracer;
	bool held;
	char state;

	if (kind != &kinds[0])
		return;
	queue_steps(ring, steps, ARRAY_SIZE(steps));
	submit(ring);
	wait_for_read();
	tracer = hold_at_exit(any_child(&state));
	held = has_stopped(tracer) && !kill(tracer, SIGCONT) &&
	       write(pipes[1], "x", 1) == 1 && has_stopped(tracer);
	ok(held && arm("kill") == -EBUSY,
	   "armed=kill while a debugger holds a process at its exit: EBUSY");
	kill(tracer, SIGKILL);
	waitpid(tracer, NULL, 0);
	ok(!arm("kill"), "not when the debugger has gone");
	ok(cqes_match(ring, steps, ARRAY_SIZE(steps)) &&
	   wait_status() == EXITED(0), "the chain had ended by itself");
	if (arm("1"))
		die("armed");
}

/*
 * A submitter whose CLONE waits for a supervisor that does not answer: it is its own. It
 * exits if it is not asked, as on Linux 6.1 from the ring that it has entered.
 */
static pid_t hold_submitter(const struct kind *kind)
{
	const struct step steps[] = { CLONE(L, ANY), EXEC(0, ANY, TRUE) };
	struct io_uring ring;
	pid_t pid = fork();

	if (pid)
		return pid;
	if (open_ring(&ring, kind, 8))
		_exit(1);
	filter(SECCOMP_FILTER_FLAG_NEW_LISTENER, SYS_clone, 0,
	       SECCOMP_RET_USER_NOTIF);
	queue_steps(&ring, steps, ARRAY_SIZE(steps));
	submit(&ring);
	cqes_match(&ring, steps, ARRAY_SIZE(steps));
	_exit(0);
}

/* As docs/troubleshooting.md says how to find it. */
static bool is_in_module(pid_t pid)
{
	char path[64], stack[4096] = "";
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stack", pid);
	fd = open(path, O_RDONLY);
	if (fd >= 0 && read(fd, stack, sizeof(stack) - 1) < 0)
		die("stack");
	close(fd);
	return strstr(stack, "ious_") && strstr(stack, "seccomp");
}

static bool is_held_or_gone(void *pid)
{
	siginfo_t info = { };

	return is_in_module(*(pid_t *)pid) ||
	       (!waitid(P_PID, *(pid_t *)pid, &info,
			WEXITED | WNOHANG | WNOWAIT) && info.si_pid);
}

/* Its failed CLONE makes a submitter come back that nobody has to wait for. */
static void test_held_submitter(struct io_uring *ring, const struct kind *kind)
{
	bool stays = kind->flags & (IORING_SETUP_SQPOLL |
				    IORING_SETUP_DEFER_TASKRUN);
	pid_t pid = hold_submitter(kind);
	int ret;

	(void)ring;
	if (!eventually(is_held_or_gone, &pid))
		die("the submitter");
	if (is_in_module(pid)) {
		ret = arm("kill");
		ok(ret == (stays ? -EBUSY : 0) && is_in_module(pid) == stays,
		   "%s: armed=kill while seccomp holds the submitter: %s",
		   kind->name, stays ? "EBUSY" : "it comes back");
	} else {
		skip("it is not asked", "%s: armed=kill while seccomp holds the submitter",
		     kind->name);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	ok(!arm("kill"), "%s: not when the submitter has gone", kind->name);
	if (arm("1"))
		die("armed");
}

int main(void)
{
	alarm(300);
	make_pipe();
	for_main_kinds(test_held_at_exit, "held at its exit");
	for_main_kinds(test_held_submitter, "held submitter");
	return done();
}
