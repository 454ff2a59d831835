// SPDX-License-Identifier: GPL-2.0
/*
 * blocked STARTED GO: a chain that waits for data from the fifo GO before it
 * execs, and says "yes" to the fifo STARTED when it waits. Exit status 3 if
 * the kernel does not know CLONE.
 */
#include "test.h"

int main(int argc, char *argv[])
{
	static char byte;
	struct step steps[] = {
		CLONE(L, 0),
		OP(IORING_OP_READ, L, 1, .addr = &byte, .len = 1),
		EXEC(0, 0, "/bin/true"),
	};
	struct io_uring ring;
	unsigned long user_data;
	int res;

	if (argc != 3 || io_uring_queue_init(8, &ring, 0))
		return 1;
	alarm(100);
	steps[1].fd = open(argv[2], O_RDWR);
	queue_steps(&ring, steps, ARRAY_SIZE(steps));
	submit(&ring);
	if (!next_cqe(&ring, &user_data, &res))
		return 1;
	if (res == -EINVAL)
		return 3;
	if (res || write_string(argv[1], "yes\n"))
		return 1;
	if (!next_cqe(&ring, &user_data, &res) || res != 1 ||
	    !next_cqe(&ring, &user_data, &res) || res)
		return 1;
	return !status_is(EXITED(0));
}
