// SPDX-License-Identifier: GPL-2.0
/*
 * Makes the process of a chain: the arguments of kernel_clone(), and the maker's work
 * until the process is certain. The process's own work is in child.c.
 */
#include <linux/anon_inodes.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/freezer.h>
#include <linux/fs.h>
#include <linux/io_uring.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/uaccess.h>
#include <linux/wait.h>
#include <uapi/linux/wait.h>

#include <linux/io_uring_spawn.h>

#include "birth.h"
#include "chain.h"
#include "child.h"
#include "clone_args.h"
#include "compat.h"
#include "ious.h"
#include "policy.h"
#include "request.h"
#include "state.h"
#include "stats.h"
#include "submitter.h"
#include "symbols.h"
#include "tracer.h"

/*
 * Credentials that were registered with the ring. They may hold more than the
 * submitter has now. So they are refused if it has no_new_privs, and across user
 * namespaces, which have their own rules, those of setns().
 */
static struct cred *ious_registered_creds(const struct io_kiocb *req)
{
	const struct cred *own;
	struct cred *new;

	if (task_no_new_privs(current) ||
	    req->creds->user_ns != current_user_ns())
		return ERR_PTR(ious_refuse(req, IORING_OP_CLONE, -EPERM,
					   IOUS_WHY_personality));
	own = override_creds(req->creds);
	new = prepare_creds();
	revert_creds(own);
	if (!new)
		return ERR_PTR(-ENOMEM);
	ious_drop_keyrings(new);
	return new;
}

/*
 * The process is made with the submitter's credentials and takes these later: the
 * shared memory stops being dumpable then. A user with the other credentials must not
 * read the submitter's memory through its child.
 */
static int ious_birth_creds(struct ious_chain *chain)
{
	struct cred *cred = NULL;

	if (ious_cmd(chain->clone)->flags & IOUS_PERSONALITY)
		cred = ious_registered_creds(chain->clone);
	if (IS_ERR(cred))
		return PTR_ERR(cred);
	chain->cred = cred;
	return 0;
}

static int ious_birth_args(struct ious_chain *chain,
			   struct kernel_clone_args *kargs, bool may_sleep)
{
	const struct ious_clone_args *args = ious_clone_args(chain->clone);

	*kargs = (struct kernel_clone_args) {
		/* kernel_clone() would tell of a fork(), see tracer.c */
		.flags		= CLONE_VM | CLONE_CLEAR_SIGHAND | CLONE_UNTRACED,
		.exit_signal	= SIGCHLD,
		.fn		= ious_child_main,
		.fn_arg		= chain,
		/* the size of a user shadow stack: every CLONE_VM makes one */
		.stack_size	= PAGE_SIZE,
	};
	/*
	 * The event is a stop, which must not hold uring_lock. A tracer must not
	 * wait for a process that may have to be taken back, see ious_reap(): it
	 * gets that one in ious_hand_out().
	 */
	chain->event = may_sleep && !(args && args->file_index) ?
		       ious_tracer_event(args ? args->exit_signal : SIGCHLD) :
		       0;
	chain->traced = chain->event;
	if (chain->traced)
		kargs->flags |= CLONE_PTRACE;
	chain->held = chain->traced;
	if (!args)
		return 0;
	if (args->flags & CLONE_FILES)
		chain->files = current->files;
	chain->pid_ns = task_active_pid_ns(current);
	ious_clone_args_fill(args, kargs);
	if (args->file_index) {
		/* before it is certain, nobody waits for it or is told of it */
		chain->held = true;
		kargs->flags &= ~(u64)CLONE_PIDFD;
		kargs->exit_signal = 0;
	}
	return 0;
}

/*
 * Fills the slot until there is a process. The slot's number has to be written to the
 * submitter's memory, and user space may delay that: later, a process would have to
 * wait for it.
 */
static int ious_reserve_slot(struct ious_chain *chain)
{
	const struct ious_clone_args *args = ious_clone_args(chain->clone);
	struct file *file;
	int ret;

	file = anon_inode_getfile("[io_uring_spawn]", &generic_ro_fops, NULL,
				  O_RDONLY);
	if (IS_ERR(file))
		return PTR_ERR(file);
	/* takes the file, even if it fails */
	ret = ious_call(io_fixed_fd_install)(chain->clone, IO_URING_F_UNLOCKED,
					     file, args->file_index);
	if (ret < 0)
		return ret;
	chain->slot = args->file_index == IORING_FILE_INDEX_ALLOC ?
		      ret + 1 : args->file_index;
	if (args->file_index == IORING_FILE_INDEX_ALLOC &&
	    put_user(ret, args->pidfd))
		return -EFAULT;
	return 0;
}

/* If the slot has got another file meanwhile, that one is closed: as by CLOSE. */
static void ious_free_slot(struct ious_chain *chain)
{
	struct io_ring_ctx *ctx = chain->clone->ctx;

	if (!chain->slot)
		return;
	mutex_lock(&ctx->uring_lock);
	ious_call(io_fixed_fd_remove)(ctx, chain->slot - 1);
	mutex_unlock(&ctx->uring_lock);
	chain->slot = 0;
}

static int ious_install_pidfd(struct ious_chain *chain, struct pid *pid)
{
	struct file *file;
	int ret, fd = ious_call(pidfd_prepare)(pid, 0, &file);

	if (fd < 0)
		return fd;
	put_unused_fd(fd);
	ret = ious_call(io_fixed_fd_install)(chain->clone, IO_URING_F_UNLOCKED,
					     file, chain->slot);
	return min(ret, 0);
}

/*
 * The parent takes back a process that nobody has heard of. The process has no exit
 * signal: no ordinary wait finds it. A wait of another thread with __WALL may, and a
 * tracer may delay its exit.
 */
