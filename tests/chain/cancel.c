// SPDX-License-Identifier: GPL-2.0
/* Chains that are cancelled, by name, by file, at any time. */
#include "blocked.h"

#include <signal.h>
#include <time.h>

static void queue_cancel(struct io_uring *ring, unsigned long user_data,
			 int fd, unsigned int flags)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	io_uring_prep_nop(sqe);
	sqe->opcode = IORING_OP_ASYNC_CANCEL;
	sqe->fd = fd;
	sqe->addr = user_data;
	sqe->cancel_flags = flags;
	sqe->user_data = 99;
}

static int cancel(struct io_uring *ring, unsigned long user_data, int fd,
		  unsigned int flags)
{
	struct io_uring_cqe *cqe;
	int res = -ETIME;

	queue_cancel(ring, user_data, fd, flags);
	submit(ring);
	/* among the chain's CQEs: leave those */
	while (!io_uring_wait_cqe(ring, &cqe)) {
		unsigned int head;

		io_uring_for_each_cqe(ring, head, cqe) {
			if (cqe->user_data == 99) {
				res = cqe->res;
				/* forgotten by the others */
				cqe->user_data = 100;
				return res;
			}
		}
		usleep(1000);
		io_uring_enter(ring->ring_fd, 0, 0, IORING_ENTER_GETEVENTS,
			       NULL);
	}
	return res;
}

/* As ended(), with the answer of the cancellation somewhere among them. */
static void ended_by_cancel(struct io_uring *ring, int got, int want,
			    const char *name, const char *what)
{
	unsigned long user_data;
	bool good = got == want;
	int i, res, status, next = 2;

	if (!good)
		note("the cancellation says %d, wanted %d", got, want);
	for (i = 0; i < 4; i++) {
		if (!next_cqe(ring, &user_data, &res)) {
			good = false;
			break;
		}
		if (user_data == 100)
			continue;
		good &= user_data == (unsigned long)next &&
			(next == 2 ? was_interrupted(res) : res == -ECANCELED);
		if (!good)
			note("step %d: got step %lu with %d", next, user_data,
			     res);
		next++;
	}
	status = wait_status();
	good &= WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	ok(good && no_cqe(ring), "%s: %s", name, what);
}

static void test_async_cancel(struct io_uring *ring, const struct kind *kind)
{
	int got;

	if (kind->polled) {
		skip("polled rings take no such requests", "%s: cancel",
		     kind->name);
		return;
	}
	start_blocked(ring, L);
	got = cancel(ring, 2, 0, 0);
	ended_by_cancel(ring, got, 0, kind->name, "the request that runs");

	start_blocked(ring, H);
	got = cancel(ring, 2, 0, 0);
	ended_by_cancel(ring, got, 0, kind->name, "a hard link ends as well");

	start_blocked(ring, L);
	got = cancel(ring, 4, 0, 0);
	ended_by_cancel(ring, got, 0, kind->name, "a request that waits");

	start_blocked(ring, L);
	got = cancel(ring, 0, 0, IORING_ASYNC_CANCEL_ANY);
	ended_by_cancel(ring, got, 1, kind->name, "any");

	start_blocked(ring, L);
	got = cancel(ring, 2, 0, IORING_ASYNC_CANCEL_ALL);
	ended_by_cancel(ring, got, 1, kind->name, "all of that name");

	start_blocked(ring, L);
	wait_for_read();
	got = cancel(ring, 0, pipes[0], IORING_ASYNC_CANCEL_FD);
	ended_by_cancel(ring, got, 0, kind->name, "by the file that it reads");

	start_blocked(ring, L);
	wait_for_read();
	got = cancel(ring, 0, pipes[0],
		     IORING_ASYNC_CANCEL_FD | IORING_ASYNC_CANCEL_ALL);
	ended_by_cancel(ring, got, 1, kind->name, "all that use the file");
}

