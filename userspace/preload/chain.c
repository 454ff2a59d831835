// SPDX-License-Identifier: MIT
/*
 * What glibc's posix_spawn() does in its child, as a chain: in the same order, with
 * the same errors.
 *
 * Everything is in the memory of the thread's ring: a chain is waited for. Nothing
 * here calls malloc(), as programs call posix_spawn() where they must not, and the
 * stack may be a small one for signals.
 */
#include "attempt.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- what became of it */

/* Of a row of EXECs: the last error, but one that says "there is one" counts more. */
static int exec_error(struct ious_attempt *a, unsigned int nr)
{
	const int *res = a->res;
	unsigned int i;
	int err = ECHILD;
	bool denied = false;

	for (i = a->first_exec; i < nr; i++) {
		/* or which of the candidates it was */
		if (res[i] >= 0)
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
static int chain_error(struct ious_attempt *a, unsigned int nr)
{
	const int *res = a->res;
	unsigned int i;

	for (i = 1; i < a->first_exec && i < nr; i++)
		if (res[i] < 0 && !(a->may_fail[i / 64] >> i % 64 & 1))
			return -res[i];
	if (nr < a->nr)
		return EAGAIN;
	return exec_error(a, nr);
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

static enum ious_fallback started(const struct ious_attempt *a, pid_t pid)
{
	if (a->call->result)
		*a->call->result = a->call->pidfd ? a->pidfd : pid;
	return IOUS_FALLBACK_NONE;
}

/*
 * A seccomp filter may refuse execveat(2) and let execve(2) pass. But files are not
 * opened twice, which could be seen.
 */
static bool is_filter(const struct ious_attempt *a, int err)
{
	return a->tried_exec && !a->opens && (err == EPERM || err == ENOSYS);
}

static enum ious_fallback finish_chain(struct ious_attempt *a, unsigned int nr,
				       int *err)
{
	pid_t pid = a->res[0];

	if (pid < 0) {
		*err = -pid;
		return IOUS_FALLBACK_MODULE;
	}
	*err = chain_error(a, nr);
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

/* Cleared but for what is written before it is read. */
static struct ious_attempt *new_attempt(struct ious_thread_ring *own,
				   const struct ious_spawn_call *call)
{
	struct ious_attempt *a = ious_thread_ring_memory(own);

	memset(a, 0, offsetof(struct ious_attempt, mask));
	a->own = own;
	a->call = call;
	a->attr = call->attr;
	a->pidfd = -1;
	if (a->attr)
		posix_spawnattr_getflags(a->attr, &a->flags);
	return a;
}

enum ious_fallback ious_spawn_chain(const struct ious_spawn_call *call,
				    int *err)
{
	const struct ious_action *actions = NULL;
	enum ious_fallback fallback = IOUS_FALLBACK_REQUEST;
	struct ious_thread_ring *own;
	struct ious_attempt *a;
	unsigned int nr;
	int ret;

	*err = ENOTSUP;
	if (!ious_actions_of(call->actions, &actions, &nr))
		return IOUS_FALLBACK_OBJECT;
	ret = ious_thread_ring_get(&own);
	if (ret) {
		*err = -ret;
		return IOUS_FALLBACK_RING;
	}
	a = new_attempt(own, call);
	if (!ious_attempt_build(a, actions, nr))
		goto out;
	ret = ious_thread_ring_run(own, a->res);
	if (ret > 0) {
		fallback = finish_chain(a, ret, err);
	} else {
		*err = -ret;
		fallback = IOUS_FALLBACK_RING;
	}
out:
	ious_thread_ring_put(own);
	return fallback;
}
