/* SPDX-License-Identifier: GPL-2.0 */
/* Does a chain have a request that somebody wants to cancel? */
#ifndef IOUS_MATCH_H
#define IOUS_MATCH_H

struct io_cancel_data;
struct ious_chain;
struct ious_victim;

/* Condemns @chain if a request of it matches: 1 victim, or 0. May sleep. */
unsigned int ious_condemn_matching(struct ious_chain *chain,
				   struct io_cancel_data *cd,
				   struct ious_victim *victim);

#endif
