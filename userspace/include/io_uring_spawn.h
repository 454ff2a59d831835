/* SPDX-License-Identifier: MIT */
/*
 * Helpers for liburing programs that start processes with the io_uring_spawn
 * module: prep functions for its opcodes, and a probe for it.
 *
 * Needs liburing 2.3 or later and no library of its own. See
 * io_uring_spawn(7) for what a chain is and does.
 */
#ifndef IO_URING_SPAWN_H
#define IO_URING_SPAWN_H

/* First: what is defined below must not meet liburing's own declarations. */
#include <liburing.h>
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
/* macros only; <sys/ioctl.h> does not go with <asm/termbits.h> in all libcs */
#include <asm/ioctls.h>

/*
 * Names. All that this header declares begins with io_uring_spawn_ or
 * IO_URING_SPAWN_. The names of the RFC ("Launching processes with io_uring",
 * December 2024), and others made like them, are macros: io_uring_prep_X for
 * io_uring_spawn_prep_X, and io_uring_prep_spawn_X for io_uring_spawn_prep_X
 * where that sets up the new process. They are defined when <liburing.h> is
 * done with.
 * Should liburing get functions of those names one day, the macros hide them
 * in programs that include this header, and nothing is declared twice. A check
 * of liburing's version could do that only for versions that exist already: a
 * header of today would break the build with the liburing of tomorrow.
 *
 * The same goes for IORING_OP_CLONE and its like in <linux/io_uring_spawn.h>.
 * The helpers do not use those but constants of their own: including this
 * header means asking for this module, whatever number a kernel's own opcode
 * of that name may get.
 *
 * Define IO_URING_SPAWN_NO_PREP_NAMES before the #include to have neither.
 */
#ifndef IO_URING_SPAWN_NO_PREP_NAMES
#include <linux/io_uring_spawn.h>
#define io_uring_prep_clone		io_uring_spawn_prep_clone
#define io_uring_prep_clone_args	io_uring_spawn_prep_clone_args
#define io_uring_prep_clone_args_direct	io_uring_spawn_prep_clone_args_direct
#define io_uring_prep_execveat		io_uring_spawn_prep_execveat
#define io_uring_prep_exec		io_uring_spawn_prep_exec
#define io_uring_prep_exec_search	io_uring_spawn_prep_exec_search
#define io_uring_prep_exec_paths	io_uring_spawn_prep_exec_paths
#define io_uring_prep_dup		io_uring_spawn_prep_dup
#define io_uring_prep_dup_result	io_uring_spawn_prep_dup_result
#define io_uring_prep_syscall		io_uring_spawn_prep_syscall
#define io_uring_prep_syscalls		io_uring_spawn_prep_syscalls
#define io_uring_prep_spawn_chdir		io_uring_spawn_prep_chdir
#define io_uring_prep_spawn_fchdir		io_uring_spawn_prep_fchdir
#define io_uring_prep_spawn_chroot		io_uring_spawn_prep_chroot
#define io_uring_prep_spawn_umask		io_uring_spawn_prep_umask
#define io_uring_prep_spawn_close		io_uring_spawn_prep_close
#define io_uring_prep_spawn_close_range		io_uring_spawn_prep_close_range
#define io_uring_prep_spawn_closefrom		io_uring_spawn_prep_closefrom
#define io_uring_prep_spawn_keep		io_uring_spawn_prep_keep
#define io_uring_prep_spawn_setsid		io_uring_spawn_prep_setsid
#define io_uring_prep_spawn_setpgid		io_uring_spawn_prep_setpgid
#define io_uring_prep_spawn_tcsetpgrp		io_uring_spawn_prep_tcsetpgrp
#define io_uring_prep_spawn_ctty		io_uring_spawn_prep_ctty
#define io_uring_prep_spawn_notty		io_uring_spawn_prep_notty
#define io_uring_prep_spawn_sigmask		io_uring_spawn_prep_sigmask
#define io_uring_prep_spawn_sigdefault		io_uring_spawn_prep_sigdefault
#define io_uring_prep_spawn_sigignore		io_uring_spawn_prep_sigignore
#define io_uring_prep_spawn_pdeathsig		io_uring_spawn_prep_pdeathsig
#define io_uring_prep_spawn_setuid		io_uring_spawn_prep_setuid
#define io_uring_prep_spawn_setgid		io_uring_spawn_prep_setgid
#define io_uring_prep_spawn_setresuid		io_uring_spawn_prep_setresuid
#define io_uring_prep_spawn_setresgid		io_uring_spawn_prep_setresgid
#define io_uring_prep_spawn_setgroups		io_uring_spawn_prep_setgroups
#define io_uring_prep_spawn_capset		io_uring_spawn_prep_capset
#define io_uring_prep_spawn_no_new_privs	io_uring_spawn_prep_no_new_privs
#define io_uring_prep_spawn_join_session_keyring \
	io_uring_spawn_prep_join_session_keyring
#define io_uring_prep_spawn_nice		io_uring_spawn_prep_nice
#define io_uring_prep_spawn_ioprio		io_uring_spawn_prep_ioprio
#define io_uring_prep_spawn_scheduler		io_uring_spawn_prep_scheduler
#define io_uring_prep_spawn_affinity		io_uring_spawn_prep_affinity
#define io_uring_prep_spawn_rlimit		io_uring_spawn_prep_rlimit
#define io_uring_prep_spawn_personality		io_uring_spawn_prep_personality
#define io_uring_prep_spawn_unshare		io_uring_spawn_prep_unshare
#define io_uring_prep_spawn_setns		io_uring_spawn_prep_setns
#define io_uring_prep_spawn_mount		io_uring_spawn_prep_mount
#define io_uring_prep_spawn_umount		io_uring_spawn_prep_umount
#define io_uring_prep_spawn_pivot_root		io_uring_spawn_prep_pivot_root
#define io_uring_prep_spawn_sethostname		io_uring_spawn_prep_sethostname
#endif

/* As liburing does: C++20 modules cannot export what is static. */
#if defined(__cplusplus) && __cplusplus >= 202002L
#define IO_URING_SPAWN_INLINE	inline
#else
#define IO_URING_SPAWN_INLINE	static inline
#endif

#if defined(__cplusplus) && __cplusplus >= 201103L
#define IO_URING_SPAWN_NOEXCEPT	noexcept
#else
#define IO_URING_SPAWN_NOEXCEPT
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Other headers define these: include the one that a call needs. */
struct clone_args;			/* <linux/sched.h> */
struct sched_param;			/* <sched.h> */
struct rlimit;				/* <sys/resource.h> */
struct __user_cap_header_struct;	/* <linux/capability.h> */
struct __user_cap_data_struct;

