/* SPDX-License-Identifier: GPL-2.0 */
/* The hooks on functions of the kernel. */
#ifndef IOUS_HOOKS_H
#define IOUS_HOOKS_H

#include "ftrace.h"

extern struct ious_hook ious_hooks[];
extern const unsigned int ious_nr_hooks;

/* Finds the functions; 0 or -ENODEV with a line in the log. */
int ious_hooks_find(void);

/*
 * Installs the hooks that are missing. Those that are there stay, even if it fails:
 * requests may exist that need them.
 */
int ious_hooks_install(void);

/*
 * Removes the hooks on the ways in from system calls: after that no new request of
 * ours can be made, and no task can start to wait in our code for memory of user space.
 */
int ious_hooks_close(void);

/* Removes the others, after that. */
int ious_hooks_remove(void);

#endif
