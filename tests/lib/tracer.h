/* SPDX-License-Identifier: GPL-2.0 */
/* Tracers: what they ask for, and what a stop is. */
#ifndef IOUS_TRACER_H
#define IOUS_TRACER_H

#include <signal.h>
#include <stdbool.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

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

#endif
