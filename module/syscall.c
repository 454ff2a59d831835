// SPDX-License-Identifier: GPL-2.0
/*
 * IORING_OP_SYSCALL: one system call of the new process, from a list of those
 * that set up a process and do no more. One row each. vector.c makes several.
 *
 * Until it executes a program the process shares the submitter's memory, and
 * may change only itself. If a call can name another process, or can change the
 * memory, a filter looks at its arguments. It looks at values only: the submitter may
 * change the memory behind a pointer at any time, and the call itself judges that.
 */
#include <linux/bits.h>
#include <linux/ioprio.h>
#include <linux/keyctl.h>
#include <linux/nospec.h>
#include <linux/prctl.h>
#include <linux/resource.h>
#include <linux/sched.h>
#include <linux/signal.h>
#include <linux/tty.h>
#include <linux/uaccess.h>
#include <asm/unistd.h>

#include <linux/io_uring_spawn.h>

#include "call.h"
#include "chain.h"
#include "compat.h"
#include "entry.h"
#include "ious.h"
#include "request.h"
#include "stats.h"
#include "symbols.h"
#include "syscall.h"
#include "vector.h"

struct ious_syscall {
	struct ious_cmd cmd;
	/* of the call; IORING_SYSCALL_VECTOR: how many there are */
	u32 nr;
	union {
		u64 args[IOUS_SYSCALL_ARGS];
		/* the address of the array */
		u64 vector;
	};
};

static bool ious_is_self(u64 pid)
{
	return (pid_t)pid == 0 || (pid_t)pid == task_tgid_vnr(current);
}

/* Filters: may the call be made with these arguments? */
static bool ious_may_self(const u64 *args)
{
	return ious_is_self(args[0]);
}

static bool ious_may_self_second(const u64 *args)
{
	return (int)args[0] == PRIO_PROCESS && ious_is_self(args[1]);
}

static bool ious_may_ioprio(const u64 *args)
{
	return (int)args[0] == IOPRIO_WHO_PROCESS && ious_is_self(args[1]);
}

static bool ious_may_ioctl(const u64 *args)
{
	switch ((u32)args[1]) {
	case TIOCSCTTY:
	case TIOCSPGRP:
	case TIOCNOTTY:
		return true;
	default:
		return false;
	}
}

/*
 * A handler could never run: the process returns to user space only by an exec,
 * which resets it. So it does no harm if it changes after this check.
 */
static bool ious_may_sigaction(const u64 *args)
{
	const struct sigaction __user *act = u64_to_user_ptr(args[1]);
	__sighandler_t handler;

	if (!act)
		return true;
	/* the call itself says -EFAULT */
	if (get_user(handler, &act->sa_handler))
		return true;
	return handler == SIG_DFL || handler == SIG_IGN;
}

static bool ious_may_keyctl(const u64 *args)
{
	return (int)args[0] == KEYCTL_JOIN_SESSION_KEYRING;
}

/* Others change the memory, or something that the old program relies on. */
static bool ious_may_prctl(const u64 *args)
{
	switch ((int)args[0]) {
	case PR_SET_PDEATHSIG:
	case PR_SET_NAME:
	case PR_SET_KEEPCAPS:
	case PR_SET_SECUREBITS:
	case PR_CAPBSET_DROP:
	case PR_CAP_AMBIENT:
	case PR_SET_NO_NEW_PRIVS:
	case PR_SET_TIMERSLACK:
	case PR_SET_CHILD_SUBREAPER:
	case PR_SET_SPECULATION_CTRL:
	case PR_SET_IO_FLUSHER:
	case PR_MCE_KILL:
	case PR_SET_TSC:
		return true;
	default:
		return false;
	}
}

/*
 * X(number's name, function's name, filter or NULL): the calls that are allowed.
 * openat() can do no more than IORING_OP_OPENAT, and filters see it.
 */
