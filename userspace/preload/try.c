// SPDX-License-Identifier: MIT
/*
 * What glibc's posix_spawn() does in its child, as a chain: in the same order, with
 * the same errors.
 *
 * Everything is on the stack: a chain is waited for. Nothing here calls malloc(),
 * as programs call posix_spawn() where they must not.
 */
#include "preload.h"

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

#include "../lib/thread_ring.h"
#include "../lib/path.h"

#ifndef POSIX_SPAWN_SETSID
#define POSIX_SPAWN_SETSID	0x80
#endif
#define IOUS_SPAWN_SETCGROUP	0x100	/* POSIX_SPAWN_SETCGROUP, since glibc 2.39 */
#define IOUS_KNOWN_FLAGS						\
	(POSIX_SPAWN_RESETIDS | POSIX_SPAWN_SETPGROUP |			\
	 POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK |		\
	 POSIX_SPAWN_SETSCHEDPARAM | POSIX_SPAWN_SETSCHEDULER |		\
	 POSIX_SPAWN_USEVFORK | POSIX_SPAWN_SETSID | IOUS_SPAWN_SETCGROUP)
#define IOUS_CANDIDATES_SIZE	4096

struct ious_attempt {
	const struct ious_call *call;
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
	char candidates[IOUS_CANDIDATES_SIZE];
};

static struct io_uring_sqe *ious_step(struct ious_attempt *a)
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
static void ious_ignore(struct ious_attempt *a, struct io_uring_sqe *sqe)
{
	if (a->full)
		return;
	sqe->flags |= IOSQE_IO_HARDLINK;
	a->may_fail[(a->nr - 1) / 64] |= 1ull << (a->nr - 1) % 64;
}

/* ---- attributes */

static bool ious_clone(struct ious_attempt *a)
{
	a->clone.exit_signal = SIGCHLD;
	a->clone.flags = CLONE_PARENT_SETTID;
	a->clone.parent_tid = (uintptr_t)&a->pid;
	if (a->call->pidfd) {
		a->clone.flags |= CLONE_PIDFD;
		a->clone.pidfd = (uintptr_t)&a->pidfd;
	}
	if (a->flags & IOUS_SPAWN_SETCGROUP) {
		ious_fn_get *getcgroup = ious_libc()->getcgroup;
		int cgroup;

		if (!getcgroup || getcgroup(a->attr, &cgroup))
			return false;
		a->clone.flags |= CLONE_INTO_CGROUP;
		a->clone.cgroup = cgroup;
	}
	io_uring_spawn_prep_clone_args(ious_step(a), &a->clone,
				       sizeof(a->clone));
	return true;
}

/* What the caller handles has its default in the new process already. */
static void ious_sigdefault(struct ious_attempt *a)
{
	struct sigaction action;
	sigset_t set;
	int sig;

	posix_spawnattr_getsigdefault(a->attr, &set);
	for (sig = 1; sig < NSIG; sig++)
		if (sigismember(&set, sig) == 1 &&
		    !sigaction(sig, NULL, &action) &&
		    action.sa_handler == SIG_IGN)
			io_uring_spawn_prep_sigdefault(ious_step(a), sig);
}

static void ious_schedule(struct ious_attempt *a)
{
	int policy;

	if (!(a->flags & (POSIX_SPAWN_SETSCHEDULER |
			  POSIX_SPAWN_SETSCHEDPARAM)))
		return;
	posix_spawnattr_getschedparam(a->attr, &a->param);
	if (a->flags & POSIX_SPAWN_SETSCHEDULER) {
		posix_spawnattr_getschedpolicy(a->attr, &policy);
		io_uring_spawn_prep_scheduler(ious_step(a), policy, &a->param);
	} else {
		io_uring_spawn_prep_syscall(ious_step(a), SYS_sched_setparam, 0,
					    (uintptr_t)&a->param, 0, 0);
	}
}

