/* SPDX-License-Identifier: MIT */
/* The functions of libc that the drop-in takes the place of. */
#ifndef IOUS_LIBC_H
#define IOUS_LIBC_H

#include <spawn.h>
#include <stdbool.h>
#include <sys/types.h>

/* A definition of ours that programs find in the place of libc's. */
#define IOUS_PUBLIC	__attribute__((visibility("default")))

typedef int ious_fn_spawn(int *, const char *,
			  const posix_spawn_file_actions_t *,
			  const posix_spawnattr_t *, char *const[],
			  char *const[]);
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

/*
 * Is it glibc? Another C library, musl for instance, has its own layout of objects: with
 * that the drop-in does nothing but call it.
 */
bool ious_is_glibc(void);

/* They are found when the library is loaded, or earlier if they are needed. */
const struct ious_libc *ious_libc(void);

#endif
