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

/* Raised only if something that this header states had to change. */
#define IORING_SPAWN_ABI	1

#define IORING_OP_CLONE		240
#define IORING_OP_EXEC		241
#define IORING_OP_EXECVEAT	IORING_OP_EXEC
#define IORING_OP_DUP		242
#define IORING_OP_SYSCALL	243

/*
 * sqe->rw_flags of IORING_OP_DUP
 *
 * IORING_DUP_CLOEXEC	the new descriptor is closed by exec
 * IORING_DUP_MOVE	the old descriptor is closed
 */
#define IORING_DUP_CLOEXEC	(1U << 0)
#define IORING_DUP_MOVE		(1U << 1)

#endif /* _UAPI_LINUX_IO_URING_SPAWN_H */
