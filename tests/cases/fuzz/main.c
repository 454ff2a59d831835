// SPDX-License-Identifier: GPL-2.0
/*
 * fuzz SECONDS SEED: rounds of random chains, until the time is over.
 * fuzz 0 SEED: that round alone, with what it does.
 *
 * Whatever a round did, nothing of it may be left when its process is gone.
 */
#include "fuzz.h"

#include <dirent.h>
#include <sys/prctl.h>

bool verbose, late_cqes;

static void interfere(struct round *round, pid_t pid)
{
	int i;

	if (round->action == GETS_KILLED) {
		doze(&round->state, 8000);
		kill(pid, SIGKILL);
	}
	for (i = 0; i < 50 && round->action == GETS_SIGNALS; i++) {
		doze(&round->state, 300);
		kill(pid, SIGUSR1);
	}
	for (i = 0; i < 10 && round->action == GETS_STOPPED; i++) {
		doze(&round->state, 800);
		kill(pid, SIGSTOP);
		doze(&round->state, 800);
		kill(pid, SIGCONT);
	}
}

static pid_t start_party(const struct hazard *hazard, struct round *round,
			 pid_t of)
{
	pid_t pid;

	if (!hazard || !hazard->party)
		return 0;
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		hazard->party(round, of);
		_exit(0);
	}
	return pid;
}

