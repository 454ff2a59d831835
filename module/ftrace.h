/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How hooks go in and out: ftrace, used as livepatch uses it.
 *
 * A decision is made at the function's entry, in the caller's context: leave it
 * alone, or have a function of ours called instead. So nobody has a frame of the
 * module on its stack but those who use it.
 */
#ifndef IOUS_FTRACE_H
#define IOUS_FTRACE_H

#include <linux/ftrace.h>
#include <linux/types.h>

struct pt_regs;

struct ious_hook {
	const char *name;
	/* as verify.c spells it */
	const char *proto;
	/* index of the static call that runs the original, or IOUS_ORIG_NONE */
	unsigned int original;
	/* at its entry, in its caller's context: what is called instead, or NULL */
	void *(*decide)(struct pt_regs *regs);
	/*
	 * Which functions call it, all that are known, with | between the names that
	 * one may have; or the member of the core's table of opcodes by which it is
	 * called.
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
	/* of one hook: what its function shall call; 0: is not to */
	unsigned long trampoline;
	bool installed, direct;
};

/* Finds the function: 0, or -ENODEV with a line in the log. */
int ious_hook_find(struct ious_hook *hook);

/* 0 if it is there, or was; else an error with a line in the log. */
int ious_group_install(struct ious_group *group);

/*
 * Returns when nobody runs the group's callbacks any more, nor has left one
 * without having slept since: ftrace waits for RCU-tasks.
 */
int ious_group_remove(struct ious_group *group);

#endif
