/* SPDX-License-Identifier: GPL-2.0 */
/* The CQE of an EXEC whose exec has not ended. */
#ifndef IOUS_EARLY_H
#define IOUS_EARLY_H

struct ftrace_regs;

/* Decision of the hook on setup_arg_pages(). */
void *ious_early_decide(struct ftrace_regs *fregs);

#endif
