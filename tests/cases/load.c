// SPDX-License-Identifier: GPL-2.0
/*
 * load forever: spawns as fast as it can, whether the module is there or not,
 * and counts in /tmp/spawned. load sleep: waits for a CQE that does not come.
 */
#include "test.h"

#include <sys/mman.h>

static void spawn_forever(struct io_uring *ring)
{
	static const struct step spawn[] = {
		CLONE(L, 0), NOP(L, 0), EXEC(0, 0, "/tests/tiny"),
	};
	unsigned long user_data, spawned = 0;
	int fd = open("/tmp/spawned", O_CREAT | O_RDWR, 0644);
	char text[24] = "";
	int i, res, status, good;

	if (pread(fd, text, sizeof(text) - 1, 0) > 0)
		spawned = strtoul(text, NULL, 10);
	for (;;) {
		for (i = 0; i < 4; i++)
			queue_steps(ring, spawn, 3);
		/* without the module, an unknown opcode ends a submission */
		while (io_uring_sq_ready(ring))
			io_uring_submit(ring);
		for (i = 0, good = 0; i < 12; i++) {
			if (!next_cqe(ring, &user_data, &res))
				exit(1);
			good += user_data == 3 && !res;
		}
		while (waitpid(-1, &status, WNOHANG) > 0)
			;
		spawned += good;
		if (good) {
			int len = snprintf(text, sizeof(text), "%lu\n",
					   spawned);

			if (pwrite(fd, text, len, 0) != len)
				exit(1);
		}
	}
}

int main(int argc, char *argv[])
{
	struct io_uring_cqe *cqe;
	struct io_uring ring;

	if (argc != 2 || io_uring_queue_init(64, &ring, 0))
		return 1;
	if (!strcmp(argv[1], "forever"))
		spawn_forever(&ring);
	return io_uring_wait_cqe(&ring, &cqe);
}
