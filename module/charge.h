/* SPDX-License-Identifier: GPL-2.0 */
/* A CLONE that waits counts as the process that it will become. */
#ifndef IOUS_CHARGE_H
#define IOUS_CHARGE_H

struct ious_chain;

/* 0, or -EAGAIN if too many wait, by the submitter's RLIMIT_NPROC. */
int ious_charge(struct ious_chain *chain);

/* It waits no more, and does not count any more. */
void ious_uncharge(struct ious_chain *chain);

#endif
