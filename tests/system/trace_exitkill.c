// SPDX-License-Identifier: GPL-2.0
/*
 * PTRACE_O_EXITKILL: the program of a chain is killed with its tracer, as the program
 * of a child of vfork() is.
 */
#include "test.h"
#include "tracer.h"

#include <sys/prctl.h>

/* The submitter of a program that does not end by itself, with EXITKILL. */
static void __attribute__((noreturn)) lasting(void)
{
	struct clone_args args = {
		.flags = CLONE_PIDFD, .exit_signal = SIGCHLD,
	};
	static char *argv[] = { "sleep", "1000", NULL };
	const struct step steps[] = {
		CLONE_WITH(L, ABOVE_0, &args, .file_index = 1),
		EXEC(0, 0, "/bin/sleep", .argv = argv),
	};
	struct io_uring ring;

	setpgid(0, 0);
	raise(SIGSTOP);
	if (open_ring(&ring, &kinds[0], 8) ||
	    io_uring_register_files_sparse(&ring, 4))
		die("ring");
	queue_steps(&ring, steps, 2);
	submit(&ring);
	for (;;)
		pause();
}

/* Goes away as soon as the program runs. */
static void __attribute__((noreturn)) short_tracer(pid_t pid)
{
	int status;
	pid_t who;

	alarm(DEADLINE);
	if (ptrace(PTRACE_SEIZE, pid, 0, TRACE_ALL | PTRACE_O_EXITKILL))
		_exit(1);
	kill(pid, SIGCONT);
	while ((who = waitpid(-1, &status, __WALL)) > 0) {
		if (is_event(status, PTRACE_EVENT_EXEC))
			_exit(0);
		if (WIFSTOPPED(status))
			ptrace(PTRACE_CONT, who, 0, signal_of(status));
	}
	_exit(2);
}

static pid_t wait_in_time(int *status)
{
	pid_t who = 0;
	int i;

	for (i = 0; i < DEADLINE * 100 && !who; i++) {
		who = waitpid(-1, status, WNOHANG);
		if (!who)
			usleep(10000);
	}
	return who;
}

/* Both are killed with their tracer, the program as well. */
static void test_exitkill(void)
{
	pid_t pid, tracer;
	int status, killed = 0, i;

	fflush(stdout);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	pid = fork();
	if (!pid)
		lasting();
	if (waitpid(pid, &status, WUNTRACED) != pid || !WIFSTOPPED(status))
		die("waitpid");
	tracer = fork();
	if (!tracer)
		short_tracer(pid);
	for (i = 0; i < 3; i++) {
		pid_t who = wait_in_time(&status);

		if (who == tracer && status)
			note("the tracer has ended with %#x", status);
		killed += who > 0 && who != tracer && status == SIGKILL;
	}
	/* one that is left would be a child of this process from now on */
	if (!kill(-pid, SIGKILL))
		while (wait(NULL) > 0)
			;
	ok(killed == 2, "a direct pidfd: the program is killed with its tracer");
	prctl(PR_SET_CHILD_SUBREAPER, 0);
}

int main(void)
{
	alarm(300);
	test_exitkill();
	return done();
}
