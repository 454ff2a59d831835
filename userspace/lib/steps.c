// SPDX-License-Identifier: MIT
/* The steps of a plan, as the requests that they are. */
#include "plan.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "limits.h"

/*
 * A step is begun, gets its requests, and is ended, which tells its number. Any of
 * them may find that there is no memory: then all that the step has is taken back.
 */
struct step {
	struct ious_plan *plan;
	unsigned int start;
	bool failed;
	struct ious_plan_request scratch;
};

static struct step begin_step(struct ious_plan *plan)
{
	return (struct step){ .plan = plan, .start = plan->nr };
}

/* Where a request goes; somewhere harmless without memory. */
static struct ious_plan_request *add_request(struct step *step)
{
	struct ious_plan *plan = step->plan;
	unsigned int room = plan->room ? 2 * plan->room : 16;
	struct ious_plan_request *requests;

	if (plan->nr == plan->room) {
		requests = realloc(plan->requests, room * sizeof(*requests));
		if (!requests) {
			step->failed = true;
			return &step->scratch;
		}
		plan->requests = requests;
		plan->room = room;
	}
	requests = &plan->requests[plan->nr++];
	memset(requests, 0, sizeof(*requests));
	requests->step = plan->nr_steps;
	return requests;
}

static struct io_uring_sqe *add_sqe(struct step *step)
{
	return &add_request(step)->sqe;
}

/* A copy for the requests to point to; @data itself without memory. */
static const void *copy_data(struct step *step, const void *data, size_t size)
{
	const void *copy = ious_plan_copy(step->plan, data, size);

	step->failed |= !copy;
	return copy ? copy : data;
}

static const char *copy_text(struct step *step, const char *text)
{
	return copy_data(step, text, strlen(text) + 1);
}

