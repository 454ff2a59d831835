// SPDX-License-Identifier: GPL-2.0
/* LINK_TIMEOUT inside a chain: each clock, expired or not, updated. */
#include "blocked.h"

#include <signal.h>
#include <time.h>

static void test_link_timeout(struct io_uring *ring, const struct kind *kind)
{
	static struct __kernel_timespec soon = { 0, 50000000 },
					never = { 1000, 0 };
	struct step steps[] = {
		CLONE(L, 0),
		OP(IORING_OP_READ, L, ANY, .fd = pipes[0], .addr = buffer,
		   .len = 1),
		OP(IORING_OP_LINK_TIMEOUT, L, ANY, .addr = &soon, .len = 1),
		NOP(L, ANY),
		EXEC(0, ANY, TRUE),
	};
	struct step after_clone[] = {
		CLONE(L, ANY),
		OP(IORING_OP_LINK_TIMEOUT, L, ANY, .addr = &never, .len = 1),
		EXEC(0, ANY, TRUE),
	};
	int results[6] = { 0 };
	bool good;

	if (kind->polled)
		return;
	queue_steps(ring, steps, ARRAY_SIZE(steps));
	submit(ring);
	good = collect(ring, results, 5) && step_is(results, 1, 0) &&
	       was_interrupted(results[2]) && step_is(results, 3, -ETIME) &&
	       step_is(results, 4, -ECANCELED) &&
	       step_is(results, 5, -ECANCELED);
	good &= status_is(SIGKILL);
	ok(good, "%s: LINK_TIMEOUT ends a chain", kind->name);

	steps[2].addr = &never;
	if (write(pipes[1], "x", 1) != 1)
		die("write");
	queue_steps(ring, steps, ARRAY_SIZE(steps));
	submit(ring);
	good = collect(ring, results, 5) && step_is(results, 1, 0) &&
	       step_is(results, 2, 1) && step_is(results, 3, -ECANCELED) &&
	       step_is(results, 4, 0) && step_is(results, 5, 0);
	good &= status_is(EXITED(0));
	ok(good, "%s: LINK_TIMEOUT that does not expire", kind->name);

	queue_steps(ring, after_clone, ARRAY_SIZE(after_clone));
	submit(ring);
	good = collect(ring, results, 3) && step_is(results, 1, -EINVAL) &&
	       step_is(results, 2, -ECANCELED) &&
	       step_is(results, 3, -ECANCELED);
	good &= status_is(NO_CHILD);
	ok(good, "%s: LINK_TIMEOUT after CLONE", kind->name);
}

/*
 * The timeout of a request that was done long ago does not end what has the same
 * user_data, also if the submitter comes late to free it.
 */
static void test_done_long_ago(struct io_uring *ring, const struct kind *kind)
{
	static struct __kernel_timespec soon = { 0, 200000000 };
	struct step steps[] = {
		CLONE(L, 0),
		OP(IORING_OP_READ, L, 1, .addr = buffer, .len = 1),
		OP(IORING_OP_LINK_TIMEOUT, L, -ECANCELED, .addr = &soon, .len = 1),
		OP(IORING_OP_READ, L, 1, .addr = buffer, .len = 1),
		EXEC(0, 0, TRUE),
	};
	int other[2], found[ARRAY_SIZE(steps)] = { 0 }, res;
	unsigned long user_data;
	unsigned int i, k;
	bool good;

	if (kind->polled)
		return;
	if (pipe(other) || write(pipes[1], "x", 1) != 1)
		die("pipe");
	steps[1].fd = pipes[0];
	steps[3].fd = other[0];
	for (i = 0; i < ARRAY_SIZE(steps); i++)
		queue_step(ring, &steps[i], 7);
	submit(ring);
	wait_for_read();
	/* it would expire meanwhile */
	usleep(500000);
	io_uring_get_events(ring);
	usleep(50000);
	if (write(other[1], "x", 1) != 1)
		die("write");
	good = status_is(EXITED(0));
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		good &= next_cqe(ring, &user_data, &res) && user_data == 7;
		for (k = 0; k < ARRAY_SIZE(steps); k++)
			if (!found[k] && steps[k].want == res)
				break;
		if (k < ARRAY_SIZE(steps))
			found[k] = true;
		else
			note("a CQE with %d", res);
		good &= k < ARRAY_SIZE(steps);
	}
	ok(good, "%s: a LINK_TIMEOUT of what is done ends nothing", kind->name);
	close(other[0]);
	close(other[1]);
}

