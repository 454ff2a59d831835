/* SPDX-License-Identifier: MIT */
/* What the parts of libio_uring_spawn_preload.so share. */
#ifndef IOUS_PRELOAD_H
#define IOUS_PRELOAD_H

#include <spawn.h>
#include <stdbool.h>
#include <sys/types.h>

#define IOUS_PUBLIC	__attribute__((visibility("default")))

/* What posix_spawn_file_actions_*() was asked for. */
enum ious_action_kind {
	IOUS_ACTION_OPEN,
	IOUS_ACTION_DUP2,
	IOUS_ACTION_CLOSE,
	IOUS_ACTION_CLOSEFROM,
	IOUS_ACTION_CHDIR,
	IOUS_ACTION_FCHDIR,
	IOUS_ACTION_TCSETPGRP,
};

struct ious_action {
	enum ious_action_kind kind;
	int fd, newfd;
	int oflag;
	mode_t mode;
	char *path;
};

/*
 * The actions of @object in order, *@nr of them; false if it is not known what they
 * are, as the object was made without us. NULL has none.
 */
bool ious_actions(const posix_spawn_file_actions_t *object,
		  const struct ious_action **actions, unsigned int *nr);

/* One call of posix_spawn() or its like. */
struct ious_call {
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

/* Why libc has to do it. */
enum ious_why {
	IOUS_CHAIN,		/* it has not, this is what became of it */
	IOUS_WHY_OBJECT,	/* a file action that is not known */
	IOUS_WHY_REQUEST,	/* more than a chain can express, or too long */
	IOUS_WHY_RING,		/* there is no ring to be had here */
	IOUS_WHY_MODULE,	/* no module, or it refuses */
};

/*
 * Tries it by a chain. IOUS_CHAIN: *@err is what the call returns, 0 or an errno.
 * Else nothing has happened; *@err is an errno that says more.
 */
enum ious_why ious_try(const struct ious_call *call, int *err);

/* A function of libc, of that version if not NULL; NULL if it has none. */
void *ious_libc(const char *name, const char *version);

#endif
