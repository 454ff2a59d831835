/* SPDX-License-Identifier: GPL-2.0 */
/* The requests of a chain, one after the other. */
#ifndef IOUS_RUN_H
#define IOUS_RUN_H

#include <linux/types.h>

struct ious_chain;

/*
 * Runs all of @chain; without @go_on, only CLONE. After this the process is done with
 * its requests, and nobody waits for it any more.
 */
void ious_run_all(struct ious_chain *chain, bool go_on);

/*
 * In the middle of the exec of @chain->early, from where there is no way back: EXEC is
 * completed with @result, and the chain ends. False if somebody has ended it before, or
 * if that EXEC is completed later.
 */
bool ious_run_early(struct ious_chain *chain, int result);

#endif
