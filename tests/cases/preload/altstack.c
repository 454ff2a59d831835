// SPDX-License-Identifier: GPL-2.0
/*
 * How much of a signal handler's alternate stack a spawn uses, the first of the thread
 * included: a crash handler that starts its reporter has little. TAP.
 */
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIZE	(256 << 10)
/* glibc's own needs about 1 KiB */
#define MOST	2048
#define UNUSED	0xa5

extern char **environ;

static unsigned char *stack;
static size_t used;
static int err, status, search;

static void handler(int sig)
{
	char *argv[] = { "sh", "-c", "exit 7", NULL };
	unsigned char *here = __builtin_frame_address(0), *lowest = stack;
	pid_t pid = -1;

	(void)sig;
	/* without a call, which would use the stack itself */
	for (unsigned char *p = stack; p < here - 256; p++)
		*(volatile unsigned char *)p = UNUSED;
	err = (search ? posix_spawnp : posix_spawn)(&pid, search ? "sh" : "/bin/sh",
						    NULL, NULL, argv, environ);
	while (lowest < here && *lowest == UNUSED)
		lowest++;
	used = here - lowest;
	if (!err && waitpid(pid, &status, 0) != pid)
		err = errno;
}

int main(void)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_ONSTACK };
	stack_t alternate = { .ss_size = SIZE };
	int failed = 0, nr = 0;
	bool good;

	stack = aligned_alloc(4096, SIZE);
	alternate.ss_sp = stack;
	if (!stack || sigaltstack(&alternate, NULL) ||
	    sigaction(SIGUSR1, &action, NULL))
		return 1;
	for (search = 0; search < 2; search++) {
		status = -1;
		raise(SIGUSR1);
		good = !err && WIFEXITED(status) && WEXITSTATUS(status) == 7 &&
		       used <= MOST;
		printf("%sok %d - posix_spawn%s() uses %zu bytes of the stack\n",
		       good ? "" : "not ", ++nr, search ? "p" : "", used);
		failed |= !good;
	}
	printf("1..%d\n", nr);
	return failed;
}