enum {
	/* IORING_OP_CLONE and its like of <linux/io_uring_spawn.h> */
	IO_URING_SPAWN_OP_CLONE		= 240,
	IO_URING_SPAWN_OP_EXEC		= 241,
	IO_URING_SPAWN_OP_DUP		= 242,
	IO_URING_SPAWN_OP_SYSCALL	= 243,
	/* IORING_DUP_CLOEXEC and IORING_DUP_MOVE */
	IO_URING_SPAWN_DUP_CLOEXEC	= 1,
	IO_URING_SPAWN_DUP_MOVE		= 2,
	/* IORING_EXEC_SEARCH and its like, IORING_EXEC_MAX_PATHS */
	IO_URING_SPAWN_EXEC_SEARCH	= 1,
	IO_URING_SPAWN_EXEC_PATHS	= 2,
	IO_URING_SPAWN_EXEC_EARLY	= 4,
	IO_URING_SPAWN_EXEC_MAX_PATHS	= 256,
	/* IORING_SYSCALL_VECTOR, IORING_SYSCALL_MAX */
	IO_URING_SPAWN_SYSCALL_VECTOR	= 1,
	IO_URING_SPAWN_SYSCALL_MAX	= 256,
	/* IORING_CALL_IGNORE, IORING_CALL_UNLESS */
	IO_URING_SPAWN_CALL_IGNORE	= 1,
	IO_URING_SPAWN_CALL_UNLESS	= 2,
	/* AT_FDCWD, which <fcntl.h> has only under some feature test macros */
	IO_URING_SPAWN_AT_FDCWD		= -100,
	/*
	 * SIG_SETMASK, CLOSE_RANGE_UNSHARE, PRIO_PROCESS, IOPRIO_WHO_PROCESS,
	 * PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS, KEYCTL_JOIN_SESSION_KEYRING:
	 * old headers lack some, others do not go with all C libraries
	 */
	IO_URING_SPAWN_SIG_SETMASK	= 2,
	IO_URING_SPAWN_SIGSET_SIZE	= 8,	/* the kernel's sigset_t */
	IO_URING_SPAWN_NR_CLOSE_RANGE	= 436,	/* since Linux 5.9 */
	IO_URING_SPAWN_RANGE_UNSHARE	= 2,
	IO_URING_SPAWN_PRIO_PROCESS	= 0,
	IO_URING_SPAWN_IOPRIO_PROCESS	= 1,
	IO_URING_SPAWN_PR_PDEATHSIG	= 1,
	IO_URING_SPAWN_PR_NO_NEW_PRIVS	= 38,
	IO_URING_SPAWN_KEYCTL_JOIN	= 1,
	/* IORING_ASYNC_CANCEL_USERDATA, IORING_ASYNC_CANCEL_OP: liburing 2.5 */
	IO_URING_SPAWN_CANCEL_USERDATA	= 16,
	IO_URING_SPAWN_CANCEL_OP	= 32
};

/* The answers of io_uring_spawn_available() and its like. */
enum io_uring_spawn_availability {
	/* the module is there and takes CLONE and EXEC */
	IO_URING_SPAWN_AVAILABLE,
	/* io_uring works, the module is not loaded or is disarmed */
	IO_URING_SPAWN_NO_MODULE,
	/* this process may not use io_uring, or the kernel has none */
	IO_URING_SPAWN_NO_IO_URING,
	/* could not find out: no memory, no descriptors, ... */
	IO_URING_SPAWN_ERROR
};

/*
 * Internal: @sqe becomes a request with @opcode and zeroes, user_data stays.
 * By the names of liburing 2.3, of which later ones are a superset.
 *
 * The contract refuses many non-zero fields. Since liburing 2.6 only
 * io_uring_get_sqe() clears, some fields, and not an SQE of the caller's own
 * or one that is prepared twice.
 */
IO_URING_SPAWN_INLINE void io_uring_spawn_init_sqe(struct io_uring_sqe *sqe,
						   int opcode)
	IO_URING_SPAWN_NOEXCEPT
{
	sqe->opcode = (__u8)opcode;
	sqe->flags = 0;
	sqe->ioprio = 0;
	sqe->fd = 0;
	sqe->addr2 = 0;
	sqe->addr = 0;
	sqe->len = 0;
	sqe->rw_flags = 0;
	sqe->buf_index = 0;
	sqe->personality = 0;
	sqe->file_index = 0;
	sqe->addr3 = 0;
	sqe->__pad2[0] = 0;
}

/*
 * io_uring_prep_clone() - start a new process, which runs the rest of the link
 * @sqe: from io_uring_get_sqe()
 *
 * Sets all of @sqe but user_data. Its flags become 0: set IOSQE_IO_LINK after
 * this call. It must be the first request of its link, and have one after it.
 *
 * The new process shares the caller's memory until it executes a program, has
 * copies of its descriptors, and sends SIGCHLD when it exits, as a child of
 * the process that submits; wait for it as for any child.
 *
 * CQE: 0, or the negated error of clone(2), such as -EAGAIN; then the rest of
 * the link is -ECANCELED. -EINVAL without the module, or if not first in a link
 * or not linked; -EPERM if the module's policy is in the way; what a seccomp
 * filter says about clone(2); -EACCES on a restricted ring; -EOPNOTSUPP for
 * 32-bit programs.
 *
 * From the RFC, except for SIGCHLD: there, no signal is sent.
 */
IO_URING_SPAWN_INLINE void io_uring_spawn_prep_clone(struct io_uring_sqe *sqe)
	IO_URING_SPAWN_NOEXCEPT
{
	io_uring_spawn_init_sqe(sqe, IO_URING_SPAWN_OP_CLONE);
}

/*
 * io_uring_prep_clone_args() - the same, with the arguments of clone3(2)
 * @sqe: from io_uring_get_sqe()
 * @args: struct clone_args of <linux/sched.h>, zero in all fields not needed
 * @size: its size as the caller knows it, 64 bytes (CLONE_ARGS_SIZE_VER0) or
 *	  more; bytes that the module does not know must be zero, or -E2BIG
 *
 * io_uring_submit() copies @args and the array args->set_tid; after it they may
 * be used again. With SQPOLL this happens when the SQE is consumed.
 * args->pidfd and args->parent_tid point to memory that stays until the CQE. It
 * is written before the next request of the link runs, which can use it:
 * io_uring_prep_spawn_tcsetpgrp() is one that takes a pointer.
 *
 * Fields:
 *	flags		CLONE_FS, CLONE_FILES, CLONE_IO, CLONE_SYSVSEM,
 *			CLONE_PARENT, CLONE_PARENT_SETTID, CLONE_PIDFD,
 *			CLONE_INTO_CGROUP, CLONE_NEW*; if the kernel knows
 *			them CLONE_AUTOREAP, CLONE_PIDFD_AUTOKILL, CLONE_NNP;
 *			always, even if not given: CLONE_VM,
 *			CLONE_CLEAR_SIGHAND. Others: -EINVAL.
 *	pidfd		pointer to an int for CLONE_PIDFD
 *	parent_tid	pointer to a pid_t for CLONE_PARENT_SETTID
 *	exit_signal	the signal at its exit, as given, 0 is none; wait for
 *			one that is not SIGCHLD with __WALL. As after clone(2)
 *			a program that was executed sends SIGCHLD again.
 *	set_tid, set_tid_size, cgroup	as for clone3(2)
 *	stack, stack_size, tls, child_tid	must be 0
 *
 * To start with other credentials, set sqe->personality to an id from
 * io_uring_register_personality() after this call or after
 * io_uring_prep_clone(). -EINVAL with CLONE_NEWUSER; -EPERM with no_new_privs,
 * or if they are of another user namespace. As after a set-user-ID call, the
 * shared memory is then no longer dumpable, and has to stay so until the chain
 * has executed its program.
 *
 * CQE: the pid, as the submitter sees it, or a negated error of clone3(2) or
 * io_uring_prep_clone().
 *
 * Not from the RFC, whose CLONE has no arguments.
 */
