// SPDX-License-Identifier: GPL-2.0
/*
 * A chain that is in flight until somebody writes to a FIFO:
 *
 *	hold FIFO PROGRAM [ARGUMENT...]
 *
 * Ends with the program's exit status.
 */
#include <io_uring_spawn.h>

#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>

extern char **environ;

int main(int argc, char *argv[])
{
	struct io_uring_sqe *sqe;
	struct io_uring_cqe *cqe;
	struct io_uring ring;
	int i, fifo, status;
	char c;

	if (argc < 3 || io_uring_queue_init(4, &ring, 0))
		return 2;
	/* for writing, too: no end of file, no waiting for a writer */
	fifo = open(argv[1], O_RDWR | O_CLOEXEC);
	if (fifo < 0)
		return 2;
	sqe = io_uring_get_sqe(&ring);
	io_uring_prep_clone(sqe);
	sqe->flags = IOSQE_IO_LINK;
	sqe = io_uring_get_sqe(&ring);
	io_uring_prep_read(sqe, fifo, &c, 1, 0);
	sqe->flags = IOSQE_IO_LINK;
	sqe = io_uring_get_sqe(&ring);
	io_uring_prep_exec(sqe, argv[2], argv + 2, environ);
	io_uring_submit(&ring);
	for (i = 0; i < 3; i++) {
		if (io_uring_wait_cqe(&ring, &cqe))
			return 2;
		if (cqe->res < 0) {
			printf("request %d: %d\n", i, cqe->res);
			return 2;
		}
		io_uring_cqe_seen(&ring, cqe);
	}
	if (wait(&status) < 0 || !WIFEXITED(status))
		return 2;
	return WEXITSTATUS(status);
}
