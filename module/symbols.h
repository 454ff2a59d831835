/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kernel functions that are not exported, one table.
 *
 * They are called through static calls: direct calls need no ENDBR at the
 * target, and kernels with IBT remove it from functions whose address they
 * never take themselves.
 */
#ifndef IOUS_SYMBOLS_H
#define IOUS_SYMBOLS_H

#include <linux/spinlock_types.h>
#include <linux/static_call.h>
#include <linux/types.h>
#include <linux/user_namespace.h>

#include "compat.h"

struct btf;
struct btf_type;
struct callback_head;
struct file;
struct io_cancel_data;
struct io_kiocb;
struct filename;
struct io_ring_ctx;
struct io_sq_data;
struct io_uring_task;
struct io_wq_work;
struct kernel_clone_args;
struct linux_binprm;
struct path;
struct pid;
struct pt_regs;
struct rusage;
struct seccomp_data;
struct task_struct;
struct ucounts;

/* The function for a system call, whose name is the architecture's. */
#define IOUS_SYS_SYMBOL(X, name, proto)					\
	IOUS_EXPAND(X, IOUS_SYS(name), long, (const struct pt_regs *), proto)
#define IOUS_EXPAND(X, ...)	X(__VA_ARGS__)

/*
 * X(name, result, parameters, prototype as verify.c spells it)
 *
 * The prototype of a function that BTF does not describe is NULL.
 */
#define IOUS_SYMBOLS(X)							\
	X(kernel_clone, pid_t, (struct kernel_clone_args *),		\
	  "s4(kernel_clone_args*)")					\
	X(ftrace_location, unsigned long, (unsigned long), "u8(u8)")	\
	X(do_group_exit, void, (int), "v(s4)")				\
	X(task_work_run, void, (void), "v()")				\
	IOUS_SYS_SYMBOL(X, execveat, "s8(pt_regs*)")			\
	X(io_wq_submit_work, void, (struct io_wq_work *),		\
	  "v(io_wq_work*)")						\
	X(io_req_task_queue_fail, void, (struct io_kiocb *, int),	\
	  "v(io_kiocb*,s4)")						\
	X(io_queue_linked_timeout, void, (struct io_kiocb *),		\
	  "v(io_kiocb*)")						\
	X(io_file_get_fixed, struct file *,				\
	  (struct io_kiocb *, int, unsigned int),			\
	  "file*(io_kiocb*,s4,u4)")					\
	X(io_cancel_req_match, bool,					\
	  (struct io_kiocb *, struct io_cancel_data *),			\
	  "b(io_kiocb*,io_cancel_data*)")				\
	X(wake_up_state, int, (struct task_struct *, unsigned int),	\
	  "s4(task_struct*,u4)")					\
	X(__set_task_comm, void,					\
	  (struct task_struct *, const char *, bool),			\
	  "v(task_struct*,void*,b)")					\
	X(cgroup_enter_frozen, void, (void), "v()")			\
	X(cgroup_leave_frozen, void, (bool), "v(b)")			\
	X(is_current_pgrp_orphaned, int, (void), "s4()")		\
	X(ptrace_notify, int, (int, unsigned long), "s4(s4,u8)")	\
	X(__ptrace_link, void,						\
	  (struct task_struct *, struct task_struct *, const struct cred *), \
	  "v(task_struct*,task_struct*,cred*)")				\
	X(security_file_receive, int, (struct file *), "s4(file*)")	\
	X(replace_fd, int, (unsigned int, struct file *, unsigned int),	\
	  "s4(u4,file*,u4)")						\
	X(unshare_files, int, (void), "s4()")				\
	X(filename_lookup, int,						\
	  (int, struct filename *, unsigned int, struct path *,		\
	   struct path *), "s4(s4,filename*,u4,path*,path*)")	\
	X(set_close_on_exec, void, (unsigned int, int), "v(u4,s4)")	\
	X(io_fixed_fd_install, int,					\
	  (struct io_kiocb *, unsigned int, struct file *, unsigned int), \
	  "s4(io_kiocb*,u4,file*,u4)")					\
	X(io_fixed_fd_remove, int, (struct io_ring_ctx *, unsigned int), \
	  "s4(io_ring_ctx*,u4)")					\
	X(pidfd_prepare, int, (struct pid *, unsigned int, struct file **), \
	  "s4(pid*,u4,void*)")						\
	X(kernel_wait4, long, (pid_t, int __user *, int, struct rusage *), \
	  "s8(s4,void*,s4,rusage*)")					\
	X(io_disarm_next, void, (struct io_kiocb *), "v(io_kiocb*)")	\
	X(task_work_cancel_match, struct callback_head *,		\
	  (struct task_struct *,					\
	   bool (*)(struct callback_head *, void *), void *),		\
	  "callback_head*(task_struct*,void*,void*)")			\
	X(inc_rlimit_ucounts, long,					\
	  (struct ucounts *, enum rlimit_type, long), "s8(ucounts*,?,s8)") \
	X(dec_rlimit_ucounts, bool,					\
	  (struct ucounts *, enum rlimit_type, long), "b(ucounts*,?,s8)") \
	X(kallsyms_on_each_symbol, int,					\
	  (int (*)(IOUS_KALLSYMS_TYPES), void *), "s4(void*,void*)")	\
	X(kallsyms_lookup_size_offset, int,				\
	  (unsigned long, unsigned long *, unsigned long *),		\
	  "s4(u8,void*,void*)")						\
	X(is_rlimit_overlimit, bool,					\
	  (struct ucounts *, enum rlimit_type, unsigned long),		\
	  "b(ucounts*,?,u8)")						\
	IOUS_ARCH_SYMBOLS(X)						\
	IOUS_SECCOMP_SYMBOL(X)						\
	IOUS_AUDIT_SYMBOLS(X)