IO_URING_SPAWN_INLINE void
io_uring_spawn_prep_clone_args(struct io_uring_sqe *sqe,
			       const struct clone_args *args, size_t size)
	IO_URING_SPAWN_NOEXCEPT
{
	io_uring_spawn_init_sqe(sqe, IO_URING_SPAWN_OP_CLONE);
	sqe->addr = (unsigned long)args;
	sqe->len = (__u32)size;
}

/*
 * io_uring_prep_clone_args_direct() - the same, with the pidfd as a direct
 * descriptor
 * @args: as above, CLONE_PIDFD among its flags, without CLONE_PARENT and
 *	  CLONE_PIDFD_AUTOKILL. Its pidfd is 0 if @file_index is a slot.
 * @file_index: the slot, or IORING_FILE_INDEX_ALLOC for a free one, whose
 *		number goes into the int that args->pidfd points to
 *
 * CQE: as above; -ENXIO if the ring has no table of files, -EINVAL if the slot
 * is not in it or @args are not as above, -ENFILE if no slot is free, as
 * without a table. After any of these there is no process.
 */
IO_URING_SPAWN_INLINE void
io_uring_spawn_prep_clone_args_direct(struct io_uring_sqe *sqe,
				      const struct clone_args *args,
				      size_t size, unsigned int file_index)
	IO_URING_SPAWN_NOEXCEPT
{
	io_uring_spawn_prep_clone_args(sqe, args, size);
	/* 0 is none: slots count from 1, as in liburing's _direct functions */
	if (file_index != IORING_FILE_INDEX_ALLOC)
		file_index++;
	sqe->file_index = file_index;
}

/*
 * io_uring_spawn_sqe_set_clone_mask() - the signals that the process blocks
 * @sqe: after one of the three functions above
 * @mask: copied; SIGKILL and SIGSTOP in it have no effect
 *
 * Without it the process blocks what the submitter blocks. The mask holds
 * from the process's first request on, and costs nothing, where
 * io_uring_prep_spawn_sigmask() is a request of its own.
 *
 * CQE: also -EINVAL if the module's ABI, io_uring_spawn_abi(), is below 3.
 *
 * Not from the RFC; posix_spawnattr_setsigmask(3) has the same.
 */
IO_URING_SPAWN_INLINE void
io_uring_spawn_sqe_set_clone_mask(struct io_uring_sqe *sqe,
				  const sigset_t *mask)
	IO_URING_SPAWN_NOEXCEPT
{
	__u64 bits;

	/* the kernel's part of it, which is its beginning */
	memcpy(&bits, mask, sizeof(bits));
	sqe->off = bits;
	sqe->rw_flags = 1; /* IORING_CLONE_SIGMASK */
}

/*
 * io_uring_prep_execveat() - execute a program in the new process
 * @sqe: from io_uring_get_sqe()
 * @dfd: directory that a relative @path starts from, a descriptor of the new
 *	 process, or AT_FDCWD; a direct descriptor if IOSQE_FIXED_FILE is set
 *	 after this call. If sqe->file_index is set to k after it: the result of
 *	 the k-th request before this one.
 * @path: the program; may be "" with AT_EMPTY_PATH
 * @argv: its arguments, argv[0] first, NULL after the last
 * @envp: its environment, NULL after the last
 * @flags: of execveat(2), AT_EMPTY_PATH and AT_SYMLINK_NOFOLLOW
 *
 * Sets all of @sqe but user_data. Its flags become 0: set IOSQE_IO_LINK or
 * IOSQE_IO_HARDLINK after this call if another request follows. Works only in
 * a link that begins with io_uring_prep_clone().
 *
 * @path, @argv, @envp and all strings must stay valid and unchanged until the
 * CQE of this request has arrived: they are read when it runs.
 *
 * CQE: 0 when the new program is in place; then what follows in the link is
 * -ECANCELED. Else the negated error of execveat(2), after which a hard link
 * goes on; -EINVAL without the module or outside of such a link.
 *
 * With IO_URING_SPAWN_EXEC_EARLY (IORING_EXEC_EARLY) added to sqe->len after
 * this call, or after those below, the CQE need not wait for the end of the
 * exec: it may come when the process has left the submitter's memory and
 * cannot go back. Then an exec that fails later has the CQE 0, and its process
 * is killed by SIGSEGV. -EINVAL as well if io_uring_spawn_abi() is below 4.
 *
 * From the RFC and execveat(2); IORING_EXEC_EARLY from vfork(2).
 */
IO_URING_SPAWN_INLINE void
io_uring_spawn_prep_execveat(struct io_uring_sqe *sqe, int dfd,
			     const char *path, char *const argv[],
			     char *const envp[], int flags)
	IO_URING_SPAWN_NOEXCEPT
{
	io_uring_spawn_init_sqe(sqe, IO_URING_SPAWN_OP_EXEC);
	sqe->fd = dfd;
	sqe->addr = (unsigned long)path;
	sqe->addr2 = (unsigned long)argv;
	sqe->addr3 = (unsigned long)envp;
	sqe->rw_flags = (__kernel_rwf_t)flags;
}

/*
 * io_uring_prep_exec() - the same with AT_FDCWD and no flags
 *
 * A relative @path starts from the working directory. (The RFC's helper passes
 * descriptor 0, by mistake.) There is no search in $PATH:
 * io_uring_prep_exec_search() is for that.
 */
IO_URING_SPAWN_INLINE void
io_uring_spawn_prep_exec(struct io_uring_sqe *sqe, const char *path,
			 char *const argv[], char *const envp[])
	IO_URING_SPAWN_NOEXCEPT
{
	io_uring_spawn_prep_execveat(sqe, IO_URING_SPAWN_AT_FDCWD, path, argv,
				     envp, 0);
}

