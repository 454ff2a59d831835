/* SPDX-License-Identifier: GPL-2.0 */
/* How the process of a chain comes to be. */
#ifndef IOUS_BIRTH_H
#define IOUS_BIRTH_H

#include <linux/types.h>

struct ious_chain;

/*
 * Makes the process. Called by a thread of the submitting process, with its own
 * credentials; without @may_sleep it may hold uring_lock. 0: the chain belongs
 * to the process now, and is gone as soon as that is; or its requests have been
 * failed already, and it is gone. Else a negative errno, and nothing has
 * happened: -ERESTARTNOINTR if it should be tried again, as task work.
 */
int ious_birth(struct ious_chain *chain, bool may_sleep);

/*
 * The first that the new process does; false if it must exit at once, and leave
 * the chain's requests alone.
 */
bool ious_birth_finish(struct ious_chain *chain);

/* The last: after this it may exit, or be a program, without this module. */
void ious_birth_end(void);

/* In the new process, once: what CLONE completes with. */
int ious_birth_result(const struct ious_chain *chain);

#endif
