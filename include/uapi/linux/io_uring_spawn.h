/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR MIT */
/*
 * Opcodes of the io_uring_spawn module: processes started by a link chain.
 *
 * The numbers are at the top of the u8 range, where no kernel's own opcodes
 * reach, and never change. Without the module the kernel answers -EINVAL to
 * them, as to any opcode that it does not know.
 */
#ifndef _UAPI_LINUX_IO_URING_SPAWN_H
#define _UAPI_LINUX_IO_URING_SPAWN_H

#include <linux/types.h>

/*
 * Raised when this header gets something new.
 * 2: IORING_EXEC_SEARCH
 * 3: IORING_SPAWN_ALL_CHAINS, IORING_SYSCALL_VECTOR, IORING_CLONE_SIGMASK,
 *    IORING_EXEC_PATHS
 * 4: IORING_EXEC_EARLY
 */
#define IORING_SPAWN_ABI	4

#define IORING_OP_CLONE		240
#define IORING_OP_EXEC		241
#define IORING_OP_EXECVEAT	IORING_OP_EXEC
#define IORING_OP_DUP		242
#define IORING_OP_SYSCALL	243

/*
 * sqe->rw_flags of IORING_OP_CLONE
 *
 * IORING_CLONE_SIGMASK	the process blocks the signals in sqe->off, bit n - 1 for
 *			signal n, rather than those that its submitter blocks
 */
#define IORING_CLONE_SIGMASK	(1U << 0)

/*
 * sqe->len of IORING_OP_EXEC
 *
 * IORING_EXEC_SEARCH	one of a row of hard links that search $PATH: the chain
 *			goes on only after the errors that execvp(3) skips:
 *			EACCES, ENOENT, ESTALE, ENOTDIR, ENODEV, ETIMEDOUT
 * IORING_EXEC_PATHS	a whole search of $PATH in one request: addr is an array of
 *			buf_index pointers to paths. They are tried in their
 *			order, as long as execvp(3) would go on. CQE: the number
 *			of the one that was executed, from 0 on; -EACCES if none
 *			was and one of them gave it; else the last error
 * IORING_EXEC_EARLY	the CQE need not wait for the end of the exec: it may come when
 *			the process has left the memory of its submitter and cannot
 *			go back, as with vfork(2). If the exec fails after that, the
 *			CQE has said 0, and the process is killed by SIGSEGV
 */
#define IORING_EXEC_SEARCH	(1U << 0)
#define IORING_EXEC_PATHS	(1U << 1)
#define IORING_EXEC_EARLY	(1U << 2)

/* The greatest buf_index with IORING_EXEC_PATHS */
#define IORING_EXEC_MAX_PATHS	256

/*
 * sqe->rw_flags of IORING_OP_DUP
 *
 * IORING_DUP_CLOEXEC	the new descriptor is closed by exec
 * IORING_DUP_MOVE	the old descriptor is closed
 */
#define IORING_DUP_CLOEXEC	(1U << 0)
#define IORING_DUP_MOVE		(1U << 1)

/*
 * sqe->file_index of IORING_OP_SYSCALL
 *
 * IORING_SYSCALL_VECTOR	sqe->addr points to an array of struct io_uring_call,
 *			sqe->len is their number, from 1 to IORING_SYSCALL_MAX;
 *			the CQE has that number, or the error that ended them
 */
#define IORING_SYSCALL_VECTOR	(1U << 0)
#define IORING_SYSCALL_MAX	256

/*
 * One of several system calls. The new process reads an entry just before it makes
 * the call, and writes the result.
 */
struct io_uring_call {
	__u32	nr;
	__u16	flags;		/* IORING_CALL_* */
	__u8	arg;		/* with back: which argument, 0 to 5 */
	__u8	back;		/* that is the result of the back-th before; 0: none */
	__u64	args[6];
	__s64	result;
};

/*
 * io_uring_call.flags
 *
 * IORING_CALL_IGNORE	an error of this call does not end the row
 * IORING_CALL_UNLESS	the call is not made, and its result is 0, if the result that
 *			the argument is to be has the value of the argument
 */
#define IORING_CALL_IGNORE	(1U << 0)
#define IORING_CALL_UNLESS	(1U << 1)

/*
 * sqe->addr of IORING_OP_ASYNC_CANCEL, or addr of IORING_REGISTER_SYNC_CANCEL,
 * with exactly the flags IORING_ASYNC_CANCEL_OP and
 * IORING_ASYNC_CANCEL_USERDATA, and 0 as the opcode: ends all chains of the
 * ring that have not executed a program.
 *
 * -EALREADY or, if the call waits, -ETIME: the processes have been killed, and
 * one still shares its submitter's memory; -ENOENT: there is none. Other
 * requests are not touched.
 */
#define IORING_SPAWN_ALL_CHAINS	0x736e696168636c6cULL

#endif /* _UAPI_LINUX_IO_URING_SPAWN_H */
