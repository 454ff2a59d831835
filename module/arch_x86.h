/* SPDX-License-Identifier: GPL-2.0 */
/* x86-64's answers to the questions of arch.h. */
#ifndef IOUS_ARCH_X86_H
#define IOUS_ARCH_X86_H

#include <linux/audit.h>
#include <linux/errno.h>
#include <linux/ftrace.h>
#include <linux/sched.h>
#include <linux/types.h>
#include <asm/nospec-branch.h>
#include <asm/ptrace.h>

#ifndef CONFIG_DYNAMIC_FTRACE_WITH_ARGS
#error "io_uring_spawn: this kernel's ftrace does not give arguments to callbacks"
#endif
#ifndef CONFIG_HAVE_STATIC_CALL_INLINE
#error "io_uring_spawn: this kernel lacks static calls, which the hooks need"
#endif

#define IOUS_AUDIT_ARCH		AUDIT_ARCH_X86_64

#define IOUS_SYS(name)		__x64_sys_##name
#define IOUS_SYS_PREFIX		"__x64_sys_"
#define IOUS_SYS_PERSONALITY	personality
#define IOUS_SYS_CALLERS	"x64_sys_call|do_syscall_64"
#define IOUS_SYS_ROWS		0

#define IOUS_STORES_IN_ORDER	true

/* The size of an ENDBR: with IBT, the ftrace site is behind it. */
#define IOUS_SITE_MAX		4

/* Since 6.2. */
#ifdef CALL_DEPTH_ACCOUNT
#define IOUS_CALL_DEPTH_ACCOUNT	CALL_DEPTH_ACCOUNT
#else
#define IOUS_CALL_DEPTH_ACCOUNT
#endif

static inline struct pt_regs *ious_fregs_regs(struct ftrace_regs *fregs)
{
#ifdef arch_ftrace_regs
	return &arch_ftrace_regs(fregs)->regs;
#else
	return &fregs->regs;
#endif
}

static inline unsigned long ious_fregs_arg(struct ftrace_regs *fregs,
					   unsigned int n)
{
	const struct pt_regs *regs = ious_fregs_regs(fregs);

	return n ? regs->si : regs->di;
}

static inline void ious_fregs_set_arg(struct ftrace_regs *fregs,
				      unsigned long value)
{
	ious_fregs_regs(fregs)->si = value;
}

static inline unsigned long ious_fregs_ip(struct ftrace_regs *fregs)
{
	return ious_fregs_regs(fregs)->ip;
}

static inline void ious_fregs_set_ip(struct ftrace_regs *fregs,
				     unsigned long ip)
{
	ious_fregs_regs(fregs)->ip = ip;
}

static inline void ious_regs_set(struct pt_regs *regs, int nr, const u64 *args)
{
	regs->orig_ax = nr;
	regs->ax = -ENOSYS;
	regs->di = args[0];
	regs->si = args[1];
	regs->dx = args[2];
	regs->r10 = args[3];
	regs->r8 = args[4];
	regs->r9 = args[5];
}

static inline long ious_regs_nr(const struct pt_regs *regs)
{
	return regs->orig_ax;
}

static inline unsigned long ious_regs_arg(const struct pt_regs *regs,
					  unsigned int n)
{
	switch (n) {
	case 0:
		return regs->di;
	case 1:
		return regs->si;
	case 2:
		return regs->dx;
	case 3:
		return regs->r10;
	case 4:
		return regs->r8;
	default:
		return regs->r9;
	}
}

static inline long ious_regs_ret(const struct pt_regs *regs)
{
	return regs->ax;
}

static inline u32 ious_leave_compat(void)
{
	u32 status = current_thread_info()->status;

	current_thread_info()->status &= ~TS_COMPAT;
	return status;
}

static inline void ious_return_to_compat(u32 status)
{
	current_thread_info()->status = status;
}

static inline void ious_arch_birth(void)
{
}

/* A new process goes through the end of a system call by itself. */
static inline bool ious_arch_owes_end(void)
{
	return false;
}

#define ious_arch_end_call()	do { } while (0)
#define IOUS_ARCH_SYMBOLS(X)

#endif
