/* SPDX-License-Identifier: MIT */
/* Without the RFC's names: none of them, nor the opcodes', may be there. */
#define IO_URING_SPAWN_NO_PREP_NAMES
#include <io_uring_spawn.h>
#if defined(io_uring_prep_clone) || defined(io_uring_prep_exec) || \
	defined(io_uring_prep_execveat) || defined(IORING_OP_CLONE) || \
	defined(io_uring_prep_dup) || defined(io_uring_prep_syscall) || \
	defined(io_uring_prep_spawn_chdir) || defined(IORING_DUP_MOVE)
#error a name that liburing may have one day
#endif
int main(void)
{
	struct io_uring_sqe sqe;

	io_uring_spawn_prep_clone(&sqe);
	return sqe.opcode != 240;
}
