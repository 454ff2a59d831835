# SPDX-License-Identifier: GPL-2.0
#
# What differs between kernels and can be seen in their headers. Features are
# asked for, never version numbers: stable series take over internals.
#
# ious-has: $(1) an extended regular expression, $(2) a header below include/,
# $(3) the suffix of the macro that compat.h looks at.
ious-has = $(if $(shell grep -E -q '$(1)' $(srctree)/include/$(2) && echo y),-DIOUS_HAVE_$(3))

ious-compat-flags := \
	$(call ious-has,^	struct io_uring_task[ 	]+\*tctx;,linux/io_uring_types.h,REQ_TCTX) \
	$(call ious-has,^	atomic_t flags;,linux/io_uring_types.h,ATOMIC_WORK_FLAGS) \
	$(call ious-has,^	struct task_struct[ 	]+\*task;,linux/io_uring_types.h,REQ_TASK) \
	$(call ious-has,IO_RING_F_OP_RESTRICTED,linux/io_uring_types.h,INT_FLAGS) \
	$(call ious-has,[ 	]op_restricted[ 	]*:,linux/io_uring_types.h,OP_RESTRICTED) \
	$(call ious-has,[ 	]restricted[ 	]*:,linux/io_uring_types.h,RESTRICTED) \
	$(call ious-has,bpf_filters;,linux/io_uring_types.h,BPF_FILTERS) \
	$(call ious-has,task_complete: 1;|IO_RING_F_TASK_COMPLETE|bool			task_complete,linux/io_uring_types.h,TASK_COMPLETE) \
	$(call ious-has,REQ_F_MULTISHOT_BIT,linux/io_uring_types.h,MULTISHOT) \
	$(call ious-has,cancel_seq_set;,linux/io_uring_types.h,CANCEL_SEQ_SET) \
	$(call ious-has,.,linux/io_uring_types.h,IO_URING_TYPES) \
	$(call ious-has,kallsyms_on_each_symbol.*struct module,linux/kallsyms.h,KALLSYMS_MODULE) \
	$(call ious-has,int __secure_computing.void,linux/seccomp.h,SECCOMP_VOID) \
	$(call ious-has,^int register_ftrace_direct_multi,linux/ftrace.h,DIRECT_MULTI) \
	$(call ious-has,int __secure_computing.const,linux/seccomp.h,SECCOMP_DATA) \
	$(call ious-has,bool __seccomp_permit_syscall,linux/seccomp.h,SECCOMP_PERMIT)
