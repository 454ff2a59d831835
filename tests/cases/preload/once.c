// SPDX-License-Identifier: GPL-2.0
/*
 * posix_spawn(), what it returned and who did it: once, and once more after each
 * command of the shell that is given as an argument. "nofile" as the first: without
 * a descriptor to spare.
 */
#include <dlfcn.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static int once(void (*counts)(unsigned long *chains, unsigned long *fallbacks))
{
	char *const argv[] = { "sh", "-c", "exit 7", NULL };
	unsigned long chains, fallbacks;
	int ret, status = -1;
	pid_t pid;

	ret = posix_spawn(&pid, "/bin/sh", NULL, NULL, argv, environ);
	if (!ret && waitpid(pid, &status, 0) == pid)
		status = WEXITSTATUS(status);
	counts(&chains, &fallbacks);
	return printf("returned %d, status %d, %lu by a chain, %lu by libc\n",
		      ret, status, chains, fallbacks) < 0 || fflush(stdout);
}

int main(int argc, char **argv)
{
	void (*counts)(unsigned long *chains, unsigned long *fallbacks) =
		dlsym(RTLD_DEFAULT, "io_uring_spawn_preload_counts");
	int i;

	if (argc > 1 && !strcmp(argv[1], "nofile")) {
		const struct rlimit limit = { 3, 3 };

		if (setrlimit(RLIMIT_NOFILE, &limit))
			return 1;
		argv++;
		argc--;
	}
	if (!counts || once(counts))
		return 1;
	for (i = 1; i < argc; i++)
		if (system(argv[i]) || once(counts))
			return 1;
	return 0;
}