/* Each clock, relative and absolute. */
static void test_clocks(struct io_uring *ring, const struct kind *kind)
{
	static const struct {
		const char *name;
		clockid_t clock;
		unsigned int flag;
	} clocks[] = {
		{ "CLOCK_MONOTONIC", CLOCK_MONOTONIC, 0 },
		{ "CLOCK_BOOTTIME", CLOCK_BOOTTIME, IORING_TIMEOUT_BOOTTIME },
		{ "CLOCK_REALTIME", CLOCK_REALTIME, IORING_TIMEOUT_REALTIME },
	};
	static struct __kernel_timespec when;
	struct step steps[] = {
		CLONE(L, 0),
		OP(IORING_OP_READ, L, ANY, .fd = pipes[0], .addr = buffer,
		   .len = 1),
		OP(IORING_OP_LINK_TIMEOUT, L, ANY, .addr = &when, .len = 1),
		EXEC(0, ANY, TRUE),
	};
	unsigned int i;

	for (i = 0; i < 2 * ARRAY_SIZE(clocks) && !kind->polled; i++) {
		int results[5] = { 0 }, clock = i / 2;
		struct timespec now = { 0 };
		bool good;

		if (i & 1)
			clock_gettime(clocks[clock].clock, &now);
		when.tv_sec = now.tv_sec;
		when.tv_nsec = now.tv_nsec + 30000000;
		if (when.tv_nsec >= 1000000000) {
			when.tv_nsec -= 1000000000;
			when.tv_sec++;
		}
		steps[2].rw_flags = clocks[clock].flag |
				    (i & 1 ? IORING_TIMEOUT_ABS : 0);
		queue_steps(ring, steps, ARRAY_SIZE(steps));
		submit(ring);
		good = collect(ring, results, 4) && step_is(results, 1, 0) &&
		       was_interrupted(results[2]) &&
		       step_is(results, 3, -ETIME) &&
		       step_is(results, 4, -ECANCELED);
		good &= status_is(SIGKILL);
		ok(good, "%s: LINK_TIMEOUT, %s, %s", kind->name,
		   clocks[clock].name, i & 1 ? "absolute" : "relative");
	}
}

static int update_timeout(struct io_uring *ring, unsigned long user_data,
			  struct __kernel_timespec *ts, int *results, int nr)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	io_uring_prep_timeout_update(sqe, ts, user_data,
				     IORING_LINK_TIMEOUT_UPDATE);
	sqe->user_data = 0;
	submit(ring);
	return collect(ring, results, nr);
}

/* An armed timeout is made shorter, and longer. */
static void test_update(struct io_uring *ring, const struct kind *kind)
{
	static struct __kernel_timespec soon = { 0, 30000000 },
					never = { 1000, 0 };
	struct step steps[] = {
		CLONE(L, 0),
		OP(IORING_OP_READ, L, ANY, .fd = pipes[0], .addr = buffer,
		   .len = 1),
		OP(IORING_OP_LINK_TIMEOUT, L, ANY, .addr = &never, .len = 1),
		EXEC(0, ANY, TRUE),
	};
	int results[5] = { 0 };
	unsigned long user_data;
	bool good;
	int res;

	if (kind->polled)
		return;
	queue_steps(ring, steps, ARRAY_SIZE(steps));
	submit(ring);
	next_cqe(ring, &user_data, &res);
	wait_for_read();
	good = update_timeout(ring, 3, &soon, results, 4) &&
	       step_is(results, 0, 0) && was_interrupted(results[2]) &&
	       step_is(results, 3, -ETIME) && step_is(results, 4, -ECANCELED);
	good &= status_is(SIGKILL);
	ok(good, "%s: LINK_TIMEOUT made shorter", kind->name);

	/* long enough for an emulated machine to come to the update */
	soon.tv_sec = 5;
	steps[2].addr = &soon;
	queue_steps(ring, steps, ARRAY_SIZE(steps));
	submit(ring);
	next_cqe(ring, &user_data, &res);
	wait_for_read();
	good = update_timeout(ring, 3, &never, results, 1) &&
	       step_is(results, 0, 0);
	usleep(20000);
	if (write(pipes[1], "x", 1) != 1)
		die("write");
	good &= collect(ring, results, 3) && step_is(results, 2, 1) &&
		step_is(results, 3, -ECANCELED) && step_is(results, 4, 0);
	good &= status_is(EXITED(0));
	ok(good, "%s: LINK_TIMEOUT made longer", kind->name);
	soon.tv_sec = 0;
}

int main(void)
{
	alarm(500);
	signal(SIGPIPE, SIG_IGN);
	make_pipe();
	for_each_kind(test_done_long_ago, "done long ago");
	for_each_kind(test_link_timeout, "LINK_TIMEOUT");
	for_each_kind(test_clocks, "clocks");
	for_each_kind(test_update, "LINK_TIMEOUT updated");
	return done();
}