static void ious_attributes(struct ious_attempt *a)
{
	pid_t group;

	if (a->flags & POSIX_SPAWN_SETSIGDEF)
		ious_sigdefault(a);
	ious_schedule(a);
	if (a->flags & POSIX_SPAWN_SETSID)
		io_uring_spawn_prep_setsid(ious_step(a));
	if (a->flags & POSIX_SPAWN_SETPGROUP) {
		posix_spawnattr_getpgroup(a->attr, &group);
		io_uring_spawn_prep_setpgid(ious_step(a), group);
	}
	if (a->flags & POSIX_SPAWN_RESETIDS) {
		io_uring_spawn_prep_setresuid(ious_step(a), -1, getuid(), -1);
		io_uring_spawn_prep_setresgid(ious_step(a), -1, getgid(), -1);
	}
}

/* glibc never blocks the two signals that are its own. */
static void ious_sigmask(struct ious_attempt *a)
{
	const sigset_t *mask = ious_thread_ring_mask(a->own);
	uint64_t *bits = (uint64_t *)&a->mask;

	if (a->flags & POSIX_SPAWN_SETSIGMASK) {
		posix_spawnattr_getsigmask(a->attr, &a->mask);
		*bits &= ~(1ull << (__SIGRTMIN - 1) | 1ull << __SIGRTMIN);
		mask = &a->mask;
	}
	io_uring_spawn_prep_sigmask(ious_step(a), mask);
}

/* ---- file actions */

/* The number is free for what is opened, also if the table is full. */
static bool ious_open(struct ious_attempt *a, const struct ious_action *action)
{
	struct io_uring_sqe *sqe;

	/* at its number by chance it stays close-on-exec, moved there not */
	if (action->oflag & O_CLOEXEC)
		return false;
	a->opens = true;
	sqe = ious_step(a);
	io_uring_spawn_prep_close(sqe, action->fd);
	ious_ignore(a, sqe);
	io_uring_prep_openat(ious_step(a), AT_FDCWD, action->path,
			     action->oflag, action->mode);
	io_uring_spawn_prep_dup_result(ious_step(a), 1, action->fd,
				       IO_URING_SPAWN_DUP_MOVE);
	return true;
}

/* What is not open is closed; what could never be open is an error. */
static void ious_close(struct ious_attempt *a, int fd)
{
	struct io_uring_sqe *sqe = ious_step(a);
	struct rlimit limit;

	io_uring_spawn_prep_close(sqe, fd);
	if (fd >= 0 &&
	    (getrlimit(RLIMIT_NOFILE, &limit) || (rlim_t)fd < limit.rlim_cur))
		ious_ignore(a, sqe);
}

/*
 * The group that the process is in by then. The terminal does not stop it with
 * SIGTTOU, as all signals are blocked.
 */
static void ious_tcsetpgrp(struct ious_attempt *a, int fd)
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
	io_uring_spawn_prep_tcsetpgrp(ious_step(a), fd, group);
}

static bool ious_action(struct ious_attempt *a, const struct ious_action *action)
{
	switch (action->kind) {
	case IOUS_ACTION_OPEN:
		return ious_open(a, action);
	case IOUS_ACTION_DUP2:
		io_uring_spawn_prep_dup(ious_step(a), action->fd,
					action->newfd, 0);
		break;
	case IOUS_ACTION_CLOSE:
		ious_close(a, action->fd);
		break;
	case IOUS_ACTION_CLOSEFROM:
		io_uring_spawn_prep_closefrom(ious_step(a), action->fd);
		break;
	case IOUS_ACTION_CHDIR:
		io_uring_spawn_prep_chdir(ious_step(a), action->path);
		break;
	case IOUS_ACTION_FCHDIR:
		io_uring_spawn_prep_fchdir(ious_step(a), action->fd);
		break;
	case IOUS_ACTION_TCSETPGRP:
		ious_tcsetpgrp(a, action->fd);
		break;
	}
	return true;
}

/* ---- the program */

static bool ious_exec(struct ious_attempt *a)
{
	const struct ious_call *call = a->call;
	char *to = a->candidates, *end = to + sizeof(a->candidates);
	struct io_uring_sqe *sqe;
	size_t size;

	a->first_exec = a->nr;
	if (!call->search || !ious_path_needed(call->file)) {
		io_uring_spawn_prep_exec(ious_step(a), call->file, call->argv,
					 call->envp);
		return true;
	}
	if (ious_path_begin(&a->path, call->file, NULL))
		return false;
	while ((size = ious_path_next(&a->path, to, end - to))) {
		if (size > (size_t)(end - to))
			return false;
		sqe = ious_step(a);
		io_uring_spawn_prep_exec_search(sqe, to, call->argv,
						call->envp);
		sqe->flags |= IOSQE_IO_HARDLINK;
		to += size;
	}
	return to > a->candidates;
}

