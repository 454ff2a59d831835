// SPDX-License-Identifier: MIT
/*
 * What glibc's posix_spawn() does in its child, as the requests of a chain: in the same
 * order.
 */
#include "attempt.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

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

static struct io_uring_sqe *add_sqe(struct ious_attempt *a)
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
static void ignore_failure(struct ious_attempt *a, struct io_uring_sqe *sqe)
{
	if (a->full)
		return;
	sqe->flags |= IOSQE_IO_HARDLINK;
	a->may_fail[(a->nr - 1) / 64] |= 1ull << (a->nr - 1) % 64;
}

/* ---- attributes */

static bool add_clone(struct ious_attempt *a)
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
static void add_sigdefault(struct ious_attempt *a)
{
	struct sigaction action;
	uint64_t bits;
	sigset_t set;
	int sig;

	posix_spawnattr_getsigdefault(a->attr, &set);
	for (bits = *(uint64_t *)&set; bits; bits &= bits - 1) {
		sig = __builtin_ctzll(bits) + 1;
		if (!sigaction(sig, NULL, &action) &&
		    action.sa_handler == SIG_IGN)
			io_uring_spawn_prep_sigdefault(add_sqe(a), sig);
	}
}

static void add_scheduler(struct ious_attempt *a)
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

static void add_attributes(struct ious_attempt *a)
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
static void add_sigmask(struct ious_attempt *a)
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

static void note_open(struct ious_attempt *a, int fd)
{
	if (fd >= a->end)
		a->end = fd == INT_MAX ? INT_MAX : fd + 1;
}

/* The number is free for what is opened, also if the table is full. */
static bool add_open(struct ious_attempt *a, const struct ious_action *action)
{
	struct io_uring_sqe *sqe;

	/* at its number by chance it stays close-on-exec, moved there not */
	if (action->oflag & O_CLOEXEC)
		return false;
	a->opens = true;
	note_open(a, action->fd);
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
static void add_close(struct ious_attempt *a, int fd)
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
static void add_tcsetpgrp(struct ious_attempt *a, int fd)
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

/*
 * Descriptors from here on can be left out from the start: the actions up to the first
 * that closes the rest name lower ones only. INT_MAX: none can. A path could name any
 * of them, in /proc/self/fd for instance.
 */
static int first_unused(const struct ious_action *actions, unsigned int nr)
{
	int unused = 0;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		const struct ious_action *action = &actions[i];

		if (action->path)
			break;
		if (action->kind == IOUS_ACTION_CLOSEFROM)
			return action->fd > unused ? action->fd : unused;
		if (action->fd >= unused)
			unused = action->fd + 1;
		if (action->kind == IOUS_ACTION_DUP2 && action->newfd >= unused)
			unused = action->newfd + 1;
	}
	return INT_MAX;
}

/*
 * A copy of the whole table costs some 250 instructions for each descriptor, so the
 * process shares the caller's, and its first request makes a table of those that are
 * kept. If that request fails, the chain ends: no other one sees the caller's table.
 * A seccomp filter that says "done" for close_range(2) and does nothing would break
 * that, as it breaks every program that believes it: the manual says so.
 */
static void add_keep(struct ious_attempt *a, const struct ious_action *actions,
		     unsigned int nr)
{
	a->end = first_unused(actions, nr);
	if (a->end == INT_MAX)
		return;
	a->clone.flags |= CLONE_FILES;
	io_uring_spawn_prep_keep(add_sqe(a), a->end);
}

/* close_range(2) looks at every number up to the last, whether it is open or not. */
static void add_closefrom(struct ious_attempt *a, int fd)
{
	if (fd >= a->end)
		return;
	if (a->end == INT_MAX)
		io_uring_spawn_prep_closefrom(add_sqe(a), fd);
	else
		io_uring_spawn_prep_close_range(add_sqe(a), fd, a->end - 1, 0);
	a->end = fd;
}

static bool add_action(struct ious_attempt *a, const struct ious_action *action)
{
	switch (action->kind) {
	case IOUS_ACTION_OPEN:
		return add_open(a, action);
	case IOUS_ACTION_DUP2:
		note_open(a, action->newfd);
		io_uring_spawn_prep_dup(add_sqe(a), action->fd, action->newfd,
					0);
		break;
	case IOUS_ACTION_CLOSE:
		add_close(a, action->fd);
		break;
	case IOUS_ACTION_CLOSEFROM:
		add_closefrom(a, action->fd);
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

/* As one request, or as one for each with a module that has no more. */
static void add_candidates(struct ious_attempt *a, unsigned int nr)
{
	const struct ious_spawn_call *call = a->call;
	struct io_uring_sqe *sqe;
	unsigned int i;

	if (ious_thread_ring_abi(a->own) >= 3) {
		io_uring_spawn_prep_exec_paths(add_sqe(a), a->paths, nr,
					       call->argv, call->envp);
		return;
	}
	for (i = 0; i < nr; i++) {
		sqe = add_sqe(a);
		io_uring_spawn_prep_exec_search(sqe, a->paths[i], call->argv,
						call->envp);
		sqe->flags |= IOSQE_IO_HARDLINK;
	}
}

static bool add_exec(struct ious_attempt *a)
{
	const struct ious_spawn_call *call = a->call;
	char *to = a->candidates, *end = to + sizeof(a->candidates);
	unsigned int nr = 0;
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
		if (size > (size_t)(end - to) || nr == CANDIDATES_MAX)
			return false;
		a->paths[nr++] = to;
		to += size;
	}
	if (nr)
		add_candidates(a, nr);
	return nr;
}

bool ious_attempt_build(struct ious_attempt *a, const struct ious_action *actions,
			unsigned int nr)
{
	unsigned int i;

	if (a->flags & ~KNOWN_FLAGS || !add_clone(a))
		return false;
	add_keep(a, actions, nr);
	add_attributes(a);
	for (i = 0; i < nr; i++)
		if (!add_action(a, &actions[i]))
			return false;
	add_sigmask(a);
	return add_exec(a) && !a->full;
}
