/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The questions that an architecture answers, each in its own header, arch_NAME.h, and
 * with the code of arch_NAME.c and trampoline_NAME.c. Only these files know it.
 */
#ifndef IOUS_ARCH_H
#define IOUS_ARCH_H

#include <linux/types.h>

#define IOUS_NR_ARGS	6

#if defined(CONFIG_X86_64)
#include "arch_x86.h"
#elif defined(CONFIG_ARM64)
#include "arch_arm64.h"
#else
#error "io_uring_spawn: only x86-64 and arm64 are supported"
#endif

/*
 * Of the header:
 *
 * IOUS_AUDIT_ARCH	seccomp's and audit's number for it
 * IOUS_SYS(name)	the kernel's function for a system call, which takes the
 *			registers at its entry; IOUS_SYS_PREFIX: its name's beginning;
 *			IOUS_SYS_PERSONALITY: personality(2) after that
 * IOUS_SYS_CALLERS	where these functions are called, with | between names; or
 *			their table, which has IOUS_SYS_ROWS rows; 0: it is no table
 * IOUS_SITE_MAX	the greatest distance of a function's ftrace site from its entry
 *
 * IOUS_STORES_IN_ORDER	are a CPU's stores seen in their order, without barriers?
 *
 * In a callback of ftrace, at the entry of a function:
 *
 * ious_fregs_arg()	the function's first argument, 0, or its second
 * ious_fregs_set_arg()	sets the second
 * ious_fregs_ip()	where the function goes on after the callback
 * ious_fregs_set_ip()	sets that
 *
 * Of registers at the entry of a system call:
 *
 * ious_regs_set()	makes them those of a call, of IOUS_NR_ARGS arguments
 * ious_regs_nr()	the call's number
 * ious_regs_arg()	argument n, as the kernel's function for the call reads it
 * ious_regs_ret()	the result
 *
 * Task work can run in the middle of a 32-bit system call, and make a process there.
 * The call that filters judge then is a 64-bit one:
 *
 * ious_leave_compat()		leaves the 32-bit call; returns how to go back
 * ious_return_to_compat()	goes back
 *
 * ious_arch_birth(), in a new process of ours, before anything else: gives up what
 * kernel_clone() has left to it of the submitter's, and would take away from that.
 *
 * A new process may come to user space without what the end of a system call does for
 * tracers and tracepoints. That of ours has executed a program, so it owes them the end
 * of an execve():
 *
 * ious_arch_owes_end()		does anybody wait for that?
 * ious_arch_end_call()		does it; a tracer may hold it for ever
 * IOUS_ARCH_SYMBOLS(X)		the functions for it, as in symbols.h
 */

/*
 * Does the code at @caller, of @size bytes, call the function with the ftrace site
 * @site? Or a jump goes there.
 */
bool ious_arch_calls(unsigned long caller, unsigned long size,
		     unsigned long site);

/* Is @target the entry of the function with the ftrace site @site? */
bool ious_arch_is_entry(unsigned long target, unsigned long site);

#endif
