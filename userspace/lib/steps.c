// SPDX-License-Identifier: MIT
/* The steps of a plan, as the requests that they are. */
#include "plan.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>

/*
 * A step is begun, gets its requests, and is ended, which tells its number. Any of
 * them may find that there is no memory: then all that the step has is taken back.
 */
struct ious_draft {
	struct ious_plan *plan;
	unsigned int start;
	bool failed;
	struct ious_request scratch;
};

static struct ious_draft ious_begin(struct ious_plan *plan)
{
	return (struct ious_draft){ .plan = plan, .start = plan->nr };
}

/* Where a request goes; somewhere harmless without memory. */
static struct ious_request *ious_add(struct ious_draft *draft)
{
	struct ious_plan *plan = draft->plan;
	unsigned int room = plan->room ? 2 * plan->room : 16;
	struct ious_request *requests;

	if (plan->nr == plan->room) {
		requests = realloc(plan->requests, room * sizeof(*requests));
		if (!requests) {
			draft->failed = true;
			return &draft->scratch;
		}
		plan->requests = requests;
		plan->room = room;
	}
	requests = &plan->requests[plan->nr++];
	memset(requests, 0, sizeof(*requests));
	requests->step = plan->nr_steps;
	return requests;
}

static struct io_uring_sqe *ious_sqe(struct ious_draft *draft)
{
	return &ious_add(draft)->sqe;
}

/* A copy for the requests to point to; @data itself without memory. */
static const void *ious_copy(struct ious_draft *draft, const void *data,
			     size_t size)
{
	const void *copy = ious_plan_copy(draft->plan, data, size);

	draft->failed |= !copy;
	return copy ? copy : data;
}

static const char *ious_copy_text(struct ious_draft *draft, const char *text)
{
	return ious_copy(draft, text, strlen(text) + 1);
}

static int ious_end(struct ious_draft *draft, const char *name)
{
	struct ious_plan *plan = draft->plan;
	int room = plan->names_room ? 2 * plan->names_room : 16;
	const char **names;

	if (plan->nr_steps == plan->names_room && !draft->failed) {
		names = realloc(plan->names, room * sizeof(*names));
		if (names) {
			plan->names = names;
			plan->names_room = room;
		} else {
			draft->failed = true;
		}
	}
	if (draft->failed || !name) {
		plan->nr = draft->start;
		return -ENOMEM;
	}
	plan->names[plan->nr_steps] = name;
	return plan->nr_steps++;
}

/* ---- descriptors */

/* The number is closed first: the table may be full. */
int ious_plan_open(struct ious_plan *plan, int fd, const char *path, int oflag,
		   mode_t mode)
{
	struct ious_draft draft = ious_begin(plan);
	struct ious_request *close;

	if (!path || fd < 0)
		return -EINVAL;
	close = ious_add(&draft);
	io_uring_spawn_prep_close(&close->sqe, fd);
	close->may_fail = true;
	io_uring_prep_openat(ious_sqe(&draft), IO_URING_SPAWN_AT_FDCWD,
			     ious_copy_text(&draft, path), oflag, mode);
	io_uring_spawn_prep_dup_result(ious_sqe(&draft), 1, fd,
				       IO_URING_SPAWN_DUP_MOVE);
	return ious_end(&draft, ious_plan_text(plan, "open %s", path));
}

int ious_plan_dup2(struct ious_plan *plan, int from, int to)
{
	struct ious_draft draft = ious_begin(plan);

	io_uring_spawn_prep_dup(ious_sqe(&draft), from, to, 0);
	return ious_end(&draft, ious_plan_text(plan, "dup2 %d %d", from, to));
}

int ious_plan_close(struct ious_plan *plan, int fd)
{
	struct ious_draft draft = ious_begin(plan);
	struct ious_request *close = ious_add(&draft);

	io_uring_spawn_prep_close(&close->sqe, fd);
	close->may_fail = true;
	return ious_end(&draft, ious_plan_text(plan, "close %d", fd));
}

int ious_plan_closefrom(struct ious_plan *plan, int fd)
{
	struct ious_draft draft = ious_begin(plan);

	io_uring_spawn_prep_closefrom(ious_sqe(&draft), fd);
	return ious_end(&draft, ious_plan_text(plan, "closefrom %d", fd));
}

int ious_plan_write(struct ious_plan *plan, int fd, const void *data,
		    size_t size)
{
	struct ious_draft draft = ious_begin(plan);

	if (!data || size > INT32_MAX)
		return -EINVAL;
	io_uring_prep_write(ious_sqe(&draft), fd, ious_copy(&draft, data, size),
			    size, -1);
	return ious_end(&draft, ious_plan_text(plan, "write %d", fd));
}

/* ---- where it lives */

