// SPDX-License-Identifier: MIT
/* A chain of a plan: its SQEs, and what its CQEs say. Submits nothing. */
#include "chain.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "held.h"
#include "path.h"
#include "thread_ring.h"

unsigned int ious_chain_requests(const struct ious_plan *plan)
{
	return 1 + plan->nr + plan->nr_execs;
}

int ious_chain_init(struct ious_chain *chain, const struct ious_plan *plan,
		    bool pidfd)
{
	if (!plan->nr_execs)
		return -EINVAL;
	*chain = (struct ious_chain){
		.plan = plan, .nr = ious_chain_requests(plan),
		.clone = plan->clone, .pidfd = -1, .step = IOUS_STEP_NONE,
	};
	chain->clone.flags |= CLONE_PARENT_SETTID;
	if (plan->keeps)
		chain->clone.flags |= CLONE_FILES;
	if (pidfd || plan->want_pidfd)
		chain->clone.flags |= CLONE_PIDFD;
	return 0;
}

void ious_chain_copy_table(struct ious_chain *chain)
{
	if (!(chain->plan->clone.flags & CLONE_FILES))
		chain->clone.flags &= ~(uint64_t)CLONE_FILES;
}

static const struct ious_plan_request *request_at(const struct ious_plan *plan,
						  unsigned int i)
{
	return i <= plan->nr ? &plan->requests[i - 1] :
			       &plan->execs[i - 1 - plan->nr];
}

const struct io_uring_sqe *ious_plan_sqe(const struct ious_plan *plan,
					 unsigned int i)
{
	return &request_at(plan, i)->sqe;
}

/* Pointers into the chain, which is where it will stay. */
static void prep_clone(struct ious_chain *chain, struct io_uring_sqe *sqe)
{
	chain->clone.parent_tid = (uintptr_t)&chain->pid;
	if (chain->clone.flags & CLONE_PIDFD)
		chain->clone.pidfd = (uintptr_t)&chain->pidfd;
	io_uring_spawn_prep_clone_args(sqe, &chain->clone, sizeof(chain->clone));
}

static void set_program(const struct ious_plan *plan, struct io_uring_sqe *sqe)
{
	sqe->addr2 = (uintptr_t)(plan->argv ? plan->argv : plan->default_argv);
	sqe->addr3 = (uintptr_t)(plan->envp ? plan->envp : environ);
}

static void patch_sqe(struct ious_chain *chain, enum ious_patch patch,
		      struct io_uring_sqe *sqe)
{
	switch (patch) {
	case IOUS_PATCH_NONE:
		break;
	case IOUS_PATCH_PID:
		sqe->addr3 = (uintptr_t)&chain->pid;
		break;
	case IOUS_PATCH_OLD_MASK:
		sqe->addr3 = (uintptr_t)&chain->mask;
		break;
	case IOUS_PATCH_MASK:
		sqe->addr = (uintptr_t)&chain->mask;
		break;
	case IOUS_PATCH_UID:
		sqe->addr = getuid();
		break;
	case IOUS_PATCH_GID:
		sqe->addr = getgid();
		break;
	case IOUS_PATCH_KEEP:
		sqe->off = ious_keep_below(chain);
		break;
	}
}

/* What interrupts a call for a moment, SIGSTOP or a freezer, ends a request. */
static void open_by_call(struct io_uring_sqe *sqe)
{
	const struct io_uring_sqe open = *sqe;

	if (open.opcode == IORING_OP_OPENAT)
		io_uring_spawn_prep_syscall(sqe, __NR_openat, open.fd, open.addr,
					    open.open_flags, open.len);
}

void ious_chain_sqe(struct ious_chain *chain, unsigned int i,
		    struct io_uring_sqe *sqe)
{
	const struct ious_plan_request *request;

	if (!i) {
		prep_clone(chain, sqe);
	} else {
		request = request_at(chain->plan, i);
		*sqe = request->sqe;
		patch_sqe(chain, request->patch, sqe);
		if (chain->calls)
			open_by_call(sqe);
		if (request->step == IOUS_STEP_EXEC)
			set_program(chain->plan, sqe);
		if (request->may_fail)
			sqe->flags |= IOSQE_IO_HARDLINK;
	}
	ious_held_apply(chain, i, sqe);
	if (i + 1 == chain->nr)
		sqe->flags &= ~IOSQE_IO_HARDLINK;
	else if (!(sqe->flags & IOSQE_IO_HARDLINK))
		sqe->flags |= IOSQE_IO_LINK;
}