/* They check the others; nothing could check their own prototypes. */
#define IOUS_BTF_SYMBOLS(X)						\
	X(bpf_get_btf_vmlinux, struct btf *, (void), NULL)		\
	X(btf_find_by_name_kind, s32,					\
	  (const struct btf *, const char *, u8), NULL)			\
	X(btf_name_by_offset, const char *,				\
	  (const struct btf *, u32), NULL)

/* The originals of hooked functions, see hooks.h. */
#define IOUS_ORIGINALS(X)						\
	X(io_submit_sqes, int, (struct io_ring_ctx *, unsigned int), NULL) \
	X(io_uring_cancel_generic, void, (bool, struct io_sq_data *), NULL) \
	X(io_uring_try_cancel_requests, bool,				\
	  (IOUS_TRY_CANCEL_PARAMETERS), NULL)				\
	X(io_try_cancel, int,						\
	  (struct io_uring_task *, struct io_cancel_data *, unsigned int), \
	  NULL)								\
	X(setup_arg_pages, int,						\
	  (struct linux_binprm *, unsigned long, int), NULL)		\
	IOUS_SYS_SYMBOL(X, io_uring_register, NULL)

#define IOUS_DECLARE(name, ret, args, proto)				\
	typedef ret ious_fn_##name args;				\
	DECLARE_STATIC_CALL(ious_##name, ious_fn_##name);
IOUS_SYMBOLS(IOUS_DECLARE)
IOUS_BTF_SYMBOLS(IOUS_DECLARE)
IOUS_ORIGINALS(IOUS_DECLARE)

/* @name may be IOUS_SYS(), which has to become a name first. */
#define ious_call(name)		IOUS_STATIC_CALL(name)
#define IOUS_STATIC_CALL(name)	static_call(ious_##name)

/* Does seccomp let the current task make the call in its registers? */
static inline bool ious_secure_computing(void)
{
	return IOUS_SECCOMP_PERMITS;
}

/* Tells audit of a call; no effect if audit is off. */
static inline void ious_audit_entry(const struct pt_regs *regs)
{
	IOUS_AUDIT_ENTRY(regs);
}

static inline void ious_audit_exit(long ret)
{
	IOUS_AUDIT_EXIT(ret);
}

/*
 * io-wq's way to drop a request, in one of two forms: put_work() and a
 * free_work() without result, or a free_work() that does both.
 */
struct io_wq_work *ious_put_work(struct io_wq_work *work);

/*
 * Adds the request's task work to its ring, which has DEFER_TASKRUN. A kernel has one
 * of two functions for it, one for all rings or one for these, or none that knows of
 * IOUS_LAZY_WAKE. The name is NULL then, and nothing may be added.
 */
const char *ious_add_work_name(void);
void ious_forget_add_work(void);
void ious_add_work(struct io_kiocb *req, unsigned int flags);

/* Task work of requests: the function that fails one, and those that complete one. */
extern void *ious_io_req_task_cancel;
extern void *ious_io_req_task_complete;
extern void *ious_io_req_rw_complete;

extern rwlock_t *ious_tasklist_lock;

int ious_symbols_init(void);

/* Finds the functions that read BTF: false if the kernel has none. */
bool ious_btf_symbols_init(void);

/* Address of @name, 0 if the kernel has no such symbol, or more than one. */
unsigned long ious_symbol_lookup(const char *name);

/* The same for a symbol that must exist: 0, or -ENODEV with a line in the log. */
int ious_symbol_find(const char *name, unsigned long *addr);

/* The module's parameter "refuse": is @name to be taken for different? */
bool ious_refused(const char *name);

struct ious_symbol {
	const char *name;
	const char *proto;
	struct static_call_key *key;
	void *tramp;
};

extern const struct ious_symbol ious_symbols[];
extern const unsigned int ious_nr_symbols;

void ious_set_original(unsigned int index, unsigned long addr);

enum {
#define IOUS_ORIGINAL_INDEX(name, ret, args, proto) IOUS_ORIG_##name,
	IOUS_ORIGINALS(IOUS_ORIGINAL_INDEX)
	IOUS_ORIG_NONE
};

#define IOUS_ORIG(name)		IOUS_ORIG_OF(name)
#define IOUS_ORIG_OF(name)	IOUS_ORIG_##name

#endif