int ious_plan_chdir(struct ious_plan *plan, const char *path)
{
	struct ious_draft draft = ious_begin(plan);

	if (!path)
		return -EINVAL;
	io_uring_spawn_prep_chdir(ious_sqe(&draft),
				  ious_copy_text(&draft, path));
	return ious_end(&draft, ious_plan_text(plan, "chdir %s", path));
}

int ious_plan_fchdir(struct ious_plan *plan, int fd)
{
	struct ious_draft draft = ious_begin(plan);

	io_uring_spawn_prep_fchdir(ious_sqe(&draft), fd);
	return ious_end(&draft, ious_plan_text(plan, "fchdir %d", fd));
}

int ious_plan_chroot(struct ious_plan *plan, const char *path)
{
	struct ious_draft draft = ious_begin(plan);

	if (!path)
		return -EINVAL;
	io_uring_spawn_prep_chroot(ious_sqe(&draft),
				   ious_copy_text(&draft, path));
	return ious_end(&draft, ious_plan_text(plan, "chroot %s", path));
}

int ious_plan_umask(struct ious_plan *plan, mode_t mask)
{
	struct ious_draft draft = ious_begin(plan);

	io_uring_spawn_prep_umask(ious_sqe(&draft), mask);
	return ious_end(&draft, ious_plan_text(plan, "umask %03o", mask));
}

/* ---- sessions and terminals */

int ious_plan_setsid(struct ious_plan *plan)
{
	struct ious_draft draft = ious_begin(plan);

	io_uring_spawn_prep_setsid(ious_sqe(&draft));
	return ious_end(&draft, "setsid");
}

int ious_plan_setpgid(struct ious_plan *plan, pid_t pgid)
{
	struct ious_draft draft = ious_begin(plan);

	io_uring_spawn_prep_setpgid(ious_sqe(&draft), pgid);
	return ious_end(&draft, ious_plan_text(plan, "setpgid %d", pgid));
}

int ious_plan_ctty(struct ious_plan *plan, int fd)
{
	struct ious_draft draft = ious_begin(plan);

	io_uring_spawn_prep_ctty(ious_sqe(&draft), fd);
	return ious_end(&draft, ious_plan_text(plan, "ctty %d", fd));
}

/* A process of the background is stopped by SIGTTOU for this, if that is not blocked. */
int ious_plan_tcsetpgrp(struct ious_plan *plan, int fd)
{
	struct ious_draft draft = ious_begin(plan);
	struct ious_request *request;
	const sigset_t *block;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTTOU);
	block = ious_copy(&draft, &set, sizeof(set));
	request = ious_add(&draft);
	io_uring_spawn_prep_syscall(&request->sqe, __NR_rt_sigprocmask,
				    SIG_BLOCK, (uintptr_t)block, 0,
				    IO_URING_SPAWN_SIGSET_SIZE);
	request->patch = IOUS_PATCH_OLD_MASK;
	request = ious_add(&draft);
	io_uring_spawn_prep_tcsetpgrp(&request->sqe, fd, NULL);
	request->patch = IOUS_PATCH_PID;
	request = ious_add(&draft);
	io_uring_spawn_prep_sigmask(&request->sqe, NULL);
	request->patch = IOUS_PATCH_MASK;
	return ious_end(&draft, ious_plan_text(plan, "tcsetpgrp %d", fd));
}

/* ---- signals */

int ious_plan_sigmask(struct ious_plan *plan, const sigset_t *mask)
{
	struct ious_draft draft = ious_begin(plan);

	if (!mask)
		return -EINVAL;
	io_uring_spawn_prep_sigmask(ious_sqe(&draft),
				    ious_copy(&draft, mask, sizeof(*mask)));
	return ious_end(&draft, "sigmask");
}

/* SIGKILL, SIGSTOP and those of the C library are nobody's to set. */
static int ious_plan_signals(struct ious_plan *plan, const sigset_t *set,
			     void (*prep)(struct io_uring_sqe *, int),
			     const char *name)
{
	struct ious_draft draft = ious_begin(plan);
	int sig;

	if (!set)
		return -EINVAL;
	for (sig = 1; sig < NSIG; sig++)
		if (sigismember(set, sig) == 1 && sig != SIGKILL &&
		    sig != SIGSTOP)
			prep(ious_sqe(&draft), sig);
	return ious_end(&draft, name);
}

int ious_plan_sigdefault(struct ious_plan *plan, const sigset_t *set)
{
	return ious_plan_signals(plan, set, io_uring_spawn_prep_sigdefault,
				 "sigdefault");
}

int ious_plan_sigignore(struct ious_plan *plan, const sigset_t *set)
{
	return ious_plan_signals(plan, set, io_uring_spawn_prep_sigignore,
				 "sigignore");
}

