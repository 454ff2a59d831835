/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The only place that knows how kernels differ. IOUS_HAVE_* come from
 * compat.mk; what a kernel has as a macro is asked for by its own name.
 */
#ifndef IOUS_COMPAT_H
#define IOUS_COMPAT_H

/* Kernels that no probe knows are refused here; verify.c checks the rest at load. */
#ifndef CONFIG_IO_URING
#error "io_uring_spawn: this kernel has no io_uring"
#endif
#if !defined(CONFIG_KPROBES) || !defined(CONFIG_DYNAMIC_FTRACE)
#error "io_uring_spawn: this kernel lacks kprobes or dynamic ftrace, which the hooks need"
#endif
#ifndef IOUS_HAVE_IO_URING_TYPES
#error "io_uring_spawn: this kernel has no linux/io_uring_types.h: it is older than 6.1, or has the file elsewhere"
#endif
#if !defined(IOUS_HAVE_REQ_TCTX) && !defined(IOUS_HAVE_REQ_TASK)
#error "io_uring_spawn: this kernel's struct io_kiocb has neither tctx nor task for the submitter"
#endif
#if !defined(IOUS_HAVE_INT_FLAGS) && !defined(IOUS_HAVE_OP_RESTRICTED) && \
	!defined(IOUS_HAVE_RESTRICTED)
#error "io_uring_spawn: this kernel's struct io_ring_ctx marks a restricted ring in an unknown way"
#endif
#if !defined(IOUS_HAVE_SECCOMP_PERMIT) && !defined(IOUS_HAVE_SECCOMP_DATA) && \
	!defined(IOUS_HAVE_SECCOMP_VOID)
#error "io_uring_spawn: this kernel calls seccomp in an unknown way"
#endif

#include <linux/audit.h>
#include <linux/bitmap.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/ftrace.h>
#include <linux/io_uring_types.h>
#include <linux/key.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <asm/seccomp.h>
#include <asm/unistd.h>

#include "arch.h"

/*
 * On Linux 6.1, io_uring_enter() and io_uring_register() hold the ring's file
 * without a reference if no other task uses the table of descriptors.
 */
#ifdef IORING_SETUP_NO_SQARRAY
#define IOUS_RING_HELD_LIGHTLY		false
#else
#define IOUS_RING_HELD_LIGHTLY		true
#endif

/* IORING_REGISTER_USE_REGISTERED_RING; Linux 6.1 has none, and no such opcode */
#define IOUS_REGISTERED_RING	(1U << 31)

#ifndef IORING_SETUP_SINGLE_ISSUER
#define IORING_SETUP_SINGLE_ISSUER	(1U << 12)
#endif
#ifndef IORING_SETUP_NO_SQARRAY
#define IORING_SETUP_NO_SQARRAY		(1U << 16)
#endif
#ifndef IORING_SETUP_SQE_MIXED
#define IORING_SETUP_SQE_MIXED		(1U << 19)
#endif
#ifndef IORING_SETUP_SQ_REWIND
#define IORING_SETUP_SQ_REWIND		(1U << 20)
#endif

/* Flags of clone3() that came after Linux 6.1. */
#ifdef CLONE_PIDFD_AUTOKILL
#define IOUS_CLONE_AUTOKILL		CLONE_PIDFD_AUTOKILL
#define IOUS_CLONE_LATER		(CLONE_AUTOREAP | CLONE_NNP | \
					 CLONE_PIDFD_AUTOKILL)
#define IOUS_CLONE_AUTOREAP		CLONE_AUTOREAP
#define IOUS_CLONE_NNP			CLONE_NNP
#else
#define IOUS_CLONE_AUTOREAP		0
#define IOUS_CLONE_NNP			0
#define IOUS_CLONE_AUTOKILL		0
#define IOUS_CLONE_LATER		0
#endif

#ifndef PF_USER_WORKER
#define PF_USER_WORKER			PF_IO_WORKER
#endif
#define IOUS_PF_WORKER			(PF_IO_WORKER | PF_USER_WORKER)

#ifdef IOUS_HAVE_MULTISHOT
#define IOUS_REQ_MULTISHOT		(REQ_F_MULTISHOT | REQ_F_APOLL_MULTISHOT)
#else
#define IOUS_REQ_MULTISHOT		REQ_F_APOLL_MULTISHOT
#endif

