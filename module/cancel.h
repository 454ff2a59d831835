/* SPDX-License-Identifier: GPL-2.0 */
/* What is to be cancelled, as the core says it. */
#ifndef IOUS_CANCEL_H
#define IOUS_CANCEL_H

#include <linux/types.h>

struct file;
struct io_ring_ctx;

/* How struct io_cancel_data, which no header has, begins: verify.c looks. */
struct ious_cancel_data {
	struct io_ring_ctx *ctx;
	u64 data;
	struct file *file;
	u8 opcode;
	u32 flags;
};

#endif
