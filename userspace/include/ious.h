/* SPDX-License-Identifier: MIT */
/*
 * libio_uring_spawn: processes by chains, for programs that do not want to write
 * SQEs. libio_uring_spawn(7) is the overview.
 *
 * A plan says what to start and how, once. ious_spawn() starts it and waits until
 * the program runs; a queue starts many at once and tells of each when it runs and
 * when it ends; ious_plan_prep() puts it into a ring of the program's own.
 *
 * Functions return 0, or a number that is not negative, or a negated errno. All are
 * functions of the library, none is inline: any language that can call C can use
 * them.
 */
#ifndef IOUS_H
#define IOUS_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* All that is declared here is exported, and nothing else. */
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

struct io_uring;
struct io_uring_cqe;
struct rlimit;
struct sched_param;

struct ious_plan;
struct ious_queue;
struct ious_job;
struct ious_chain;

/* In the place of a step, where none of the plan's failed. */
enum {
	IOUS_STEP_NONE	= -1,
	IOUS_STEP_CLONE	= -2,	/* there is no process */
	IOUS_STEP_EXEC	= -3	/* the program cannot be executed */
};

/* What became of a spawn. */
struct ious_result {
	/* 0: the program runs; else an errno, and the process is gone */
	int error;
	/* the step that failed: what its ious_plan_*() returned, or IOUS_STEP_* */
	int step;
	/* 0: there was none */
	pid_t pid;
	/* the caller's, closed by exec; -1: none was asked for */
	int pidfd;
};

/*
 * Plans.
 *
 * Paths, arguments and data are copied. A plan may be spawned by several threads at
 * once and any number of times, and changed only when nobody spawns it; it must
 * live until the spawns of it have their results. -ENOMEM is possible everywhere.
 */

/* A plan without a program, arguments and steps, in *@plan. */
int ious_plan_new(struct ious_plan **plan);
/* NULL is allowed. */
void ious_plan_free(struct ious_plan *plan);

/*
 * The program, by one of these: the last one counts. -EINVAL for NULL.
 *
 * ious_plan_path(): as execve(2), a relative @path is that of the new process.
 * ious_plan_at(): as execveat(2); @flags are AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW.
 * ious_plan_file(): as execvp(3) without its shell: looked for in the directories
 *	of @path, or, if that is NULL, of $PATH at the time of this call, or of
 *	confstr(3) if there is none. The kernel searches when the chain runs; the
 *	error is EACCES if some candidate was denied and none found. -ENAMETOOLONG
 *	if @file cannot be a name.
 */
int ious_plan_path(struct ious_plan *plan, const char *path);
int ious_plan_at(struct ious_plan *plan, int dirfd, const char *path, int flags);
int ious_plan_file(struct ious_plan *plan, const char *file, const char *path);

/*
 * Arguments and environment, with a NULL at the end. Not set: the program's name;
 * environ as it is at the time of the spawn.
 */
int ious_plan_argv(struct ious_plan *plan, const char *const argv[]);
int ious_plan_envp(struct ious_plan *plan, const char *const envp[]);

/* How the process is made: CLONE_* of io_uring_prep_clone_args(3). */
int ious_plan_clone_flags(struct ious_plan *plan, uint64_t flags);
/* A pidfd with each result, if @on. */
int ious_plan_want_pidfd(struct ious_plan *plan, int on);
/* It starts in the control group whose directory @fd is open, -1: the caller's. */
int ious_plan_cgroup(struct ious_plan *plan, int fd);

/*
 * Steps, which the new process does in the order of these calls, before the
 * program. Each returns its number, from 0. The first that fails ends the process.
 *
 * ious_plan_open(): open(2) at the number @fd, whatever was there; not close-on-exec
 * ious_plan_dup2(): as dup2(2), and @from == @to clears close-on-exec
 * ious_plan_close(): one that is not open is no failure
 * ious_plan_closefrom(): all from @fd on
 * ious_plan_tcsetpgrp(): its own group becomes the foreground one of the terminal:
 *	after ious_plan_setsid() or ious_plan_setpgid(plan, 0)
 * ious_plan_ctty(): the terminal becomes the controlling one, after a setsid
 * ious_plan_user(): setgroups(2), setresgid(2), setresuid(2); @nr -1: groups stay
 * ious_plan_sigdefault(), ious_plan_sigignore(): all of @set. What the caller
 *	handles is default anyway.
 * ious_plan_pdeathsig(): see prctl(2): when the thread ends that spawned it
 * ious_plan_write(): all of @size bytes, else it fails
 * ious_plan_syscall(): one of those that io_uring_spawn(7) lists; what arguments
 *	point to is not copied
 */
int ious_plan_open(struct ious_plan *plan, int fd, const char *path, int oflag,
		   mode_t mode);
int ious_plan_dup2(struct ious_plan *plan, int from, int to);
int ious_plan_close(struct ious_plan *plan, int fd);
int ious_plan_closefrom(struct ious_plan *plan, int fd);
int ious_plan_chdir(struct ious_plan *plan, const char *path);
int ious_plan_fchdir(struct ious_plan *plan, int fd);
int ious_plan_chroot(struct ious_plan *plan, const char *path);
int ious_plan_umask(struct ious_plan *plan, mode_t mask);
int ious_plan_setsid(struct ious_plan *plan);
int ious_plan_setpgid(struct ious_plan *plan, pid_t pgid);
int ious_plan_ctty(struct ious_plan *plan, int fd);
int ious_plan_tcsetpgrp(struct ious_plan *plan, int fd);
int ious_plan_sigmask(struct ious_plan *plan, const sigset_t *mask);
int ious_plan_sigdefault(struct ious_plan *plan, const sigset_t *set);
int ious_plan_sigignore(struct ious_plan *plan, const sigset_t *set);
int ious_plan_user(struct ious_plan *plan, uid_t uid, gid_t gid, int nr,
		   const gid_t *groups);