#define IOUS_CALLS(X)							\
	/* descriptors */						\
	X(openat, openat, NULL)						\
	X(close, close, NULL)						\
	X(close_range, close_range, NULL)				\
	X(dup, dup, NULL)						\
	IOUS_OLD_CALLS(X)						\
	X(dup3, dup3, NULL)						\
	X(fcntl, fcntl, NULL)						\
	X(pipe2, pipe2, NULL)						\
	X(ioctl, ioctl, ious_may_ioctl)					\
	/* directories, session */					\
	X(chdir, chdir, NULL)						\
	X(fchdir, fchdir, NULL)						\
	X(chroot, chroot, NULL)						\
	X(umask, umask, NULL)						\
	X(setsid, setsid, NULL)						\
	X(setpgid, setpgid, ious_may_self)				\
	/* signals */							\
	X(rt_sigprocmask, rt_sigprocmask, NULL)				\
	X(rt_sigaction, rt_sigaction, ious_may_sigaction)		\
	X(sigaltstack, sigaltstack, NULL)				\
	/* scheduling, limits */					\
	X(setpriority, setpriority, ious_may_self_second)		\
	X(ioprio_set, ioprio_set, ious_may_ioprio)			\
	X(sched_setscheduler, sched_setscheduler, ious_may_self)	\
	X(sched_setparam, sched_setparam, ious_may_self)		\
	X(sched_setattr, sched_setattr, ious_may_self)			\
	X(sched_setaffinity, sched_setaffinity, ious_may_self)		\
	X(set_mempolicy, set_mempolicy, NULL)				\
	X(prlimit64, prlimit64, ious_may_self)				\
	X(setrlimit, setrlimit, NULL)					\
	X(prctl, prctl, ious_may_prctl)					\
	X(personality, IOUS_SYS_PERSONALITY, NULL)			\
	/* credentials */						\
	X(setuid, setuid, NULL)						\
	X(setgid, setgid, NULL)						\
	X(setreuid, setreuid, NULL)					\
	X(setregid, setregid, NULL)					\
	X(setresuid, setresuid, NULL)					\
	X(setresgid, setresgid, NULL)					\
	X(setgroups, setgroups, NULL)					\
	X(setfsuid, setfsuid, NULL)					\
	X(setfsgid, setfsgid, NULL)					\
	X(capset, capset, NULL)						\
	X(keyctl, keyctl, ious_may_keyctl)				\
	/* namespaces, sandboxes */					\
	X(unshare, unshare, NULL)					\
	X(setns, setns, NULL)						\
	X(mount, mount, NULL)						\
	X(umount2, umount, NULL)					\
	X(pivot_root, pivot_root, NULL)					\
	X(sethostname, sethostname, NULL)				\
	X(setdomainname, setdomainname, NULL)				\
	X(seccomp, seccomp, NULL)					\
	X(landlock_restrict_self, landlock_restrict_self, NULL)		\
	/* for requests that refer to their results */			\
	X(getpid, getpid, NULL)						\
	X(gettid, gettid, NULL)						\
	X(getppid, getppid, NULL)

struct ious_call_row {
	long (*fn)(const struct pt_regs *regs);
	bool (*may)(const u64 *args);
};

/* A static call to each function, see symbols.h. */
typedef long ious_fn_syscall(const struct pt_regs *regs);