void ious_chain_fail(struct ious_chain *chain, int error, int step)
{
	if (chain->error)
		return;
	chain->error = error;
	chain->step = step;
}

static void complete_exec(struct ious_chain *chain, int res)
{
	/* which of the candidates it was, or 0 */
	if (res >= 0) {
		chain->executed = true;
	} else if (res != -ECANCELED) {
		chain->exec_error = -res;
		chain->denied |= res == -EACCES;
	}
}

/* A short write is as good as one that failed: the kernel ends the chain there. */
static bool is_short_write(const struct ious_plan_request *request, int res)
{
	return request->sqe.opcode == IORING_OP_WRITE && res >= 0 &&
	       (unsigned int)res < request->sqe.len;
}

/* What the kernel may have written meanwhile is of no process. */
static void complete_clone(struct ious_chain *chain, int res)
{
	if (res > 0) {
		chain->pid = res;
		return;
	}
	ious_chain_fail(chain, -res, IOUS_STEP_CLONE);
	chain->pid = 0;
	chain->pidfd = -1;
}

bool ious_chain_complete(struct ious_chain *chain, unsigned int i, int res)
{
	const struct ious_plan_request *request;

	if (!i) {
		complete_clone(chain, res);
		return ++chain->done == chain->nr;
	}
	request = request_at(chain->plan, i);
	if (request->step == IOUS_STEP_EXEC)
		complete_exec(chain, res);
	else if (is_short_write(request, res))
		ious_chain_fail(chain, EIO, request->step);
	else if (res < 0 && res != -ECANCELED && !request->may_fail)
		ious_chain_fail(chain, -res, request->step);
	return ++chain->done == chain->nr;
}

void ious_chain_cut(struct ious_chain *chain, unsigned int nr)
{
	chain->nr = nr;
	ious_chain_fail(chain, EAGAIN, IOUS_STEP_CLONE);
}

/* The rules of execvp(3): a search that goes on to its end remembers a denial. */
static int exec_error(const struct ious_chain *chain)
{
	if (chain->denied && ious_path_goes_on(chain->exec_error))
		return EACCES;
	/* nothing was tried, and nothing failed */
	return chain->exec_error ? chain->exec_error : ECANCELED;
}

/*
 * An unknown opcode is as bad as a wrong argument, to the kernel. The ring that has run
 * the chain can tell; another one needs a descriptor, which may be what lacks.
 */
static bool has_no_module(const struct ious_chain *chain)
{
	int abi = -1;

	if (chain->step != IOUS_STEP_CLONE || chain->error != EINVAL)
		return false;
	if (chain->ring)
		return io_uring_spawn_available_ring(chain->ring) ==
		       IO_URING_SPAWN_NO_MODULE;
	if (chain->own)
		abi = ious_thread_ring_ask(chain->own);
	if (abi >= 0)
		return !abi;
	return io_uring_spawn_available() == IO_URING_SPAWN_NO_MODULE;
}

/*
 * An exec that fails when the old program is gone leaves nobody that could be told:
 * the process dies from SIGSEGV. As with posix_spawn(3), it was started, and how it
 * ended is for the one that waits for it.
 */
static bool died_in_exec(const struct ious_chain *chain)
{
	siginfo_t info = { 0 };
	int ret;

	if (chain->executed || chain->error || chain->pid <= 0)
		return false;
	do
		ret = syscall(__NR_waitid, P_PID, chain->pid, &info,
			      WEXITED | WNOWAIT | __WALL, NULL);
	while (ret && errno == EINTR);
	return !ret && info.si_pid == chain->pid &&
	       (info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED) &&
	       info.si_status == SIGSEGV;
}

void ious_chain_finish(struct ious_chain *chain, struct ious_result *result)
{
	if (died_in_exec(chain))
		chain->executed = true;
	if (!chain->executed && !chain->error)
		ious_chain_fail(chain, exec_error(chain), IOUS_STEP_EXEC);
	if (has_no_module(chain))
		chain->error = EOPNOTSUPP;
	if (chain->error && chain->pid > 0)
		ious_thread_ring_reap(chain->pid);
	if (chain->error && chain->pidfd >= 0) {
		ious_close(chain->pidfd);
		chain->pidfd = -1;
	}
	*result = (struct ious_result){
		.error = chain->error, .step = chain->step,
		.pid = chain->pid, .pidfd = chain->pidfd,
	};
}
