/* SPDX-License-Identifier: GPL-2.0 */
/* Descriptors of rings in the table of the process. */
#ifndef IOUS_RINGS_H
#define IOUS_RINGS_H

#include <linux/types.h>

struct ious_chain;

/* Closes the process's copies of the descriptor of the chain's ring. */
void ious_close_ring(struct ious_chain *chain);

/* May the current process close descriptors @first to @last? */
bool ious_may_close(u32 first, u32 last);

#endif
