// SPDX-License-Identifier: GPL-2.0
/*
 * ftrace, used as livepatch uses it: the callback may set the instruction
 * pointer. The original is reached by calling the address behind the ftrace
 * site; asking "is the caller in this module?" instead would fail for calls
 * that the compiler made into jumps.
 *
 * FTRACE_OPS_FL_PERMANENT keeps kernel.ftrace_enabled=0 from taking some hooks
 * away under a running chain. No FL_RECURSION: a call must not be missed.
 */
#include <linux/module.h>

#include "compat.h"
#include "hooks.h"
#include "ious.h"
#include "symbols.h"

struct ious_hook ious_hooks[] = {
	{
		.name = "io_nop",
		.proto = "s4(io_kiocb*,u4)",
		.redirects = true,
		.original = IOUS_ORIG_NONE,
		.callback = ious_nop_callback,
	}, {
		.name = "io_uring_cancel_generic",
		.proto = "v(b,io_sq_data*)",
		.original = IOUS_ORIG_NONE,
		.callback = ious_cancel_generic_callback,
	}, {
		.name = "io_uring_try_cancel_requests",
		.proto = IOUS_TRY_CANCEL_PROTO,
		.original = IOUS_ORIG_NONE,
		.callback = ious_try_cancel_requests_callback,
	}, {
		.name = "io_try_cancel",
		.proto = "s4(io_uring_task*,io_cancel_data*,u4)",
		.redirects = true,
		.original = IOUS_ORIG_NONE,
		.callback = ious_try_cancel_callback,
	}, {
		.name = "__io_uring_register",
		.proto = "s4(io_ring_ctx*,u4,void*,u4)",
		.redirects = true,
		.original = IOUS_ORIG___io_uring_register,
		.callback = ious_register_callback,
	}, {
		.name = "io_nop_prep",
		.proto = "s4(io_kiocb*,io_uring_sqe*)",
		.redirects = true,
		.original = IOUS_ORIG_NONE,
		.callback = ious_nop_prep_callback,
	}, {
		.name = "io_submit_sqes",
		.proto = "s4(io_ring_ctx*,u4)",
		.redirects = true,
		.original = IOUS_ORIG_io_submit_sqes,
		.callback = ious_submit_callback,
	},
};
const unsigned int ious_nr_hooks = ARRAY_SIZE(ious_hooks);

#define ious_last_hook (&ious_hooks[ARRAY_SIZE(ious_hooks) - 1])

static int ious_hook_find(struct ious_hook *hook)
{
	unsigned long addr = ious_symbol_lookup(hook->name);

	if (!addr) {
		pr_err("refusing this kernel: it has no symbol %s\n",
		       hook->name);
		return -ENODEV;
	}
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

static int ious_hook_install(struct ious_hook *hook)
{
	int ret;

	hook->ops = (struct ftrace_ops) {
		.func = hook->callback,
		.flags = FTRACE_OPS_FL_PERMANENT,
	};
	if (hook->redirects)
		hook->ops.flags |= FTRACE_OPS_FL_IPMODIFY;
	if (!IS_ENABLED(CONFIG_DYNAMIC_FTRACE_WITH_ARGS))
		hook->ops.flags |= FTRACE_OPS_FL_SAVE_REGS;

	ret = ftrace_set_filter_ip(&hook->ops, hook->addr, 0, 0);
	if (ret)
		goto out;
	ret = register_ftrace_function(&hook->ops);
	if (ret)
		goto out_filter;
	hook->installed = true;
	return 0;

out_filter:
	ftrace_set_filter_ip(&hook->ops, hook->addr, 1, 0);
out:
	pr_err("cannot hook %s: %d%s\n", hook->name, ret,
	       ret == -EBUSY ? " (a live patch holds it?)" : "");
	return ret;
}

static int ious_hook_remove(struct ious_hook *hook)
{
	int ret;

	if (!hook->installed)
		return 0;
	ret = unregister_ftrace_function(&hook->ops);
	if (ret) {
		pr_err("cannot unhook %s: %d\n", hook->name, ret);
		return ret;
	}
	hook->installed = false;
	ftrace_set_filter_ip(&hook->ops, hook->addr, 1, 0);
	return 0;
}

int ious_hooks_remove(void)
{
	unsigned int i;
	int ret = 0, err;

	for (i = ious_nr_hooks; i-- > 0;) {
		err = ious_hook_remove(&ious_hooks[i]);
		if (err)
			ret = err;
	}
	return ret;
}

int ious_hooks_install(void)
{
	unsigned int i;
	int ret;

	for (i = 0; i < ious_nr_hooks; i++) {
		ret = ious_hook_install(&ious_hooks[i]);
		if (ret) {
			ious_hooks_remove();
			return ret;
		}
	}
	return 0;
}

int ious_hooks_close(void)
{
	return ious_hook_remove(ious_last_hook);
}

int ious_hooks_reopen(void)
{
	return ious_hook_install(ious_last_hook);
}
