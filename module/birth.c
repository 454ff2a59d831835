// SPDX-License-Identifier: GPL-2.0
/*
 * The process of a chain: what kernel_clone() is asked for, and what the process
 * itself has to do before its first request.
 */
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/io_uring.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/sched/user.h>
#include <linux/uaccess.h>
#include <linux/wait.h>
#include <uapi/linux/wait.h>

#include <linux/io_uring_spawn.h>

#include "birth.h"
#include "chain.h"
#include "clone_args.h"
#include "compat.h"
#include "entry.h"
#include "ious.h"
#include "ops.h"
#include "policy.h"
#include "stats.h"
#include "symbols.h"
#include "tracer.h"

/*
 * Credentials that were registered with the ring. They may hold more than the
 * submitter has now: not where it gave up to ever get more by an exec, and not
 * across user namespaces, whose rules for that are setns()'s.
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
 * The process is made with the submitter's credentials and takes these later,
 * so that the shared memory stops being dumpable: who has the other credentials
 * must not read the submitter through its child.
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
		.fn		= ious_chain_main,
		.fn_arg		= chain,
		/* of a user shadow stack, which is made for every CLONE_VM */
		.stack_size	= PAGE_SIZE,
	};
	/*
	 * The event is a stop, which must not hold uring_lock. Nor may what is to
	 * be taken back, see ious_reap(), be another one's to wait for.
	 */
	chain->event = may_sleep && !(args && args->file_index) ?
		       ious_tracer_event() : 0;
	if (chain->event)
		kargs->flags |= CLONE_PTRACE;
	chain->held = chain->event;
	if (!args)
		return 0;
	if (args->flags & CLONE_FILES)
		chain->files = current->files;
	chain->pid_ns = task_active_pid_ns(current);
	ious_clone_args_fill(args, kargs);
	if (args->file_index) {
		/* Nobody waits for it, or is told of it, before it is certain. */
		chain->held = true;
		kargs->flags &= ~(u64)CLONE_PIDFD;
		kargs->exit_signal = 0;
	}
	return 0;
}

/* Into the ring's table of files; the slot's number, or an error. */
static int ious_install_pidfd(struct io_kiocb *req, struct pid *pid,
			      const struct ious_clone_args *args)
{
	struct file *file;
	int ret, fd = ious_call(pidfd_prepare)(pid, 0, &file);

	if (fd < 0)
		return fd;
	/* takes the file, also when it fails */
	put_unused_fd(fd);
	ret = ious_call(io_fixed_fd_install)(req, IO_URING_F_UNLOCKED, file,
					     args->file_index);
	if (ret < 0 || args->file_index != IORING_FILE_INDEX_ALLOC)
		return ret;
	if (!put_user(ret, args->pidfd))
		return ret;
	mutex_lock(&req->ctx->uring_lock);
	ious_call(io_fixed_fd_remove)(req->ctx, ret);
	mutex_unlock(&req->ctx->uring_lock);
	return -EFAULT;
}

/*
 * Its parent takes back a process that nobody has heard of: it has no signal to
 * send when it exits, so that no ordinary wait finds it.
 */
static void ious_reap(pid_t nr)
{
	while (ious_call(kernel_wait4)(nr, NULL, __WALL, NULL) ==
	       -ERESTARTSYS && !fatal_signal_pending(current))
		schedule_timeout_uninterruptible(1);
}

static int ious_hand_out(struct ious_chain *chain, struct pid *pid,
			 const struct ious_clone_args *args)
{
	struct task_struct *task = get_pid_task(pid, PIDTYPE_PID);
	int ret = ious_install_pidfd(chain->clone, pid, args);

	if (ret >= 0) {
		WRITE_ONCE(task->exit_signal, args->exit_signal);
	} else {
		/* they are failed here, and may be before it is gone */
		ious_chain_take_all(chain);
		chain->refused = true;
	}
	put_task_struct(task);
	return min(ret, 0);
}

/*
 * The process waits for a word. It cannot go meanwhile, nor get another parent,
 * which is the current task. After the word the chain is the process's.
 */
static int ious_release(struct ious_chain *chain, pid_t nr)
{
	const struct ious_clone_args *args = ious_clone_args(chain->clone);
	struct pid *pid = find_get_pid(nr);
	int event = chain->event, ret = 0;

	if (args && args->file_index)
		ret = ious_hand_out(chain, pid, args);
	complete(&chain->word);
	if (ret)
		ious_reap(nr);
	else if (event)
		ious_tracer_tell(event, pid);
	put_pid(pid);
	return ret;
}

/* The chain has gone with the process, the requests are here. */
static void ious_fail_refused(struct io_kiocb *req, struct io_kiocb *rest,
			      int ret)
{
	req->link = rest;
	req->flags |= REQ_F_LINK;
	ious_cmd(req)->chain = NULL;
	ious_call(io_req_task_queue_fail)(req, ret);
}

