/* SPDX-License-Identifier: GPL-2.0 */
/* arm64's answers to the questions of arch.h. */
#ifndef IOUS_ARCH_ARM64_H
#define IOUS_ARCH_ARM64_H

#include <linux/audit.h>
#include <linux/ftrace.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/types.h>
#include <asm/ptrace.h>
#include <asm/unistd.h>

/* See ious_arch_birth(): the process would have to have this register, too. */
#ifdef CONFIG_ARM64_PSEUDO_NMI
#error "io_uring_spawn: this kernel masks interrupts by priority, for which a new process of ours is not prepared"
#endif

/*
 * Without inline static calls, functions of the kernel are called through pointers. Such a
 * call may not go behind a function's ftrace site if the kernel checks its target.
 */
#ifdef CONFIG_ARM64_BTI_KERNEL
#error "io_uring_spawn: this kernel uses BTI for itself, which the hooks cannot pass"
#endif
#if defined(CONFIG_CFI_CLANG) || defined(CONFIG_CFI)
#error "io_uring_spawn: this kernel checks indirect calls (CFI), which the hooks cannot pass"
#endif

#define IOUS_AUDIT_ARCH		AUDIT_ARCH_AARCH64

#define IOUS_SYS(name)		__arm64_sys_##name
#define IOUS_SYS_PREFIX		"__arm64_sys_"
/* the generic function is there as well, without a check of its own */
#define IOUS_SYS_PERSONALITY	arm64_personality
#define IOUS_SYS_CALLERS	"sys_call_table"
#define IOUS_SYS_ROWS		NR_syscalls

#define IOUS_STORES_IN_ORDER	false

/* Two instructions of patchable entry: the first saves the link register. */
#define IOUS_SITE_MAX		4

/* Linux 6.1 gives callbacks all registers, newer kernels only some. */
#if defined(arch_ftrace_regs)
#define IOUS_FREGS(fregs)	arch_ftrace_regs(fregs)
#elif defined(CONFIG_DYNAMIC_FTRACE_WITH_ARGS)
#define IOUS_FREGS(fregs)	(fregs)
#else
#define IOUS_FREGS(fregs)	(&(fregs)->regs)
#endif

static inline unsigned long ious_fregs_arg(struct ftrace_regs *fregs,
					   unsigned int n)
{
	return IOUS_FREGS(fregs)->regs[n];
}

static inline void ious_fregs_set_arg(struct ftrace_regs *fregs,
				      unsigned long value)
{
	IOUS_FREGS(fregs)->regs[1] = value;
}

static inline unsigned long ious_fregs_ip(struct ftrace_regs *fregs)
{
	return IOUS_FREGS(fregs)->pc;
}

static inline void ious_fregs_set_ip(struct ftrace_regs *fregs,
				     unsigned long ip)
{
	IOUS_FREGS(fregs)->pc = ip;
}

/* The result takes the place of the first argument, which orig_x0 keeps. */
static inline void ious_regs_set(struct pt_regs *regs, int nr, const u64 *args)
{
	unsigned int i;

	regs->syscallno = nr;
	regs->regs[8] = nr;
	regs->orig_x0 = args[0];
	for (i = 0; i < IOUS_NR_ARGS; i++)
		regs->regs[i] = args[i];
}

static inline long ious_regs_nr(const struct pt_regs *regs)
{
	return regs->syscallno;
}

static inline unsigned long ious_regs_arg(const struct pt_regs *regs,
					  unsigned int n)
{
	return regs->regs[n];
}

static inline long ious_regs_ret(const struct pt_regs *regs)
{
	return regs->regs[0];
}

/* A task is a 32-bit one or not, until it executes another program. */
static inline u32 ious_leave_compat(void)
{
	return 0;
}

static inline void ious_return_to_compat(u32 status)
{
}

/*
 * A process with a function of its own has the registers of a kernel thread: to return by
 * them is to die in the kernel, with all of it. An exec that failed too late leaves them,
 * and a tracer can take the signal away that ends the process then.
 *
 * Before 7.3, kernel_clone() leaves the submitter's shadow stack in such a process, whose
 * exec or exit would unmap it.
 */
static inline void ious_arch_birth(void)
{
	current_pt_regs()->pstate = PSR_MODE_EL0t;
#ifdef CONFIG_ARM64_GCS
	current->thread.gcs_base = 0;
	current->thread.gcs_size = 0;
#endif
}

/* The kernel's own condition, behind a system call, if a program is there to go to. */
static inline bool ious_arch_owes_end(void)
{
	return current_pt_regs()->pc &&
	       read_thread_flags() & (_TIF_SYSCALL_WORK | _TIF_SINGLESTEP);
}

#define ious_arch_end_call()						\
	ious_call(syscall_trace_exit)(current_pt_regs())
#define IOUS_ARCH_SYMBOLS(X)						\
	X(syscall_trace_exit, void, (struct pt_regs *), "v(pt_regs*)")

#endif
