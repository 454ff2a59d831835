// SPDX-License-Identifier: GPL-2.0
/*
 * One table of the kernel's functions that we hook, and the groups in which the hooks
 * are installed and removed.
 */
#include <linux/build_bug.h>
#include <linux/kernel.h>
#include <linux/stringify.h>

#include "cancel.h"
#include "compat.h"
#include "early.h"
#include "hooks.h"
#include "ious.h"
#include "ops.h"
#include "probe.h"
#include "submit.h"
#include "symbols.h"
#include "trampoline.h"

struct ious_hook ious_hooks[] = {
	{
		.name = "io_files_update",
		.proto = "s4(io_kiocb*,u4)",
		.original = IOUS_ORIG_NONE,
		.decide = ious_carrier_decide,
		.op_member = "issue",
	}, {
		.name = "io_files_update_prep",
		.proto = "s4(io_kiocb*,io_uring_sqe*)",
		.original = IOUS_ORIG_NONE,
		.decide = ious_carrier_prep_decide,
		.op_member = "prep",
	}, {
		.name = "io_uring_cancel_generic",
		.proto = "v(b,io_sq_data*)",
		.original = IOUS_ORIG_io_uring_cancel_generic,
		.decide = ious_cancel_generic_decide,
		.callers = { "__io_uring_cancel", "io_sq_thread" },
	}, {
		.name = "io_uring_try_cancel_requests",
		.proto = IOUS_TRY_CANCEL_PROTO,
		.original = IOUS_ORIG_io_uring_try_cancel_requests,
		.decide = ious_try_cancel_requests_decide,
		.callers = { "io_ring_exit_work", "io_uring_cancel_generic" },
	}, {
		.name = "io_try_cancel",
		.proto = "s4(io_uring_task*,io_cancel_data*,u4)",
		.original = IOUS_ORIG_io_try_cancel,
		.decide = ious_try_cancel_decide,
		.callers = { "__io_async_cancel", "io_req_task_link_timeout" },
	},
	/* The ways in. */
	{
		.name = "io_submit_sqes",
		.proto = "s4(io_ring_ctx*,u4)",
		.original = IOUS_ORIG_io_submit_sqes,
		.decide = ious_submit_decide,
		.callers = {
			"__do_sys_io_uring_enter|" __stringify(IOUS_SYS(io_uring_enter)),
			"io_sq_thread|__io_sq_thread",
		},
	}, {
		/* on some kernels the functions that it calls are inlined */
		.name = __stringify(IOUS_SYS(io_uring_register)),
		.proto = "s8(pt_regs*)",
		.original = IOUS_ORIG(IOUS_SYS(io_uring_register)),
		.decide = ious_register_decide,
		.callers = { IOUS_SYS_CALLERS },
	},
	/* Without it the CQE of an EXEC comes later. Its callers have one name. */
	{
		.name = "setup_arg_pages",
		.proto = "s4(linux_binprm*,u8,s4)",
		.original = IOUS_ORIG_setup_arg_pages,
		.decide = ious_early_decide,
	},
};

const unsigned int ious_nr_hooks = ARRAY_SIZE(ious_hooks);

#define IOUS_NR_INNER	(ARRAY_SIZE(ious_hooks) - 3)
static_assert(IOUS_NR_INNER <= IOUS_GROUP_MAX);

static struct ious_group ious_inner_group = {
	.hooks	= ious_hooks,
	.nr	= IOUS_NR_INNER,
};

static struct ious_group ious_submit_group = {
	.hooks	= &ious_hooks[IOUS_NR_INNER],
	.nr	= 1,
	.trampoline = (unsigned long)ious_submit_trampoline,
};

static struct ious_group ious_probe_group = {
	.hooks	= &ious_hooks[IOUS_NR_INNER + 1],
	.nr	= 1,
};

static struct ious_group ious_early_group = {
	.hooks	= &ious_hooks[IOUS_NR_INNER + 2],
	.nr	= 1,
};

int ious_hooks_find(void)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && i < ious_nr_hooks; i++)
		ret = ious_hook_find(&ious_hooks[i]);
	return ret;
}

/* The last of them lets new chains in. A live patch may have the early one. */
int ious_hooks_install(void)
{
	int ret = ious_group_install(&ious_inner_group) ?:
		  ious_group_install(&ious_probe_group);

	if (!ret && ious_group_install(&ious_early_group))
		pr_info("IORING_EXEC_EARLY has no effect\n");
	return ret ?: ious_group_install(&ious_submit_group);
}

int ious_hooks_remove(void)
{
	return ious_group_remove(&ious_early_group) ?:
	       ious_group_remove(&ious_inner_group);
}

int ious_hooks_close(void)
{
	return ious_group_remove(&ious_submit_group) ?:
	       ious_group_remove(&ious_probe_group);
}
