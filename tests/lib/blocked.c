// SPDX-License-Identifier: GPL-2.0
/* See blocked.h. */
#include "blocked.h"

#include <signal.h>

int pipes[2];
char buffer[8];

void make_pipe(void)
{
	if (pipe(pipes))
		die("pipe");
}

bool was_interrupted(int res)
{
	return res == -ECANCELED || res == -EINTR;
}

/* CLONE -> READ that blocks -> WRITE -> EXEC */
void queue_blocked(struct io_uring *ring, unsigned int read_flags)
{
	struct step steps[] = {
		CLONE(L, 0),
		OP(IORING_OP_READ, read_flags, 0, .fd = pipes[0],
		   .addr = buffer, .len = 1),
		OP(IORING_OP_WRITE, L, 0, .fd = pipes[1], .addr = "ran",
		   .len = 3),
		EXEC(0, 0, TRUE),
	};

	queue_steps(ring, steps, ARRAY_SIZE(steps));
}

/* The same, and CLONE's CQE has come. */
void start_blocked(struct io_uring *ring, unsigned int read_flags)
{
	unsigned long user_data;
	int res;

	queue_blocked(ring, read_flags);
	submit(ring);
	if (!next_cqe(ring, &user_data, &res) || user_data != 1 || res)
		die("CLONE");
}

/* The rest of such a chain is cancelled and its process killed. */
void ended(struct io_uring *ring, const char *name, const char *what)
{
	unsigned long user_data;
	bool good = true;
	int i, res, status;

	for (i = 2; i <= 4; i++) {
		good &= next_cqe(ring, &user_data, &res) &&
			user_data == (unsigned long)i &&
			(i == 2 ? was_interrupted(res) : res == -ECANCELED);
		if (!good)
			note("step %d: got step %lu with %d", i, user_data, res);
	}
	status = wait_status();
	good &= WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	ok(good && no_cqe(ring), "%s: %s", name, what);
}

/* The READ has the file when it has begun: the process sleeps in it. */
static bool child_sleeps(void *unused)
{
	char state = 0;

	(void)unused;
	return any_child(&state) && state == 'S';
}

void wait_for_read(void)
{
	if (!eventually(child_sleeps, NULL))
		die("no child sleeps");
}

/* Results of @nr steps by user_data, in whatever order they come. */
bool collect(struct io_uring *ring, int *results, int nr)
{
	unsigned long user_data;
	int i, res;

	for (i = 0; i < nr; i++) {
		if (!next_cqe(ring, &user_data, &res)) {
			note("%d of %d CQEs", i, nr);
			return false;
		}
		results[user_data] = res;
	}
	return no_cqe(ring);
}

bool step_is(const int *results, int step, int want)
{
	if (results[step] != want)
		note("step %d: %d, wanted %d", step, results[step], want);
	return results[step] == want;
}
