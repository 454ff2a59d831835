/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How hooks are installed and removed: with ftrace, as livepatch uses it.
 *
 * A hook decides at the function's entry, in the caller's context: it leaves the call
 * alone, or has a function of ours called instead. So only tasks that use the module
 * have a frame of it on their stack.
 */
#ifndef IOUS_FTRACE_H
#define IOUS_FTRACE_H

#include <linux/ftrace.h>
#include <linux/types.h>

struct ious_hook {
	const char *name;
	/* as verify.c spells it */
	const char *proto;
	/* index of the static call that runs the original, or IOUS_ORIG_NONE */
	unsigned int original;
	/* at its entry, in its caller's context: which function to call instead */
	void *(*decide)(struct ftrace_regs *fregs);
	/*
	 * All functions that are known to call it, with | between the names that one
	 * may have; or the member of the core's table of opcodes that has it.
	 */
	const char *callers[2];
	const char *op_member;

	/* private to ftrace.c: the ftrace site */
	unsigned long addr;
};

#define IOUS_GROUP_MAX	8

/* One ftrace_ops each: removing one takes several grace periods of RCU-tasks. */
struct ious_group {
	struct ftrace_ops ops;
	struct ious_hook *hooks;
	unsigned int nr;
	/* of a group of one: the function to call directly; 0: none */
	unsigned long trampoline;
	bool installed, direct;
};

/* Finds the function: 0, or -ENODEV with a line in the log. */
int ious_hook_find(struct ious_hook *hook);

/* 0 if it is installed now; otherwise an error with a line in the log. */
int ious_group_install(struct ious_group *group);

/*
 * Returns when no task runs the group's callbacks any more, and each that has left one
 * has slept since: ftrace waits for RCU-tasks.
 */
int ious_group_remove(struct ious_group *group);

#endif
