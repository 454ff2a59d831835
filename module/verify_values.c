// SPDX-License-Identifier: GPL-2.0
/*
 * Compares enumerators of the build with those of the running kernel.
 * Macros (IORING_SETUP_*, IOSQE_*, PF_*, JOBCTL_*, CLONE_*, TASK_*) are
 * in no kernel's BTF; those that user space knows do not change.
 */
#include <linux/ftrace.h>
#include <linux/io_uring.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/task_work.h>
#include <linux/user_namespace.h>

#include "compat.h"
#include "ious.h"
#include "opcodes.h"
#include "request.h"
#include "symbols.h"
#include "verify_btf.h"
#include "verify_values.h"

/* X(name), of values that every kernel has. The core's: */
#define IOUS_VALUES(X)							\
	X(REQ_F_FIXED_FILE)						\
	X(REQ_F_LINK)							\
	X(REQ_F_HARDLINK)						\
	X(REQ_F_FORCE_ASYNC)						\
	X(REQ_F_IO_DRAIN)						\
	X(REQ_F_CQE_SKIP)						\
	X(REQ_F_FAIL)							\
	X(REQ_F_INFLIGHT)						\
	X(REQ_F_NOWAIT)							\
	X(REQ_F_LINK_TIMEOUT)						\
	X(REQ_F_NEED_CLEANUP)						\
	X(REQ_F_SUPPORT_NOWAIT)						\
	X(REQ_F_ISREG)							\
	X(REQ_F_CREDS)							\
	X(REQ_F_REFCOUNT)						\
	X(REQ_F_ARM_LTIMEOUT)						\
	X(REQ_F_ASYNC_DATA)						\
	X(REQ_F_SKIP_LINK_CQES)						\
	X(REQ_F_APOLL_MULTISHOT)					\
	X(IO_URING_F_UNLOCKED)						\
	IOUS_LATER_VALUES(X)						\
	/* the kernel's */						\
	X(UCOUNT_RLIMIT_NPROC)						\
	X(PIDTYPE_PID)							\
	X(TWA_NONE)							\
	X(TWA_SIGNAL)							\
	X(FTRACE_OPS_FL_ENABLED)					\
	X(FTRACE_OPS_FL_SAVE_REGS)					\
	X(FTRACE_OPS_FL_IPMODIFY)					\
	X(FTRACE_OPS_FL_PERMANENT)					\
	/* user space's as well */					\
	X(IORING_REGISTER_PROBE)					\
	X(IORING_OP_LAST)						\
	X(IORING_OP_NOP)						\
	X(IORING_OP_READV)						\
	X(IORING_OP_WRITEV)						\
	X(IORING_OP_FSYNC)						\
	X(IORING_OP_READ_FIXED)						\
	X(IORING_OP_WRITE_FIXED)					\
	X(IORING_OP_SYNC_FILE_RANGE)					\
	X(IORING_OP_SENDMSG)						\
	X(IORING_OP_RECVMSG)						\
	X(IORING_OP_ACCEPT)						\
	X(IORING_OP_LINK_TIMEOUT)					\
	X(IORING_OP_CONNECT)						\
	X(IORING_OP_FALLOCATE)						\
	X(IORING_OP_OPENAT)						\
	X(IORING_OP_CLOSE)						\
	X(IORING_OP_FILES_UPDATE)					\
	X(IORING_OP_STATX)						\
	X(IORING_OP_READ)						\
	X(IORING_OP_WRITE)						\
	X(IORING_OP_FADVISE)						\
	X(IORING_OP_MADVISE)						\
	X(IORING_OP_SEND)						\
	X(IORING_OP_RECV)						\
	X(IORING_OP_OPENAT2)						\
	X(IORING_OP_EPOLL_CTL)						\
	X(IORING_OP_SPLICE)						\
	X(IORING_OP_PROVIDE_BUFFERS)					\
	X(IORING_OP_REMOVE_BUFFERS)					\
	X(IORING_OP_TEE)						\
	X(IORING_OP_SHUTDOWN)						\
	X(IORING_OP_RENAMEAT)						\
	X(IORING_OP_UNLINKAT)						\
	X(IORING_OP_MKDIRAT)						\
	X(IORING_OP_SYMLINKAT)						\
	X(IORING_OP_LINKAT)						\
	X(IORING_OP_MSG_RING)						\
	X(IORING_OP_FSETXATTR)						\
	X(IORING_OP_SETXATTR)						\
	X(IORING_OP_FGETXATTR)						\
	X(IORING_OP_GETXATTR)						\
	X(IORING_OP_SOCKET)						\
	X(IORING_OP_SEND_ZC)						\
	X(IORING_OP_SENDMSG_ZC)

