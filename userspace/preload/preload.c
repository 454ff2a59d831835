// SPDX-License-Identifier: MIT
/*
 * libio_uring_spawn_preload.so: posix_spawn() and its like, by a chain where that
 * can be, by libc where it cannot. IO_URING_SPAWN in the environment says what is
 * wanted, see io_uring_spawn_preload(7).
 */
#include "preload.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

void *ious_libc(const char *name, const char *version)
{
	return version ? dlvsym(RTLD_NEXT, name, version) :
			 dlsym(RTLD_NEXT, name);
}

/* As one write, so that those of several threads do not mix. */
static void ious_trace(const struct ious_call *call, enum ious_why why, int err)
{
	char line[512];
	int length;

	length = snprintf(line, sizeof(line), "io_uring_spawn[%d]: %s: %s (%d)\n",
			  getpid(), call->file ? call->file : "(null)",
			  ious_whys[why], err);
	if (length >= (int)sizeof(line))
		length = sizeof(line) - 1;
	if (write(STDERR_FILENO, line, length) < 0)
		return;
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

typedef int ious_fn_spawn(int *, const char *, const posix_spawn_file_actions_t *,
			  const posix_spawnattr_t *, char *const [],
			  char *const []);

enum ious_function {
	IOUS_SPAWN,
	IOUS_SPAWNP,
	IOUS_OLD_SPAWN,
	IOUS_OLD_SPAWNP,
	IOUS_PIDFD_SPAWN,
	IOUS_PIDFD_SPAWNP,
	IOUS_NR_FUNCTIONS,
};

static struct {
	const char *name, *version;
	bool search, pidfd;
	/* what is no program is run by the shell: that is left to libc */
	bool shell;
	/* libc's; NULL: it has none, or has not been asked */
	ious_fn_spawn *libc;
} ious_functions[IOUS_NR_FUNCTIONS] = {
	[IOUS_SPAWN]	    = { "posix_spawn", "GLIBC_2.15" },
	[IOUS_SPAWNP]	    = { "posix_spawnp", "GLIBC_2.15", .search = true },
	[IOUS_OLD_SPAWN]    = { "posix_spawn", "GLIBC_2.2.5", .shell = true },
	[IOUS_OLD_SPAWNP]   = { "posix_spawnp", "GLIBC_2.2.5", .shell = true,
				.search = true },
	[IOUS_PIDFD_SPAWN]  = { "pidfd_spawn", "GLIBC_2.39", .pidfd = true },
	[IOUS_PIDFD_SPAWNP] = { "pidfd_spawnp", "GLIBC_2.39", .pidfd = true,
				.search = true },
};

static ious_fn_spawn *ious_find_libc(enum ious_function nr)
{
	if (!ious_functions[nr].libc)
		ious_functions[nr].libc = (ious_fn_spawn *)
			ious_libc(ious_functions[nr].name,
				  ious_functions[nr].version);
	return ious_functions[nr].libc;
}

/* Not when they are called, which may be in a signal handler. */
__attribute__((constructor)) static void ious_find_all(void)
{
	unsigned int nr;

	for (nr = 0; nr < IOUS_NR_FUNCTIONS; nr++)
		ious_find_libc(nr);
}

static int ious_spawn(enum ious_function nr, struct ious_call *call)
{
	ious_fn_spawn *libc;
	int err;

	call->search = ious_functions[nr].search;
	call->pidfd = ious_functions[nr].pidfd;
	if (ious_done(call, &err) &&
	    !(err == ENOEXEC && ious_functions[nr].shell))
		return err;
	libc = ious_find_libc(nr);
	if (!libc)
		return ENOSYS;
	return libc(call->result, call->file, call->actions, call->attr,
		    call->argv, call->envp);
}

#define IOUS_DEFINE(function, nr)					\
IOUS_PUBLIC int function(int *result, const char *file,			\
			 const posix_spawn_file_actions_t *actions,	\
			 const posix_spawnattr_t *attr,			\
			 char *const argv[], char *const envp[]);	\
int function(int *result, const char *file,				\
	     const posix_spawn_file_actions_t *actions,			\
	     const posix_spawnattr_t *attr, char *const argv[],		\
	     char *const envp[])						\
{									\
	struct ious_call call = {					\
		.file = file, .actions = actions, .attr = attr,		\
		.argv = argv, .envp = envp, .result = result,		\
	};								\
									\
	return ious_spawn(nr, &call);					\
}

IOUS_DEFINE(ious_new_spawn, IOUS_SPAWN)
IOUS_DEFINE(ious_new_spawnp, IOUS_SPAWNP)
IOUS_DEFINE(ious_old_spawn, IOUS_OLD_SPAWN)
IOUS_DEFINE(ious_old_spawnp, IOUS_OLD_SPAWNP)
IOUS_DEFINE(pidfd_spawn, IOUS_PIDFD_SPAWN)
IOUS_DEFINE(pidfd_spawnp, IOUS_PIDFD_SPAWNP)

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