#define IOUS_CALL_DEFINE(_name, _sys, _may)				\
	DEFINE_STATIC_CALL_NULL(ious_sys_##_name, ious_fn_syscall);	\
	static long ious_do_##_name(const struct pt_regs *regs)		\
	{								\
		return static_call(ious_sys_##_name)(regs);		\
	}
IOUS_CALLS(IOUS_CALL_DEFINE)

#define IOUS_CALL_ROW(_name, _sys, _may)				\
	{ .fn = ious_do_##_name, .may = _may },
static const struct ious_call_row ious_calls[] = {
	IOUS_CALLS(IOUS_CALL_ROW)
};

/* The row of each number, counted from 1; 0: it is not on the list. */
enum {
#define IOUS_CALL_ENUM(_name, _sys, _may)	IOUS_ROW_##_name,
	IOUS_NO_ROW,
	IOUS_CALLS(IOUS_CALL_ENUM)
	IOUS_NR_ROWS
};

#define IOUS_CALL_NR(_name, _sys, _may)					\
	[__NR_##_name] = IOUS_ROW_##_name,
static const u8 ious_row_of[] = {
	IOUS_CALLS(IOUS_CALL_NR)
};
static_assert(!((IOUS_NR_ROWS - 1) >> BITS_PER_BYTE));

/* Where each row's function is; a kernel may lack some. */
#define IOUS_CALL_SYMBOL(_name, _sys, _may) {				\
	.name = IOUS_SYS_PREFIX __stringify(_sys),			\
	.key = &STATIC_CALL_KEY(ious_sys_##_name),			\
	.tramp = STATIC_CALL_TRAMP_ADDR(ious_sys_##_name),		\
},
static const struct ious_symbol ious_call_symbols[] = {
	IOUS_CALLS(IOUS_CALL_SYMBOL)
};

static bool ious_call_is_there[ARRAY_SIZE(ious_calls)];

void ious_syscall_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ious_calls); i++) {
		const struct ious_symbol *sym = &ious_call_symbols[i];
		unsigned long addr = ious_symbol_lookup(sym->name);

		if (!addr)
			continue;
		__static_call_update(sym->key, sym->tramp, (void *)addr);
		ious_call_is_there[i] = true;
	}
}

/* Programs choose @nr: the processor must not guess that it is in the table. */
static const struct ious_call_row *ious_find_call(u32 nr)
{
	unsigned int row;

	if (nr >= ARRAY_SIZE(ious_row_of))
		return NULL;
	row = ious_row_of[array_index_nospec(nr, ARRAY_SIZE(ious_row_of))];
	if (row == IOUS_NO_ROW || !ious_call_is_there[row - 1])
		return NULL;
	return &ious_calls[row - 1];
}

static long ious_syscall_make(struct io_kiocb *req,
			      const struct ious_call_args *call)
{
	const struct ious_call_row *row = ious_find_call(call->nr);

	if (!row)
		return ious_refuse(req, IORING_OP_SYSCALL, -ENOSYS,
				   IOUS_WHY_call);
	/* commit_creds() must not find any */
	if (ious_creds_are_lent())
		return -EPERM;
	return ious_entry_call(req, row->fn, row->may, call);
}

static struct ious_syscall *ious_syscall_of(struct io_kiocb *req)
{
	return io_kiocb_to_cmd(req, struct ious_syscall);
}

/* What an SQE for one call has in four more fields is not used. */
static int ious_vector_prep(struct ious_syscall *call,
			    const struct io_uring_sqe *sqe)
{
	if (READ_ONCE(sqe->off) || READ_ONCE(sqe->rw_flags) ||
	    READ_ONCE(sqe->addr3) || READ_ONCE(sqe->__pad2[0]))
		return -EINVAL;

	call->nr = READ_ONCE(sqe->len);
	call->vector = READ_ONCE(sqe->addr);
	if (!call->nr || call->nr > IORING_SYSCALL_MAX)
		return -EINVAL;
	return 0;
}

int ious_syscall_prep(struct io_kiocb *req, const struct io_uring_sqe *sqe)
{
	struct ious_syscall *call = ious_syscall_of(req);
	u32 flags = READ_ONCE(sqe->file_index);

	if (READ_ONCE(sqe->fd) || READ_ONCE(sqe->buf_index) ||
	    flags & ~IORING_SYSCALL_VECTOR || call->cmd.fixed ||
	    req->flags & REQ_F_CREDS)
		return -EINVAL;

	call->cmd.flags = flags;
	if (flags & IORING_SYSCALL_VECTOR)
		return ious_vector_prep(call, sqe);
	call->nr = READ_ONCE(sqe->len);
	call->cmd.ref = READ_ONCE(sqe->rw_flags);
	call->args[0] = READ_ONCE(sqe->off);
	call->args[1] = READ_ONCE(sqe->addr);
	call->args[2] = READ_ONCE(sqe->addr3);
	call->args[3] = READ_ONCE(sqe->__pad2[0]);
	return 0;
}

/* Byte i of cmd.ref: the request before this one that gives argument i; 0: none. */
static int ious_syscall_args(const struct ious_syscall *call, u64 *args)
{
	unsigned int i, k;
	s32 res;
	int ret;

	for (i = 0; i < IOUS_SYSCALL_ARGS; i++) {
		args[i] = call->args[i];
		k = call->cmd.ref >> 8 * i & 0xff;
		if (!k)
			continue;
		ret = ious_chain_result(call->cmd.chain, k, &res);
		if (ret)
			return ret;
		if (res < 0)
			return -EINVAL;
		args[i] = res;
	}
	return 0;
}

int ious_syscall(struct io_kiocb *req, unsigned int issue_flags)
{
	const struct ious_syscall *syscall = ious_syscall_of(req);
	struct ious_call_args call = { .nr = syscall->nr };
	int ret;

	if (syscall->cmd.flags & IORING_SYSCALL_VECTOR)
		return ious_vector_run(req, syscall->vector, syscall->nr,
				       ious_syscall_make);
	ret = ious_syscall_args(syscall, call.args);
	if (ret)
		return ret;
	return ious_syscall_make(req, &call);
}