/* X(name, value): known by number only, see compat.h; a kernel may lack them. */
#define IOUS_NUMBERS(X)							\
	X(IORING_OP_FUTEX_WAKE, IOUS_OP_FUTEX_WAKE)			\
	X(IORING_OP_FIXED_FD_INSTALL, IOUS_OP_FIXED_FD_INSTALL)		\
	X(IORING_OP_FTRUNCATE, IOUS_OP_FTRUNCATE)			\
	X(IORING_OP_BIND, IOUS_OP_BIND)					\
	X(IORING_OP_LISTEN, IOUS_OP_LISTEN)				\
	X(IORING_OP_READV_FIXED, IOUS_OP_READV_FIXED)			\
	X(IORING_OP_WRITEV_FIXED, IOUS_OP_WRITEV_FIXED)			\
	X(IORING_OP_PIPE, IOUS_OP_PIPE)					\
	X(IORING_OP_NOP128, IOUS_OP_NOP128)				\
	X(IORING_OP_URING_CMD128, IOUS_OP_URING_CMD128)			\
	X(IOU_OK, IOUS_ISSUE_DONE)					\
	X(IOU_COMPLETE, IOUS_ISSUE_DONE)				\
	X(IOU_ISSUE_SKIP_COMPLETE, IOUS_ISSUE_SKIP)			\
	X(IORING_REGISTER_USE_REGISTERED_RING, IOUS_REGISTERED_RING)

struct ious_value {
	const char *name;
	u64 value;
	/* a kernel may be without it */
	bool optional;
};

#define IOUS_VALUE(_name) {						\
	.name = #_name,							\
	.value = (__force u64)(_name),					\
},
#define IOUS_VALUE_IF_ANY(_name, _value) {				\
	.name = #_name,							\
	.value = (_value),						\
	.optional = true,						\
},

static const struct ious_value ious_values[] __initconst = {
	IOUS_VALUES(IOUS_VALUE)
	IOUS_NUMBERS(IOUS_VALUE_IF_ANY)
};

static bool ious_value_found[ARRAY_SIZE(ious_values)] __initdata;
static bool ious_value_differs __initdata;

static void __init ious_verify_value(const char *name, u64 value, u64 mask)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ious_values); i++) {
		if (strcmp(ious_values[i].name, name))
			continue;
		ious_value_found[i] = true;
		if (!((value ^ ious_values[i].value) & mask) &&
		    !ious_refused(name))
			return;
		pr_err("refusing this kernel: %s is 0x%llx, built for 0x%llx\n",
		       name, value, ious_values[i].value & mask);
		ious_value_differs = true;
		return;
	}
}

int __init ious_verify_values(void)
{
	unsigned int i;

	ious_btf_each_enumerator(ious_verify_value);
	for (i = 0; !ious_value_differs && i < ARRAY_SIZE(ious_values); i++) {
		if (ious_value_found[i] || ious_values[i].optional)
			continue;
		pr_err("refusing this kernel: it has no %s\n",
		       ious_values[i].name);
		ious_value_differs = true;
	}
	return ious_value_differs ? -ENODEV : 0;
}
