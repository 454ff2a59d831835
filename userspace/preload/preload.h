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
	IOUS_WHY_FILTER,	/* execveat(2) may be forbidden by a filter */
};

/*
 * Tries it by a chain. IOUS_CHAIN: *@err is what the call returns, 0 or an errno.
 * Else nothing has happened; *@err is an errno that says more.
 */
enum ious_why ious_try(const struct ious_call *call, int *err);

typedef int ious_fn_spawn(int *, const char *, const posix_spawn_file_actions_t *,
			  const posix_spawnattr_t *, char *const [],
			  char *const []);
typedef int ious_fn_actions(posix_spawn_file_actions_t *);
typedef int ious_fn_fd(posix_spawn_file_actions_t *, int);
typedef int ious_fn_fds(posix_spawn_file_actions_t *, int, int);
typedef int ious_fn_path(posix_spawn_file_actions_t *, const char *);
typedef int ious_fn_open(posix_spawn_file_actions_t *, int, const char *, int,
			 mode_t);
typedef int ious_fn_get(const posix_spawnattr_t *, int *);

/* libc's own functions; NULL are those that it is too old for. */
struct ious_libc {
	ious_fn_spawn *spawn, *spawnp, *old_spawn, *old_spawnp;
	ious_fn_spawn *pidfd_spawn, *pidfd_spawnp;
	ious_fn_actions *init, *destroy;
	ious_fn_open *addopen;
	ious_fn_fds *adddup2;
	ious_fn_fd *addclose, *addclosefrom, *addfchdir, *addtcsetpgrp;
	ious_fn_path *addchdir;
	ious_fn_get *getcgroup;
};

/* They are found when the library is loaded, or earlier if they are needed. */
const struct ious_libc *ious_libc(void);

#endif
