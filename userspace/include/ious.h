/* SPDX-License-Identifier: MIT */
/*
 * libio_uring_spawn: processes by chains, for programs that do not want to
 * write SQEs. libio_uring_spawn(7) is the overview.
 *
 * A plan has the program and the steps before it. ious_spawn() starts it and
 * waits for its exec; a queue starts many at once and tells of each
 * when it runs and when it ends; ious_plan_prep() puts it into a ring of the
 * program's own.
 *
 * Functions return 0, or a number that is not negative, or a negated errno. All
 * are functions of the library, none is inline: any language that can call C
 * can use them. None is a cancellation point but ious_queue_wait(). After a
 * fork() the child may use plans and ious_spawn(), but none of its parent's
 * queues and chains.
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

/* The library exports exactly the functions that are declared here. */
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

/* major << 16 | minor << 8 | patch, of this header */
#define IOUS_VERSION_NUMBER	0x000100

/* The same of the library that is there. */
unsigned int ious_version(void);

/* In the place of a step, if no step of the plan has failed. */
enum ious_step_number {
	IOUS_STEP_NONE	= -1,
	IOUS_STEP_CLONE	= -2,	/* there is no process */
	IOUS_STEP_EXEC	= -3	/* the program cannot be executed */
};

/* The outcome of a spawn. */
struct ious_result {
	/* 0: it is executed; otherwise an errno, and the process is gone */
	int error;
	/* the step that failed: as of ious_plan_*(), or IOUS_STEP_* */
	int step;
	/* 0: there was no process */
	pid_t pid;
	/* the caller's, closed by exec; -1: none was asked for */
	int pidfd;
	/* 0: for later versions */
	int reserved[4];
};

/* As enum io_uring_spawn_availability, see io_uring_spawn_available(3). */
enum ious_availability {
	IOUS_AVAILABLE		= 0,
	IOUS_NO_MODULE		= 1,	/* it is not loaded, or disarmed */
	IOUS_NO_IO_URING	= 2,	/* it is not there, or not allowed */
	IOUS_UNKNOWN		= 3	/* the probe failed */
};

/* Can this process start others? An enum ious_availability. */
int ious_available(void);
/* An answer of ious_available() in words, a constant. */
const char *ious_available_text(int answer);

/*
 * Plans.
 *
 * Paths, arguments and data are copied. Several threads may spawn a plan at
 * once, any number of times. It may be changed only while nobody spawns it, and
 * must live until its spawns have their results. -ENOMEM is possible
 * everywhere; the plan is as before then.
 */

/* A plan without a program, arguments and steps, in *@plan. */
int ious_plan_new(struct ious_plan **plan);
/* NULL is allowed. */
void ious_plan_free(struct ious_plan *plan);

/*
 * The program, by one of these: the last one counts. -EINVAL for NULL.
 *
 * ious_plan_path(): as execve(2); a relative @path begins at the new process's
 *	directory
 * ious_plan_at(): as execveat(2); @flags are AT_EMPTY_PATH,
 *	AT_SYMLINK_NOFOLLOW
 * ious_plan_file(): as execvp(3) without its shell: a search in the directories
 *	of @path or, if that is NULL, of $PATH at the time of this call or, if
 *	there is none, of confstr(3). The kernel searches when the chain runs;
 *	the error is EACCES if some candidate was denied and none found. As in
 *	glibc: no search for a @file with a slash; an empty directory is the
 *	current one; one of PATH_MAX or more is left out. -ENAMETOOLONG if @file
 *	is longer than NAME_MAX, or no directory is left.
 */
int ious_plan_path(struct ious_plan *plan, const char *path);
int ious_plan_at(struct ious_plan *plan, int dirfd, const char *path,
		 int flags);
int ious_plan_file(struct ious_plan *plan, const char *file, const char *path);

/*
 * Arguments and environment, with a NULL at the end. Default: the program's
 * name; environ at the time of the spawn.
 */
int ious_plan_argv(struct ious_plan *plan, const char *const argv[]);
int ious_plan_envp(struct ious_plan *plan, const char *const envp[]);

/*
 * How the process is made.
 *
 * ious_plan_clone_flags(): CLONE_* of io_uring_prep_clone_args(3), in the place
 *	of those given before. -EINVAL for CLONE_PIDFD and CLONE_INTO_CGROUP:
 *	the next two set them.
 * ious_plan_want_pidfd(): a pidfd with each result, if @on
 * ious_plan_cgroup(): the process starts in a control group; at the time of the
 *	spawn, @fd is a descriptor of its directory; -1: in the caller's
 * ious_plan_exit_signal(): a process that gets no program sends @sig to its
 *	parent, 0 for nothing; default: SIGCHLD. A program always sends SIGCHLD.
 */
