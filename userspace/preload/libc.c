// SPDX-License-Identifier: MIT
/*
 * The functions of libc that this library takes the place of. dlsym(3) takes locks
 * and may call malloc(): not where a program spawns.
 */
#include "libc.h"

#include <dlfcn.h>
#include <gnu/libc-version.h>
#include <stdbool.h>
#include <stddef.h>

#include "versions.h"

/* A hard reference would keep a program of another C library from starting. */
#pragma weak dlvsym
#pragma weak gnu_get_libc_version

bool ious_is_glibc(void)
{
	return gnu_get_libc_version && dlvsym;
}

static const struct {
	const char *name, *version;
	size_t member;
} functions[] = {
#define FUNCTION(name, version, member) \
	{ name, version, offsetof(struct ious_libc, member) }
	FUNCTION("posix_spawn", IOUS_TEXT(IOUS_GLIBC_SPAWN), spawn),
	FUNCTION("posix_spawnp", IOUS_TEXT(IOUS_GLIBC_SPAWN), spawnp),
	FUNCTION("posix_spawn", IOUS_TEXT(IOUS_GLIBC_FIRST), old_spawn),
	FUNCTION("posix_spawnp", IOUS_TEXT(IOUS_GLIBC_FIRST), old_spawnp),
	FUNCTION("pidfd_spawn", NULL, pidfd_spawn),
	FUNCTION("pidfd_spawnp", NULL, pidfd_spawnp),
	FUNCTION("posix_spawn_file_actions_init", NULL, init),
	FUNCTION("posix_spawn_file_actions_destroy", NULL, destroy),
	FUNCTION("posix_spawn_file_actions_addopen", NULL, addopen),
	FUNCTION("posix_spawn_file_actions_adddup2", NULL, adddup2),
	FUNCTION("posix_spawn_file_actions_addclose", NULL, addclose),
	FUNCTION("posix_spawn_file_actions_addclosefrom_np", NULL,
		 addclosefrom),
	FUNCTION("posix_spawn_file_actions_addtcsetpgrp_np", NULL,
		 addtcsetpgrp),
	FUNCTION("posix_spawn_file_actions_addfchdir_np", NULL, addfchdir),
	FUNCTION("posix_spawn_file_actions_addchdir_np", NULL, addchdir),
	FUNCTION("posix_spawnattr_getcgroup_np", NULL, getcgroup),
};

#define NR_FUNCTIONS	(sizeof(functions) / sizeof(functions[0]))

static struct ious_libc found;
static bool is_found;

/* Threads that do it at the same time find the same. */
__attribute__((constructor)) static void find_functions(void)
{
	unsigned int i;
	void *function;

	for (i = 0; i < NR_FUNCTIONS; i++) {
		if (functions[i].version && ious_is_glibc())
			function = dlvsym(RTLD_NEXT, functions[i].name,
					  functions[i].version);
		else
			function = dlsym(RTLD_NEXT, functions[i].name);
		*(void **)((char *)&found + functions[i].member) = function;
	}
	__atomic_store_n(&is_found, true, __ATOMIC_RELEASE);
}

const struct ious_libc *ious_libc(void)
{
	if (!__atomic_load_n(&is_found, __ATOMIC_ACQUIRE))
		find_functions();
	return &found;
}
