/* SPDX-License-Identifier: GPL-2.0 */
/* The drop-in, which the program is run with, and the libc behind it. */
#ifndef IOUS_DROPIN_H
#define IOUS_DROPIN_H

#include "test.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/stat.h>

typedef int spawn_fn(int *, const char *, const posix_spawn_file_actions_t *,
		     const posix_spawnattr_t *, char *const [], char *const []);

static void *libc;
static void (*counts)(unsigned long *chains, unsigned long *fallbacks);

static inline void find_dropin(void)
{
	libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
	counts = dlsym(RTLD_DEFAULT, "io_uring_spawn_preload_counts");
	if (!libc || !counts)
		die("this is to be run with the drop-in");
}

static inline int await(pid_t pid)
{
	int status = -1;

	if (waitpid(pid, &status, 0) != pid)
		note("waitpid: %s", strerror(errno));
	return status;
}

static inline void make(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0600);

	if (fd < 0 || write(fd, text, strlen(text)) < 0 || fchmod(fd, mode))
		die(path);
	close(fd);
}

/* At most 1024 descriptors, as most systems have it. */
static inline void leave_limit(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max < 1024 ? limit.rlim_max : 1024;
	setrlimit(RLIMIT_NOFILE, &limit);
}

#endif
