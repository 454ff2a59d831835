// SPDX-License-Identifier: GPL-2.0
/*
 * CLONE's struct clone_args: copied when the request is submitted, and checked
 * as clone3(2) checks it, since kernel_clone() does not. An error has nothing to take
 * back yet.
 */
#include <linux/io_uring_types.h>
#include <linux/lockdep.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <asm/unistd.h>

#include <linux/io_uring_spawn.h>

#include "clone_args.h"
#include "compat.h"
#include "ious.h"

#define IOUS_CLONE_NEW	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |	\
			 CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |	\
			 CLONE_NEWNET | CLONE_NEWTIME)

/*
 * The first two are always set. CLONE_PTRACE is not allowed: the tracer decides
 * whether it traces the process.
 */
#define IOUS_CLONE_ALLOWED						\
	(CLONE_VM | CLONE_CLEAR_SIGHAND | CLONE_FS | CLONE_FILES |	\
	 CLONE_IO | CLONE_SYSVSEM | CLONE_PARENT |			\
	 CLONE_PARENT_SETTID | CLONE_PIDFD | CLONE_INTO_CGROUP |	\
	 IOUS_CLONE_NEW | IOUS_CLONE_LATER)

struct ious_clone_args *ious_clone_args(const struct io_kiocb *req)
{
	return req->flags & REQ_F_ASYNC_DATA ? req->async_data : NULL;
}

static bool ious_clone_flags_valid(const struct clone_args *uargs)
{
	u64 flags = uargs->flags;

	if (flags & ~IOUS_CLONE_ALLOWED)
		return false;
	if (uargs->exit_signal & ~(u64)CSIGNAL ||
	    !valid_signal(uargs->exit_signal))
		return false;
	return !(flags & (CLONE_PARENT | IOUS_CLONE_AUTOREAP) &&
		 uargs->exit_signal);
}

static bool ious_clone_args_valid(const struct clone_args *uargs, size_t size)
{
	if (uargs->child_tid || uargs->stack || uargs->stack_size ||
	    uargs->tls)
		return false;
	if (uargs->set_tid_size > MAX_PID_NS_LEVEL ||
	    !uargs->set_tid != !uargs->set_tid_size)
		return false;
	if (uargs->flags & CLONE_INTO_CGROUP &&
	    (uargs->cgroup > INT_MAX || size < CLONE_ARGS_SIZE_VER2))
		return false;
	return ious_clone_flags_valid(uargs);
}

/*
 * A pidfd as a direct descriptor: the process has to be taken back if there is
 * no room for it, which only its parent can do. If the kernel chooses the slot, it
 * writes the number where it would write an ordinary pidfd's.
 */
static bool ious_clone_slot_valid(const struct clone_args *uargs, u32 slot)
{
	if (!slot)
		return true;
	if (!(uargs->flags & CLONE_PIDFD) ||
	    uargs->flags & (CLONE_PARENT | IOUS_CLONE_AUTOKILL))
		return false;
	return slot == IORING_FILE_INDEX_ALLOC || !uargs->pidfd;
}

static struct ious_clone_args *
ious_clone_args_new(const struct clone_args *uargs, u32 slot)
{
	size_t nr = uargs->set_tid_size;
	struct ious_clone_args *args;

	args = kmalloc(struct_size(args, set_tid, nr),
		       GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!args)
		return ERR_PTR(-ENOMEM);
	*args = (struct ious_clone_args) {
		.flags		= uargs->flags,
		.pidfd		= u64_to_user_ptr(uargs->pidfd),
		.parent_tid	= u64_to_user_ptr(uargs->parent_tid),
		.exit_signal	= uargs->exit_signal,
		.cgroup		= uargs->cgroup,
		.file_index	= slot,
		.set_tid_size	= nr,
	};
	if (copy_from_user(args->set_tid, u64_to_user_ptr(uargs->set_tid),
			   nr * sizeof(args->set_tid[0]))) {
		kfree(args);
		return ERR_PTR(-EFAULT);
	}
	return args;
}

int ious_clone_args_prep(struct io_kiocb *req, const struct io_uring_sqe *sqe)
{
	void __user *from = u64_to_user_ptr(READ_ONCE(sqe->addr));
	u32 size = READ_ONCE(sqe->len), slot = READ_ONCE(sqe->file_index);
	struct ious_clone_args *args;
	struct clone_args uargs;
	int ret;

	lockdep_assert_held(&req->ctx->uring_lock);
	if (!from && !size)
		return slot ? -EINVAL : 0;
	if (size < CLONE_ARGS_SIZE_VER0)
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	ret = copy_struct_from_user(&uargs, sizeof(uargs), from, size);
	if (ret)
		return ret;
	if (!ious_clone_args_valid(&uargs, size) ||
	    !ious_clone_slot_valid(&uargs, slot))
		return -EINVAL;
	/*
	 * its credentials would take the process out of the new namespace, or
	 * give it privileges that CLONE_NNP forbids
	 */
	if (uargs.flags & (CLONE_NEWUSER | IOUS_CLONE_NNP) &&
	    req->flags & REQ_F_CREDS)
		return -EINVAL;

	args = ious_clone_args_new(&uargs, slot);
	if (IS_ERR(args))
		return PTR_ERR(args);
	args->from = (uintptr_t)from;
	args->size = size;
	/* freed by the core with the request */
	req->async_data = args;
	req->flags |= REQ_F_ASYNC_DATA;
	return 0;
}

void ious_clone_args_fill(const struct ious_clone_args *args,
			  struct kernel_clone_args *kargs)
{
	kargs->flags |= args->flags;
	kargs->exit_signal = args->exit_signal;
	kargs->pidfd = args->pidfd;
	kargs->parent_tid = args->parent_tid;
	kargs->cgroup = args->cgroup;
	kargs->set_tid = (pid_t *)args->set_tid;
	kargs->set_tid_size = args->set_tid_size;
}

/* To clone(2), CLONE_NEWTIME is part of the signal; bits above 32 do not exist. */
static bool ious_only_clone3(const struct ious_clone_args *args)
{
	return upper_32_bits(args->flags & ~CLONE_CLEAR_SIGHAND) ||
	       args->flags & CSIGNAL || args->set_tid_size;
}

void ious_clone_call(const struct io_kiocb *req, struct ious_call_args *call)
{
	const struct ious_clone_args *args = ious_clone_args(req);

	*call = (struct ious_call_args) {
		.nr = __NR_clone, .args = { CLONE_VM | SIGCHLD },
	};
	if (!args)
		return;
	if (ious_only_clone3(args)) {
		call->nr = __NR_clone3;
		call->args[0] = args->from;
		call->args[1] = args->size;
		return;
	}
	call->args[0] = CLONE_VM | lower_32_bits(args->flags) |
			args->exit_signal;
	call->args[2] = (uintptr_t)(args->parent_tid ?: args->pidfd);
}

bool ious_clone_args_defer(const struct ious_clone_args *args)
{
	return args->file_index ||
	       args->flags & (IOUS_CLONE_NEW | CLONE_INTO_CGROUP);
}
