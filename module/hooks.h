/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Functions of the kernel that we look into or take the place of.
 *
 * A callback runs at the function's entry, in the caller's context, and
 * decides: leave it alone, or set the instruction pointer to a function of
 * ours. So nobody has a frame of the module on its stack but those who use it.
 */
#ifndef IOUS_HOOKS_H
#define IOUS_HOOKS_H

#include <linux/ftrace.h>

struct io_ring_ctx;

struct ious_hook {
	const char *name;
	/* as verify.c spells it */
	const char *proto;
	/* index of the static call that runs the original, or IOUS_ORIG_NONE */
	unsigned int original;
	ftrace_func_t callback;
	/*
	 * Which functions call it, all that are known, with | between the names that
	 * one may have; or the member of the core's table of opcodes by which it is
	 * called.
	 */
	const char *callers[2];
	const char *op_member;

	/* private to hooks.c: the ftrace site */
	unsigned long addr;
};

extern struct ious_hook ious_hooks[];
extern const unsigned int ious_nr_hooks;

/* Finds the functions; 0 or -ENODEV with a line in the log. */
int ious_hooks_find(void);

/*
 * Installs what is missing. What is there stays, whatever comes of it: requests
 * may exist that need it.
 */
int ious_hooks_install(void);

/*
 * Takes out the hooks on system calls' ways in: no new request of ours can be
 * made, nor can a task come to wait in our code for memory of user space.
 */
int ious_hooks_close(void);

/* The others, after that. */
int ious_hooks_remove(void);

/* What io_submit_sqes() calls at its entry, no C function; what that uses. */
void ious_submit_trampoline(void);
unsigned int ious_submit_look(struct io_ring_ctx *ctx, unsigned int nr);
int ious_submit_sqes(struct io_ring_ctx *ctx, unsigned int nr);

/* Each is called for its hook's function only. */
void ious_submit_callback(unsigned long ip, unsigned long parent_ip,
			  struct ftrace_ops *ops, struct ftrace_regs *fregs);
void ious_carrier_prep_callback(unsigned long ip, unsigned long parent_ip,
				struct ftrace_ops *ops,
				struct ftrace_regs *fregs);
void ious_carrier_callback(unsigned long ip, unsigned long parent_ip,
			   struct ftrace_ops *ops, struct ftrace_regs *fregs);
void ious_register_callback(unsigned long ip, unsigned long parent_ip,
			    struct ftrace_ops *ops, struct ftrace_regs *fregs);
void ious_cancel_generic_callback(unsigned long ip, unsigned long parent_ip,
				  struct ftrace_ops *ops,
				  struct ftrace_regs *fregs);
void ious_try_cancel_requests_callback(unsigned long ip,
				       unsigned long parent_ip,
				       struct ftrace_ops *ops,
				       struct ftrace_regs *fregs);
void ious_try_cancel_callback(unsigned long ip, unsigned long parent_ip,
			      struct ftrace_ops *ops,
			      struct ftrace_regs *fregs);

#endif
