// SPDX-License-Identifier: GPL-2.0
/* One posix_spawn(), what it returned and who did it. */
#include <dlfcn.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	char *const argv[] = { "sh", "-c", "exit 7", NULL };
	void (*counts)(unsigned long *chains, unsigned long *fallbacks) =
		dlsym(RTLD_DEFAULT, "io_uring_spawn_preload_counts");
	unsigned long chains, fallbacks;
	int ret, status = -1;
	pid_t pid;

	if (!counts)
		return 1;
	ret = posix_spawn(&pid, "/bin/sh", NULL, NULL, argv, environ);
	if (!ret && waitpid(pid, &status, 0) == pid)
		status = WEXITSTATUS(status);
	counts(&chains, &fallbacks);
	printf("returned %d, status %d, %lu by a chain, %lu by libc\n", ret,
	       status, chains, fallbacks);
	return 0;
}
