// SPDX-License-Identifier: GPL-2.0
/*
 * ftrace, used as livepatch uses it: the callback may set the instruction
 * pointer. The original is reached by calling the address behind the ftrace
 * site; asking "is the caller in this module?" instead would fail for calls
 * that the compiler made into jumps.
 *
 * Every program that uses io_uring pays for the hook on io_submit_sqes(). So that
 * function calls a trampoline of ours directly if it can: ftrace's own saves all
 * registers first.
 *
 * FTRACE_OPS_FL_PERMANENT: kernel.ftrace_enabled=0 must not remove hooks under a
 * running chain. A direct call cannot have the flag, but it is never installed
 * without others that have it. No FL_RECURSION: no call may be missed.
 */
#include <linux/ftrace.h>
#include <linux/kernel.h>
#include <linux/module.h>

#include "compat.h"
#include "ftrace.h"
#include "ious.h"
#include "symbols.h"

/* In the order of the table: the most frequent call is the first of its group. */
static void notrace ious_dispatch(unsigned long ip, unsigned long parent_ip,
				  struct ftrace_ops *ops,
				  struct ftrace_regs *fregs)
{
	const struct ious_group *group = container_of(ops, struct ious_group,
						      ops);
	const struct ious_hook *hook = group->hooks;
	void *instead;

	/* another hook makes it return at once, as a BPF program can */
	if (ious_fregs_ip(fregs) != ip + MCOUNT_INSN_SIZE)
		return;
	for (; hook < group->hooks + group->nr; hook++)
		if (hook->addr == ip) {
			instead = hook->decide(fregs);
			if (instead)
				ious_fregs_set_ip(fregs, (unsigned long)instead);
			return;
		}
}

int ious_hook_find(struct ious_hook *hook)
{
	unsigned long addr;
	int ret = ious_symbol_find(hook->name, &addr);

	if (ret)
		return ret;
	/* at the entry, or behind its landing pad */
	hook->addr = ious_call(ftrace_location)(addr);
	if (!hook->addr || hook->addr - addr > IOUS_SITE_MAX) {
		pr_err("refusing this kernel: %s cannot be traced\n",
		       hook->name);
		return -ENODEV;
	}
	if (hook->original != IOUS_ORIG_NONE)
		ious_set_original(hook->original,
				  hook->addr + MCOUNT_INSN_SIZE);
	return 0;
}

static int ious_group_filter(struct ious_group *group)
{
	unsigned long addrs[IOUS_GROUP_MAX];
	unsigned int i;

	for (i = 0; i < group->nr; i++)
		addrs[i] = group->hooks[i].addr;
	return ftrace_set_filter_ips(&group->ops, addrs, group->nr, 0, 1);
}

/* The number of tries while BPF programs on the same function are busy. */
#define IOUS_TRIES	50

static int ious_group_register(struct ious_group *group)
{
	char key[64];

	snprintf(key, sizeof(key), "hook:%s", group->hooks[0].name);
	if (ious_refused(key))
		return -EBUSY;
	if (group->direct)
		return ious_register_direct(&group->ops, group->trampoline);
	return register_ftrace_function(&group->ops);
}

/* Returns ftrace's answer. After a bug of its own, ftrace may leave some in place. */
static int ious_group_add(struct ious_group *group, bool direct)
{
	unsigned int tries = IOUS_TRIES;
	int ret;

	group->ops = (struct ftrace_ops) { };
	group->direct = direct;
	if (!direct) {
		group->ops.func = ious_dispatch;
		group->ops.flags = FTRACE_OPS_FL_PERMANENT |
				   FTRACE_OPS_FL_IPMODIFY;
		if (!IS_ENABLED(CONFIG_DYNAMIC_FTRACE_WITH_ARGS))
			group->ops.flags |= FTRACE_OPS_FL_SAVE_REGS;
	}
	ret = ious_group_filter(group);
	if (!ret) {
		do
			ret = ious_group_register(group);
		while (ret == -EAGAIN && --tries);
	}
	group->installed = !ret || group->ops.flags & FTRACE_OPS_FL_ENABLED;
	if (!group->installed)
		ftrace_free_filter(&group->ops);
	return ret;
}

/* Fails if the function calls another trampoline directly, one of BPF for instance. */
static int ious_group_add_direct(struct ious_group *group)
{
	int ret = ious_refused("direct") ? -EBUSY : ious_group_add(group, true);

	if (ret)
		pr_info("%s is hooked through ftrace's own trampoline: %d\n",
			group->hooks[0].name, ret);
	return ret;
}

int ious_group_install(struct ious_group *group)
{
	int ret = -EOPNOTSUPP;

	if (group->installed)
		return 0;
	if (group->trampoline)
		ret = ious_group_add_direct(group);
	if (ret && !group->installed)
		ret = ious_group_add(group, false);
	if (ret)
		pr_err("cannot hook %s%s: %d%s\n", group->hooks[0].name,
		       group->nr > 1 ? " and the rest of its group" : "", ret,
		       ret == -EBUSY ? " (a live patch, or kernel.ftrace_enabled=0?)" : "");
	return ret;
}

int ious_group_remove(struct ious_group *group)
{
	int ret;

	if (!group->installed)
		return 0;
	if (group->direct)
		ret = ious_unregister_direct(&group->ops, group->trampoline);
	else
		ret = unregister_ftrace_function(&group->ops);
	if (ret) {
		pr_err("cannot unhook %s: %d\n", group->hooks[0].name, ret);
		return ret;
	}
	group->installed = false;
	group->direct = false;
	ftrace_free_filter(&group->ops);
	return 0;
}
