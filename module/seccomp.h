/* SPDX-License-Identifier: GPL-2.0 */
/* The answers of seccomp filters about the calls that a chain stands for. */
#ifndef IOUS_SECCOMP_H
#define IOUS_SECCOMP_H

#include <linux/types.h>

struct ious_chain;
struct pt_regs;

/* see ious_seccomp_submitter() */
#define IOUS_MUST_NOT_ASK	1

/*
 * Asks the filters of the current process, which is one of a chain, about the
 * call that @regs, its own registers, have been set up for. True if they allow it;
 * otherwise *ret has the result that they give instead. May sleep.
 */
bool ious_seccomp_permits(struct pt_regs *regs, long *ret);

/* Has a filter condemned the current process of a chain? */
bool ious_seccomp_condemned(void);

/*
 * Asks the filters of the current thread, which will make the process of @chain,
 * about the call that CLONE stands for. 0; an error to refuse it with;
 * IOUS_MUST_NOT_ASK: they want to ask a supervisor, which could harm the kernel;
 * or -ERESTARTNOINTR: ask again as task work, after a signal, or because @may_sleep was
 * false.
 */
int ious_seccomp_submitter(const struct ious_chain *chain, bool may_sleep);

#endif
