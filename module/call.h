/* SPDX-License-Identifier: GPL-2.0 */
/* A system call with its arguments, and the registers at its entry. */
#ifndef IOUS_CALL_H
#define IOUS_CALL_H

#include <linux/types.h>

#include "arch.h"

struct ious_call_args {
	int nr;
	u64 args[IOUS_NR_ARGS];
};

/* Sets @regs up as at the entry of @call. */
static inline void ious_entry_set(struct pt_regs *regs,
				  const struct ious_call_args *call)
{
	ious_regs_set(regs, call->nr, call->args);
}

#endif
