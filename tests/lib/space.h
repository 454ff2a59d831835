/* SPDX-License-Identifier: GPL-2.0 */
/* Containers to run a submitter in. */
#ifndef IOUS_SPACE_H
#define IOUS_SPACE_H

/* Without the user namespace, which space_of_user() is for. */
#define ALL_SPACES	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | \
			 CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET | \
			 CLONE_NEWTIME)

/*
 * The caller goes on as a child in new namespaces, the first process there if
 * CLONE_NEWPID is one; what it was waits and exits as it does. NULL, or why not.
 */
const char *space_enter(int spaces);

/* User 1000, who is root in a user namespace. NULL, or why not. */
const char *space_of_user(void);

#endif
