// SPDX-License-Identifier: GPL-2.0
/*
 * IORING_OP_EXEC: execveat(2), called by the new process; once for each candidate of a
 * search.
 */
#include <linux/cred.h>
#include <linux/fcntl.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/sched/signal.h>
#include <linux/sched/task_stack.h>
#include <linux/uaccess.h>
#include <asm/syscall.h>
#include <asm/unistd.h>

#include <linux/io_uring_spawn.h>

#include "absent.h"
#include "call.h"
#include "chain.h"
#include "compat.h"
#include "entry.h"
#include "exec.h"
#include "ious.h"
#include "request.h"
#include "rings.h"
#include "state.h"
#include "symbols.h"
#include "trace.h"
#include "vector.h"

struct ious_exec {
	struct ious_cmd cmd;
	s32 dfd;
	/* IORING_EXEC_SEARCH, IORING_EXEC_EARLY */
	bool search, early;
	/* IORING_EXEC_PATHS: path is an array of so many pointers; 0: it is a path */
	u16 nr_paths;
	u64 path;
	u64 argv;
	u64 envp;
};

static struct ious_exec *ious_exec_of(struct io_kiocb *req)
{
	return io_kiocb_to_cmd(req, struct ious_exec);
}

/* Only an array has a length. */
static bool ious_exec_nr_is_valid(u32 how, u32 nr)
{
	return how & IORING_EXEC_PATHS ? nr && nr <= IORING_EXEC_MAX_PATHS : !nr;
}

int ious_exec_prep(struct io_kiocb *req, const struct io_uring_sqe *sqe)
{
	struct ious_exec *exec = ious_exec_of(req);
	u32 flags = READ_ONCE(sqe->rw_flags);
	u32 how = READ_ONCE(sqe->len);
	u16 nr = READ_ONCE(sqe->buf_index);

	if (how & ~(IORING_EXEC_SEARCH | IORING_EXEC_PATHS | IORING_EXEC_EARLY) ||
	    !ious_exec_nr_is_valid(how, nr) ||
	    READ_ONCE(sqe->__pad2[0]) || req->flags & REQ_F_CREDS ||
	    flags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW))
		return -EINVAL;

	exec->cmd.flags = flags;
	exec->cmd.ref = READ_ONCE(sqe->file_index);
	exec->dfd = READ_ONCE(sqe->fd);
	exec->path = READ_ONCE(sqe->addr);
	exec->argv = READ_ONCE(sqe->addr2);
	exec->envp = READ_ONCE(sqe->addr3);
	exec->search = how & IORING_EXEC_SEARCH;
	exec->early = how & IORING_EXEC_EARLY;
	exec->nr_paths = nr;
	return 0;
}

static long ious_execveat_fn(const struct pt_regs *regs)
{
	return ious_call(IOUS_SYS(execveat))(regs);
}

/* Most are not there. */
static long ious_candidate_fn(const struct pt_regs *regs)
{
	int ret = ious_exec_lookup(ious_regs_arg(regs, 0),
				   ious_regs_arg(regs, 1),
				   ious_regs_arg(regs, 4));

	return ret ?: ious_execveat_fn(regs);
}

/* @more: of a search, whose last candidate this is not. */
static int ious_execveat(struct io_kiocb *req, int dfd, u64 path, bool more)
{
	const struct ious_exec *exec = ious_exec_of(req);
	const struct ious_call_args call = {
		.nr = __NR_execveat,
		.args = {
			dfd, path, exec->argv, exec->envp,
			exec->cmd.flags,
		},
	};

	return ious_entry_call(req, more ? ious_candidate_fn : ious_execveat_fn,
			       NULL, &call);
}

/*
 * A descriptor in a table that is shared with the submitter would stay there
 * after the exec, which closes it in the process's own copy. And closing it after a
 * failure could close a file that another thread has put at its number. So the
 * process takes a copy first, as the exec itself does a moment later.
 */
static int ious_unshare_table(struct ious_chain *chain)
{
	int ret = ious_call(unshare_files)();

	if (!ret)
		ious_close_ring(chain);
	return ret;
}

/*
 * A direct descriptor becomes an ordinary one of the process. The exec closes it; if
 * that fails, we do.
 */
static int ious_install_fixed(struct io_kiocb *req, int slot,
			      unsigned int issue_flags)
{
	struct file *file = ious_req_fixed_file(req, slot, issue_flags);
	int fd, ret;

	if (!file)
		return -EBADF;
	ret = ious_call(security_file_receive)(file);
	if (!ret)
		ret = ious_unshare_table(ious_cmd(req)->chain);
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
	int ret;

	*dfd = ious_exec_of(req)->dfd;
	ret = ious_chain_fd(req, dfd);
	if (ret || !ious_cmd(req)->fixed)
		return ret;
	*dfd = ious_install_fixed(req, *dfd, issue_flags);
	return min(*dfd, 0);
}

/*
 * Has there been an exec, or a failure that left no program to return to? The
 * memory goes first, the exec id is changed later; a failure on the way there
 * comes with a SIGSEGV that nothing blocks.
 */