/* With DEFER_TASKRUN, does every CQE take the way of task work? */
#ifdef IOUS_HAVE_TASK_COMPLETE
#define IOUS_DEFER_IN_ORDER		true
#else
#define IOUS_DEFER_IN_ORDER		false
#endif

/* A flag of task work: it wakes the submitter only when that has what it waits for. */
#ifdef IOUS_HAVE_LAZY_WAKE
#define IOUS_LAZY_WAKE			IOU_F_TWQ_LAZY_WAKE
#define IOUS_LAZY_VALUE(X)		X(IOU_F_TWQ_LAZY_WAKE)
#else
#define IOUS_LAZY_WAKE			0
#define IOUS_LAZY_VALUE(X)
#endif

/*
 * Linux 6.1 keeps a node of the stack in the list of a DEFER_TASKRUN ring's work
 * while its submitter runs that. If the submitter exits or execs, each task that adds
 * work there takes the list apart, and finds the node.
 */
#define IOUS_LOCAL_WORK_RACES	(!IOUS_DEFER_IN_ORDER)

/*
 * The task that submitted a request, which holds a reference to it, and that task's
 * io_uring_task. io_uring_try_cancel_requests() gets one of them.
 */
#ifdef IOUS_HAVE_REQ_TCTX
static inline struct task_struct *ious_req_task(const struct io_kiocb *req)
{
	return req->tctx->task;
}

static inline struct io_uring_task *ious_req_tctx(const struct io_kiocb *req)
{
	return req->tctx;
}

#define IOUS_OWNER_FIELD	tctx
#define IOUS_TCTX_FIELDS(X)	X(io_uring_task, task)
/*
 * 6.13 to 6.15 (not tried) lack the last argument: one too many in a register does no
 * harm.
 */
#define IOUS_TRY_CANCEL_PROTO	"b(io_ring_ctx*,io_uring_task*,b,b)|" \
				"b(io_ring_ctx*,io_uring_task*,b)"
#define IOUS_TRY_CANCEL_PARAMETERS					\
	struct io_ring_ctx *ctx, struct io_uring_task *owner,		\
	bool cancel_all, bool is_sqpoll_thread
#define IOUS_TRY_CANCEL_ARGUMENTS	ctx, owner, cancel_all, is_sqpoll_thread
#else
static inline struct task_struct *ious_req_task(const struct io_kiocb *req)
{
	return req->task;
}

static inline struct io_uring_task *ious_req_tctx(const struct io_kiocb *req)
{
	return req->task->io_uring;
}

#define IOUS_OWNER_FIELD	task
#define IOUS_TCTX_FIELDS(X)
#define IOUS_TRY_CANCEL_PROTO	"b(io_ring_ctx*,task_struct*,b)"
#define IOUS_TRY_CANCEL_PARAMETERS					\
	struct io_ring_ctx *ctx, struct task_struct *owner, bool cancel_all
#define IOUS_TRY_CANCEL_ARGUMENTS	ctx, owner, cancel_all
#endif

/* As io_prep_async_work(), for the parts that io_wq_submit_work() reads. */
static inline void ious_work_init(struct io_kiocb *req)
{
	req->work.list.next = NULL;
#ifdef IOUS_HAVE_ATOMIC_WORK_FLAGS
	atomic_set(&req->work.flags, 0);
#else
	req->work.flags = 0;
#endif
#ifndef IOUS_HAVE_CANCEL_SEQ_SET
	req->work.cancel_seq = atomic_read(&req->ctx->cancel_seq);
#endif
}

/* The fields that the next two read, for verify.c; fields of one bit by themselves. */
#ifdef IOUS_HAVE_INT_FLAGS
#define IOUS_CTX_FIELDS(X)	X(io_ring_ctx, int_flags) IOUS_BPF_FIELDS(X)
#define IOUS_CTX_BITS(X)
#elif defined(IOUS_HAVE_OP_RESTRICTED)
#define IOUS_CTX_FIELDS(X)	IOUS_BPF_FIELDS(X)
#define IOUS_CTX_BITS(X)	X(io_ring_ctx, op_restricted)		\
				X(io_ring_ctx, compat)			\
				X(io_ring_ctx, drain_disabled)
