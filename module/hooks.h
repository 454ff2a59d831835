/* SPDX-License-Identifier: GPL-2.0 */
/* Functions of the kernel that we look into or take the place of. */
#ifndef IOUS_HOOKS_H
#define IOUS_HOOKS_H

#include "ftrace.h"

extern struct ious_hook ious_hooks[];
extern const unsigned int ious_nr_hooks;

/* Finds the functions; 0 or -ENODEV with a line in the log. */
int ious_hooks_find(void);

/*
 * Installs what is missing. What is there stays, whatever comes of it: requests
 * may exist that need it.
 */
int ious_hooks_install(void);

/*
 * Takes out the hooks on system calls' ways in: no new request of ours can be
 * made, nor can a task come to wait in our code for memory of user space.
 */
int ious_hooks_close(void);

/* The others, after that. */
int ious_hooks_remove(void);

#endif