int ious_plan_clone_flags(struct ious_plan *plan, uint64_t flags);
int ious_plan_want_pidfd(struct ious_plan *plan, int on);
int ious_plan_cgroup(struct ious_plan *plan, int fd);
int ious_plan_exit_signal(struct ious_plan *plan, int sig);

/*
 * Steps, which the new process does in the order of these calls, before the
 * program. Each returns its number, from 0. The first that fails ends the
 * process.
 *
 * ious_plan_open(): open(2) at the number @fd, which is closed first; not
 *	close-on-exec, whatever @oflag says
 * ious_plan_dup2(): as dup2(2), and @from == @to clears close-on-exec
 * ious_plan_close(): succeeds if @fd is not open, too
 * ious_plan_closefrom(): all from @fd on
 * ious_plan_keep(): of the caller's descriptors, the program gets only 0, 1, 2
 *	and the @nr numbers in @fds, which must be open and lose close-on-exec.
 *	It also has what other steps give it. Steps may use all others, wherever
 *	they stand; a path in /proc/self/fd only those of @fds. The others are
 *	never copied: the cost does not grow with their number.
 * ious_plan_tcsetpgrp(): its own group becomes the foreground one of the
 *	terminal: after ious_plan_setsid() or ious_plan_setpgid(plan, 0)
 * ious_plan_ctty(): the terminal becomes the controlling one, after a setsid
 * ious_plan_user(): setgroups(2), setresgid(2), setresuid(2); @nr -1: no groups
 *	are set
 * ious_plan_reset_ids(): the effective ids become the real ones that the caller
 *	has at the time of the spawn, as with POSIX_SPAWN_RESETIDS
 * ious_plan_sigdefault(), ious_plan_sigignore(): all of @set. Signals that the
 *	caller handles are reset to default anyway.
 * ious_plan_pdeathsig(): see prctl(2): when the thread ends that spawned it
 * ious_plan_write(): all of @size bytes; otherwise it fails, with EIO if some
 *	were written
 * ious_plan_syscall(): one of the calls that io_uring_spawn(7) lists; memory
 *	that arguments point to is not copied
 */
int ious_plan_open(struct ious_plan *plan, int fd, const char *path, int oflag,
		   mode_t mode);
int ious_plan_dup2(struct ious_plan *plan, int from, int to);
int ious_plan_close(struct ious_plan *plan, int fd);
int ious_plan_closefrom(struct ious_plan *plan, int fd);
int ious_plan_keep(struct ious_plan *plan, int nr, const int *fds);
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
int ious_plan_reset_ids(struct ious_plan *plan);
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
 * A step, or IOUS_STEP_*, in words: "chdir /nowhere". Lives as long as the
 * plan; "" if there is no such step.
 */
const char *ious_plan_step(const struct ious_plan *plan, int step);

/*
 * ious_plan_explain() - the chain of @plan in words: a line for each request,
 * with its opcode, what it is about, and the step that it belongs to, or the
 * program's arguments
 * @text: for people to read, ends with a null byte; the words may change
 * @size: its room in bytes; the text is cut there
 *
 * The chain is that of ious_plan_prep() with the module that there is. Returns
 * the length of the whole text, as snprintf(3), or -EINVAL without a program.
 */
int ious_plan_explain(const struct ious_plan *plan, char *text, size_t size);

/*
 * ious_spawn() - start it, and wait until it cannot go back or has failed
 * @result: the outcome; IOUS_STEP_NONE of a spawn that was not tried
 *
 * That is where the parent of a vfork(2) child goes on. A program that the
 * kernel cannot load after that is killed by SIGSEGV.
 *
 * Uses a ring of the calling thread's own. The thread's first call makes it; it
 * has no descriptor, and goes with the thread. All signals are blocked during
 * the wait. A process that got no program has been waited for, and has no
 * pidfd. Any number of threads may call this, and so may a child after fork().
 * Steps that are next to each other are one request, where the module has that:
 * a seccomp filter sees openat(2), dup2(2) and fcntl(2) of them.
 *
 * Returns 0 or a negated errno: -@result->error if the spawn was tried.
 * Otherwise: -EINVAL without a program; -E2BIG for more than 127 requests, see
 * ious_plan_requests(); -EPERM in a vfork() child; and the errors of
 * io_uring_setup(2), such as -ENOSYS and -EPERM. Without the module
 * -EOPNOTSUPP, with IOUS_STEP_CLONE. libio_uring_spawn(7) has them all.
 */
int ious_spawn(const struct ious_plan *plan, struct ious_result *result);

/*
 * Input, output and a time limit for one program: ious_capture().
 */
enum ious_capture_flags {
	IOUS_CAPTURE_STDOUT	= 1,	/* what it writes there is kept */
	IOUS_CAPTURE_STDERR	= 2,
	IOUS_CAPTURE_MERGE	= 4	/* standard error goes there, too */
};

