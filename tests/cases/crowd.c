// SPDX-License-Identifier: GPL-2.0
/*
 * crowd N STARTED: N chains that wait for data that never comes. Says "yes" to
 * the fifo STARTED when all of them do, and waits to be killed.
 */
#include "test.h"

#include <poll.h>

int main(int argc, char *argv[])
{
	static char byte;
	struct step steps[] = {
		CLONE(L, 0),
		OP(IORING_OP_READ, L, ANY, .addr = &byte, .len = 1),
		EXEC(0, ANY, "/bin/true"),
	};
	unsigned int i, nr = argc == 3 ? atoi(argv[1]) : 0;
	struct io_uring ring;
	unsigned long user_data;
	int fds[2], res;

	if (!nr || pipe(fds) || io_uring_queue_init(4 * nr, &ring, 0))
		return 1;
	alarm(300);
	steps[1].fd = fds[0];
	for (i = 0; i < nr; i++)
		queue_steps(&ring, steps, ARRAY_SIZE(steps));
	submit(&ring);
	for (i = 0; i < nr; i++)
		if (!next_cqe(&ring, &user_data, &res) || user_data != 1 || res)
			return 1;
	if (write_string(argv[2], "yes\n"))
		return 1;
	poll(NULL, 0, -1);
	return 0;
}
