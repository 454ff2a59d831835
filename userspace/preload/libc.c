// SPDX-License-Identifier: MIT
/*
 * The functions of libc that this library takes the place of. dlsym(3) takes locks
 * and may call malloc(): not where a program spawns.
 */
#include "preload.h"

#include <dlfcn.h>
#include <stddef.h>

static const struct {
	const char *name, *version;
	size_t member;
} ious_names[] = {
#define IOUS_NAME(name, version, member) \
	{ name, version, offsetof(struct ious_libc, member) }
	IOUS_NAME("posix_spawn", "GLIBC_2.15", spawn),
	IOUS_NAME("posix_spawnp", "GLIBC_2.15", spawnp),
	IOUS_NAME("posix_spawn", "GLIBC_2.2.5", old_spawn),
	IOUS_NAME("posix_spawnp", "GLIBC_2.2.5", old_spawnp),
	IOUS_NAME("pidfd_spawn", NULL, pidfd_spawn),
	IOUS_NAME("pidfd_spawnp", NULL, pidfd_spawnp),
	IOUS_NAME("posix_spawn_file_actions_init", NULL, init),
	IOUS_NAME("posix_spawn_file_actions_destroy", NULL, destroy),
	IOUS_NAME("posix_spawn_file_actions_addopen", NULL, addopen),
	IOUS_NAME("posix_spawn_file_actions_adddup2", NULL, adddup2),
	IOUS_NAME("posix_spawn_file_actions_addclose", NULL, addclose),
	IOUS_NAME("posix_spawn_file_actions_addclosefrom_np", NULL,
		  addclosefrom),
	IOUS_NAME("posix_spawn_file_actions_addtcsetpgrp_np", NULL,
		  addtcsetpgrp),
	IOUS_NAME("posix_spawn_file_actions_addfchdir_np", NULL, addfchdir),
	IOUS_NAME("posix_spawn_file_actions_addchdir_np", NULL, addchdir),
	IOUS_NAME("posix_spawnattr_getcgroup_np", NULL, getcgroup),
};

#define IOUS_NR_NAMES	(sizeof(ious_names) / sizeof(ious_names[0]))

static struct ious_libc ious_found;
static bool ious_is_found;

/* Threads that do it at the same time find the same. */
__attribute__((constructor)) static void ious_find(void)
{
	unsigned int i;
	void *function;

	for (i = 0; i < IOUS_NR_NAMES; i++) {
		if (ious_names[i].version)
			function = dlvsym(RTLD_NEXT, ious_names[i].name,
					  ious_names[i].version);
		else
			function = dlsym(RTLD_NEXT, ious_names[i].name);
		*(void **)((char *)&ious_found + ious_names[i].member) = function;
	}
	__atomic_store_n(&ious_is_found, true, __ATOMIC_RELEASE);
}

const struct ious_libc *ious_libc(void)
{
	if (!__atomic_load_n(&ious_is_found, __ATOMIC_ACQUIRE))
		ious_find();
	return &ious_found;
}