/*
 * io_uring_prep_exec_search() - the same as one candidate of a search in $PATH
 *
 * Submit one request for each directory of $PATH, joined by IOSQE_IO_HARDLINK.
 * The first program that is executed ends the chain. As execvp(3) does, the
 * chain goes on after -EACCES, -ENOENT, -ESTALE, -ENOTDIR, -ENODEV and
 * -ETIMEDOUT, and ends after any other failure, such as -ENOEXEC. (After a
 * plain io_uring_prep_exec() a hard link goes on whatever the failure.)
 *
 * CQE: as above; -EINVAL as well if io_uring_spawn_abi() is 1.
 *
 * Not from the RFC, whose searches go on after all failures.
 */
IO_URING_SPAWN_INLINE void
io_uring_spawn_prep_exec_search(struct io_uring_sqe *sqe, const char *path,
				char *const argv[], char *const envp[])
	IO_URING_SPAWN_NOEXCEPT
{
	io_uring_spawn_prep_exec(sqe, path, argv, envp);
	sqe->len = IO_URING_SPAWN_EXEC_SEARCH;
}

/*
 * io_uring_prep_exec_paths() - the same, with all that a search tries
 * @paths: pointers to them, in the order of the search
 * @nr: how many, 1 to IO_URING_SPAWN_EXEC_MAX_PATHS (256)
 *
 * The kernel tries one after the other, as long as execvp(3) would go on:
 * see io_uring_prep_exec_search(). Each of them is a call of execveat(2).
 * @paths, too, must stay valid until the CQE. It is read as the search goes
 * on. What @argv says does not depend on the candidate.
 *
 * CQE: the number of the candidate that was executed, from 0 on. Without
 * any: -EACCES if one of them gave it, else the last error; or the error
 * that ended the search. -EFAULT: @paths is not readable, or one of them is
 * not; -EINTR: the chain was ended; -EINVAL as well if @nr is 0 or above
 * 256, or if io_uring_spawn_abi() is below 3.
 *
 * Not from the RFC.
 */
IO_URING_SPAWN_INLINE void
io_uring_spawn_prep_exec_paths(struct io_uring_sqe *sqe,
			       const char *const paths[], unsigned int nr,
			       char *const argv[], char *const envp[])
	IO_URING_SPAWN_NOEXCEPT
{
	io_uring_spawn_prep_exec(sqe, NULL, argv, envp);
	sqe->addr = (unsigned long)paths;
	sqe->len = IO_URING_SPAWN_EXEC_PATHS;
	/* too many must not become few */
	sqe->buf_index = (__u16)(nr <= 0xffff ? nr : 0xffff);
}

/*
 * io_uring_prep_dup() - put an open file of the new process at a number
 * @sqe: from io_uring_get_sqe()
 * @oldfd: a descriptor of the new process; a direct descriptor of the ring if
 *	   IOSQE_FIXED_FILE is set after this call
 * @newfd: the number; a file that is open there is closed
 * @flags: IORING_DUP_CLOEXEC: EXEC closes @newfd; IORING_DUP_MOVE: @oldfd is
 *	   closed, or its slot emptied
 *
 * Sets all of @sqe but user_data. Its flags become 0. Works only in a link that
 * begins with CLONE.
 *
 * With @newfd the same as @oldfd it changes close-on-exec to what @flags say
 * and nothing else: so a close-on-exec descriptor is passed on at its number.
 *
 * CQE: @newfd, or -EBADF if @oldfd is not open or @newfd is not below
 * RLIMIT_NOFILE; -EINVAL for other flags, without the module or outside of
 * such a link.
 *
 * Not from the RFC; after dup3(2), and posix_spawn_file_actions_adddup2(3).
 */
IO_URING_SPAWN_INLINE void
io_uring_spawn_prep_dup(struct io_uring_sqe *sqe, int oldfd, int newfd,
			unsigned int flags) IO_URING_SPAWN_NOEXCEPT
{
	io_uring_spawn_init_sqe(sqe, IO_URING_SPAWN_OP_DUP);
	sqe->fd = oldfd;
	sqe->len = (__u32)newfd;
	sqe->rw_flags = (__kernel_rwf_t)flags;
}

/*
 * io_uring_prep_dup_result() - the same for the result of an earlier request
 * @back: 1 for the request just before this one, 2 for that before it, ...;
 *	  its result is the descriptor, a direct one if IOSQE_FIXED_FILE is set
 *
 * So OPENAT and this with IORING_DUP_MOVE open a file at a number of choice.
 *
 * CQE: as above; -EBADF as well if that request failed, -EINVAL if there is no
 * request so far back in the chain.
 */
IO_URING_SPAWN_INLINE void
io_uring_spawn_prep_dup_result(struct io_uring_sqe *sqe, unsigned int back,
			       int newfd, unsigned int flags)
	IO_URING_SPAWN_NOEXCEPT
{
	io_uring_spawn_prep_dup(sqe, 0, newfd, flags);
	sqe->file_index = back;
}

/*
 * io_uring_prep_syscall() - a system call that sets up the new process
 * @sqe: from io_uring_get_sqe()
 * @nr: its number, SYS_chdir or so, one of those in io_uring_spawn(7)
 * @arg0, @arg1, @arg2, @arg3: its arguments, the fifth and sixth are 0.
 *	Pointers are cast to unsigned long; a negative int is sign-extended, as
 *	a cast to __u64 does.
 *
 * Sets all of @sqe but user_data. Its flags become 0. Works only in a link that
 * begins with CLONE.
 *
 * Memory that an argument points to must stay valid until the CQE of this
 * request: it is used when the request runs.
 *
 * CQE: the result of the call, or -ENOSYS if it is not one of those; -EINVAL if
 * a chain may not use an argument, such as another process' pid, without the
 * module or outside of such a link. seccomp and audit see that call, made by
 * the new process.
 *
 * Not from the RFC; after syscall(2).
 */
IO_URING_SPAWN_INLINE void
io_uring_spawn_prep_syscall(struct io_uring_sqe *sqe, unsigned int nr,
			    __u64 arg0, __u64 arg1, __u64 arg2, __u64 arg3)
	IO_URING_SPAWN_NOEXCEPT
{
	io_uring_spawn_init_sqe(sqe, IO_URING_SPAWN_OP_SYSCALL);
	sqe->len = nr;
	sqe->off = arg0;
	sqe->addr = arg1;
	sqe->addr3 = arg2;
	sqe->__pad2[0] = arg3;
}