#else
#define IOUS_CTX_FIELDS(X)
#define IOUS_CTX_BITS(X)	X(io_ring_ctx, restricted)		\
				X(io_ring_ctx, compat)			\
				X(io_ring_ctx, drain_disabled)
#endif
#ifdef IOUS_HAVE_BPF_FILTERS
#define IOUS_BPF_FIELDS(X)	X(io_ring_ctx, bpf_filters)
#else
#define IOUS_BPF_FIELDS(X)
#endif

static inline bool ious_ctx_restricted(const struct io_ring_ctx *ctx)
{
#ifdef IOUS_HAVE_INT_FLAGS
	if (ctx->int_flags & IO_RING_F_OP_RESTRICTED)
		return true;
#elif defined(IOUS_HAVE_OP_RESTRICTED)
	if (ctx->op_restricted)
		return true;
#else
	if (ctx->restricted)
		return true;
#endif
#ifdef IOUS_HAVE_BPF_FILTERS
	/* a plain pointer to pointers that RCU protects */
	if (READ_ONCE(ctx->bpf_filters))
		return true;
#endif
	return false;
}

static inline bool ious_ctx_drain_disabled(const struct io_ring_ctx *ctx)
{
#ifdef IOUS_HAVE_INT_FLAGS
	return ctx->int_flags & IO_RING_F_DRAIN_DISABLED;
#else
	return ctx->drain_disabled;
#endif
}

static inline bool ious_ctx_compat(const struct io_ring_ctx *ctx)
{
#ifdef IOUS_HAVE_INT_FLAGS
	return ctx->int_flags & IO_RING_F_COMPAT;
#else
	return ctx->compat;
#endif
}

/* Values that not every kernel has; see verify_values.c. */
#define IOUS_LATER_VALUES(X)	IOUS_MULTISHOT_VALUE(X) IOUS_RING_VALUES(X) \
				IOUS_LAZY_VALUE(X)
#ifdef IOUS_HAVE_MULTISHOT
#define IOUS_MULTISHOT_VALUE(X)	X(REQ_F_MULTISHOT)
#else
#define IOUS_MULTISHOT_VALUE(X)
#endif
#ifdef IOUS_HAVE_INT_FLAGS
#define IOUS_RING_VALUES(X)	X(IO_RING_F_OP_RESTRICTED)		\
				X(IO_RING_F_DRAIN_DISABLED)		\
				X(IO_RING_F_COMPAT)
#else
#define IOUS_RING_VALUES(X)
#endif

/* seccomp's question has had three forms; see symbols.h. */
#if defined(IOUS_HAVE_SECCOMP_PERMIT)
#define IOUS_SECCOMP_SYMBOL(X)						\
	X(__seccomp_permit_syscall, bool, (void), "b()")
#define IOUS_SECCOMP_PERMITS	ious_call(__seccomp_permit_syscall)()
#elif defined(IOUS_HAVE_SECCOMP_DATA)
#define IOUS_SECCOMP_SYMBOL(X)						\
	X(__secure_computing, int, (const struct seccomp_data *),	\
	  "s4(seccomp_data*)")
#define IOUS_SECCOMP_PERMITS	(!ious_call(__secure_computing)(NULL))
#else
#define IOUS_SECCOMP_SYMBOL(X)						\
	X(__secure_computing, int, (void), "s4()")
#define IOUS_SECCOMP_PERMITS	(!ious_call(__secure_computing)())
#endif

/* The beginning of what kernel/seccomp.c keeps to itself. */
struct seccomp_filter {
	refcount_t refs;
	refcount_t users;
	bool log;
	bool wait_killable_recv;
	struct {
		DECLARE_BITMAP(native, SECCOMP_ARCH_NATIVE_NR);
#ifdef SECCOMP_ARCH_COMPAT
		DECLARE_BITMAP(compat, SECCOMP_ARCH_COMPAT_NR);
#endif
	} cache;
	struct seccomp_filter *prev;
	struct bpf_prog *prog;
};

