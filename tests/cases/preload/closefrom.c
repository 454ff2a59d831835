// SPDX-License-Identifier: GPL-2.0
/*
 * dup2() and closefrom(3) among 10,000 descriptors: what the program has, that the
 * caller loses nothing, and that the drop-in does not copy them all. TAP.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MANY	10000
#define ROUNDS	30

typedef int fn_spawn(pid_t *, const char *, const posix_spawn_file_actions_t *,
		     const posix_spawnattr_t *, char *const[], char *const[]);

extern char **environ;

static int nr, failed;

static void ok(bool good, const char *name)
{
	printf("%sok %d - %s\n", good ? "" : "not ", ++nr, name);
	failed |= !good;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e6 + ts.tv_nsec / 1e3;
}

/* Opens two after a closefrom(), which the next one closes. */
static void add_two(posix_spawn_file_actions_t *actions)
{
	posix_spawn_file_actions_adddup2(actions, 0, 100);
	posix_spawn_file_actions_addopen(actions, 60, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addclosefrom_np(actions, 50);
}

/* The status of @file, which has @from as its descriptor 0. */
static int run_file(fn_spawn *spawn, int from, const char *file, char *script,
		    bool twice)
{
	char *argv[] = { "sh", "-c", script, NULL };
	posix_spawn_file_actions_t actions;
	int status = -1, err;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, from, 0);
	posix_spawn_file_actions_addclosefrom_np(&actions, 3);
	if (twice)
		add_two(&actions);
	err = spawn(&pid, file, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return err || waitpid(pid, &status, 0) != pid ? -1 : status;
}

static int run(fn_spawn *spawn, int from, char *script)
{
	return run_file(spawn, from, "/bin/sh", script, false);
}

/* Only 0 to 2, and the one with which the shell's ls looks. */
static char only_three[] = "[ \"$(ls /proc/self/fd | wc -l)\" -le 4 ]";

/* The least so far, in microseconds. */
static void measure(fn_spawn *spawn, int from, double *least)
{
	double begun = now(), took;

	run_file(spawn, from, "/tests/tiny", NULL, false);
	took = now() - begun;
	if (took < *least)
		*least = took;
}

static int count_open(void)
{
	int fd, open = 0;

	for (fd = 0; fd < MANY + 10; fd++)
		open += fcntl(fd, F_GETFD) >= 0;
	return open;
}

int main(void)
{
	fn_spawn *libc = dlsym(dlopen("libc.so.6", RTLD_NOW), "posix_spawn");
	void (*counts)(unsigned long *chains, unsigned long *fallbacks) =
		dlsym(RTLD_DEFAULT, "io_uring_spawn_preload_counts");
	unsigned long chains, fallbacks;
	int before, high, i, null = open("/dev/null", O_RDONLY);
	double ours = 1e12, theirs = 1e12;
	char text[100];

	while ((high = dup(null)) >= 0 && high < MANY)
		;
	before = count_open();
	ok(high == MANY, "10,000 descriptors are open");
	ok(!run(posix_spawn, null, only_three), "closefrom(3): the program has three");
	ok(!run(posix_spawn, high, only_three), "from a high number: it has three");
	ok(!run_file(posix_spawn, null, "/bin/sh", only_three, true),
	   "closefrom(50) of what came after closefrom(3)");
	ok(run(posix_spawn, high, "read line") == 1 << 8, "0 is /dev/null");
	ok(run(posix_spawn, high + 100, "exit 0") == -1, "dup2() of a free number fails");
	ok(count_open() == before, "the caller has what it had");
	counts(&chains, &fallbacks);
	ok(chains == 5 && !fallbacks, "all of it was done by chains");
	/* in turns, and longer if the machine has had to wait for its host */
	for (i = 0; i < ROUNDS || (ours >= theirs / 2 && i < 10 * ROUNDS); i++) {
		measure(posix_spawn, null, &ours);
		measure(libc, null, &theirs);
	}
	snprintf(text, sizeof(text), "%.0f us, %.0f by libc: less than half", ours, theirs);
	ok(ours < theirs / 2, text);
	printf("1..%d\n", nr);
	return failed;
}