int ious_plan_pdeathsig(struct ious_plan *plan, int sig)
{
	struct ious_draft draft = ious_begin(plan);

	io_uring_spawn_prep_pdeathsig(ious_sqe(&draft), sig);
	return ious_end(&draft, ious_plan_text(plan, "pdeathsig %d", sig));
}

/* ---- who it is */

int ious_plan_user(struct ious_plan *plan, uid_t uid, gid_t gid, int nr,
		   const gid_t *groups)
{
	struct ious_draft draft = ious_begin(plan);

	if (nr > 0 && !groups)
		return -EINVAL;
	if (nr >= 0)
		io_uring_spawn_prep_setgroups(
			ious_sqe(&draft), nr,
			ious_copy(&draft, groups, nr * sizeof(*groups)));
	io_uring_spawn_prep_setresgid(ious_sqe(&draft), gid, gid, gid);
	io_uring_spawn_prep_setresuid(ious_sqe(&draft), uid, uid, uid);
	return ious_end(&draft, ious_plan_text(plan, "user %u group %u", uid,
					       gid));
}

/* As libc does it: first the user, for which no privilege is needed, nor for the group. */
int ious_plan_reset_ids(struct ious_plan *plan)
{
	struct ious_draft draft = ious_begin(plan);
	struct ious_request *request;

	request = ious_add(&draft);
	io_uring_spawn_prep_setresuid(&request->sqe, -1, -1, -1);
	request->patch = IOUS_PATCH_UID;
	request = ious_add(&draft);
	io_uring_spawn_prep_setresgid(&request->sqe, -1, -1, -1);
	request->patch = IOUS_PATCH_GID;
	return ious_end(&draft, "reset_ids");
}

int ious_plan_no_new_privs(struct ious_plan *plan)
{
	struct ious_draft draft = ious_begin(plan);

	io_uring_spawn_prep_no_new_privs(ious_sqe(&draft));
	return ious_end(&draft, "no_new_privs");
}

/* ---- scheduling and limits */

int ious_plan_nice(struct ious_plan *plan, int prio)
{
	struct ious_draft draft = ious_begin(plan);

	io_uring_spawn_prep_nice(ious_sqe(&draft), prio);
	return ious_end(&draft, ious_plan_text(plan, "nice %d", prio));
}

int ious_plan_scheduler(struct ious_plan *plan, int policy,
			const struct sched_param *param)
{
	struct ious_draft draft = ious_begin(plan);

	if (!param)
		return -EINVAL;
	io_uring_spawn_prep_scheduler(ious_sqe(&draft), policy,
				      ious_copy(&draft, param, sizeof(*param)));
	return ious_end(&draft, ious_plan_text(plan, "scheduler %d", policy));
}

int ious_plan_affinity(struct ious_plan *plan, size_t size, const void *mask)
{
	struct ious_draft draft = ious_begin(plan);

	if (!mask)
		return -EINVAL;
	io_uring_spawn_prep_affinity(ious_sqe(&draft), size,
				     ious_copy(&draft, mask, size));
	return ious_end(&draft, "affinity");
}

static const char *ious_limit_name(int resource)
{
	static const char *const names[RLIM_NLIMITS] = {
		[RLIMIT_AS] = "as",		[RLIMIT_CORE] = "core",
		[RLIMIT_CPU] = "cpu",		[RLIMIT_DATA] = "data",
		[RLIMIT_FSIZE] = "fsize",	[RLIMIT_LOCKS] = "locks",
		[RLIMIT_MEMLOCK] = "memlock",	[RLIMIT_MSGQUEUE] = "msgqueue",
		[RLIMIT_NICE] = "nice",		[RLIMIT_NOFILE] = "nofile",
		[RLIMIT_NPROC] = "nproc",	[RLIMIT_RSS] = "rss",
		[RLIMIT_RTPRIO] = "rtprio",	[RLIMIT_RTTIME] = "rttime",
		[RLIMIT_SIGPENDING] = "sigpending",
		[RLIMIT_STACK] = "stack",
	};

	return resource >= 0 && resource < RLIM_NLIMITS ? names[resource] : "?";
}

int ious_plan_rlimit(struct ious_plan *plan, int resource,
		     const struct rlimit *limit)
{
	struct ious_draft draft = ious_begin(plan);

	if (!limit)
		return -EINVAL;
	io_uring_spawn_prep_rlimit(ious_sqe(&draft), resource,
				   ious_copy(&draft, limit, sizeof(*limit)));
	return ious_end(&draft, ious_plan_text(plan, "limit %s",
					       ious_limit_name(resource)));
}

int ious_plan_syscall(struct ious_plan *plan, unsigned int nr,
		      const uint64_t args[4])
{
	struct ious_draft draft = ious_begin(plan);

	io_uring_spawn_prep_syscall(ious_sqe(&draft), nr, args[0], args[1],
				    args[2], args[3]);
	return ious_end(&draft, ious_plan_text(plan, "syscall %u", nr));
}
