// SPDX-License-Identifier: MIT
/*
 * What glibc's posix_spawn() does in its child, as a chain: in the same order, with
 * the same errors.
 *
 * Everything is on the stack: a chain is waited for. Nothing here calls malloc(),
 * as programs call posix_spawn() where they must not.
 */
#include "chain.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/path.h"
#include "../lib/thread_ring.h"
#include "actions.h"
#include "libc.h"

#ifndef POSIX_SPAWN_SETSID
#define POSIX_SPAWN_SETSID	0x80
#endif
#define SPAWN_SETCGROUP	0x100	/* POSIX_SPAWN_SETCGROUP, since glibc 2.39 */
#define KNOWN_FLAGS							\
	(POSIX_SPAWN_RESETIDS | POSIX_SPAWN_SETPGROUP |			\
	 POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK |		\
	 POSIX_SPAWN_SETSCHEDPARAM | POSIX_SPAWN_SETSCHEDULER |		\
	 POSIX_SPAWN_USEVFORK | POSIX_SPAWN_SETSID | SPAWN_SETCGROUP)
#define CANDIDATES_SIZE	4096

struct attempt {
	const struct ious_spawn_call *call;
	struct ious_thread_ring *own;
	const posix_spawnattr_t *attr;
	short flags;
	/* the chain has become too long: what comes then goes nowhere */
	bool full;
	bool opens;
	/* afterwards: all but the EXECs went well */
	bool tried_exec;
	struct io_uring_sqe nowhere;
	/* requests before the first EXEC, and all of them */
	unsigned int first_exec, nr;
	/* those whose failure does not matter to posix_spawn() */
	uint64_t may_fail[IOUS_THREAD_RING_MAX / 64];
	struct clone_args clone;
	int pidfd;
	pid_t pid;
	/* what requests point to */
	pid_t group;
	sigset_t mask;
	struct sched_param param;
	struct ious_path path;
	char candidates[CANDIDATES_SIZE];
};

static struct io_uring_sqe *add_sqe(struct attempt *a)
{
	struct io_uring_sqe *sqe = ious_thread_ring_sqe(a->own);

	if (!sqe) {
		a->full = true;
		return &a->nowhere;
	}
	a->nr++;
	return sqe;
}

/* The step before this one may fail. */
static void ignore_failure(struct attempt *a, struct io_uring_sqe *sqe)
{
	if (a->full)
		return;
	sqe->flags |= IOSQE_IO_HARDLINK;
	a->may_fail[(a->nr - 1) / 64] |= 1ull << (a->nr - 1) % 64;
}

/* ---- attributes */

static bool add_clone(struct attempt *a)
{
	a->clone.exit_signal = SIGCHLD;
	a->clone.flags = CLONE_PARENT_SETTID;
	a->clone.parent_tid = (uintptr_t)&a->pid;
	if (a->call->pidfd) {
		a->clone.flags |= CLONE_PIDFD;
		a->clone.pidfd = (uintptr_t)&a->pidfd;
	}
	if (a->flags & SPAWN_SETCGROUP) {
		ious_fn_get *getcgroup = ious_libc()->getcgroup;
		int cgroup;

		if (!getcgroup || getcgroup(a->attr, &cgroup))
			return false;
		a->clone.flags |= CLONE_INTO_CGROUP;
		a->clone.cgroup = cgroup;
	}
	io_uring_spawn_prep_clone_args(add_sqe(a), &a->clone, sizeof(a->clone));
	return true;
}

/* What the caller handles has its default in the new process already. */
static void add_sigdefault(struct attempt *a)
{
	struct sigaction action;
	sigset_t set;
	int sig;

	posix_spawnattr_getsigdefault(a->attr, &set);
	for (sig = 1; sig < NSIG; sig++)
		if (sigismember(&set, sig) == 1 &&
		    !sigaction(sig, NULL, &action) &&
		    action.sa_handler == SIG_IGN)
			io_uring_spawn_prep_sigdefault(add_sqe(a), sig);
}

static void add_scheduler(struct attempt *a)
{
	int policy;

	if (!(a->flags &
	      (POSIX_SPAWN_SETSCHEDULER | POSIX_SPAWN_SETSCHEDPARAM)))
		return;
	posix_spawnattr_getschedparam(a->attr, &a->param);
	if (a->flags & POSIX_SPAWN_SETSCHEDULER) {
		posix_spawnattr_getschedpolicy(a->attr, &policy);
		io_uring_spawn_prep_scheduler(add_sqe(a), policy, &a->param);
	} else {
		io_uring_spawn_prep_syscall(add_sqe(a), SYS_sched_setparam, 0,
					    (uintptr_t)&a->param, 0, 0);
	}
}

