// SPDX-License-Identifier: GPL-2.0
/*
 * While the module is armed, IORING_REGISTER_PROBE tells of our opcodes and of
 * the version of the interface; the latter is in a field of CLONE's row that is
 * always 0 otherwise. The kernel's own table ends before our opcodes: we complete
 * its answer if the caller has made room. ops_len stays the kernel's: programs take
 * it for the kernel's age, and io_uring_opcode_supported() looks at last_op and the
 * row.
 */
#include <linux/io_uring_types.h>
#include <linux/uaccess.h>
#include <asm/ptrace.h>

#include <linux/io_uring_spawn.h>

#include "compat.h"
#include "ious.h"
#include "probe.h"
#include "request.h"
#include "symbols.h"

static int ious_probe_fill(struct io_uring_probe __user *probe)
{
	struct io_uring_probe_op op = { };
	unsigned int i;

	for (i = IORING_OP_LAST; i <= IOUS_OP_LAST; i++) {
		op.op = i;
		op.flags = i >= IOUS_OP_FIRST ? IO_URING_OP_SUPPORTED : 0;
		op.resv2 = i == IORING_OP_CLONE ? IORING_SPAWN_ABI : 0;
		if (copy_to_user(&probe->ops[i], &op, sizeof(op)))
			return -EFAULT;
	}
	return put_user(IOUS_OP_LAST, &probe->last_op);
}

/*
 * Takes the place of io_uring_register(2) for IORING_REGISTER_PROBE. Programs of
 * i386 call another function: they hear nothing of opcodes that they cannot use.
 */
static long ious_register(const struct pt_regs *regs)
{
	void __user *arg = (void __user *)ious_regs_arg(regs, 2);
	unsigned int nr_args = ious_regs_arg(regs, 3);
	long ret;

	ious_enter();
	ret = ious_call(IOUS_SYS(io_uring_register))(regs);
	if (!ret && nr_args > IOUS_OP_LAST)
		ret = ious_probe_fill(arg);
	ious_leave();
	return ret;
}

void *notrace ious_register_decide(struct ftrace_regs *fregs)
{
	const struct pt_regs *regs = (void *)ious_fregs_arg(fregs, 0);
	u32 opcode = ious_regs_arg(regs, 1);

	return (opcode & ~IOUS_REGISTERED_RING) == IORING_REGISTER_PROBE ?
	       ious_register : NULL;
}