/* All zero: the program has what the plan says, and is waited for. */
struct ious_capture {
	/* enum ious_capture_flags */
	unsigned int flags;
	/* milliseconds until it is ended, 0: no limit */
	unsigned int timeout;
	/* milliseconds between SIGTERM and SIGKILL, 0: SIGKILL at once */
	unsigned int kill_after;
	/* 0: for later versions */
	unsigned int reserved[5];
	/* bytes of each output, 0: no limit */
	size_t limit;
	/* its standard input, copied; NULL: as the plan has it */
	const void *input;
	size_t input_size;
};

/* Why a program has ended. */
enum ious_end_reason {
	IOUS_END_ITSELF	= 0,
	IOUS_END_TIME	= 1,	/* the timeout was over, and it got a signal */
	IOUS_END_SIZE	= 2	/* it wrote more than the limit */
};

struct ious_output {
	/* as of ious_spawn(), without a pidfd; waited for */
	struct ious_result result;
	/* as of waitpid(2) */
	int status;
	/* enum ious_end_reason */
	int end;
	/* at most the limit, and a null byte behind it; NULL: not kept */
	char *out, *err;
	size_t out_size, err_size;
};

/*
 * ious_capture() - ious_spawn(), and wait until the program has ended
 * @run: what it gets and what is kept
 * @output: what came of it; ious_output_free() frees what is in it
 *
 * The standard descriptors that @run is about are set before the steps of
 * @plan. The input is a file in memory, so its size is no trouble; the outputs
 * are pipes. The program is a process group of its own, unless the plan has a
 * setsid or setpgid. It has ended when the process has, and all that had its
 * outputs have closed them. With a timeout or limit that is over, the group
 * gets SIGTERM and SIGCONT, then SIGKILL, and the process alone is waited for.
 * Whatever is in the pipes by then is kept.
 *
 * Returns 0 if the program ran, whatever its status is. Otherwise as
 * ious_spawn(), and -EMFILE or -ENFILE if descriptors lack, -EINVAL for unknown
 * flags; -ENOMEM also for output that has no room: then the program was ended.
 * Uses up to seven descriptors.
 */
int ious_capture(const struct ious_plan *plan, const struct ious_capture *run,
	     struct ious_output *output);
/* Not the structure itself. */
void ious_output_free(struct ious_output *output);

/*
 * ious_stop() - end a child, and wait for it
 * @kill_after: milliseconds between SIGTERM and SIGKILL; 0: SIGKILL at once
 * @status: NULL, or as of waitpid(2)
 *
 * The signals go to its process group if the child is its leader, and else to
 * it alone; SIGCONT goes with the first. A group gets SIGKILL even if the child
 * has ended before. For a child that nobody else waits for.
 *
 * Returns 0, or -ECHILD if there is no such child.
 */
int ious_stop(pid_t pid, unsigned int kill_after, int *status);

/*
 * Queues: asynchronous. Several threads may call all functions except
 * ious_queue_free() at once, even for the same queue; each takes its lock for
 * a moment and waits without it.
 */
enum ious_event_kind {
	IOUS_STARTED	= 1,	/* the program runs */
	IOUS_FAILED	= 2,	/* result says why; the last event of the job */
	IOUS_EXITED	= 3,	/* status says how; the last event of the job */
	IOUS_OUTPUT	= 4	/* of ious_queue_output(); 0 bytes: its end */
};

struct ious_event {
	int kind;
	/* IOUS_EXITED: as of waitpid(2); -1 if another wait has taken it */
	int status;
	/* of ious_queue_add() */
	void *data;
	/* valid until the last event of the job has been returned */
	struct ious_job *job;
	/* a pidfd only with IOUS_STARTED; -1 if no descriptor was left */
	struct ious_result result;
	/* with IOUS_OUTPUT: valid until the next ious_queue_wait() */
	const char *output;
	size_t size;
};

/*
 * Makes a queue, in *@queue, with a ring that has room for @requests: a chain
 * is CLONE, one to three for each step, and EXEC; see ious_plan_requests(). All
 * chains that have not become programs yet have at most twice as many together;
 * others wait. Programs that run do not count, but each has a descriptor until
 * its end. Fails as io_uring_setup(2) does.
 */
int ious_queue_new(struct ious_queue **queue, unsigned int requests);

/*
 * Ends a queue that nobody uses any more. Processes that have no program yet
 * are killed and waited for; programs go on, and the caller has to wait for
 * them. NULL is allowed.
 */
void ious_queue_free(struct ious_queue *queue);

/*
 * A descriptor that is readable, for poll(2), when ious_queue_wait() has
 * something to do. It is the ring's, and has no other use.
 */
