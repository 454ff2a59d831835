/* SPDX-License-Identifier: GPL-2.0 */
/* IORING_REGISTER_PROBE tells of our opcodes. */
#ifndef IOUS_PROBE_H
#define IOUS_PROBE_H

struct ftrace_regs;

/* Decision of the hook on io_uring_register(2). */
void *ious_register_decide(struct ftrace_regs *fregs);

#endif