static void test_sync_cancel(struct io_uring *ring, const struct kind *kind)
{
	struct io_uring_sync_cancel_reg reg = {
		.addr = 2, .timeout = { DEADLINE, 0 },
	};

	if (kind->polled)
		return;
	start_blocked(ring, L);
	ok(!io_uring_register_sync_cancel(ring, &reg),
	   "%s: SYNC_CANCEL finds it", kind->name);
	ended(ring, kind->name, "SYNC_CANCEL");
}

/*
 * The cancellation is submitted with the chain, whose process may not run yet,
 * or not even exist: it is found all the same.
 */
static void test_at_once(struct io_uring *ring, const struct kind *kind)
{
	bool good = true;
	int i;

	if (kind->polled)
		return;
	for (i = 0; good && i < 20; i++) {
		int results[100] = { 0 };

		queue_blocked(ring, L);
		queue_cancel(ring, 4, 0, 0);
		submit(ring);
		good = collect(ring, results, 5) && step_is(results, 99, 0) &&
		       step_is(results, 3, -ECANCELED) &&
		       step_is(results, 4, -ECANCELED);
		if (results[1])
			good &= step_is(results, 1, -ECANCELED) &&
				step_is(results, 2, -ECANCELED) &&
				status_is(NO_CHILD);
		else
			good &= was_interrupted(results[2]) &&
				status_is(SIGKILL);
	}
	ok(good, "%s: cancelled as soon as it was submitted", kind->name);
}

/* How long it takes: 100 ms at most on a machine, more on an emulated one. */
static void test_prompt(struct io_uring *ring, const struct kind *kind)
{
	struct timespec start, end;
	unsigned long user_data;
	long ms, best = 1000000;
	int i, j, res;

	if (kind->polled)
		return;
	for (i = 0; i < 5; i++) {
		start_blocked(ring, L);
		wait_for_read();
		clock_gettime(CLOCK_MONOTONIC, &start);
		queue_cancel(ring, 2, 0, 0);
		submit(ring);
		for (j = 0; j < 4 && next_cqe(ring, &user_data, &res); j++)
			;
		wait_status();
		clock_gettime(CLOCK_MONOTONIC, &end);
		ms = (end.tv_sec - start.tv_sec) * 1000 +
		     (end.tv_nsec - start.tv_nsec) / 1000000;
		best = ms < best ? ms : best;
	}
	ok(best < 100, "%s: cancelled and reaped in 100 ms (%ld)", kind->name,
	   best);
}

/* After the exec there is nothing to find. */
static void test_too_late(struct io_uring *ring, const struct kind *kind)
{
	static char *const argv[] = { "cat", NULL };
	struct step steps[] = {
		CLONE(L, 0), EXEC(0, 0, "/bin/cat", .argv = argv),
	};
	int in[2], saved = dup(0), got;
	unsigned long user_data;
	int res;

	if (pipe2(in, O_CLOEXEC) || dup2(in[0], 0) < 0)
		die("pipe");
	queue_steps(ring, steps, 2);
	submit(ring);
	if (!next_cqe(ring, &user_data, &res) ||
	    !next_cqe(ring, &user_data, &res))
		die("exec");
	got = kind->polled ? -ENOENT : cancel(ring, 2, 0, 0);
	ok(got == -ENOENT, "%s: a program that runs is not found",
	   kind->name);
	if (!kind->polled)
		next_cqe(ring, &user_data, &res);
	close(in[1]);
	dup2(saved, 0);
	ok(status_is(EXITED(0)), "%s: and goes on", kind->name);
	close(in[0]);
	close(saved);
}

int main(void)
{
	alarm(500);
	signal(SIGPIPE, SIG_IGN);
	make_pipe();
	for_each_kind(test_async_cancel, "ASYNC_CANCEL");
	for_each_kind(test_sync_cancel, "SYNC_CANCEL");
	for_each_kind(test_at_once, "cancelled at once");
	for_each_kind(test_prompt, "promptness");
	for_each_kind(test_too_late, "too late");
	return done();
}