/*
 * io_uring_spawn_use_result() - let an argument be the result of an earlier
 * request
 * @sqe: made by io_uring_prep_syscall() or one of io_uring_prep_spawn_*()
 * @arg: which argument of the system call, 0 to 3; what @sqe has there is
 *	 ignored
 * @back: 1 for the request just before this one, 2 for that before it, up to
 *	  255; 0: none
 *
 * CQE of @sqe: -EINVAL if that request failed or is before the start of the
 * chain.
 */
IO_URING_SPAWN_INLINE void
io_uring_spawn_use_result(struct io_uring_sqe *sqe, unsigned int arg,
			  unsigned int back) IO_URING_SPAWN_NOEXCEPT
{
	unsigned int shift = 8 * (arg & 3);
	__u32 refs = (__u32)sqe->rw_flags & ~((__u32)0xff << shift);

	refs |= (__u32)(back & 0xff) << shift;
	sqe->rw_flags = (__kernel_rwf_t)refs;
}

/* One call of io_uring_prep_syscalls(): struct io_uring_call. */
struct io_uring_spawn_call {
	__u32 nr;
	/* IO_URING_SPAWN_CALL_* */
	__u16 flags;
	/* back is not 0: argument arg is the back-th result before */
	__u8 arg;
	__u8 back;
	__u64 args[6];
	__s64 result;
};

/*
 * io_uring_prep_syscalls() - a row of system calls that set up the new process
 * @sqe: from io_uring_get_sqe()
 * @calls: the calls, made one after the other
 * @nr: their number, 1 to IO_URING_SPAWN_SYSCALL_MAX
 *
 * The same calls as those of io_uring_prep_syscall(), for much less than as
 * many requests. Sets all of @sqe but user_data. Its flags become 0.
 *
 * @calls, which the kernel writes to, and all that they point to must stay
 * valid until the CQE of this request: the new process reads an entry just
 * before it makes the call, and then writes its result there. Entries that it
 * has not come to stay as they were.
 *
 * The row ends at the first call that fails, unless that entry has the flag
 * IO_URING_SPAWN_CALL_IGNORE. If an entry's back is not 0, its argument arg
 * is the result of the back-th entry before it, or, counted on, of a request
 * before this one. With IO_URING_SPAWN_CALL_UNLESS the call is left out, and
 * its result is 0, if that result is what the argument had.
 *
 * CQE: @nr, or the error of the call that failed: that is the first entry
 * that has a negative result and no IGNORE. -EFAULT if @calls cannot be read
 * or written; -EINTR if the row was ended between two calls; -EINVAL with
 * another @nr, or if io_uring_spawn_abi() is below 3.
 *
 * Not from the RFC.
 */
IO_URING_SPAWN_INLINE void
io_uring_spawn_prep_syscalls(struct io_uring_sqe *sqe,
			     struct io_uring_spawn_call *calls, unsigned int nr)
	IO_URING_SPAWN_NOEXCEPT
{
	io_uring_spawn_init_sqe(sqe, IO_URING_SPAWN_OP_SYSCALL);
	sqe->addr = (unsigned long)calls;
	sqe->len = nr;
	sqe->file_index = IO_URING_SPAWN_SYSCALL_VECTOR;
}

/*
 * io_uring_spawn_call_of() - the call of a request, as an entry of a row
 * @call: becomes the entry, with no flags and the result 0
 * @sqe: made by io_uring_prep_syscall() or one of io_uring_prep_spawn_*(); it
 *	 need not be of a ring
 *
 * What io_uring_spawn_use_result() has set is left out: set arg and back.
 */
IO_URING_SPAWN_INLINE void
io_uring_spawn_call_of(struct io_uring_spawn_call *call,
		       const struct io_uring_sqe *sqe) IO_URING_SPAWN_NOEXCEPT
{
	memset(call, 0, sizeof(*call));
	call->nr = sqe->len;
	call->args[0] = sqe->off;
	call->args[1] = sqe->addr;
	call->args[2] = sqe->addr3;
	call->args[3] = sqe->__pad2[0];
}

/*
 * io_uring_prep_spawn_*() - natural forms of io_uring_prep_syscall()
 *
 * Named after the call that each makes in the new process, and with its
 * parameters less those that name the process. All that io_uring_prep_syscall()
 * says holds: link flags after the call, pointers until the CQE, the call's
 * own errors in the CQE. An argument can be the result of an earlier request,
 * see io_uring_spawn_use_result(): argument 0 is that of the call, which is
 * the pid, 0, where it has one.
 *
 * Not from the RFC.
 */

/* Files: working directory, root, umask. */

IO_URING_SPAWN_INLINE void
io_uring_spawn_prep_chdir(struct io_uring_sqe *sqe, const char *path)
	IO_URING_SPAWN_NOEXCEPT
{
	io_uring_spawn_prep_syscall(sqe, __NR_chdir, (unsigned long)path, 0, 0,
				    0);
}

IO_URING_SPAWN_INLINE void
io_uring_spawn_prep_fchdir(struct io_uring_sqe *sqe, int fd)
	IO_URING_SPAWN_NOEXCEPT
{
	io_uring_spawn_prep_syscall(sqe, __NR_fchdir, (__u64)fd, 0, 0, 0);
}

IO_URING_SPAWN_INLINE void
io_uring_spawn_prep_chroot(struct io_uring_sqe *sqe, const char *path)
	IO_URING_SPAWN_NOEXCEPT
{
	io_uring_spawn_prep_syscall(sqe, __NR_chroot, (unsigned long)path, 0, 0,
				    0);
}

/* CQE: the umask before, never an error. */
IO_URING_SPAWN_INLINE void
io_uring_spawn_prep_umask(struct io_uring_sqe *sqe, mode_t mask)
	IO_URING_SPAWN_NOEXCEPT
{
	io_uring_spawn_prep_syscall(sqe, __NR_umask, mask, 0, 0, 0);
}

/* Descriptors. */

IO_URING_SPAWN_INLINE void
io_uring_spawn_prep_close(struct io_uring_sqe *sqe, int fd)
	IO_URING_SPAWN_NOEXCEPT
{
	io_uring_spawn_prep_syscall(sqe, __NR_close, (__u64)fd, 0, 0, 0);
}

/* @last is included, ~0U for all that follow; @flags are CLOSE_RANGE_*. */
IO_URING_SPAWN_INLINE void
io_uring_spawn_prep_close_range(struct io_uring_sqe *sqe, unsigned int first,
				unsigned int last, unsigned int flags)
	IO_URING_SPAWN_NOEXCEPT
{
	io_uring_spawn_prep_syscall(sqe, IO_URING_SPAWN_NR_CLOSE_RANGE, first,
				    last, flags, 0);
}

/* All from @first on. */
IO_URING_SPAWN_INLINE void
io_uring_spawn_prep_closefrom(struct io_uring_sqe *sqe, unsigned int first)
	IO_URING_SPAWN_NOEXCEPT
{
	io_uring_spawn_prep_close_range(sqe, first, ~0U, 0);
}

