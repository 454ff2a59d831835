// SPDX-License-Identifier: GPL-2.0
/*
 * IORING_REGISTER_PROBE tells of our opcodes while the module is armed, and of
 * the version of the interface, in a field of CLONE's that is always 0 else. The
 * kernel's own table ends before them: its answer is completed where the caller
 * made room for it.
 */
#include <linux/io_uring_types.h>
#include <linux/uaccess.h>

#include <linux/io_uring_spawn.h>

#include "compat.h"
#include "hooks.h"
#include "ious.h"
#include "symbols.h"

static int ious_probe_fill(struct io_uring_probe __user *probe)
{
	struct io_uring_probe_op op = { };
	unsigned int i;

	for (i = IORING_OP_LAST; i <= IORING_OP_SYSCALL; i++) {
		op.op = i;
		op.flags = i >= IORING_OP_CLONE ? IO_URING_OP_SUPPORTED : 0;
		op.resv2 = i == IORING_OP_CLONE ? IORING_SPAWN_ABI : 0;
		if (copy_to_user(&probe->ops[i], &op, sizeof(op)))
			return -EFAULT;
	}
	if (put_user(IORING_OP_SYSCALL, &probe->last_op) ||
	    put_user(IORING_OP_SYSCALL + 1, &probe->ops_len))
		return -EFAULT;
	return 0;
}

/* Takes the place of __io_uring_register() for IORING_REGISTER_PROBE. */
static int ious_register(struct io_ring_ctx *ctx, unsigned int opcode,
			 void __user *arg, unsigned int nr_args)
{
	int ret;

	ious_enter();
	ret = ious_call(__io_uring_register)(ctx, opcode, arg, nr_args);
	if (!ret && nr_args > IORING_OP_SYSCALL)
		ret = ious_probe_fill(arg);
	ious_leave();
	return ret;
}

void notrace ious_register_callback(unsigned long ip, unsigned long parent_ip,
				    struct ftrace_ops *ops,
				    struct ftrace_regs *fregs)
{
	if ((u32)ious_fregs_regs(fregs)->si == IORING_REGISTER_PROBE)
		ious_fregs_set_ip(fregs, ious_register);
}
