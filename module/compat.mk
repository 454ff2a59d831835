# SPDX-License-Identifier: GPL-2.0
#
# What differs between kernels and can be seen in their headers. Features are
# asked for, never version numbers: stable series take over internals. The number
# before each is for readers: the first release with it, as far as it is known.
#
# ious-has: $(1) an extended regular expression, $(2) a header below include/,
# $(3) the suffix of the macro that compat.h looks at.
ious-has = $(if $(shell grep -E -q '$(1)' $(srctree)/include/$(2) && echo y),-DIOUS_HAVE_$(3))

# what every kernel from 6.1 on has there
ious-compat-flags := $(call ious-has,.,linux/io_uring_types.h,IO_URING_TYPES)
# 6.13: a request knows its submitter by its io_uring_task, not by its task
ious-compat-flags += $(call ious-has,^	struct io_uring_task[ 	]+\*tctx;,linux/io_uring_types.h,REQ_TCTX)
ious-compat-flags += $(call ious-has,^	struct task_struct[ 	]+\*task;,linux/io_uring_types.h,REQ_TASK)
# 6.11: flags of io-wq's work are atomic
ious-compat-flags += $(call ious-has,^	atomic_t flags;,linux/io_uring_types.h,ATOMIC_WORK_FLAGS)
# 6.10: a cancellation's number is of the request, and not of its work
ious-compat-flags += $(call ious-has,cancel_seq_set;,linux/io_uring_types.h,CANCEL_SEQ_SET)
# 7.2: a ring's bits are flags; 7.0: bit fields, op_restricted; before, restricted
ious-compat-flags += $(call ious-has,IO_RING_F_OP_RESTRICTED,linux/io_uring_types.h,INT_FLAGS)
ious-compat-flags += $(call ious-has,[ 	]op_restricted[ 	]*:,linux/io_uring_types.h,OP_RESTRICTED)
ious-compat-flags += $(call ious-has,[ 	]restricted[ 	]*:,linux/io_uring_types.h,RESTRICTED)
# 7.0: BPF filters of a ring
ious-compat-flags += $(call ious-has,bpf_filters;,linux/io_uring_types.h,BPF_FILTERS)
# between 6.1 and 6.12: all CQEs of a DEFER_TASKRUN ring by task work
ious-compat-flags += $(call ious-has,task_complete: 1;|IO_RING_F_TASK_COMPLETE|bool			task_complete,linux/io_uring_types.h,TASK_COMPLETE)
# between 6.1 and 6.12: task work that need not wake a submitter who waits for more
ious-compat-flags += $(call ious-has,IOU_F_TWQ_LAZY_WAKE,linux/io_uring_types.h,LAZY_WAKE)
# between 6.1 and 6.12: a multishot request says that it is one
ious-compat-flags += $(call ious-has,REQ_F_MULTISHOT_BIT,linux/io_uring_types.h,MULTISHOT)
# until a release between 6.1 and 6.12
ious-compat-flags += $(call ious-has,kallsyms_on_each_symbol.*struct module,linux/kallsyms.h,KALLSYMS_MODULE)
ious-compat-flags += $(call ious-has,^int register_ftrace_direct_multi,linux/ftrace.h,DIRECT_MULTI)
# until 6.14 or so, then, and from 7.3 on
ious-compat-flags += $(call ious-has,int __secure_computing.const,linux/seccomp.h,SECCOMP_DATA)
ious-compat-flags += $(call ious-has,int __secure_computing.void,linux/seccomp.h,SECCOMP_VOID)
ious-compat-flags += $(call ious-has,bool __seccomp_permit_syscall,linux/seccomp.h,SECCOMP_PERMIT)