/*
 * io_uring_prep_spawn_keep() - the pristine child: keep descriptors below @nr
 *
 * For the request right after a CLONE with CLONE_FILES. There the new process
 * shares the table of descriptors; this gives it one of its own with the
 * descriptors below @nr, 3 for the standard ones. No others are copied: the
 * cost does not grow with the number of the submitter's open files, and no
 * other thread's temporary descriptor gets into the new process. The
 * submitter's table does not change.
 *
 * Other descriptors for the program come later in the link: opened there, or
 * by io_uring_prep_dup() with IOSQE_FIXED_FILE from the ring's direct
 * descriptors. The process does not have the submitter's descriptors from @nr
 * on. Requests before this one open and close in the submitter's own table: a
 * dup() to a low number must come after.
 *
 * Not a hard link: if this fails, the rest must not run.
 */
IO_URING_SPAWN_INLINE void
io_uring_spawn_prep_keep(struct io_uring_sqe *sqe, unsigned int nr)
	IO_URING_SPAWN_NOEXCEPT
{
	io_uring_spawn_prep_close_range(sqe, nr, ~0U,
					IO_URING_SPAWN_RANGE_UNSHARE);
}

/* Sessions, process groups, terminals. */

/* CQE: the new session, which is the new process' pid where it lives. */
IO_URING_SPAWN_INLINE void
io_uring_spawn_prep_setsid(struct io_uring_sqe *sqe) IO_URING_SPAWN_NOEXCEPT
{
	io_uring_spawn_prep_syscall(sqe, __NR_setsid, 0, 0, 0, 0);
}

/* @pgid 0: a group of its own. */
IO_URING_SPAWN_INLINE void
io_uring_spawn_prep_setpgid(struct io_uring_sqe *sqe, pid_t pgid)
	IO_URING_SPAWN_NOEXCEPT
{
	io_uring_spawn_prep_syscall(sqe, __NR_setpgid, 0, (__u64)pgid, 0, 0);
}

/*
 * @pgrp: args->parent_tid of CLONE_PARENT_SETTID serves, it is written by then.
 * Block or ignore SIGTTOU first if the new process is not in the foreground.
 */
IO_URING_SPAWN_INLINE void
io_uring_spawn_prep_tcsetpgrp(struct io_uring_sqe *sqe, int fd,
			      const pid_t *pgrp)
	IO_URING_SPAWN_NOEXCEPT
{
	io_uring_spawn_prep_syscall(sqe, __NR_ioctl, (__u64)fd, TIOCSPGRP,
				    (unsigned long)pgrp, 0);
}

/* The terminal @fd becomes the controlling one, after setsid. */
IO_URING_SPAWN_INLINE void
io_uring_spawn_prep_ctty(struct io_uring_sqe *sqe, int fd)
	IO_URING_SPAWN_NOEXCEPT
{
	io_uring_spawn_prep_syscall(sqe, __NR_ioctl, (__u64)fd, TIOCSCTTY, 0,
				    0);
}

/* Gives up the controlling terminal @fd. */
IO_URING_SPAWN_INLINE void
io_uring_spawn_prep_notty(struct io_uring_sqe *sqe, int fd)
	IO_URING_SPAWN_NOEXCEPT
{
	io_uring_spawn_prep_syscall(sqe, __NR_ioctl, (__u64)fd, TIOCNOTTY, 0,
				    0);
}

/*
 * Signals. The new process has the submitter's mask, and defaults for all that
 * it handled; what it ignored stays ignored.
 */

/* @mask is blocked, and nothing else. */
IO_URING_SPAWN_INLINE void
io_uring_spawn_prep_sigmask(struct io_uring_sqe *sqe, const sigset_t *mask)
	IO_URING_SPAWN_NOEXCEPT
{
	io_uring_spawn_prep_syscall(sqe, __NR_rt_sigprocmask,
				    IO_URING_SPAWN_SIG_SETMASK,
				    (unsigned long)mask, 0,
				    IO_URING_SPAWN_SIGSET_SIZE);
}

/* @sig gets SIG_DFL. */
IO_URING_SPAWN_INLINE void
io_uring_spawn_prep_sigdefault(struct io_uring_sqe *sqe, int sig)
	IO_URING_SPAWN_NOEXCEPT
{
	/* the kernel's struct sigaction: SIG_DFL, and zeroes */
	static const unsigned long action[4] = { 0 };

	io_uring_spawn_prep_syscall(sqe, __NR_rt_sigaction, (__u64)sig,
				    (unsigned long)action, 0,
				    IO_URING_SPAWN_SIGSET_SIZE);
}

/* @sig gets SIG_IGN. */
IO_URING_SPAWN_INLINE void
io_uring_spawn_prep_sigignore(struct io_uring_sqe *sqe, int sig)
	IO_URING_SPAWN_NOEXCEPT
{
	/* the kernel's struct sigaction: SIG_IGN, and zeroes */
	static const unsigned long action[4] = { 1 };

	io_uring_spawn_prep_syscall(sqe, __NR_rt_sigaction, (__u64)sig,
				    (unsigned long)action, 0,
				    IO_URING_SPAWN_SIGSET_SIZE);
}

/*
 * @sig when the thread that submitted ends, not the process, see prctl(2). A
 * change of credentials in the link clears it: do that first.
 */
IO_URING_SPAWN_INLINE void
io_uring_spawn_prep_pdeathsig(struct io_uring_sqe *sqe, int sig)
	IO_URING_SPAWN_NOEXCEPT
{
	io_uring_spawn_prep_syscall(sqe, __NR_prctl,
				    IO_URING_SPAWN_PR_PDEATHSIG, (__u64)sig, 0,
				    0);
}

/* Users, groups, capabilities: of the new process alone. */

IO_URING_SPAWN_INLINE void
io_uring_spawn_prep_setuid(struct io_uring_sqe *sqe, uid_t uid)
	IO_URING_SPAWN_NOEXCEPT
{
	io_uring_spawn_prep_syscall(sqe, __NR_setuid, uid, 0, 0, 0);
}

IO_URING_SPAWN_INLINE void
io_uring_spawn_prep_setgid(struct io_uring_sqe *sqe, gid_t gid)
	IO_URING_SPAWN_NOEXCEPT
{
	io_uring_spawn_prep_syscall(sqe, __NR_setgid, gid, 0, 0, 0);
}

IO_URING_SPAWN_INLINE void
io_uring_spawn_prep_setresuid(struct io_uring_sqe *sqe, uid_t ruid, uid_t euid,
			      uid_t suid)
	IO_URING_SPAWN_NOEXCEPT
{
	io_uring_spawn_prep_syscall(sqe, __NR_setresuid, ruid, euid, suid, 0);
}