int ious_plan_nice(struct ious_plan *plan, int prio);
int ious_plan_scheduler(struct ious_plan *plan, int policy,
			const struct sched_param *param);
int ious_plan_affinity(struct ious_plan *plan, size_t size, const void *mask);
int ious_plan_rlimit(struct ious_plan *plan, int resource,
		     const struct rlimit *limit);
int ious_plan_pdeathsig(struct ious_plan *plan, int sig);
int ious_plan_no_new_privs(struct ious_plan *plan);
int ious_plan_write(struct ious_plan *plan, int fd, const void *data,
		    size_t size);
int ious_plan_syscall(struct ious_plan *plan, unsigned int nr,
		      const uint64_t args[4]);

/*
 * What a step does, or IOUS_STEP_*, and on what: "chdir /nowhere". Lives as long as
 * the plan; "" for a number that is none.
 */
const char *ious_plan_step(const struct ious_plan *plan, int step);

/*
 * ious_spawn() - start it, and wait until the program runs or something failed
 * @result: what became of it, filled in whenever 0 or -@result->error is returned
 *
 * On a ring of the calling thread's own, which is made by its first call and has no
 * descriptor. Leaves no zombie of a process that got no program. All signals are
 * blocked while it waits. May be called by any number of threads, and after fork().
 *
 * Returns 0, or the negated errno of what failed. Before anything is started:
 * -EINVAL without a program, -E2BIG for more than about 120 requests, -EPERM in a
 * vfork() child, and what io_uring_setup(2) says. Where the module is missing or refuses,
 * @result->step is IOUS_STEP_CLONE and the errno EINVAL or EPERM:
 * io_uring_spawn_available(3) tells more.
 */
int ious_spawn(const struct ious_plan *plan, struct ious_result *result);

/*
 * Queues: asynchronous. All functions may be called by several threads at once, for
 * the same queue as well; each takes its lock for a moment and waits without it.
 */
enum ious_event_kind {
	IOUS_STARTED	= 1,	/* the program runs */
	IOUS_FAILED	= 2,	/* result says why; the last event of the job */
	IOUS_EXITED	= 3	/* status says how; the last event of the job */
};

struct ious_event {
	int kind;
	/* IOUS_EXITED: as of waitpid(2) */
	int status;
	/* of ious_queue_add() */
	void *data;
	/* valid until the last event of the job has been returned */
	struct ious_job *job;
	struct ious_result result;
};

/*
 * A queue, in *@queue, whose ring has room for @requests at once: a chain is CLONE,
 * one to three for each step, and EXEC. More chains are started one after another.
 * Returns what io_uring_setup(2) does.
 */
int ious_queue_new(struct ious_queue **queue, unsigned int requests);

/*
 * Processes that have no program yet are killed; programs go on, and are the
 * caller's to wait for, as are those that were killed. NULL is allowed.
 */
void ious_queue_free(struct ious_queue *queue);

/* Readable, for poll(2), when ious_queue_wait() may have something to do. */
int ious_queue_fd(const struct ious_queue *queue);

/*
 * ious_queue_add() - one more spawn of @plan, which ious_queue_submit() will start
 * @data: comes back with its events
 * @job: NULL, or where to put the job
 *
 * -EINVAL without a program; -E2BIG if the ring has not as many entries as the chain
 * has requests.
 */
int ious_queue_add(struct ious_queue *queue, const struct ious_plan *plan,
		   void *data, struct ious_job **job);

/*
 * Starts what was added, by one system call for as many as have room in the ring.
 * How many that were: those that had not are started as room comes, by
 * ious_queue_wait(). The processes are children of the calling process, with the
 * credentials of the calling thread; should that thread end, those that have no
 * program yet are killed.
 */
int ious_queue_submit(struct ious_queue *queue);

/*
 * Up to @nr events, in @events; waits for one, for @timeout milliseconds, -1 for
 * ever. 0: there came none. Exits are collected: the caller must not wait for these
 * processes, nor ignore SIGCHLD. -EINTR after a signal.
 */
int ious_queue_wait(struct ious_queue *queue, struct ious_event *events,
		    unsigned int nr, int timeout);

/* Ends a job that has no program yet: IOUS_FAILED with ECANCELED comes; else -EALREADY. */
int ious_job_cancel(struct ious_job *job);

/* Sends @sig to its program; -ESRCH before it runs and after it has ended. */
int ious_job_kill(struct ious_job *job, int sig);

/*
 * For programs that have a ring of their own.
 *
 * ious_plan_requests(): how many SQEs a chain of @plan takes.
 * ious_plan_prep(): puts them into @ring, the first with @user_data, each with one
 *	more; all must go with the same io_uring_submit(). -EAGAIN if the SQ has no
 *	room for all of them. In *@chain what ious_chain_cqe() needs.
 * ious_chain_cqe(): to be called with each CQE of the chain, in the order in which
 *	they come. 1: that was the last one, *@result is filled in and @chain freed;
 *	a process without a program has been waited for. Else 0.
 */
int ious_plan_requests(const struct ious_plan *plan);
int ious_plan_prep(const struct ious_plan *plan, struct io_uring *ring,
		   uint64_t user_data, struct ious_chain **chain);
int ious_chain_cqe(struct ious_chain *chain, const struct io_uring_cqe *cqe,
		   struct ious_result *result);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif /* IOUS_H */
