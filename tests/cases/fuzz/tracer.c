// SPDX-License-Identifier: GPL-2.0
/*
 * A tracer that attaches to, interrupts, continues and leaves the round's threads
 * and the processes of its chains, at random moments, and goes away in the middle.
 */
#include "fuzz.h"

#include <dirent.h>
#include <sys/ptrace.h>
#include <sys/time.h>

#define MAX_TRACEES	32

struct tracee {
	pid_t pid;
	bool seized, stopped;
};

static struct tracee tracees[MAX_TRACEES];

static struct tracee *find_tracee(pid_t pid)
{
	unsigned int i;

	for (i = 0; i < MAX_TRACEES; i++)
		if (tracees[i].pid == pid)
			return &tracees[i];
	return NULL;
}

/* One of the round's threads, or a child of its process; 0: there is none. */
static pid_t choose_task(unsigned long *state, pid_t pid)
{
	char path[64];
	pid_t found[64], n;
	unsigned int nr = 0;
	struct dirent *entry;
	char child_state;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	while (dir && (entry = readdir(dir)) && nr < 8)
		if (atoi(entry->d_name) > 0)
			found[nr++] = atoi(entry->d_name);
	if (dir)
		closedir(dir);
	/* not every kernel has a list of them */
	n = any_child_of(pid, 0, &child_state);
	if (n)
		found[nr++] = n;
	return nr ? found[below(state, nr)] : 0;
}

static void attach(unsigned long *state, pid_t pid, bool kills)
{
	struct tracee *tracee = find_tracee(0);
	/* from PTRACE_O_TRACESYSGOOD to PTRACE_O_TRACESECCOMP */
	long options = below(state, PTRACE_O_TRACESECCOMP << 1);

	if (kills && one_in(state, 4))
		options |= PTRACE_O_EXITKILL;
	if (!pid || !tracee || find_tracee(pid))
		return;
	*tracee = (struct tracee) { pid, one_in(state, 2), false };
	if (ptrace(tracee->seized ? PTRACE_SEIZE : PTRACE_ATTACH, pid, 0,
		   tracee->seized ? options : 0))
		tracee->pid = 0;
}

static void leave(struct tracee *tracee)
{
	if (!ptrace(PTRACE_DETACH, tracee->pid, 0, 0))
		tracee->pid = 0;
}

static void disturb(unsigned long *state, struct tracee *tracee)
{
	if (tracee->seized && !tracee->stopped)
		ptrace(PTRACE_INTERRUPT, tracee->pid, 0, 0);
	else if (tracee->stopped && one_in(state, 2))
		leave(tracee);
}

/* It goes on, without what it was stopped by, or is left. */
static void go_on(unsigned long *state, struct tracee *tracee, int status)
{
	int sig = WSTOPSIG(status);

	if (sig == SIGSTOP || sig == SIGTRAP || sig == (SIGTRAP | 0x80) ||
	    status >> 16)
		sig = 0;
	if (one_in(state, 4))
		doze(state, 2000);
	tracee->stopped = true;
	if (one_in(state, 5)) {
		leave(tracee);
		return;
	}
	if (!ptrace(one_in(state, 3) ? PTRACE_SYSCALL : PTRACE_CONT,
		    tracee->pid, 0, sig))
		tracee->stopped = false;
}

/* A new process that is attached by an option of its parent's is in no table. */
static void take_events(unsigned long *state)
{
	struct tracee *tracee;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL | WNOHANG)) > 0) {
		tracee = find_tracee(pid);
		if (!tracee)
			tracee = find_tracee(0);
		if (!tracee)
			ptrace(PTRACE_DETACH, pid, 0, 0);
		else if (!WIFSTOPPED(status))
			tracee->pid = tracee->pid == pid ? 0 : tracee->pid;
		else {
			tracee->seized = tracee->seized && tracee->pid == pid;
			tracee->pid = pid;
			go_on(state, tracee, status);
		}
	}
}

/*
 * An exec waits for the other threads to be reaped, those that are traced by their
 * tracer, with the lock held that attaching to one of the process takes: the kernel
 * lets the two wait for each other for ever. A signal ends that, if the tracer dies
 * of it: attaching begins again after a handler.
 */
static void never_hang(void)
{
	struct itimerval end = { .it_value.tv_usec = 3000 * LIMIT };

	setitimer(ITIMER_REAL, &end, NULL);
}

static void trace(struct round *round, pid_t pid)
{
	unsigned long *state = &round->state, end = now_ms() +
		10 + below(&round->state, LIMIT);
	bool kills = one_in(state, 6);

	never_hang();
	while (now_ms() < end) {
		struct tracee *tracee = &tracees[below(state, 8)];

		if (one_in(state, 4))
			attach(state, choose_task(state, pid), kills);
		else if (tracee->pid)
			disturb(state, tracee);
		take_events(state);
		doze(state, 500);
	}
	/* all whom it still traces are let go, or killed, by this */
	_exit(0);
}

const struct hazard hazard_tracer = {
	.name = "tracer", .weight = 60,
	.takes = TAKES_STOPS | TAKES_CUT | TAKES_DEATH | TAKES_REFUSAL |
		 TAKES_TRAPS,
	.party = trace,
};