IO_URING_SPAWN_INLINE void
io_uring_spawn_prep_setresgid(struct io_uring_sqe *sqe, gid_t rgid, gid_t egid,
			      gid_t sgid)
	IO_URING_SPAWN_NOEXCEPT
{
	io_uring_spawn_prep_syscall(sqe, __NR_setresgid, rgid, egid, sgid, 0);
}

IO_URING_SPAWN_INLINE void
io_uring_spawn_prep_setgroups(struct io_uring_sqe *sqe, size_t size,
			      const gid_t *list)
	IO_URING_SPAWN_NOEXCEPT
{
	io_uring_spawn_prep_syscall(sqe, __NR_setgroups, size,
				    (unsigned long)list, 0, 0);
}

/* @hdr->pid is 0. */
IO_URING_SPAWN_INLINE void
io_uring_spawn_prep_capset(struct io_uring_sqe *sqe,
			   const struct __user_cap_header_struct *hdr,
			   const struct __user_cap_data_struct *data)
	IO_URING_SPAWN_NOEXCEPT
{
	io_uring_spawn_prep_syscall(sqe, __NR_capset, (unsigned long)hdr,
				    (unsigned long)data, 0, 0);
}

IO_URING_SPAWN_INLINE void
io_uring_spawn_prep_no_new_privs(struct io_uring_sqe *sqe)
	IO_URING_SPAWN_NOEXCEPT
{
	io_uring_spawn_prep_syscall(sqe, __NR_prctl,
				    IO_URING_SPAWN_PR_NO_NEW_PRIVS, 1, 0, 0);
}

/* @name, or NULL for an anonymous one. CQE: the keyring's id. */
IO_URING_SPAWN_INLINE void
io_uring_spawn_prep_join_session_keyring(struct io_uring_sqe *sqe,
					 const char *name)
	IO_URING_SPAWN_NOEXCEPT
{
	io_uring_spawn_prep_syscall(sqe, __NR_keyctl,
				    IO_URING_SPAWN_KEYCTL_JOIN,
				    (unsigned long)name, 0, 0);
}

/* Scheduling and limits. */

/* @prio is absolute, -20 to 19, unlike that of nice(2). */
IO_URING_SPAWN_INLINE void
io_uring_spawn_prep_nice(struct io_uring_sqe *sqe, int prio)
	IO_URING_SPAWN_NOEXCEPT
{
	io_uring_spawn_prep_syscall(sqe, __NR_setpriority,
				    IO_URING_SPAWN_PRIO_PROCESS, 0, (__u64)prio,
				    0);
}

/* @ioprio: IOPRIO_PRIO_VALUE() of <linux/ioprio.h> */
IO_URING_SPAWN_INLINE void
io_uring_spawn_prep_ioprio(struct io_uring_sqe *sqe, int ioprio)
	IO_URING_SPAWN_NOEXCEPT
{
	io_uring_spawn_prep_syscall(sqe, __NR_ioprio_set,
				    IO_URING_SPAWN_IOPRIO_PROCESS, 0,
				    (__u64)ioprio, 0);
}

IO_URING_SPAWN_INLINE void
io_uring_spawn_prep_scheduler(struct io_uring_sqe *sqe, int policy,
			      const struct sched_param *param)
	IO_URING_SPAWN_NOEXCEPT
{
	io_uring_spawn_prep_syscall(sqe, __NR_sched_setscheduler, 0,
				    (__u64)policy, (unsigned long)param, 0);
}

/* @size bytes of @mask, a cpu_set_t */
IO_URING_SPAWN_INLINE void
io_uring_spawn_prep_affinity(struct io_uring_sqe *sqe, size_t size,
			     const void *mask)
	IO_URING_SPAWN_NOEXCEPT
{
	io_uring_spawn_prep_syscall(sqe, __NR_sched_setaffinity, 0, size,
				    (unsigned long)mask, 0);
}

/* @limit is one of 64 bits, which struct rlimit is where the module runs. */
IO_URING_SPAWN_INLINE void
io_uring_spawn_prep_rlimit(struct io_uring_sqe *sqe, int resource,
			   const struct rlimit *limit)
	IO_URING_SPAWN_NOEXCEPT
{
	io_uring_spawn_prep_syscall(sqe, __NR_prlimit64, 0, (__u64)resource,
				    (unsigned long)limit, 0);
}

/* ADDR_NO_RANDOMIZE and others. CQE: the one before. */
IO_URING_SPAWN_INLINE void
io_uring_spawn_prep_personality(struct io_uring_sqe *sqe, unsigned long persona)
	IO_URING_SPAWN_NOEXCEPT
{
	io_uring_spawn_prep_syscall(sqe, __NR_personality, persona, 0, 0, 0);
}

/*
 * Namespaces and mounts. CLONE's flags make namespaces, too, and pid and user
 * namespaces that the new process itself is in.
 */

IO_URING_SPAWN_INLINE void
io_uring_spawn_prep_unshare(struct io_uring_sqe *sqe, int flags)
	IO_URING_SPAWN_NOEXCEPT
{
	io_uring_spawn_prep_syscall(sqe, __NR_unshare, (__u64)flags, 0, 0, 0);
}

IO_URING_SPAWN_INLINE void
io_uring_spawn_prep_setns(struct io_uring_sqe *sqe, int fd, int nstype)
	IO_URING_SPAWN_NOEXCEPT
{
	io_uring_spawn_prep_syscall(sqe, __NR_setns, (__u64)fd, (__u64)nstype,
				    0, 0);
}

/*
 * The fifth argument, data, is NULL. Before others, in a new mount namespace:
 * mount(NULL, "/", NULL, MS_REC | MS_PRIVATE).
 */
IO_URING_SPAWN_INLINE void
io_uring_spawn_prep_mount(struct io_uring_sqe *sqe, const char *source,
			  const char *target, const char *fstype,
			  unsigned long flags)
	IO_URING_SPAWN_NOEXCEPT
{
	io_uring_spawn_prep_syscall(sqe, __NR_mount, (unsigned long)source,
				    (unsigned long)target,
				    (unsigned long)fstype, flags);
}

IO_URING_SPAWN_INLINE void
io_uring_spawn_prep_umount(struct io_uring_sqe *sqe, const char *target,
			   int flags)
	IO_URING_SPAWN_NOEXCEPT
{
	io_uring_spawn_prep_syscall(sqe, __NR_umount2, (unsigned long)target,
				    (__u64)flags, 0, 0);
}

IO_URING_SPAWN_INLINE void
io_uring_spawn_prep_pivot_root(struct io_uring_sqe *sqe, const char *new_root,
			       const char *put_old)
	IO_URING_SPAWN_NOEXCEPT
{
	io_uring_spawn_prep_syscall(sqe, __NR_pivot_root,
				    (unsigned long)new_root,
				    (unsigned long)put_old, 0, 0);
}

