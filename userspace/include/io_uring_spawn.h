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

/*
 * Names. All that this header declares begins with io_uring_spawn_ or
 * IO_URING_SPAWN_. The names of the RFC ("Launching processes with io_uring",
 * December 2024) are macros for them, defined when <liburing.h> is done with.
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
#define io_uring_prep_clone	io_uring_spawn_prep_clone
#define io_uring_prep_execveat	io_uring_spawn_prep_execveat
#define io_uring_prep_exec	io_uring_spawn_prep_exec
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

enum {
	/* IORING_OP_CLONE and IORING_OP_EXEC of <linux/io_uring_spawn.h> */
	IO_URING_SPAWN_OP_CLONE	= 240,
	IO_URING_SPAWN_OP_EXEC	= 241,
	/* AT_FDCWD, which <fcntl.h> has only under some feature test macros */
	IO_URING_SPAWN_AT_FDCWD	= -100
};

/* What io_uring_spawn_available() and its like answer. */
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
 * the link is -ECANCELED. -EINVAL without the module, or if not first in a
 * link or not linked; -EPERM if the module's policy or a seccomp filter is in
 * the way; -EACCES on a restricted ring; -EOPNOTSUPP for 32-bit programs.
 *
 * From the RFC, except for SIGCHLD: there, no signal is sent.
 */
IO_URING_SPAWN_INLINE void io_uring_spawn_prep_clone(struct io_uring_sqe *sqe)
	IO_URING_SPAWN_NOEXCEPT
{
	io_uring_spawn_init_sqe(sqe, IO_URING_SPAWN_OP_CLONE);
}

/*
 * io_uring_prep_execveat() - execute a program in the new process
 * @sqe: from io_uring_get_sqe()
 * @dfd: directory that a relative @path starts from, a descriptor of the new
 *	 process, or AT_FDCWD; a direct descriptor if IOSQE_FIXED_FILE is set
 *	 after this call
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
 * From the RFC and execveat(2).
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
 * descriptor 0, by mistake.) There is no search in $PATH: submit one request
 * for each of its directories, joined by IOSQE_IO_HARDLINK.
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
