// SPDX-License-Identifier: GPL-2.0
/*
 * IORING_OP_EXEC: execveat(2), called by the new process. The system call's
 * own function is run on the process's own registers, which is where audit,
 * tracers and seccomp look for the call and its arguments.
 */
#include <linux/cred.h>
#include <linux/fcntl.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/sched/signal.h>
#include <linux/sched/task_stack.h>
#include <asm/syscall.h>
#include <asm/unistd.h>

#include <linux/io_uring_spawn.h>

#include "chain.h"
#include "compat.h"
#include "ious.h"
#include "ops.h"
#include "symbols.h"

/* It reports success without a new program; Linux 6.14 and later. */
#define IOUS_AT_EXECVE_CHECK	0x10000

/* Inside a chain; one that has failed already will not be issued. */
static bool ious_in_chain(struct io_kiocb *req)
{
	struct io_kiocb *head = req->ctx->submit_state.link.head;

	return head && (head->flags & REQ_F_FAIL ||
			(ious_req_is_ours(head) &&
			 ious_cmd(head)->opcode == IORING_OP_CLONE));
}

int ious_exec_prep(struct io_kiocb *req, const struct io_uring_sqe *sqe)
{
	struct ious_cmd *cmd = ious_cmd(req);
	u32 flags = READ_ONCE(sqe->rw_flags);

	if (!ious_in_chain(req))
		return -EINVAL;
	if (READ_ONCE(sqe->len) || READ_ONCE(sqe->buf_index) ||
	    READ_ONCE(sqe->__pad2[0]) || req->flags & REQ_F_CREDS ||
	    flags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW))
		return -EINVAL;

	cmd->dfd = READ_ONCE(sqe->fd);
	cmd->dfd_from = READ_ONCE(sqe->file_index);
	cmd->fixed_dfd = req->flags & REQ_F_FIXED_FILE;
	cmd->path = READ_ONCE(sqe->addr);
	cmd->argv = READ_ONCE(sqe->addr2);
	cmd->envp = READ_ONCE(sqe->addr3);
	cmd->flags = flags;
	return 0;
}

static int ious_execveat(int dfd, const struct ious_cmd *cmd)
{
	struct pt_regs *regs = task_pt_regs(current);
	int ret;

	regs->orig_ax = __NR_execveat;
	regs->ax = -ENOSYS;
	regs->di = dfd;
	regs->si = cmd->path;
	regs->dx = cmd->argv;
	regs->r10 = cmd->envp;
	regs->r8 = cmd->flags;
	ret = ious_call(__x64_sys_execveat)(regs);
	return ret;
}

/*
 * A direct descriptor becomes an ordinary one of the process, closed by the
 * exec, or by its failure.
 */
static int ious_install_fixed(struct io_kiocb *req, int slot,
			      unsigned int issue_flags)
{
	struct file *file = ious_call(io_file_get_fixed)(req, slot,
							 issue_flags);
	int fd, ret;

	if (!file)
		return -EBADF;
	ret = ious_call(security_file_receive)(file);
	if (ret)
		return ret;
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd >= 0)
		fd_install(fd, get_file(file));
	return fd;
}

static int ious_exec_dfd(struct io_kiocb *req, unsigned int issue_flags,
			 int *dfd)
{
	struct ious_cmd *cmd = ious_cmd(req);
	int ret;

	*dfd = cmd->dfd;
	if (cmd->dfd_from) {
		ret = ious_chain_result(cmd->chain, cmd->dfd_from, dfd);
		if (ret)
			return ret;
		/* an errno must not be taken for AT_FDCWD */
		if (*dfd < 0)
			return -EBADF;
	}
	if (!cmd->fixed_dfd)
		return 0;
	*dfd = ious_install_fixed(req, *dfd, issue_flags);
	return min(*dfd, 0);
}

/*
 * Has there been an exec, or a failure that left no program to return to? The
 * memory goes first, the exec id is changed later; a failure on the way there
 * comes with a SIGSEGV.
 */
static bool ious_execed(const struct mm_struct *mm, u64 exec_id)
{
	return current->mm != mm || current->self_exec_id != exec_id ||
	       sigismember(&current->pending.signal, SIGSEGV);
}

/*
 * Success is a new program, not a zero. Interrupted by a fatal signal, the
 * kernel may give any error, as nobody is supposed to see it.
 */
static int ious_exec_run(struct ious_chain *chain, int dfd,
			 const struct ious_cmd *cmd)
{
	const struct mm_struct *mm = current->mm;
	u64 exec_id = current->self_exec_id;
	int ret = ious_execveat(dfd, cmd);

	if (!ious_execed(mm, exec_id)) {
		if (fatal_signal_pending(current))
			return -EINTR;
		return ret < 0 ? ret : -EINVAL;
	}
	chain->execed = true;
	if (!ious_chain_commit(chain))
		return -ECANCELED;
	return ret;
}

static int ious_exec_chain(struct io_kiocb *req, unsigned int issue_flags)
{
	struct ious_cmd *cmd = ious_cmd(req);
	struct ious_chain *chain = cmd->chain;
	int dfd, ret;

	/* Issued by somebody else: never by a chain's runner. */
	if (!chain || chain->task != current)
		return -EINVAL;
	/* commit_creds() must not find credentials that somebody lent. */
	if (WARN_ON_ONCE(current->cred != current->real_cred))
		return -EPERM;

	ret = ious_exec_dfd(req, issue_flags, &dfd);
	if (ret)
		return ret;
	ret = ious_exec_run(chain, dfd, cmd);
	if (cmd->fixed_dfd && !chain->execed)
		close_fd(dfd);
	return ret;
}

int ious_exec(struct io_kiocb *req, unsigned int issue_flags)
{
	return ious_op_done(req, ious_exec_chain(req, issue_flags));
}