IO_URING_SPAWN_INLINE void
io_uring_spawn_prep_sethostname(struct io_uring_sqe *sqe, const char *name,
				size_t len)
	IO_URING_SPAWN_NOEXCEPT
{
	io_uring_spawn_prep_syscall(sqe, __NR_sethostname, (unsigned long)name,
				    len, 0, 0);
}

/*
 * io_uring_spawn_available_ring() - does the kernel of this ring have CLONE
 * and EXEC?
 * @ring: an initialised ring
 *
 * Asks IORING_REGISTER_PROBE, which starts nothing. The answer holds until the
 * module is loaded, disarmed or armed; it says nothing about what its policy,
 * a restriction of the ring or a limit will answer to this process.
 * IO_URING_SPAWN_ERROR: out of memory, or this ring may not be probed
 * (restricted, or registered with another thread).
 */
IO_URING_SPAWN_INLINE enum io_uring_spawn_availability
io_uring_spawn_available_ring(struct io_uring *ring) IO_URING_SPAWN_NOEXCEPT
{
	enum io_uring_spawn_availability ret = IO_URING_SPAWN_NO_MODULE;
	struct io_uring_probe *probe = io_uring_get_probe_ring(ring);

	if (!probe)
		return IO_URING_SPAWN_ERROR;
	if (io_uring_opcode_supported(probe, IO_URING_SPAWN_OP_CLONE) &&
	    io_uring_opcode_supported(probe, IO_URING_SPAWN_OP_EXEC))
		ret = IO_URING_SPAWN_AVAILABLE;
	io_uring_free_probe(probe);
	return ret;
}

/*
 * io_uring_spawn_available() - the same for programs that have no ring yet
 *
 * Makes a ring for the question. IO_URING_SPAWN_NO_IO_URING: that failed with
 * ENOSYS, EPERM or EACCES, so the kernel has no io_uring, or a seccomp filter,
 * an LSM or the sysctl kernel.io_uring_disabled forbids it.
 */
IO_URING_SPAWN_INLINE enum io_uring_spawn_availability
io_uring_spawn_available(void) IO_URING_SPAWN_NOEXCEPT
{
	enum io_uring_spawn_availability ret;
	struct io_uring ring;

	switch (io_uring_queue_init(1, &ring, 0)) {
	case 0:
		break;
	case -ENOSYS:
	case -EPERM:
	case -EACCES:
		return IO_URING_SPAWN_NO_IO_URING;
	default:
		return IO_URING_SPAWN_ERROR;
	}
	ret = io_uring_spawn_available_ring(&ring);
	io_uring_queue_exit(&ring);
	return ret;
}

/*
 * io_uring_spawn_abi() - which version of the interface does this kernel have?
 * @ring: an initialised ring
 *
 * Asks as io_uring_spawn_available_ring() does. IORING_SPAWN_ABI is the version
 * that a program was built for: the same or a higher one means that the module
 * has all that it knows. 0: no module, or it could not be asked.
 */
IO_URING_SPAWN_INLINE unsigned int io_uring_spawn_abi(struct io_uring *ring)
	IO_URING_SPAWN_NOEXCEPT
{
	struct io_uring_probe *probe = io_uring_get_probe_ring(ring);
	unsigned int version = 0;

	if (!probe)
		return 0;
	if (io_uring_opcode_supported(probe, IO_URING_SPAWN_OP_CLONE))
		version = probe->ops[IO_URING_SPAWN_OP_CLONE].resv2;
	io_uring_free_probe(probe);
	return version;
}

/*
 * io_uring_spawn_cancel_all() - end all chains of this ring, and wait until no
 * process of theirs is left that shares this one's memory
 * @ring: an initialised ring; if only one thread may use it, call it there
 *
 * A chain keeps the rights that it was made with, and shares the memory, until
 * it executes its program. Call this before you give up rights, with each ring,
 * while no thread submits chains. It cancels no other request, and touches no
 * program that runs. A chain whose CLONE has not begun, behind IOSQE_IO_DRAIN
 * for instance, comes later, with the rights of then. It does not wait for a
 * process that a seccomp filter kills while that dies.
 *
 * The CQEs are in the ring, or come when it is next entered; wait for the
 * processes as ever. Starts again after a signal. If the file system of a
 * process does not answer, it goes on waiting.
 *
 * Returns 0: there is none, even without the module; -EOPNOTSUPP: the module is
 * older than this (io_uring_spawn_abi() is below 3); -ENOMEM: no memory for the
 * question; or an error of io_uring_register(2).
 */
IO_URING_SPAWN_INLINE int io_uring_spawn_cancel_all(struct io_uring *ring)
	IO_URING_SPAWN_NOEXCEPT
{
	struct io_uring_probe *probe = io_uring_get_probe_ring(ring);
	struct io_uring_sync_cancel_reg reg;
	unsigned int version = 0;
	int ret;

	if (!probe)
		return -ENOMEM;
	if (io_uring_opcode_supported(probe, IO_URING_SPAWN_OP_CLONE))
		version = probe->ops[IO_URING_SPAWN_OP_CLONE].resv2;
	io_uring_free_probe(probe);
	if (version && version < 3)
		return -EOPNOTSUPP;
	do {
		memset(&reg, 0, sizeof(reg));
		/* IORING_SPAWN_ALL_CHAINS */
		reg.addr = 0x736e696168636c6cULL;
		reg.flags = IO_URING_SPAWN_CANCEL_USERDATA |
			    IO_URING_SPAWN_CANCEL_OP;
		/* there is no event when the last of a process has gone */
		reg.timeout.tv_nsec = 1000000;
		ret = io_uring_register_sync_cancel(ring, &reg);
	} while (ret == -ETIME || ret == -EINTR);
	/* nothing was found, or the kernel is too old to have the module */
	return ret == -ENOENT || (ret == -EINVAL && !version) ? 0 : ret;
}

/*
 * io_uring_spawn_strerror() - an answer of the above, in words for the user
 *
 * The string is a constant.
 */
IO_URING_SPAWN_INLINE const char *
io_uring_spawn_strerror(enum io_uring_spawn_availability answer)
	IO_URING_SPAWN_NOEXCEPT
{
	switch (answer) {
	case IO_URING_SPAWN_AVAILABLE:
		return "io_uring_spawn is available";
	case IO_URING_SPAWN_NO_MODULE:
		return "the module io_uring_spawn is not loaded, or disarmed";
	case IO_URING_SPAWN_NO_IO_URING:
		return "io_uring is not allowed here (seccomp, "
		       "kernel.io_uring_disabled), or not in this kernel";
	case IO_URING_SPAWN_ERROR:
		break;
	}
	return "cannot tell whether io_uring_spawn is available";
}

#ifdef __cplusplus
}
#endif

#endif /* IO_URING_SPAWN_H */
