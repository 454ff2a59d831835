/* SPDX-License-Identifier: GPL-2.0 */
/* Submissions that have SQEs of ours. */
#ifndef IOUS_SUBMIT_H
#define IOUS_SUBMIT_H

struct io_ring_ctx;
struct ftrace_regs;

void ious_submit_init(void);

/* Takes the place of io_submit_sqes(), called by the trampoline. */
int ious_submit_sqes(struct io_ring_ctx *ctx, unsigned int nr);

/* Decision of the hook on the carrier's prep. */
void *ious_carrier_prep_decide(struct ftrace_regs *fregs);

#endif