/* System calls that not every architecture has, see IOUS_CALLS in syscall.c. */
#ifdef __NR_dup2
#define IOUS_OLD_CALLS(X)	X(dup2, dup2, NULL)
#else
#define IOUS_OLD_CALLS(X)
#endif

/* A new process must not have the keyrings of another thread and process. */
static inline void ious_drop_keyrings(struct cred *cred)
{
#ifdef CONFIG_KEYS
	key_put(cred->thread_keyring);
	cred->thread_keyring = NULL;
	key_put(cred->process_keyring);
	cred->process_keyring = NULL;
#endif
}

/* Trampolines that a function calls instead of ftrace's own. */
#ifndef CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS
static inline int ious_register_direct(struct ftrace_ops *ops,
				       unsigned long addr)
{
	return -EOPNOTSUPP;
}

static inline int ious_unregister_direct(struct ftrace_ops *ops,
					 unsigned long addr)
{
	return -EOPNOTSUPP;
}
#elif defined(IOUS_HAVE_DIRECT_MULTI)
static inline int ious_register_direct(struct ftrace_ops *ops,
				       unsigned long addr)
{
	return register_ftrace_direct_multi(ops, addr);
}

static inline int ious_unregister_direct(struct ftrace_ops *ops,
					 unsigned long addr)
{
	return unregister_ftrace_direct_multi(ops, addr);
}
#else
static inline int ious_register_direct(struct ftrace_ops *ops,
				       unsigned long addr)
{
	return register_ftrace_direct(ops, addr);
}

static inline int ious_unregister_direct(struct ftrace_ops *ops,
					 unsigned long addr)
{
	return unregister_ftrace_direct(ops, addr, false);
}
#endif

/* Empty if the kernel does not audit system calls. */
#ifdef CONFIG_AUDITSYSCALL
#define IOUS_AUDIT_SYMBOLS(X)						\
	X(__audit_syscall_entry, void,					\
	  (int, unsigned long, unsigned long, unsigned long, unsigned long), \
	  "v(s4,u8,u8,u8,u8)")						\
	X(__audit_syscall_exit, void, (int, long), "v(s4,s8)")
#define IOUS_AUDIT_FIELDS(X)	X(task_struct, audit_context)
#define IOUS_AUDIT_ENTRY(regs)	do {					\
	if (unlikely(audit_context()))					\
		ious_call(__audit_syscall_entry)(ious_regs_nr(regs),	\
			ious_regs_arg(regs, 0), ious_regs_arg(regs, 1),	\
			ious_regs_arg(regs, 2), ious_regs_arg(regs, 3)); \
} while (0)
#define IOUS_AUDIT_EXIT(ret)	do {					\
	if (unlikely(audit_context()))					\
		ious_call(__audit_syscall_exit)(!IS_ERR_VALUE(ret), ret); \
} while (0)
#else
#define IOUS_AUDIT_SYMBOLS(X)
#define IOUS_AUDIT_FIELDS(X)
#define IOUS_AUDIT_ENTRY(regs)	do { } while (0)
#define IOUS_AUDIT_EXIT(ret)	do { } while (0)
#endif

#ifdef CONFIG_SMP
#define IOUS_SMP_FIELDS(X)	X(task_struct, migration_disabled)
#else
#define IOUS_SMP_FIELDS(X)
#endif

static inline bool ious_migration_disabled(void)
{
#ifdef CONFIG_SMP
	return current->migration_disabled;
#else
	return false;
#endif
}

/* The arguments of kallsyms_on_each_symbol()'s callback; those of a copy, for tests. */
#ifdef IOUS_HAVE_KALLSYMS_MODULE
#define IOUS_KALLSYMS_TYPES	void *, const char *, struct module *,	\
				unsigned long
#define IOUS_KALLSYMS_PARAMETERS					\
	void *data, const char *name, struct module *module, unsigned long addr
#define IOUS_KALLSYMS_COPY	NULL, "io_submit_sqes.isra.0", NULL, 0
#else
#define IOUS_KALLSYMS_TYPES	void *, const char *, unsigned long
#define IOUS_KALLSYMS_PARAMETERS					\
	void *data, const char *name, unsigned long addr
#define IOUS_KALLSYMS_COPY	NULL, "io_submit_sqes.isra.0", 0
#endif

#endif
