/* SPDX-License-Identifier: MIT */
/* With a liburing of the future, a program that does not want our names uses its own. */
#define IO_URING_SPAWN_NO_PREP_NAMES
#include <io_uring_spawn.h>
int main(void)
{
	struct io_uring_sqe sqe;

	io_uring_prep_exec(&sqe);
	io_uring_prep_execveat(&sqe);
	io_uring_prep_dup(&sqe, 7);
	io_uring_prep_clone(&sqe, 0);
	if (sqe.opcode != 90 || sqe.fd != 7)
		return 1;
	io_uring_spawn_prep_clone(&sqe);
	return sqe.opcode != 240;
}
