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
 * failed already, and it is gone. Otherwise a negative errno, and nothing has
 * happened: -ERESTARTNOINTR if it should be tried again, as task work.
 */
int ious_birth(struct ious_chain *chain, bool may_sleep);

#endif
