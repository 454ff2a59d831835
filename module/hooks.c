// SPDX-License-Identifier: GPL-2.0
/*
 * ftrace, used as livepatch uses it: the callback may set the instruction
 * pointer. The original is reached by calling the address behind the ftrace
 * site; asking "is the caller in this module?" instead would fail for calls
 * that the compiler made into jumps.
 *
 * io_submit_sqes(), which is on everybody's path, calls a trampoline of ours
 * directly, where it can: ftrace's own saves all registers first.
 *
 * FTRACE_OPS_FL_PERMANENT keeps kernel.ftrace_enabled=0 from taking some hooks
 * away under a running chain. A direct call cannot have it; it is never there
 * without others that have. No FL_RECURSION: a call must not be missed.
 */
#include <linux/module.h>

#include "compat.h"
#include "hooks.h"
#include "ious.h"
#include "symbols.h"

struct ious_hook ious_hooks[] = {
	{
		.name = "io_files_update",
		.proto = "s4(io_kiocb*,u4)",
		.original = IOUS_ORIG_NONE,
		.callback = ious_carrier_callback,
		.op_member = "issue",
	}, {
		.name = "io_files_update_prep",
		.proto = "s4(io_kiocb*,io_uring_sqe*)",
		.original = IOUS_ORIG_NONE,
		.callback = ious_carrier_prep_callback,
		.op_member = "prep",
	}, {
		.name = "io_uring_cancel_generic",
		.proto = "v(b,io_sq_data*)",
		.original = IOUS_ORIG_io_uring_cancel_generic,
		.callback = ious_cancel_generic_callback,
		.callers = { "__io_uring_cancel", "io_sq_thread" },
	}, {
		.name = "io_uring_try_cancel_requests",
		.proto = IOUS_TRY_CANCEL_PROTO,
		.original = IOUS_ORIG_io_uring_try_cancel_requests,
		.callback = ious_try_cancel_requests_callback,
		.callers = { "io_ring_exit_work", "io_uring_cancel_generic" },
	}, {
		.name = "io_try_cancel",
		.proto = "s4(io_uring_task*,io_cancel_data*,u4)",
		.original = IOUS_ORIG_io_try_cancel,
		.callback = ious_try_cancel_callback,
		.callers = { "__io_async_cancel", "io_req_task_link_timeout" },
	},
	/* The ways in. */
	{
		.name = "io_submit_sqes",
		.proto = "s4(io_ring_ctx*,u4)",
		.original = IOUS_ORIG_io_submit_sqes,
		.callback = ious_submit_callback,
		.callers = {
			"__do_sys_io_uring_enter|__x64_sys_io_uring_enter",
			"io_sq_thread|__io_sq_thread",
		},
	}, {
		/* what it calls is a part of it on some kernels */
		.name = "__x64_sys_io_uring_register",
		.proto = "s8(pt_regs*)",
		.original = IOUS_ORIG___x64_sys_io_uring_register,
		.callback = ious_register_callback,
		.callers = { "x64_sys_call|do_syscall_64" },
	},
};

const unsigned int ious_nr_hooks = ARRAY_SIZE(ious_hooks);

#define IOUS_NR_INNER	(ARRAY_SIZE(ious_hooks) - 2)

/* One ftrace_ops each: removing one takes several grace periods of RCU-tasks. */
struct ious_group {
	struct ftrace_ops ops;
	struct ious_hook *hooks;
	unsigned int nr;
	/* of one hook: what its function shall call; 0: is not to */
	unsigned long trampoline;
	bool installed, direct;
};

static struct ious_group ious_inner = {
	.hooks	= ious_hooks,
	.nr	= IOUS_NR_INNER,
};

static struct ious_group ious_submit = {
	.hooks	= &ious_hooks[IOUS_NR_INNER],
	.nr	= 1,
	.trampoline = (unsigned long)ious_submit_trampoline,
};

static struct ious_group ious_probe = {
	.hooks	= &ious_hooks[IOUS_NR_INNER + 1],
	.nr	= 1,
};

/* In the order of the table: what is called most comes first in its group. */
static void notrace ious_dispatch(unsigned long ip, unsigned long parent_ip,
				  struct ftrace_ops *ops,
				  struct ftrace_regs *fregs)
{
	const struct ious_group *group = container_of(ops, struct ious_group,
						      ops);
	const struct ious_hook *hook = group->hooks;

	/* somebody else has it return at once, as BPF's programs can */
	if (ious_fregs_regs(fregs)->ip != ip + MCOUNT_INSN_SIZE)
		return;
	for (; hook < group->hooks + group->nr; hook++)
		if (hook->addr == ip) {
			hook->callback(ip, parent_ip, ops, fregs);
			return;
		}
}

static int ious_hook_find(struct ious_hook *hook)
{
	unsigned long addr;
	int ret = ious_symbol_find(hook->name, &addr);

	if (ret)
		return ret;
	/* At the entry or, with IBT, behind its ENDBR. */
	hook->addr = ious_call(ftrace_location)(addr);
	if (!hook->addr || hook->addr - addr > 4) {
		pr_err("refusing this kernel: %s cannot be traced\n",
		       hook->name);
		return -ENODEV;
	}
	if (hook->original != IOUS_ORIG_NONE)
		ious_set_original(hook->original,
				  hook->addr + MCOUNT_INSN_SIZE);
	return 0;
}

int ious_hooks_find(void)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && i < ious_nr_hooks; i++)
		ret = ious_hook_find(&ious_hooks[i]);
	return ret;
}

static int ious_group_filter(struct ious_group *group)
{
	unsigned long addrs[ARRAY_SIZE(ious_hooks)];
	unsigned int i;

	for (i = 0; i < group->nr; i++)
		addrs[i] = group->hooks[i].addr;
	return ftrace_set_filter_ips(&group->ops, addrs, group->nr, 0, 1);
}

/* How often to try while BPF's programs on the same function are busy. */
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

/* Returns what ftrace says; after a bug of its own it may leave some in place. */
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

/* Not if the function calls another trampoline directly, as one of BPF. */
static int ious_group_add_direct(struct ious_group *group)
{
	int ret = ious_refused("direct") ? -EBUSY : ious_group_add(group, true);

	if (ret)
		pr_info("%s is hooked by way of ftrace's own trampoline: %d\n",
			group->hooks[0].name, ret);
	return ret;
}

static int ious_group_install(struct ious_group *group)
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
		       group->nr > 1 ? " and others" : "", ret,
		       ret == -EBUSY ? " (a live patch, or kernel.ftrace_enabled=0?)" : "");
	return ret;
}

/*
 * Returns when nobody runs the group's callbacks any more, nor has left one
 * without having slept since: ftrace waits for RCU-tasks.
 */
static int ious_group_remove(struct ious_group *group)
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

/* New chains come by the last of them. */
int ious_hooks_install(void)
{
	return ious_group_install(&ious_inner) ?:
	       ious_group_install(&ious_probe) ?:
	       ious_group_install(&ious_submit);
}

int ious_hooks_remove(void)
{
	return ious_group_remove(&ious_inner);
}

int ious_hooks_close(void)
{
	return ious_group_remove(&ious_submit) ?:
	       ious_group_remove(&ious_probe);
}

