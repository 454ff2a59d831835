/* SPDX-License-Identifier: GPL-2.0 */
/* What everybody pays who submits anything: a look at the opcodes. */
#ifndef IOUS_TRAMPOLINE_H
#define IOUS_TRAMPOLINE_H

struct io_ring_ctx;
struct pt_regs;

/* What io_submit_sqes() calls at its entry, no C function; what that uses. */
void ious_submit_trampoline(void);
unsigned int ious_submit_look(struct io_ring_ctx *ctx, unsigned int nr);

/* The same as a hook's decision. */
void *ious_submit_decide(struct pt_regs *regs);

#endif