static void end_party(pid_t pid)
{
	if (pid <= 0)
		return;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* The round's process waits until everybody is there. */
static pid_t start_round(struct round *round, int *go)
{
	int ends[2];
	char byte;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		die("pipe");
	fflush(stdout);
	pid = fork();
	if (!pid) {
		setpgid(0, 0);
		close(ends[1]);
		if (read(ends[0], &byte, 1) != 1)
			_exit(1);
		close(ends[0]);
		exit(round_process(round));
	}
	setpgid(pid, pid);
	close(ends[0]);
	*go = ends[1];
	return pid;
}

/*
 * What a tracer that went away has left stopped goes on; its own alarm ends one
 * that takes too long.
 */
static bool wait_for_round(const struct round *round, pid_t pid, int *status)
{
	unsigned long end = now_ms() + 2000 * PATIENCE;

	while (!waitpid(pid, status, WNOHANG)) {
		if (now_ms() > end)
			return false;
		if (round->outside == &hazard_tracer)
			kill(-pid, SIGCONT);
		usleep(500);
	}
	return true;
}

static bool has_chains(void)
{
	struct dirent *entry;
	DIR *proc = opendir("/proc");
	char path[64], name[32];
	bool found = false;
	FILE *file;

	while (!found && (entry = readdir(proc))) {
		snprintf(path, sizeof(path), "/proc/%.20s/comm", entry->d_name);
		file = fopen(path, "r");
		if (!file)
			continue;
		found = fgets(name, sizeof(name), file) &&
			!strncmp(name, "iou-spn-", 8);
		fclose(file);
	}
	closedir(proc);
	return found;
}

static bool nothing_left(void *group)
{
	kill(-*(pid_t *)group, SIGCONT);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	return waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD &&
	       read_number(PARAMETERS "chains") == 0 &&
	       read_number(PARAMETERS "requests") == 0;
}

static bool may_end_so(const struct round *round, int status)
{
	int sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	return !status || (sig == SIGKILL && round->takes & TAKES_DEATH) ||
	       (sig == SIGTRAP && round->takes & TAKES_TRAPS) ||
	       /* what its chains do to its memory, or a file system that is gone */
	       (sig == SIGSEGV && (round->action == REWRITE ||
				   round->takes & TAKES_BREAKS)) ||
	       (sig == SIGBUS && round->takes & TAKES_BREAKS);
}

/* To the host, in case the machine dies: see guest-init. */
static void tell_host(unsigned long seed)
{
	static FILE *host;

	if (!host)
		host = fopen("/dev/host", "w");
	if (!host)
		return;
	fprintf(host, "at fuzz 0 %#lx\n", seed);
	fflush(host);
}

static void begin(struct round *round)
{
	tell_host(round->seed);
	memset((void *)shared, 0, sizeof(*shared));
	if (round->inside && round->inside->prepare)
		round->inside->prepare(round);
	if (round->outside && round->outside->prepare)
		round->outside->prepare(round);
	if (verbose)
		note("%u rings, %s; inside: %s, outside: %s", round->nr,
		     round->verb->name,
		     round->inside ? round->inside->name : "nothing",
		     round->outside ? round->outside->name : "nothing");
}

static bool clean(struct round *round)
{
	bool good = true;

	if (round->inside && round->inside->clean)
		good &= round->inside->clean(round);
	if (round->outside && round->outside->clean)
		good &= round->outside->clean(round);
	return good;
}

/* Its process, and the parties beside it. Returns false if that does not end. */
static bool play(struct round *round, pid_t *pid, int *status)
{
	pid_t inside, outside;
	int go;
	bool ended;

	*pid = start_round(round, &go);
	inside = start_party(round->inside, round, *pid);
	outside = start_party(round->outside, round, *pid);
	if (write(go, "x", 1) != 1)
		note("the round's process did not begin");
	close(go);
	if (round->inside && round->inside->meanwhile)
		round->inside->meanwhile(round, *pid);
	interfere(round, *pid);
	if (round->outside && round->outside->meanwhile)
		round->outside->meanwhile(round, *pid);
	ended = wait_for_round(round, *pid, status);
	end_party(inside);
	end_party(outside);
	return ended;
}

static bool run_round(unsigned long seed)
{
	struct round round;
	bool good = true;
	int status = 0;
	pid_t pid;

	choose_round(&round, seed);
	begin(&round);
	if (!play(&round, &pid, &status)) {
		note("the round's process does not end");
		kill(pid, SIGKILL);
		good = false;
	} else if (!may_end_so(&round, status)) {
		note("the round's process ended with %#x", status);
		good = false;
	}
	if (!eventually(nothing_left, &pid)) {
		note("left behind: %ld chains, %ld requests, or processes",
		     read_number(PARAMETERS "chains"),
		     read_number(PARAMETERS "requests"));
		good = false;
	}
	good &= clean(&round);
	if (!good)
		note("to see it again: fuzz 0 %#lx (%s; inside: %s, outside: %s)",
		     seed, round.verb->name,
		     round.inside ? round.inside->name : "nothing",
		     round.outside ? round.outside->name : "nothing");
	return good;
}

/* Of the seeds that come, the first whose round is wanted; false: none is. */
static bool choose_seed(unsigned long *state, unsigned long *seed)
{
	unsigned int tries;
	struct round round;

	for (tries = 0; tries < 100000; tries++) {
		*seed = next_random(state);
		choose_round(&round, *seed);
		if (is_wanted_round(&round))
			return true;
	}
	note("no round has what FUZZ_ONLY names");
	return false;
}

static unsigned long play_rounds(unsigned long state, time_t end,
				 unsigned long *nr)
{
	unsigned long seed, failed = 0;

	while (time(NULL) < end && failed < 5 && choose_seed(&state, &seed)) {
		failed += !run_round(seed);
		++*nr;
	}
	return failed;
}

int main(int argc, char *argv[])
{
	unsigned long seed, nr = 0, failed;
	time_t end;

	if (argc != 3)
		return 2;
	seed = strtoul(argv[2], NULL, 0);
	late_cqes = read_number("/vm/late_cqes") == 1;
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	signal(SIGUSR1, SIG_IGN);
	end = time(NULL) + atoi(argv[1]);
	if (!atoi(argv[1])) {
		verbose = true;
		find_hazards();
		return !run_round(seed);
	}
	note("%s seconds from seed %#lx", argv[1], seed);
	find_hazards();
	failed = play_rounds(seed, end, &nr);
	ok(!failed, "%lu random rounds are as the model says", nr);
	ok(!has_chains(), "no process of a chain is left");
	return done();
}
