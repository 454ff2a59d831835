/* SPDX-License-Identifier: GPL-2.0 */
/* Where the core cancels requests, and how it says which. */
#ifndef IOUS_CANCEL_H
#define IOUS_CANCEL_H

#include <linux/types.h>

struct file;
struct io_ring_ctx;
struct ftrace_regs;

/* The beginning of struct io_cancel_data, which no header has; verify.c checks it. */
struct ious_cancel_data {
	struct io_ring_ctx *ctx;
	u64 data;
	struct file *file;
	u8 opcode;
	u32 flags;
};

/* Decisions of the hooks on the core's functions of these names. */
void *ious_cancel_generic_decide(struct ftrace_regs *fregs);
void *ious_try_cancel_requests_decide(struct ftrace_regs *fregs);
void *ious_try_cancel_decide(struct ftrace_regs *fregs);

#endif
