/* SPDX-License-Identifier: MIT */
/* A call of posix_spawn() or its like, as a chain. */
#ifndef IOUS_SPAWN_CHAIN_H
#define IOUS_SPAWN_CHAIN_H

#include <spawn.h>
#include <stdbool.h>

/* One call of posix_spawn() or its like. */
struct ious_spawn_call {
	const char *file;
	const posix_spawn_file_actions_t *actions;
	const posix_spawnattr_t *attr;
	char *const *argv, *const *envp;
	/* posix_spawnp(): look for it in $PATH */
	bool search;
	/* pidfd_spawn(): *result is to be one of those */
	bool pidfd;
	int *result;
};

/* Why libc has to do it instead. */
enum ious_fallback {
	IOUS_FALLBACK_NONE,	/* it has not, this is what became of it */
	IOUS_FALLBACK_OBJECT,	/* a file action that is not known */
	IOUS_FALLBACK_REQUEST,	/* more than a chain can express, or too long */
	IOUS_FALLBACK_RING,	/* there is no ring to be had here */
	IOUS_FALLBACK_MODULE,	/* no module, or it refuses */
	IOUS_FALLBACK_FILTER,	/* execveat(2) may be forbidden by a filter */
};

/*
 * Tries it by a chain. IOUS_FALLBACK_NONE: *@err is what the call returns, 0 or an
 * errno. Otherwise nothing has happened; *@err is an errno that says more.
 */
enum ious_fallback ious_spawn_chain(const struct ious_spawn_call *call,
				    int *err);

#endif