static void add_attributes(struct attempt *a)
{
	pid_t group;

	if (a->flags & POSIX_SPAWN_SETSIGDEF)
		add_sigdefault(a);
	add_scheduler(a);
	if (a->flags & POSIX_SPAWN_SETSID)
		io_uring_spawn_prep_setsid(add_sqe(a));
	if (a->flags & POSIX_SPAWN_SETPGROUP) {
		posix_spawnattr_getpgroup(a->attr, &group);
		io_uring_spawn_prep_setpgid(add_sqe(a), group);
	}
	if (a->flags & POSIX_SPAWN_RESETIDS) {
		io_uring_spawn_prep_setresuid(add_sqe(a), -1, getuid(), -1);
		io_uring_spawn_prep_setresgid(add_sqe(a), -1, getgid(), -1);
	}
}

/* glibc never blocks the two signals that are its own. */
static void add_sigmask(struct attempt *a)
{
	const sigset_t *mask = ious_thread_ring_mask(a->own);
	uint64_t *bits = (uint64_t *)&a->mask;

	if (a->flags & POSIX_SPAWN_SETSIGMASK) {
		posix_spawnattr_getsigmask(a->attr, &a->mask);
		*bits &= ~(1ull << (__SIGRTMIN - 1) | 1ull << __SIGRTMIN);
		mask = &a->mask;
	}
	io_uring_spawn_prep_sigmask(add_sqe(a), mask);
}

/* ---- file actions */

/* The number is free for what is opened, also if the table is full. */
static bool add_open(struct attempt *a, const struct ious_action *action)
{
	struct io_uring_sqe *sqe;

	/* at its number by chance it stays close-on-exec, moved there not */
	if (action->oflag & O_CLOEXEC)
		return false;
	a->opens = true;
	sqe = add_sqe(a);
	io_uring_spawn_prep_close(sqe, action->fd);
	ignore_failure(a, sqe);
	io_uring_prep_openat(add_sqe(a), AT_FDCWD, action->path, action->oflag,
			     action->mode);
	io_uring_spawn_prep_dup_result(add_sqe(a), 1, action->fd,
				       IO_URING_SPAWN_DUP_MOVE);
	return true;
}

/* What is not open is closed; what could never be open is an error. */
static void add_close(struct attempt *a, int fd)
{
	struct io_uring_sqe *sqe = add_sqe(a);
	struct rlimit limit;

	io_uring_spawn_prep_close(sqe, fd);
	if (fd >= 0 &&
	    (getrlimit(RLIMIT_NOFILE, &limit) || (rlim_t)fd < limit.rlim_cur))
		ignore_failure(a, sqe);
}

/*
 * The group that the process is in by then. The terminal does not stop it with
 * SIGTTOU, as all signals are blocked.
 */
static void add_tcsetpgrp(struct attempt *a, int fd)
{
	const pid_t *group = &a->group;

	a->group = 0;
	if (a->flags & POSIX_SPAWN_SETPGROUP)
		posix_spawnattr_getpgroup(a->attr, &a->group);
	else if (!(a->flags & POSIX_SPAWN_SETSID))
		a->group = getpgid(0);
	/* its own: CLONE has written that before this runs */
	if (!a->group)
		group = &a->pid;
	io_uring_spawn_prep_tcsetpgrp(add_sqe(a), fd, group);
}

static bool add_action(struct attempt *a, const struct ious_action *action)
{
	switch (action->kind) {
	case IOUS_ACTION_OPEN:
		return add_open(a, action);
	case IOUS_ACTION_DUP2:
		io_uring_spawn_prep_dup(add_sqe(a), action->fd, action->newfd,
					0);
		break;
	case IOUS_ACTION_CLOSE:
		add_close(a, action->fd);
		break;
	case IOUS_ACTION_CLOSEFROM:
		io_uring_spawn_prep_closefrom(add_sqe(a), action->fd);
		break;
	case IOUS_ACTION_CHDIR:
		io_uring_spawn_prep_chdir(add_sqe(a), action->path);
		break;
	case IOUS_ACTION_FCHDIR:
		io_uring_spawn_prep_fchdir(add_sqe(a), action->fd);
		break;
	case IOUS_ACTION_TCSETPGRP:
		add_tcsetpgrp(a, action->fd);
		break;
	}
	return true;
}

/* ---- the program */

