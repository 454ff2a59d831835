// SPDX-License-Identifier: GPL-2.0
/*
 * sqexit KIND HOW SECONDS CHAINS: processes with a ring of that kind and so many
 * chains, each in a read that never ends, come and go until the time is over. How
 * they go: exit, exec, kill. Says how many there were; a chain that is left when
 * its submitter is gone ends it.
 */
#include "test.h"

#include <signal.h>
#include <time.h>

static unsigned int nr_chains;

static const struct kind *find_kind(const char *name)
{
	unsigned int i;

	for (i = 0; i < nr_kinds; i++)
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	die("find a kind of ring");
}

static int block_chains(struct io_uring *ring)
{
	static char byte;
	struct step steps[] = {
		CLONE(L, 0),
		OP(IORING_OP_READ, L, ANY, .addr = &byte, .len = 1),
		EXEC(0, ANY, "/tests/tiny"),
	};
	unsigned long user_data;
	unsigned int i;
	int fds[2], res;

	if (pipe(fds))
		return -1;
	steps[1].fd = fds[0];
	for (i = 0; i < nr_chains; i++)
		queue_steps(ring, steps, ARRAY_SIZE(steps));
	submit(ring);
	for (i = 0; i < nr_chains; i++)
		if (!next_cqe(ring, &user_data, &res) || user_data != 1 || res)
			return -1;
	return 0;
}

static void __attribute__((noreturn)) submitter(const struct kind *kind,
						const char *how)
{
	struct io_uring ring;

	if (open_ring(&ring, kind, 4 * nr_chains) || block_chains(&ring))
		_exit(2);
	/* between before the chains have begun to wait and long after */
	usleep(rand() % 3000);
	if (!strcmp(how, "kill"))
		kill(getpid(), SIGKILL);
	else if (!strcmp(how, "exec"))
		execl("/bin/true", "true", NULL);
	_exit(0);
}

static bool no_chains(void *arg)
{
	(void)arg;
	return !read_number(PARAMETERS "chains");
}

int main(int argc, char *argv[])
{
	const struct kind *kind;
	unsigned int rounds;
	int status = 0;
	time_t end;
	pid_t pid;

	if (argc != 5)
		return 2;
	kind = find_kind(argv[1]);
	end = time(NULL) + atoi(argv[3]);
	nr_chains = atoi(argv[4]);
	for (rounds = 0; time(NULL) < end; rounds++) {
		srand(rounds);
		pid = fork();
		if (!pid)
			submitter(kind, argv[2]);
		if (waitpid(pid, &status, 0) != pid ||
		    (status && status != SIGKILL)) {
			printf("%s %s: status %d in round %u\n", argv[1], argv[2],
			       status, rounds);
			return 1;
		}
		if (!eventually(no_chains, NULL)) {
			printf("%s %s: chains are left in round %u\n", argv[1],
			       argv[2], rounds);
			return 1;
		}
	}
	printf("%s %s: %u rounds\n", argv[1], argv[2], rounds);
	return 0;
}