static int end_step(struct step *step, const char *name)
{
	struct ious_plan *plan = step->plan;
	int room = plan->names_room ? 2 * plan->names_room : 16;
	const char **names;

	if (plan->nr_steps == plan->names_room && !step->failed) {
		names = realloc(plan->names, room * sizeof(*names));
		if (names) {
			plan->names = names;
			plan->names_room = room;
		} else {
			step->failed = true;
		}
	}
	if (step->failed || !name) {
		plan->nr = step->start;
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
	struct step step = begin_step(plan);
	struct ious_plan_request *close;

	if (!path || fd < 0)
		return -EINVAL;
	close = add_request(&step);
	io_uring_spawn_prep_close(&close->sqe, fd);
	close->may_fail = true;
	io_uring_prep_openat(add_sqe(&step), IO_URING_SPAWN_AT_FDCWD,
			     copy_text(&step, path), oflag, mode);
	io_uring_spawn_prep_dup_result(add_sqe(&step), 1, fd,
				       IO_URING_SPAWN_DUP_MOVE);
	return end_step(&step, ious_plan_text(plan, "open %s", path));
}

int ious_plan_dup2(struct ious_plan *plan, int from, int to)
{
	struct step step = begin_step(plan);

	io_uring_spawn_prep_dup(add_sqe(&step), from, to, 0);
	return end_step(&step, ious_plan_text(plan, "dup2 %d %d", from, to));
}

int ious_plan_close(struct ious_plan *plan, int fd)
{
	struct step step = begin_step(plan);
	struct ious_plan_request *close = add_request(&step);

	io_uring_spawn_prep_close(&close->sqe, fd);
	close->may_fail = true;
	return end_step(&step, ious_plan_text(plan, "close %d", fd));
}

int ious_plan_closefrom(struct ious_plan *plan, int fd)
{
	struct step step = begin_step(plan);

	io_uring_spawn_prep_closefrom(add_sqe(&step), fd);
	return end_step(&step, ious_plan_text(plan, "closefrom %d", fd));
}

int ious_plan_write(struct ious_plan *plan, int fd, const void *data,
		    size_t size)
{
	struct step step = begin_step(plan);

	if (!data || size > INT32_MAX)
		return -EINVAL;
	io_uring_prep_write(add_sqe(&step), fd, copy_data(&step, data, size),
			    size, -1);
	return end_step(&step, ious_plan_text(plan, "write %d", fd));
}

/* ---- where it lives */

int ious_plan_chdir(struct ious_plan *plan, const char *path)
{
	struct step step = begin_step(plan);

	if (!path)
		return -EINVAL;
	io_uring_spawn_prep_chdir(add_sqe(&step), copy_text(&step, path));
	return end_step(&step, ious_plan_text(plan, "chdir %s", path));
}

int ious_plan_fchdir(struct ious_plan *plan, int fd)
{
	struct step step = begin_step(plan);

	io_uring_spawn_prep_fchdir(add_sqe(&step), fd);
	return end_step(&step, ious_plan_text(plan, "fchdir %d", fd));
}

int ious_plan_chroot(struct ious_plan *plan, const char *path)
{
	struct step step = begin_step(plan);

	if (!path)
		return -EINVAL;
	io_uring_spawn_prep_chroot(add_sqe(&step), copy_text(&step, path));
	return end_step(&step, ious_plan_text(plan, "chroot %s", path));
}

int ious_plan_umask(struct ious_plan *plan, mode_t mask)
{
	struct step step = begin_step(plan);

	io_uring_spawn_prep_umask(add_sqe(&step), mask);
	return end_step(&step, ious_plan_text(plan, "umask %03o", mask));
}

/* ---- sessions and terminals */

int ious_plan_setsid(struct ious_plan *plan)
{
	struct step step = begin_step(plan);

	io_uring_spawn_prep_setsid(add_sqe(&step));
	return end_step(&step, "setsid");
}

int ious_plan_setpgid(struct ious_plan *plan, pid_t pgid)
{
	struct step step = begin_step(plan);

	io_uring_spawn_prep_setpgid(add_sqe(&step), pgid);
	return end_step(&step, ious_plan_text(plan, "setpgid %d", pgid));
}

int ious_plan_ctty(struct ious_plan *plan, int fd)
{
	struct step step = begin_step(plan);

	io_uring_spawn_prep_ctty(add_sqe(&step), fd);
	return end_step(&step, ious_plan_text(plan, "ctty %d", fd));
}

/* A process of the background is stopped by SIGTTOU for this, if that is not blocked. */
int ious_plan_tcsetpgrp(struct ious_plan *plan, int fd)
{
	struct step step = begin_step(plan);
	struct ious_plan_request *request;
	const sigset_t *block;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTTOU);
	block = copy_data(&step, &set, sizeof(set));
	request = add_request(&step);
	io_uring_spawn_prep_syscall(&request->sqe, __NR_rt_sigprocmask,
				    SIG_BLOCK, (uintptr_t)block, 0,
				    IO_URING_SPAWN_SIGSET_SIZE);
	request->patch = IOUS_PATCH_OLD_MASK;
	request = add_request(&step);
	io_uring_spawn_prep_tcsetpgrp(&request->sqe, fd, NULL);
	request->patch = IOUS_PATCH_PID;
	request = add_request(&step);
	io_uring_spawn_prep_sigmask(&request->sqe, NULL);
	request->patch = IOUS_PATCH_MASK;
	return end_step(&step, ious_plan_text(plan, "tcsetpgrp %d", fd));
}

/* ---- signals */

int ious_plan_sigmask(struct ious_plan *plan, const sigset_t *mask)
{
	struct step step = begin_step(plan);

	if (!mask)
		return -EINVAL;
	io_uring_spawn_prep_sigmask(add_sqe(&step),
				    copy_data(&step, mask, sizeof(*mask)));
	return end_step(&step, "sigmask");
}

/* SIGKILL, SIGSTOP and those of the C library are nobody's to set. */
static int add_signals(struct ious_plan *plan, const sigset_t *set,
		       void (*prep)(struct io_uring_sqe *, int),
		       const char *name)
{
	struct step step = begin_step(plan);
	int sig;

	if (!set)
		return -EINVAL;
	for (sig = 1; sig < NSIG; sig++)
		if (sigismember(set, sig) == 1 && sig != SIGKILL &&
		    sig != SIGSTOP)
			prep(add_sqe(&step), sig);
	return end_step(&step, name);
}

int ious_plan_sigdefault(struct ious_plan *plan, const sigset_t *set)
{
	return add_signals(plan, set, io_uring_spawn_prep_sigdefault,
			   "sigdefault");
}

