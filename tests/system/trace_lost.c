// SPDX-License-Identifier: GPL-2.0
/*
 * A tracer takes the signal away that has to end a process whose exec failed when there
 * was no way back: the process, which has no program, dies all the same, and nothing
 * else does.
 */
#include "broken.h"
#include "test.h"
#include "tracer.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define BROKEN	"/tmp/broken"
#define ROUNDS	100
#define ENOUGH	3

static int data[2];

static void submitter(const struct kind *kind)
{
	static char byte;
	const struct step steps[] = {
		CLONE(L, 0),
		OP(IORING_OP_READ, L, 1, .fd = data[0], .addr = &byte, .len = 1),
		EXEC(0, -EINVAL, BROKEN),
	};

	alarm(DEADLINE);
	raise(SIGSTOP);
	run_traced(kind, steps, ARRAY_SIZE(steps));
	_exit(wait_status() == SIGSEGV ? 0 : 2);
}

static bool is_pending(pid_t pid, int sig)
{
	struct __ptrace_peeksiginfo_args from = { .nr = 1 };
	siginfo_t info = { 0 };

	return ptrace(PTRACE_PEEKSIGINFO, pid, &from, &info) == 1 &&
	       info.si_signo == sig;
}

/* The process is at its first stop. It is to stop again in its exec, or near it. */
static void interrupt(pid_t child)
{
	ptrace(PTRACE_CONT, child, 0, 0);
	if (write(data[1], "x", 1) != 1)
		die("write");
	usleep(rand() % 2000);
	ptrace(PTRACE_INTERRUPT, child, 0, 0);
}

/* True if the signal was there to be taken away. */
static bool take_away(pid_t child)
{
	unsigned long mask = ~0UL;

	if (!is_pending(child, SIGSEGV))
		return false;
	if (ptrace(PTRACE_SETSIGMASK, child, sizeof(mask), &mask))
		note("PTRACE_SETSIGMASK: %m");
	return true;
}

/* The same result; *end: how @pid ended. */
static bool follow(pid_t pid, int *end)
{
	bool first = true, taken = false;
	int status;
	pid_t who;

	while ((who = waitpid(-1, &status, __WALL)) > 0) {
		if (!WIFSTOPPED(status)) {
			if (who == pid)
				*end = status;
			continue;
		}
		if (who != pid && is_event(status, PTRACE_EVENT_STOP)) {
			if (first) {
				first = false;
				interrupt(who);
				continue;
			}
			taken |= take_away(who);
		}
		ptrace(PTRACE_CONT, who, 0, signal_of(status));
	}
	return taken;
}

static bool round_ended_well(const struct kind *kind, bool *taken)
{
	int end = -1;
	pid_t pid;

	if (pipe(data))
		die("pipe");
	fflush(stdout);
	pid = fork();
	if (!pid)
		submitter(kind);
	seize(pid, PTRACE_O_TRACEVFORK);
	*taken = follow(pid, &end);
	close(data[0]);
	close(data[1]);
	if (end != EXITED(0))
		note("the submitter ended with %#x", end);
	return end == EXITED(0);
}

static void test_lost(const struct kind *kind)
{
	int i, nr_taken = 0;
	bool good = true, taken;

	for (i = 0; i < ROUNDS && nr_taken < ENOUGH && good; i++) {
		good = round_ended_well(kind, &taken);
		nr_taken += taken;
	}
	note("%d rounds, %d signals were taken", i, nr_taken);
	ok(good, "%s: the process dies of SIGSEGV", kind->name);
	if (nr_taken)
		ok(true, "%s: its signal was taken away", kind->name);
	else
		skip("it never stopped in its exec", "%s: its signal was taken away",
		     kind->name);
}

int main(void)
{
	alarm(120);
	make_broken(BROKEN);
	test_lost(&kinds[0]);
	return done();
}