static bool ious_prepare(struct ious_attempt *a,
			 const struct ious_action *actions, unsigned int nr)
{
	unsigned int i;

	if (a->flags & ~IOUS_KNOWN_FLAGS || !ious_clone(a))
		return false;
	ious_attributes(a);
	for (i = 0; i < nr; i++)
		if (!ious_action(a, &actions[i]))
			return false;
	ious_sigmask(a);
	return ious_exec(a) && !a->full;
}

/* ---- what became of it */

/* Of a row of EXECs: the last error, but one that says "there is one" counts more. */
static int ious_exec_error(struct ious_attempt *a, const int *res,
			   unsigned int nr)
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
static int ious_error(struct ious_attempt *a, const int *res,
		      unsigned int nr)
{
	unsigned int i;

	for (i = 1; i < a->first_exec && i < nr; i++)
		if (res[i] < 0 && !(a->may_fail[i / 64] >> i % 64 & 1))
			return -res[i];
	if (nr < a->nr)
		return EAGAIN;
	return ious_exec_error(a, res, nr);
}

/* By which signal did it end? 0: by none. It can be waited for then as before. */
static int ious_killed_by(pid_t pid)
{
	siginfo_t info = { 0 };

	while (syscall(SYS_waitid, P_PID, pid, &info,
		       WEXITED | WNOWAIT | __WALL, NULL) && errno == EINTR)
		;
	return info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED ?
	       info.si_status : 0;
}

static enum ious_why ious_started(const struct ious_attempt *a, pid_t pid)
{
	if (a->call->result)
		*a->call->result = a->call->pidfd ? a->pidfd : pid;
	return IOUS_CHAIN;
}

/*
 * A seccomp filter may refuse execveat(2) and let execve(2) pass. But files are not
 * opened twice, which could be seen.
 */
static bool ious_is_filter(const struct ious_attempt *a, int err)
{
	return a->tried_exec && !a->opens && (err == EPERM || err == ENOSYS);
}

static enum ious_why ious_finish(struct ious_attempt *a, const int *res,
				 unsigned int nr, int *err)
{
	pid_t pid = res[0];

	if (pid < 0) {
		*err = -pid;
		return IOUS_WHY_MODULE;
	}
	*err = ious_error(a, res, nr);
	if (!*err)
		return ious_started(a, pid);
	/* one that a signal ends is the caller's to wait for, as in glibc */
	if (!ious_is_filter(a, *err) && ious_killed_by(pid)) {
		*err = 0;
		return ious_started(a, pid);
	}
	ious_reap(pid);
	if (a->call->pidfd)
		close(a->pidfd);
	return ious_is_filter(a, *err) ? IOUS_WHY_FILTER : IOUS_CHAIN;
}

enum ious_why ious_try(const struct ious_call *call, int *err)
{
	struct ious_attempt a = { .call = call, .attr = call->attr, .pidfd = -1 };
	const struct ious_action *actions = NULL;
	enum ious_why why = IOUS_WHY_REQUEST;
	int res[IOUS_THREAD_RING_MAX], ret;
	unsigned int nr;

	*err = ENOTSUP;
	if (!ious_actions(call->actions, &actions, &nr))
		return IOUS_WHY_OBJECT;
	if (a.attr)
		posix_spawnattr_getflags(a.attr, &a.flags);
	ret = ious_thread_ring_get(&a.own);
	if (ret) {
		*err = -ret;
		return IOUS_WHY_RING;
	}
	if (!ious_prepare(&a, actions, nr))
		goto out;
	ret = ious_thread_ring_run(a.own, res);
	if (ret > 0) {
		why = ious_finish(&a, res, ret, err);
	} else {
		*err = -ret;
		why = IOUS_WHY_RING;
	}
out:
	ious_thread_ring_put(a.own);
	return why;
}