static void ious_reap(struct pid *pid, pid_t nr)
{
	while (pid_has_task(pid, PIDTYPE_PID) &&
	       ious_call(kernel_wait4)(nr, NULL, __WALL | WNOHANG, NULL) >= 0 &&
	       !fatal_signal_pending(current)) {
		try_to_freeze();
		schedule_timeout_uninterruptible(1);
	}
}

/* This parent is alive: the process has no other yet, and sends nothing meanwhile. */
static void ious_let_be_waited_for(struct task_struct *task, int exit_signal)
{
	write_lock_irq(ious_tasklist_lock);
	task->exit_signal = exit_signal;
	write_unlock_irq(ious_tasklist_lock);
}

/*
 * The process waits for a word. It is not certain yet, and before it is, nobody waits
 * for it or is told of it. If it does not go on, the requests are still here.
 */
static int ious_hand_out(struct ious_chain *chain, struct pid *pid)
{
	/* read now: after the word the process may complete CLONE, and the args go */
	int exit_signal = ious_clone_args(chain->clone)->exit_signal;
	struct task_struct *task = get_pid_task(pid, PIDTYPE_PID);
	int ret = ious_install_pidfd(chain, pid);

	if (!ious_chain_say(chain, ret ? IOUS_REFUSED : IOUS_GO))
		ret = -ECANCELED;
	if (!ret && task)
		ious_let_be_waited_for(task, exit_signal);
	/* the process is certain, and has not been told yet */
	if (!ret && task)
		chain->event = ious_tracer_adopt(task, exit_signal);
	if (task)
		put_task_struct(task);
	return ret;
}

/*
 * With a reference to the chain: the process may be done with it at any time. It
 * does not exit before it has been found: another one could have its number by then.
 */
static int ious_release(struct ious_chain *chain, pid_t nr)
{
	struct pid *pid = find_get_pid(nr);
	int event, ret = 0;

	complete(&chain->seen);
	if (chain->slot)
		ret = ious_hand_out(chain, pid);
	else
		ious_chain_say(chain, IOUS_GO);
	event = chain->event;
	complete(&chain->told);
	if (ret)
		ious_reap(pid, nr);
	else if (event)
		ious_tracer_tell(event, pid);
	put_pid(pid);
	return ret;
}

/* The process has left the chain alone, and its requests. */
static void ious_fail_refused(struct ious_chain *chain, struct io_kiocb *rest,
			      int ret)
{
	struct io_kiocb *req = chain->clone;

	ious_free_slot(chain);
	req->link = rest;
	req->flags |= REQ_F_LINK;
	ious_chain_fail_all(chain, ret);
}

/* A retry after a signal is not a refusal. */
static int ious_birth_fail(const struct io_kiocb *req, int ret)
{
	return ret == -ERESTARTNOINTR ? ret :
	       ious_refuse(req, IORING_OP_CLONE, ret, IOUS_WHY_clone);
}

/*
 * The chain must be cut off before there is a process: that may be done with CLONE and
 * all the rest before kernel_clone() returns.
 */
static int ious_birth_clone(struct ious_chain *chain,
			    struct kernel_clone_args *kargs)
{
	struct io_kiocb *req = chain->clone, *rest = req->link;
	bool held = chain->held;
	pid_t pid;
	int ret = 0;

	init_completion(&chain->seen);
	init_completion(&chain->told);
	atomic_set(&chain->word, IOUS_SILENT);
	ious_chain_get(chain);
	req->link = NULL;
	req->flags &= ~REQ_F_LINK;
	pid = ious_call(kernel_clone)(kargs);
	if (pid < 0) {
		req->flags |= REQ_F_LINK;
		req->link = rest;
		ret = ious_birth_fail(req, pid);
	} else if (held) {
		ret = ious_release(chain, pid);
		if (ret) {
			ious_fail_refused(chain, rest, ious_birth_fail(req, ret));
			return 0;
		}
	}
	ious_chain_put(chain);
	return ret;
}

static int ious_birth_may(const struct ious_chain *chain, bool may_sleep)
{
	const struct ious_clone_args *args = ious_clone_args(chain->clone);

	if (!ious_submitter_may(chain))
		return ious_refuse(chain->clone, IORING_OP_CLONE, -EPERM,
				   IOUS_WHY_submitter);
	if (args && args->flags & CLONE_FILES &&
	    !ious_table_is_held(chain, !may_sleep))
		return ious_refuse(chain->clone, IORING_OP_CLONE, -EOPNOTSUPP,
				   IOUS_WHY_table);
	return 0;
}

int ious_birth(struct ious_chain *chain, bool may_sleep)
{
	const struct ious_clone_args *args = ious_clone_args(chain->clone);
	struct kernel_clone_args kargs;
	int ret = ious_policy_check();

	if (ret)
		return ious_refuse(chain->clone, IORING_OP_CLONE, ret,
				   IOUS_WHY_policy);
	ret = ious_birth_may(chain, may_sleep);
	if (ret)
		return ret;
	/* the process would be born with them */
	if (ious_creds_are_lent())
		return -EPERM;
	ret = ious_birth_args(chain, &kargs, may_sleep);
	if (!ret)
		ret = ious_birth_creds(chain);
	if (!ret && args && args->file_index)
		ret = ious_reserve_slot(chain);
	if (!ret)
		ret = ious_birth_clone(chain, &kargs);
	if (!ret)
		return 0;
	ious_free_slot(chain);
	/* another try asks again for them */
	if (chain->cred) {
		abort_creds(chain->cred);
		chain->cred = NULL;
	}
	return ret;
}
