// SPDX-License-Identifier: GPL-2.0
/*
 * Which thread makes the process of a chain, and whether others may change its table
 * of descriptors meanwhile.
 */
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/io_uring_types.h>
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include "compat.h"
#include "state.h"
#include "stats.h"
#include "submitter.h"

/*
 * The thread that made the SQPOLL thread @sq, under RCU; NULL if it is gone.
 *
 * The SQPOLL thread is named after it, with its number. Another thread may have that
 * number by now, but none that is older than @sq: that one had its number when @sq was
 * made, and two threads never have the same. Only the process itself can give its
 * threads other names. With a wrong name it gets nothing, or a process made by another
 * of its threads, if that has the ring's credentials; that thread could have submitted
 * the chain anyway. Not so a thread of the kernel's among them: nobody can make that run
 * anything, it keeps what its own maker has given up, and a process would be one, too.
 */
static struct task_struct *ious_maker_of(struct task_struct *sq)
{
	struct task_struct *thread;
	char comm[TASK_COMM_LEN];
	pid_t pid;

	get_task_comm(comm, sq);
	if (sscanf(comm, "iou-sqp-%d", &pid) != 1)
		return NULL;
	for_each_thread(sq, thread)
		if (thread->pid == pid && ious_is_user_thread(thread) &&
		    thread->start_time < sq->start_time)
			return thread;
	return NULL;
}

static bool ious_same_groups(const struct group_info *a,
			     const struct group_info *b)
{
	return a->ngroups == b->ngroups &&
	       !memcmp(a->gid, b->gid, a->ngroups * sizeof(a->gid[0]));
}

static bool ious_same_caps(const struct cred *a, const struct cred *b)
{
	const size_t size = sizeof(kernel_cap_t);

	return a->user_ns == b->user_ns && a->securebits == b->securebits &&
	       !memcmp(&a->cap_inheritable, &b->cap_inheritable, size) &&
	       !memcmp(&a->cap_permitted, &b->cap_permitted, size) &&
	       !memcmp(&a->cap_effective, &b->cap_effective, size) &&
	       !memcmp(&a->cap_bset, &b->cap_bset, size) &&
	       !memcmp(&a->cap_ambient, &b->cap_ambient, size);
}

/*
 * A thread that has changed its credentials for a while, to register a personality for
 * instance, has other credentials with the same rights. If a security module has
 * confined the thread since then, it confines the process as well.
 */
static bool ious_same_rights(const struct cred *a, const struct cred *b)
{
	return uid_eq(a->uid, b->uid) && uid_eq(a->euid, b->euid) &&
	       uid_eq(a->suid, b->suid) && uid_eq(a->fsuid, b->fsuid) &&
	       gid_eq(a->gid, b->gid) && gid_eq(a->egid, b->egid) &&
	       gid_eq(a->sgid, b->sgid) && gid_eq(a->fsgid, b->fsgid) &&
	       ious_same_caps(a, b) &&
	       ious_same_groups(a->group_info, b->group_info);
}

/*
 * A ring with an SQPOLL thread: its requests have the credentials of the thread
 * that made it. The process has those, and all the rest of that thread as well:
 * filters, no_new_privs, namespaces, control group. No other thread makes it.
 */
struct task_struct *ious_submitter_thread(struct task_struct *submitter,
					  const struct cred *sq_creds)
{
	struct task_struct *thread;

	if (ious_is_user_thread(submitter))
		return get_task_struct(submitter);

	rcu_read_lock();
	thread = ious_maker_of(submitter);
	if (thread && !(READ_ONCE(thread->flags) & PF_EXITING) &&
	    ious_same_rights(rcu_dereference(thread->real_cred), sq_creds))
		get_task_struct(thread);
	else
		thread = NULL;
	rcu_read_unlock();
	return thread;
}

int ious_submitter_check(const struct io_kiocb *req)
{
	const struct io_ring_ctx *ctx = req->ctx;
	struct task_struct *thread;

	if (!(ctx->flags & IORING_SETUP_SQPOLL))
		return 0;
	/*
	 * On the SQPOLL thread of another ring: the kernel keeps nothing that tells
	 * the thread that made the ring from one that registered it later.
	 */
	if (ctx->flags & IORING_SETUP_ATTACH_WQ)
		return -EOPNOTSUPP;
	thread = ious_submitter_thread(ious_req_task(req), ctx->sq_creds);
	if (!thread)
		return -EPERM;
	put_task_struct(thread);
	return 0;
}

/* It was the right thread, but its credentials may have changed since. */
bool ious_submitter_may(const struct ious_chain *chain)
{
	return ious_is_user_thread(current) &&
	       (!chain->sq_creds ||
		ious_same_rights(current_real_cred(), chain->sq_creds));
}

/* Does @task, which may exit meanwhile, have this table? */
static bool ious_has_table(struct task_struct *task,
			   const struct files_struct *files)
{
	bool has;

	task_lock(task);
	has = task->files == files;
	task_unlock(task);
	return has;
}

static bool ious_threads_share_table(const struct ious_chain *chain)
{
	struct task_struct *thread;
	bool shared = false;

	rcu_read_lock();
	for_each_thread(current, thread) {
		if (thread == current || (!ious_is_user_thread(thread) &&
					  thread != chain->submitter))
			continue;
		shared = ious_has_table(thread, current->files);
		if (shared)
			break;
	}
	rcu_read_unlock();
	return shared;
}

static bool ious_ring_is_registered(const struct ious_chain *chain)
{
	struct file *const *files = current->io_uring->registered_rings;
	unsigned int i;

	for (i = 0; i < IO_RINGFD_REG_MAX; i++)
		if (files[i] && files[i]->private_data == chain->ctx)
			return true;
	return false;
}

/*
 * Linux 6.1's fdget() in io_uring_enter(), and in other calls that run task work,
 * takes no reference on the file if nobody shares the table. Nobody may then change
 * the table before the call returns, which may be long after our frame is gone: not
 * a process that shares it by CLONE_FILES, nor a supervisor that puts a descriptor
 * into it. So either is allowed only where it is certain that the call has taken a
 * reference, or needs none:
 *
 * - Another thread has the same table. A table is got by being cloned from somebody
 *   who has it, and the current thread clones none in a call. So a task that has it
 *   now had it before the call, or was made by one that did and that shared it until
 *   then: the table was shared when the call began. io-wq's workers do not count: the
 *   current thread may have made them in this very call. The SQPOLL thread, which
 *   submitted the chain, was made in another one, io_uring_setup().
 * - The call is io_uring_enter() of the chain's own ring, and the current thread has
 *   registered the ring: only this thread can take that reference back. Task work
 *   may run in any call, and does for a drained request: nothing is known there.
 */
bool ious_table_is_held(const struct ious_chain *chain, bool inside)
{
	if (!IOUS_RING_HELD_LIGHTLY || ious_threads_share_table(chain))
		return true;
	return inside && ious_ring_is_registered(chain) &&
	       !(chain->clone->flags & (REQ_F_FORCE_ASYNC | REQ_F_IO_DRAIN));
}
