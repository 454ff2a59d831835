// SPDX-License-Identifier: MIT
/*
 * libio_uring_spawn_preload.so: posix_spawn() and its like, by a chain where that
 * can be, by libc where it cannot. IO_URING_SPAWN in the environment says what is
 * wanted, see libio_uring_spawn_preload(7).
 */
/* musl has no __snprintf_chk(), see libc.h. */
#undef _FORTIFY_SOURCE

#include "chain.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "libc.h"
#include "versions.h"

/* Since glibc 2.32. */
#pragma weak strerrorname_np

static struct {
	bool off, require, trace;
} mode;

static unsigned long nr_chains, nr_fallbacks;

static const char *const fallbacks[] = {
	[IOUS_FALLBACK_NONE] = "chain",
	[IOUS_FALLBACK_OBJECT] = "libc: file actions of unknown origin",
	[IOUS_FALLBACK_REQUEST] = "libc: a chain cannot do this",
	[IOUS_FALLBACK_RING] = "libc: no ring",
	[IOUS_FALLBACK_MODULE] = "libc: refused, or no module",
	[IOUS_FALLBACK_FILTER] = "libc: execveat() was refused",
};

/* Words that commas separate; those that nobody knows mean nothing. */
__attribute__((constructor)) static void read_mode(void)
{
	const char *word = secure_getenv("IO_URING_SPAWN");
	size_t length;

	for (; word && *word; word += length + !!word[length]) {
		length = strcspn(word, ",");
		if (!strncmp(word, "off", length) && length == 3)
			mode.off = true;
		else if (!strncmp(word, "require", length) && length == 7)
			mode.require = true;
		else if (!strncmp(word, "trace", length) && length == 5)
			mode.trace = true;
	}
}

/*
 * As one write, so that those of several threads do not mix; by the system call, as
 * write() is a cancellation point.
 */
static void trace_call(const struct ious_spawn_call *call,
		       enum ious_fallback fallback, int err)
{
	char line[512];
	const char *name = err && strerrorname_np ? strerrorname_np(err) : NULL;
	int length;

	length = snprintf(line, sizeof(line),
			  "io_uring_spawn[%d]: %s: %s (%s)\n", getpid(),
			  call->file ? call->file : "(null)",
			  fallbacks[fallback], name ? name : "0");
	if (length >= (int)sizeof(line))
		length = sizeof(line) - 1;
	syscall(SYS_write, STDERR_FILENO, line, length);
}

/* libc would lack it as well: the program may try again later. */
static bool is_shortage(int err)
{
	return err == EAGAIN || err == ENOMEM || err == EMFILE || err == ENFILE;
}

/*
 * True if that was it, and *@err is what to return. With "require" it always is:
 * what a chain cannot do fails with ENOSYS, a shortage with its own error.
 */
static bool done_by_chain(const struct ious_spawn_call *call, int *err)
{
	int old_errno = errno;
	enum ious_fallback fallback;

	if (mode.off || !ious_is_glibc())
		return false;
	fallback = ious_spawn_chain(call, err);
	if (mode.trace)
		trace_call(call, fallback, *err);
	errno = old_errno;
	if (fallback == IOUS_FALLBACK_NONE) {
		/* as with libc, whose child shares it */
		if (*err)
			errno = *err;
		__atomic_fetch_add(&nr_chains, 1, __ATOMIC_RELAXED);
		return true;
	}
	__atomic_fetch_add(&nr_fallbacks, 1, __ATOMIC_RELAXED);
	if (!is_shortage(*err))
		*err = ENOSYS;
	return mode.require;
}

/* @shell: what is no program is run by the shell: that is left to libc. */
static int spawn(const struct ious_spawn_call *call, ious_fn_spawn *libc,
		 bool shell)
{
	int err;

	if (done_by_chain(call, &err) && !(err == ENOEXEC && shell))
		return err;
	if (!libc)
		return ENOSYS;
	return libc(call->result, call->file, call->actions, call->attr,
		    call->argv, call->envp);
}

#define DEFINE_SPAWN(function, member, is_search, is_pidfd, shell)	\
IOUS_PUBLIC int function(int *result, const char *file,			\
			 const posix_spawn_file_actions_t *actions,	\
			 const posix_spawnattr_t *attr,			\
			 char *const argv[], char *const envp[]);	\
int function(int *result, const char *file,				\
	     const posix_spawn_file_actions_t *actions,			\
	     const posix_spawnattr_t *attr, char *const argv[],		\
	     char *const envp[])					\
{									\
	const struct ious_spawn_call call = {				\
		.file = file, .actions = actions, .attr = attr,		\
		.argv = argv, .envp = envp, .result = result,		\
		.search = is_search, .pidfd = is_pidfd,			\
	};								\
									\
	return spawn(&call, ious_libc()->member, shell);		\
}

DEFINE_SPAWN(ious_new_spawn, spawn, false, false, false)
DEFINE_SPAWN(ious_new_spawnp, spawnp, true, false, false)
DEFINE_SPAWN(ious_old_spawn, old_spawn, false, false, true)
DEFINE_SPAWN(ious_old_spawnp, old_spawnp, true, false, true)
DEFINE_SPAWN(pidfd_spawn, pidfd_spawn, false, true, false)
DEFINE_SPAWN(pidfd_spawnp, pidfd_spawnp, true, true, false)

#define SYMVER(function, name, version)				\
	__asm__(".symver " #function ", " name IOUS_TEXT(version))

SYMVER(ious_new_spawn, "posix_spawn@@", IOUS_GLIBC_SPAWN);
SYMVER(ious_new_spawnp, "posix_spawnp@@", IOUS_GLIBC_SPAWN);
#ifdef IOUS_HAS_OLD_SPAWN
SYMVER(ious_old_spawn, "posix_spawn@", IOUS_GLIBC_FIRST);
SYMVER(ious_old_spawnp, "posix_spawnp@", IOUS_GLIBC_FIRST);
#endif

/*
 * io_uring_spawn_preload_counts() - how many were started by a chain, or failed in
 * one, and how many were left to libc, since the process began. Programs find it
 * with dlsym(3).
 */
IOUS_PUBLIC void io_uring_spawn_preload_counts(unsigned long *chains,
					       unsigned long *fallbacks);

void io_uring_spawn_preload_counts(unsigned long *chains, unsigned long *fallbacks)
{
	*chains = __atomic_load_n(&nr_chains, __ATOMIC_RELAXED);
	*fallbacks = __atomic_load_n(&nr_fallbacks, __ATOMIC_RELAXED);
}
