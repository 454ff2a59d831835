/* SPDX-License-Identifier: GPL-2.0 */
/* Tracers: what they ask for, and what a stop is. */
#ifndef IOUS_TRACER_H
#define IOUS_TRACER_H

#include <signal.h>
#include <stdbool.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "test.h"

#define TRACE_ALL	(PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | \
			 PTRACE_O_TRACEVFORKDONE | PTRACE_O_TRACECLONE | \
			 PTRACE_O_TRACEEXEC)

static inline bool is_event(int status, int event)
{
	return status >> 8 == (SIGTRAP | event << 8);
}

/* Signals are handed on, stops that the tracer asked for are not. */
static inline int signal_of(int status)
{
	int sig = WSTOPSIG(status);

	return status >> 16 || sig == SIGTRAP || sig == SIGSTOP ? 0 : sig;
}

/* @pid is a child that stops itself by SIGSTOP; it goes on when it is traced. */
static inline void seize(pid_t pid, unsigned long options)
{
	int status;

	if (pid < 0 || ptrace(PTRACE_SEIZE, pid, 0, options) ||
	    waitpid(pid, &status, __WALL | WUNTRACED) != pid)
		die("PTRACE_SEIZE");
	kill(pid, SIGCONT);
	ptrace(PTRACE_CONT, pid, 0, 0);
}

/*
 * The chain of such a child, on a ring of its own. The child exits with 3 if the kernel has
 * no such ring, and with 1 if the CQEs are not those of the steps.
 */
static inline void run_traced(const struct kind *kind,
			      const struct step *steps, unsigned int nr)
{
	struct io_uring ring;

	if (open_ring(&ring, kind, 8))
		_exit(3);
	queue_steps(&ring, steps, nr);
	submit(&ring);
	if (!cqes_match(&ring, steps, nr))
		_exit(1);
}

#endif