static bool ious_execed(const struct mm_struct *mm, u64 exec_id)
{
	return current->mm != mm || current->self_exec_id != exec_id ||
	       (sigismember(&current->pending.signal, SIGSEGV) &&
		!sigismember(&current->blocked, SIGSEGV));
}

/*
 * Only kernel threads and io-wq's workers use the pointer, and only for memory that is
 * not on their stack. A process of a chain is neither.
 */
struct ious_exec_call *notrace ious_exec_call(void)
{
	void *call = current->worker_private;

	return call && object_is_on_stack(call) ? call : NULL;
}

/* Makes the call, during which @req may be completed: ious_run_early(). */
static int ious_execveat_early(struct ious_chain *chain, struct io_kiocb *req,
			       int dfd, u64 path, unsigned int i, bool more)
{
	struct ious_exec_call call = { .chain = chain, .result = i };
	int ret;

	if (!ious_exec_of(req)->early || chain->early != req)
		return ious_execveat(req, dfd, path, more);
	current->worker_private = &call;
	ret = ious_execveat(req, dfd, path, more);
	current->worker_private = NULL;
	if (chain->ended)
		ious_execing_end(&call.execing);
	return ret;
}

/*
 * Success is a new program, not a zero. Interrupted by a fatal signal, the
 * kernel may give any error, as nobody is supposed to see it. @i: the candidate.
 */
static int ious_exec_run(struct ious_chain *chain, struct io_kiocb *req,
			 int dfd, u64 path, unsigned int i, bool more)
{
	const struct mm_struct *mm = current->mm;
	u64 exec_id = current->self_exec_id;
	int ret = ious_execveat_early(chain, req, dfd, path, i, more);

	if (chain->ended)
		return ret;
	if (!ious_execed(mm, exec_id)) {
		if (fatal_signal_pending(current))
			return -EINTR;
		return ret < 0 ? ret : -EINVAL;
	}
	chain->ruined = current->self_exec_id == exec_id;
	chain->late = !ious_chain_commit(chain);
	if (chain->late)
		return -ECANCELED;
	if (!chain->ruined)
		trace_ious_exec(chain);
	return ret;
}

/*
 * The errors after which a search goes on: glibc's __execvpe_common() has all six, and
 * posix_spawnp() uses that. POSIX (XBD 8.3, PATH) wants a file of that name which may be
 * executed: ENOENT, ENOTDIR and EACCES say that there is none. The other three are what
 * glibc knows of file systems on a network.
 */
static bool ious_is_elsewhere(int res)
{
	switch (res) {
	case -EACCES:
	case -ENOENT:
	case -ESTALE:
	case -ENOTDIR:
	case -ENODEV:
	case -ETIMEDOUT:
		return true;
	default:
		return false;
	}
}

/*
 * Candidate @i. The array is read as the search comes there: it may change until then,
 * as the paths may.
 */
static int ious_exec_try(struct ious_chain *chain, struct io_kiocb *req, int dfd,
			 unsigned int i)
{
	const struct ious_exec *exec = ious_exec_of(req);
	const u64 __user *paths = u64_to_user_ptr(exec->path);
	u64 path;

	if (get_user(path, &paths[i]))
		return ious_fault();
	return ious_exec_run(chain, req, dfd, path, i, i + 1 < exec->nr_paths);
}

/*
 * As glibc, which says EACCES in the end if there was one: a file was found that may not
 * be executed. Every other error ends the search with itself.
 */
static int ious_exec_search(struct ious_chain *chain, struct io_kiocb *req,
			    int dfd)
{
	unsigned int i, nr = ious_exec_of(req)->nr_paths;
	bool denied = false;
	int ret;

	for (i = 0; ; ) {
		ret = ious_exec_try(chain, req, dfd, i);
		if (chain->execed)
			return ret ?: i;
		if (!ious_is_elsewhere(ret))
			return ret;
		denied |= ret == -EACCES;
		if (++i == nr)
			return denied ? -EACCES : ret;
		if (!ious_between_calls(chain))
			return -EINTR;
	}
}

int ious_exec(struct io_kiocb *req, unsigned int issue_flags)
{
	struct ious_exec *exec = ious_exec_of(req);
	struct ious_chain *chain = exec->cmd.chain;
	int dfd, ret;

	/* commit_creds() must not find any */
	if (ious_creds_are_lent())
		return -EPERM;

	ret = ious_exec_dfd(req, issue_flags, &dfd);
	if (ret)
		return ret;
	ret = exec->nr_paths ? ious_exec_search(chain, req, dfd) :
			       ious_exec_run(chain, req, dfd, exec->path, 0,
					     false);
	/* in this order: it may be gone after an exec */
	if (!chain->execed && exec->cmd.fixed)
		close_fd(dfd);
	return ret;
}

/* A hard link goes on after every failure, one of a search only after those. */
bool ious_exec_goes_on(struct io_kiocb *req)
{
	return !ious_req_is_ours(req) ||
	       ious_cmd(req)->opcode != IORING_OP_EXEC ||
	       !ious_exec_of(req)->search || ious_is_elsewhere(req->cqe.res);
}