int ious_plan_sigignore(struct ious_plan *plan, const sigset_t *set)
{
	return add_signals(plan, set, io_uring_spawn_prep_sigignore,
			   "sigignore");
}

int ious_plan_pdeathsig(struct ious_plan *plan, int sig)
{
	struct step step = begin_step(plan);

	io_uring_spawn_prep_pdeathsig(add_sqe(&step), sig);
	return end_step(&step, ious_plan_text(plan, "pdeathsig %d", sig));
}

/* ---- who it is */

int ious_plan_user(struct ious_plan *plan, uid_t uid, gid_t gid, int nr,
		   const gid_t *groups)
{
	struct step step = begin_step(plan);

	if (nr > 0 && !groups)
		return -EINVAL;
	if (nr >= 0)
		io_uring_spawn_prep_setgroups(add_sqe(&step), nr,
					      copy_data(&step, groups,
							nr * sizeof(*groups)));
	io_uring_spawn_prep_setresgid(add_sqe(&step), gid, gid, gid);
	io_uring_spawn_prep_setresuid(add_sqe(&step), uid, uid, uid);
	return end_step(&step,
			ious_plan_text(plan, "user %u group %u", uid, gid));
}

/* As libc does it: first the user, for which no privilege is needed, nor for the group. */
int ious_plan_reset_ids(struct ious_plan *plan)
{
	struct step step = begin_step(plan);
	struct ious_plan_request *request;

	request = add_request(&step);
	io_uring_spawn_prep_setresuid(&request->sqe, -1, -1, -1);
	request->patch = IOUS_PATCH_UID;
	request = add_request(&step);
	io_uring_spawn_prep_setresgid(&request->sqe, -1, -1, -1);
	request->patch = IOUS_PATCH_GID;
	return end_step(&step, "reset_ids");
}

int ious_plan_no_new_privs(struct ious_plan *plan)
{
	struct step step = begin_step(plan);

	io_uring_spawn_prep_no_new_privs(add_sqe(&step));
	return end_step(&step, "no_new_privs");
}

/* ---- scheduling and limits */

int ious_plan_nice(struct ious_plan *plan, int prio)
{
	struct step step = begin_step(plan);

	io_uring_spawn_prep_nice(add_sqe(&step), prio);
	return end_step(&step, ious_plan_text(plan, "nice %d", prio));
}

int ious_plan_scheduler(struct ious_plan *plan, int policy,
			const struct sched_param *param)
{
	struct step step = begin_step(plan);

	if (!param)
		return -EINVAL;
	io_uring_spawn_prep_scheduler(add_sqe(&step), policy,
				      copy_data(&step, param, sizeof(*param)));
	return end_step(&step, ious_plan_text(plan, "scheduler %d", policy));
}

int ious_plan_affinity(struct ious_plan *plan, size_t size, const void *mask)
{
	struct step step = begin_step(plan);

	if (!mask)
		return -EINVAL;
	io_uring_spawn_prep_affinity(add_sqe(&step), size,
				     copy_data(&step, mask, size));
	return end_step(&step, "affinity");
}

int ious_plan_rlimit(struct ious_plan *plan, int resource,
		     const struct rlimit *limit)
{
	struct step step = begin_step(plan);

	if (!limit)
		return -EINVAL;
	io_uring_spawn_prep_rlimit(add_sqe(&step), resource,
				   copy_data(&step, limit, sizeof(*limit)));
	return end_step(&step,
			ious_plan_text(plan, "limit %s",
				       ious_limit_name(resource)));
}

int ious_plan_syscall(struct ious_plan *plan, unsigned int nr,
		      const uint64_t args[4])
{
	struct step step = begin_step(plan);

	io_uring_spawn_prep_syscall(add_sqe(&step), nr, args[0], args[1],
				    args[2], args[3]);
	return end_step(&step, ious_plan_text(plan, "syscall %u", nr));
}

int ious_plan_add_step(struct ious_plan *plan,
		       const struct ious_plan_request *requests, unsigned int nr,
		       const char *name)
{
	struct step step = begin_step(plan);
	struct ious_plan_request *request;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		request = add_request(&step);
		*request = requests[i];
		request->step = plan->nr_steps;
	}
	return end_step(&step, name);
}
