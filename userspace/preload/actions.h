/* SPDX-License-Identifier: MIT */
/* File actions, which libc does not let anybody read back. */
#ifndef IOUS_ACTIONS_H
#define IOUS_ACTIONS_H

#include <spawn.h>
#include <stdbool.h>
#include <sys/types.h>

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
bool ious_actions_of(const posix_spawn_file_actions_t *object,
		     const struct ious_action **actions, unsigned int *nr);

#endif
