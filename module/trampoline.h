/* SPDX-License-Identifier: GPL-2.0 */
/* The look at the opcodes, for which each submission pays. */
#ifndef IOUS_TRAMPOLINE_H
#define IOUS_TRAMPOLINE_H

struct io_ring_ctx;
struct ftrace_regs;

/* Called by io_submit_sqes() at its entry, no C function; and its helper. */
void ious_submit_trampoline(void);
unsigned int ious_submit_look(struct io_ring_ctx *ctx, unsigned int nr);

/* The same as a hook's decision. */
void *ious_submit_decide(struct ftrace_regs *fregs);

#endif