int ious_queue_fd(const struct ious_queue *queue);

/*
 * ious_queue_add() - one more spawn of @plan, which ious_queue_submit() will
 * start
 * @data: comes back with its events
 * @job: NULL, or where to put the job
 *
 * The job holds its own duplicates of the caller's descriptors that @plan
 * names: from now on the caller may close them and use their numbers for
 * others. The duplicates are close-on-exec and have no number that @plan sets
 * or closes; jobs share those of the same file. They are closed as soon as
 * there is a process, with ious_plan_keep() or CLONE_FILES at the event that
 * its program runs.
 *
 * -EINVAL without a program; -E2BIG if the chain has more requests than the
 * ring has entries; -EMFILE if descriptors lack for the duplicates: the job is
 * not there, and some come back as jobs start.
 */
int ious_queue_add(struct ious_queue *queue, const struct ious_plan *plan,
		   void *data, struct ious_job **job);

/*
 * ious_queue_output() - read what comes out of a pipe
 * @fd: for reading; the queue's if this succeeds, which closes it at its end
 * @data: comes back with its events
 * @job: NULL, or where to put the job
 *
 * An IOUS_OUTPUT comes with each part, up to 64 KiB, and one with size 0 when
 * nobody has the other end open any more, or the pipe cannot be read. Parts of
 * one pipe come in their order; they come before or after the events of the
 * program that writes. Only one thread may wait for events of such a queue. @fd
 * becomes non-blocking. ious_queue_free() closes it. The job can neither be
 * cancelled nor killed.
 *
 * -EBADF if @fd is not open, -ENOMEM.
 */
int ious_queue_output(struct ious_queue *queue, int fd, void *data,
		      struct ious_job **job);

/*
 * ious_queue_submit() - start all that were added, by one system call if the
 * ring has room for them
 *
 * Returns how many were started. Those that had to wait are started by
 * ious_queue_wait() as room comes. The processes are children of the calling
 * process, with the credentials of the thread that started them; if that thread
 * ends, those that have no program yet are killed. If descriptors, processes or
 * memory lack for a process, its job waits until another job of the queue has
 * ended, and fewer run at once; if no other runs, the job fails. -EAGAIN,
 * -ENOMEM: the kernel was short of memory, and ious_queue_wait() tries again.
 */
int ious_queue_submit(struct ious_queue *queue);

/*
 * ious_queue_wait() - up to @nr events
 * @timeout: milliseconds to wait for the first of them, -1 for ever
 *
 * Returns the number of events, 0 if none came. It collects the exit of a
 * program with its event: the caller must neither wait for these processes nor
 * ignore SIGCHLD. -EINTR after a signal, -EAGAIN and -ENOMEM as above.
 */
int ious_queue_wait(struct ious_queue *queue, struct ious_event *events,
		    unsigned int nr, int timeout);

/*
 * Ends a job that has no program yet: IOUS_FAILED with ECANCELED comes, or
 * IOUS_STARTED if the program was executed just then. -EALREADY if the job has
 * a program, or was cancelled before.
 */
int ious_job_cancel(struct ious_job *job);

/*
 * ious_queue_cancel() - end all jobs that have no program yet, even those that
 * wait
 *
 * Waits until none of their processes shares the memory of this one any more:
 * call it before you give up rights, which those jobs have. Not while another
 * thread submits to @queue. Events come as after ious_job_cancel(). Returns as
 * io_uring_spawn_cancel_all().
 */
int ious_queue_cancel(struct ious_queue *queue);

/* Sends @sig to the program of @job; -ESRCH before it runs. */
int ious_job_kill(struct ious_job *job, int sig);

/*
 * For programs that have a ring of their own, which <liburing.h> declares.
 *
 * ious_plan_requests(): the number of SQEs of a chain of @plan
 * ious_plan_prep(): puts them into @ring, the first with @user_data, each with
 *	one more; submit all with the same io_uring_submit(). -EAGAIN if the SQ
 *	has no room for all of them. *@chain is for ious_chain_cqe().
 * ious_chain_cqe(): call it with each CQE of the chain, in the order in which
 *	they come. 1: that was the last one, *@result is filled in and @chain
 *	freed; a process without a program has been waited for. Otherwise 0.
 * ious_chain_free(): for a chain that was not submitted. NULL is allowed.
 *
 * Only one thread at a time may use a chain.
 */
int ious_plan_requests(const struct ious_plan *plan);
int ious_plan_prep(const struct ious_plan *plan, struct io_uring *ring,
		   uint64_t user_data, struct ious_chain **chain);
int ious_chain_cqe(struct ious_chain *chain, const struct io_uring_cqe *cqe,
		   struct ious_result *result);
void ious_chain_free(struct ious_chain *chain);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif /* IOUS_H */
