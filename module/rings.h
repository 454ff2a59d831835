/* SPDX-License-Identifier: GPL-2.0 */
/* Descriptors of rings in the table of the process. */
#ifndef IOUS_RINGS_H
#define IOUS_RINGS_H

struct ious_chain;

/* Closes the process's copies of the descriptor of the chain's ring. */
void ious_close_ring(struct ious_chain *chain);

#endif