/* Not what is tried again after a signal. */
static int ious_birth_fail(const struct io_kiocb *req, int ret)
{
	return ret == -ERESTARTNOINTR ? ret :
	       ious_refuse(req, IORING_OP_CLONE, ret, IOUS_WHY_clone);
}

/*
 * The chain must be cut off before there is a process, which may be done with
 * CLONE and all else before kernel_clone() returns.
 */
static int ious_birth_clone(struct ious_chain *chain,
			    struct kernel_clone_args *kargs)
{
	struct io_kiocb *req = chain->clone, *rest = req->link;
	bool held = chain->held;
	pid_t pid;
	int ret;

	init_completion(&chain->word);
	req->link = NULL;
	req->flags &= ~REQ_F_LINK;
	pid = ious_call(kernel_clone)(kargs);
	if (pid < 0) {
		req->flags |= REQ_F_LINK;
		req->link = rest;
		return ious_birth_fail(req, pid);
	}
	if (!held)
		return 0;
	ret = ious_release(chain, pid);
	if (ret)
		ious_fail_refused(req, rest, ious_birth_fail(req, ret));
	return 0;
}

int ious_birth(struct ious_chain *chain, bool may_sleep)
{
	struct kernel_clone_args kargs;
	int ret = ious_policy_check();

	if (ret)
		return ious_refuse(chain->clone, IORING_OP_CLONE, ret,
				   IOUS_WHY_policy);
	/* The process must not be born with credentials that somebody lent. */
	if (WARN_ON_ONCE(current->cred != current->real_cred))
		return -EPERM;
	ret = ious_birth_args(chain, &kargs, may_sleep);
	if (!ret)
		ret = ious_birth_creds(chain);
	if (ret)
		return ret;
	ret = ious_birth_clone(chain, &kargs);
	/* another try asks again for them */
	if (ret && chain->cred) {
		abort_creds(chain->cred);
		chain->cred = NULL;
	}
	return ret;
}

/*
 * A submitter that waits with another signal mask, as io_uring_enter() lets it,
 * makes the process from there: with that mask, and with the promise to have
 * its own back, which only a signal would keep.
 */
static void ious_restore_sigmask(void)
{
	current->blocked = current->saved_sigmask;
	recalc_sigpending();
}

static void ious_birth_signals(struct ious_chain *chain)
{
	bool restore = test_and_clear_restore_sigmask();

	if (likely(!restore && !chain->event))
		return;
	spin_lock_irq(&ious_own_sighand()->siglock);
	if (restore)
		ious_restore_sigmask();
	if (chain->event)
		ious_tracer_take_stop_off();
	spin_unlock_irq(&ious_own_sighand()->siglock);
}

/*
 * As setresuid(2): too many other processes of that user are an exec's failure.
 */
static void ious_take_creds(struct cred *cred)
{
	if (cred->ucounts != current_ucounts() &&
	    !uid_eq(cred->uid, GLOBAL_ROOT_UID) &&
	    ious_call(is_rlimit_overlimit)(cred->ucounts, UCOUNT_RLIMIT_NPROC,
					   rlimit(RLIMIT_NPROC)))
		current->flags |= PF_NPROC_EXCEEDED;
	commit_creds(cred);
}

/*
 * To those who look for the users of a memory, the process is as vfork()'s child:
 * its oom_score_adj is its own, and not the submitter's as well. Nobody waits for
 * this; an exec completes it.
 */
static DECLARE_COMPLETION(ious_exec_done);

static void ious_set_vfork(struct completion *done)
{
	task_lock(current);
	current->vfork_done = done;
	task_unlock(current);
}

/*
 * Until it is another program, ps tells the process from its submitter, as it
 * does io-wq's workers: by the process that it works for, in the end.
 */
static void ious_set_comm(const struct ious_chain *chain)
{
	struct task_struct *submitter = chain->submitter;
	char comm[TASK_COMM_LEN];

	/* it may be gone, which leaves of it the task */
	rcu_read_lock();
	snprintf(comm, sizeof(comm), "iou-spn-%d",
		 task_tgid_nr_ns(submitter, task_active_pid_ns(submitter)));
	rcu_read_unlock();
	ious_call(__set_task_comm)(current, comm, false);
}

void ious_birth_end(void)
{
	ious_set_vfork(NULL);
}

bool ious_birth_finish(struct ious_chain *chain)
{
	ious_set_vfork(&ious_exec_done);
	ious_set_comm(chain);
	ious_leave_compat();
	ious_birth_signals(chain);
	/* no wait that a signal ends, and none that takes too long for anybody */
	if (chain->held)
		wait_for_completion_state(&chain->word, TASK_IDLE);
	if (chain->refused)
		return false;
	if (chain->cred) {
		ious_take_creds(chain->cred);
		chain->cred = NULL;
	}
	return true;
}

int ious_birth_result(const struct ious_chain *chain)
{
	ious_entry_note(chain->call.nr, chain->call.args,
			task_tgid_nr(current));
	return chain->pid_ns ? task_pid_nr_ns(current, chain->pid_ns) : 0;
}
