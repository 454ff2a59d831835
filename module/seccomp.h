/* SPDX-License-Identifier: GPL-2.0 */
/* What seccomp filters say about the calls that a chain stands for. */
#ifndef IOUS_SECCOMP_H
#define IOUS_SECCOMP_H

#include <linux/types.h>

struct pt_regs;

/*
 * Asks the filters of the current process, which is one of a chain, about the
 * call that @regs, its own registers, have been set up for. True if it is to be
 * made; else what the call gives instead is in *ret. May sleep.
 */
bool ious_seccomp_permits(struct pt_regs *regs, long *ret);

/* Has a filter condemned the current process of a chain? */
bool ious_seccomp_condemned(void);

/*
 * Asks the filters of the current thread, a submitter, about a call @nr with
 * @args. 0; an error to refuse it with; or -ERESTARTNOINTR: then it must be
 * asked again as task work, after a signal or since it was without @may_sleep.
 */
int ious_seccomp_submitter(int nr, const u64 *args, bool may_sleep);

#endif
