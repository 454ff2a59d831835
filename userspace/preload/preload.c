// SPDX-License-Identifier: MIT
/*
 * libio_uring_spawn_preload.so: posix_spawn() and its like, by a chain where that
 * can be, by libc where it cannot. IO_URING_SPAWN in the environment says what is
 * wanted, see libio_uring_spawn_preload(7).
 */
#include "preload.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct {
	bool off, require, trace;
} ious_mode;

static unsigned long ious_nr_chains, ious_nr_fallbacks;

static const char *const ious_whys[] = {
	[IOUS_CHAIN]		= "chain",
	[IOUS_WHY_OBJECT]	= "libc: file actions of unknown origin",
	[IOUS_WHY_REQUEST]	= "libc: not to be done by a chain",
	[IOUS_WHY_RING]		= "libc: no ring",
	[IOUS_WHY_MODULE]	= "libc: refused, or no module",
	[IOUS_WHY_FILTER]	= "libc: execveat() was refused",
};

/* Words that commas separate; those that nobody knows mean nothing. */
__attribute__((constructor)) static void ious_read_mode(void)
{
	const char *word = secure_getenv("IO_URING_SPAWN");
	size_t length;

	for (; word && *word; word += length + !!word[length]) {
		length = strcspn(word, ",");
		if (!strncmp(word, "off", length) && length == 3)
			ious_mode.off = true;
		else if (!strncmp(word, "require", length) && length == 7)
			ious_mode.require = true;
		else if (!strncmp(word, "trace", length) && length == 5)
			ious_mode.trace = true;
	}
}

/*
 * As one write, so that those of several threads do not mix; by the system call, as
 * write() is a cancellation point.
 */
static void ious_trace(const struct ious_call *call, enum ious_why why, int err)
{
	char line[512];
	int length;

	length = snprintf(line, sizeof(line), "io_uring_spawn[%d]: %s: %s (%d)\n",
			  getpid(), call->file ? call->file : "(null)",
			  ious_whys[why], err);
	if (length >= (int)sizeof(line))
		length = sizeof(line) - 1;
	syscall(SYS_write, STDERR_FILENO, line, length);
}

/*
 * True if that was it, and *@err is what to return. With "require" it always is:
 * what a chain cannot do fails with ENOSYS.
 */
static bool ious_done(const struct ious_call *call, int *err)
{
	int old_errno = errno;
	enum ious_why why;

	if (ious_mode.off)
		return false;
	why = ious_try(call, err);
	if (ious_mode.trace)
		ious_trace(call, why, *err);
	errno = old_errno;
	if (why == IOUS_CHAIN) {
		/* as with libc, whose child shares it */
		if (*err)
			errno = *err;
		__atomic_fetch_add(&ious_nr_chains, 1, __ATOMIC_RELAXED);
		return true;
	}
	__atomic_fetch_add(&ious_nr_fallbacks, 1, __ATOMIC_RELAXED);
	*err = ENOSYS;
	return ious_mode.require;
}

/* @shell: what is no program is run by the shell: that is left to libc. */
static int ious_spawn(const struct ious_call *call, ious_fn_spawn *libc,
		      bool shell)
{
	int err;

	if (ious_done(call, &err) && !(err == ENOEXEC && shell))
		return err;
	if (!libc)
		return ENOSYS;
	return libc(call->result, call->file, call->actions, call->attr,
		    call->argv, call->envp);
}

#define IOUS_DEFINE(function, member, is_search, is_pidfd, shell)	\
IOUS_PUBLIC int function(int *result, const char *file,			\
			 const posix_spawn_file_actions_t *actions,	\
			 const posix_spawnattr_t *attr,			\
			 char *const argv[], char *const envp[]);	\
int function(int *result, const char *file,				\
	     const posix_spawn_file_actions_t *actions,			\
	     const posix_spawnattr_t *attr, char *const argv[],		\
	     char *const envp[])						\
{									\
	const struct ious_call call = {					\
		.file = file, .actions = actions, .attr = attr,		\
		.argv = argv, .envp = envp, .result = result,		\
		.search = is_search, .pidfd = is_pidfd,			\
	};								\
									\
	return ious_spawn(&call, ious_libc()->member, shell);		\
}

IOUS_DEFINE(ious_new_spawn, spawn, false, false, false)
IOUS_DEFINE(ious_new_spawnp, spawnp, true, false, false)
IOUS_DEFINE(ious_old_spawn, old_spawn, false, false, true)
IOUS_DEFINE(ious_old_spawnp, old_spawnp, true, false, true)
IOUS_DEFINE(pidfd_spawn, pidfd_spawn, false, true, false)
IOUS_DEFINE(pidfd_spawnp, pidfd_spawnp, true, true, false)

__asm__(".symver ious_new_spawn, posix_spawn@@GLIBC_2.15");
__asm__(".symver ious_new_spawnp, posix_spawnp@@GLIBC_2.15");
__asm__(".symver ious_old_spawn, posix_spawn@GLIBC_2.2.5");
__asm__(".symver ious_old_spawnp, posix_spawnp@GLIBC_2.2.5");

/*
 * io_uring_spawn_preload_counts() - how many were started by a chain, or failed in
 * one, and how many were left to libc, since the process began. Programs find it
 * with dlsym(3).
 */
IOUS_PUBLIC void io_uring_spawn_preload_counts(unsigned long *chains,
					       unsigned long *fallbacks);

void io_uring_spawn_preload_counts(unsigned long *chains, unsigned long *fallbacks)
{
	*chains = __atomic_load_n(&ious_nr_chains, __ATOMIC_RELAXED);
	*fallbacks = __atomic_load_n(&ious_nr_fallbacks, __ATOMIC_RELAXED);
}