static bool add_exec(struct attempt *a)
{
	const struct ious_spawn_call *call = a->call;
	char *to = a->candidates, *end = to + sizeof(a->candidates);
	struct io_uring_sqe *sqe;
	size_t size;

	a->first_exec = a->nr;
	if (!call->search || !ious_path_needed(call->file)) {
		io_uring_spawn_prep_exec(add_sqe(a), call->file, call->argv,
					 call->envp);
		return true;
	}
	if (ious_path_begin(&a->path, call->file, NULL))
		return false;
	while ((size = ious_path_next(&a->path, to, end - to))) {
		if (size > (size_t)(end - to))
			return false;
		sqe = add_sqe(a);
		io_uring_spawn_prep_exec_search(sqe, to, call->argv,
						call->envp);
		sqe->flags |= IOSQE_IO_HARDLINK;
		to += size;
	}
	return to > a->candidates;
}

static bool build_chain(struct attempt *a, const struct ious_action *actions,
			unsigned int nr)
{
	unsigned int i;

	if (a->flags & ~KNOWN_FLAGS || !add_clone(a))
		return false;
	add_attributes(a);
	for (i = 0; i < nr; i++)
		if (!add_action(a, &actions[i]))
			return false;
	add_sigmask(a);
	return add_exec(a) && !a->full;
}

/* ---- what became of it */

/* Of a row of EXECs: the last error, but one that says "there is one" counts more. */
static int exec_error(struct attempt *a, const int *res, unsigned int nr)
{
	unsigned int i;
	int err = ECHILD;
	bool denied = false;

	for (i = a->first_exec; i < nr; i++) {
		if (!res[i])
			return 0;
		if (res[i] == -ECANCELED)
			break;
		a->tried_exec = true;
		err = -res[i];
		denied |= err == EACCES;
	}
	/* the search ends at any other error with that */
	if (denied && ious_path_goes_on(err))
		err = EACCES;
	return err;
}

/* 0 or the errno of the step that failed. */
static int chain_error(struct attempt *a, const int *res, unsigned int nr)
{
	unsigned int i;

	for (i = 1; i < a->first_exec && i < nr; i++)
		if (res[i] < 0 && !(a->may_fail[i / 64] >> i % 64 & 1))
			return -res[i];
	if (nr < a->nr)
		return EAGAIN;
	return exec_error(a, res, nr);
}

/* By which signal did it end? 0: by none. It can be waited for then as before. */
static int killed_by(pid_t pid)
{
	siginfo_t info = { 0 };

	while (syscall(SYS_waitid, P_PID, pid, &info,
		       WEXITED | WNOWAIT | __WALL, NULL) && errno == EINTR)
		;
	return info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED ?
	       info.si_status : 0;
}

static enum ious_fallback started(const struct attempt *a, pid_t pid)
{
	if (a->call->result)
		*a->call->result = a->call->pidfd ? a->pidfd : pid;
	return IOUS_FALLBACK_NONE;
}

/*
 * A seccomp filter may refuse execveat(2) and let execve(2) pass. But files are not
 * opened twice, which could be seen.
 */
static bool is_filter(const struct attempt *a, int err)
{
	return a->tried_exec && !a->opens && (err == EPERM || err == ENOSYS);
}

static enum ious_fallback finish_chain(struct attempt *a, const int *res,
				       unsigned int nr, int *err)
{
	pid_t pid = res[0];

	if (pid < 0) {
		*err = -pid;
		return IOUS_FALLBACK_MODULE;
	}
	*err = chain_error(a, res, nr);
	if (!*err)
		return started(a, pid);
	/* one that a signal ends is the caller's to wait for, as in glibc */
	if (!is_filter(a, *err) && killed_by(pid)) {
		*err = 0;
		return started(a, pid);
	}
	ious_thread_ring_reap(pid);
	if (a->call->pidfd)
		close(a->pidfd);
	return is_filter(a, *err) ? IOUS_FALLBACK_FILTER : IOUS_FALLBACK_NONE;
}

enum ious_fallback ious_spawn_chain(const struct ious_spawn_call *call,
				    int *err)
{
	struct attempt a = { .call = call, .attr = call->attr, .pidfd = -1 };
	const struct ious_action *actions = NULL;
	enum ious_fallback fallback = IOUS_FALLBACK_REQUEST;
	int res[IOUS_THREAD_RING_MAX], ret;
	unsigned int nr;

	*err = ENOTSUP;
	if (!ious_actions_of(call->actions, &actions, &nr))
		return IOUS_FALLBACK_OBJECT;
	if (a.attr)
		posix_spawnattr_getflags(a.attr, &a.flags);
	ret = ious_thread_ring_get(&a.own);
	if (ret) {
		*err = -ret;
		return IOUS_FALLBACK_RING;
	}
	if (!build_chain(&a, actions, nr))
		goto out;
	ret = ious_thread_ring_run(a.own, res);
	if (ret > 0) {
		fallback = finish_chain(&a, res, ret, err);
	} else {
		*err = -ret;
		fallback = IOUS_FALLBACK_RING;
	}
out:
	ious_thread_ring_put(a.own);
	return fallback;
}
