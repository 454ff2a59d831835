// SPDX-License-Identifier: GPL-2.0
/*
 * io_uring_spawn_cancel_all(): when it returns, no process of a chain of the ring
 * shares the memory, and what the chains could still have done is not done.
 */
#include "blocked.h"
#include "sharers.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>

#define CHAINS	4
/* of what is no chain */
#define OTHER	77

static void queue_poll(struct io_uring *ring, int fd)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	io_uring_prep_poll_add(sqe, fd, POLLIN);
	sqe->user_data = OTHER;
}

/* The CQEs of @nr blocked chains that were ended and of @others, in any order. */
static bool all_ended(struct io_uring *ring, int nr, int others)
{
	int i, res, clones = 0, rest = 0, polls = 0;
	unsigned long user_data;

	for (i = 0; i < 4 * nr + others; i++) {
		if (!next_cqe(ring, &user_data, &res)) {
			note("%d CQEs, wanted %d", i, 4 * nr + others);
			return false;
		}
		if (user_data == OTHER)
			polls += res == POLLIN;
		else if (user_data == 1 && !res)
			clones++;
		else if (res == -ECANCELED || (user_data == 2 && res == -EINTR))
			rest++;
		else
			note("step %lu: %d", user_data, res);
	}
	for (i = 0; i < clones; i++)
		if (!status_is(SIGKILL))
			return false;
	return clones + rest == 4 * nr && polls == others &&
	       status_is(NO_CHILD);
}

static void test_blocked(struct io_uring *ring, const struct kind *kind)
{
	int other[2], i, ret, before;

	if (kind->polled)
		return;
	if (pipe(other))
		die("pipe");
	queue_poll(ring, other[0]);
	for (i = 0; i < CHAINS; i++) {
		queue_blocked(ring, i & 1 ? H : L);
		submit(ring);
	}
	if (!is_taken(ring))
		die("the SQ thread");
	wait_for_read();
	before = sharers();
	ret = io_uring_spawn_cancel_all(ring);
	ok(!ret && before && shared_by_none(),
	   "%s: nobody shares the memory any more (%d did)", kind->name, before);
	if (write(other[1], "x", 1) != 1)
		die("write");
	ok(all_ended(ring, CHAINS, 1) && no_cqe(ring),
	   "%s: all chains were ended, and nothing else", kind->name);
	ok(!io_uring_spawn_cancel_all(ring), "%s: nothing to do", kind->name);
	close(other[0]);
	close(other[1]);
}

/*
 * Wherever they are: being made, left to a worker, at their end. What an SQPOLL
 * thread has not looked at yet is none of these.
 */
static void test_at_once(struct io_uring *ring, const struct kind *kind)
{
	bool good = true;
	int i, j;

	if (kind->polled || ring->flags & IORING_SETUP_SQPOLL)
		return;
	for (i = 0; good && i < 30; i++) {
		for (j = 0; j < 2; j++) {
			queue_blocked(ring, L);
			submit(ring);
		}
		good = !io_uring_spawn_cancel_all(ring) && shared_by_none() &&
		       all_ended(ring, 2, 0);
	}
	ok(good, "%s: as soon as they were submitted", kind->name);
}

/* A program that runs goes on. */
static void test_program(struct io_uring *ring, const struct kind *kind)
{
	static char *const argv[] = { "cat", NULL };
	struct step steps[] = {
		CLONE(L, 0),
		OP(IORING_OP_NOP, L, 0),
		EXEC(0, 0, "/bin/cat", .argv = argv),
	};
	int in[2], saved = dup(0), ret;

	if (pipe2(in, O_CLOEXEC) || dup2(in[0], 0) < 0)
		die("pipe");
	queue_steps(ring, steps, 3);
	submit(ring);
	ok(cqes_match(ring, steps, 3), "%s: a program runs", kind->name);
	ret = io_uring_spawn_cancel_all(ring);
	close(in[1]);
	dup2(saved, 0);
	ok(!ret && status_is(EXITED(0)), "%s: and goes on", kind->name);
	close(in[0]);
	close(saved);
}

/* ---- rights that were given up */

/* A chain of root's is on its way; what it would do, nobody may any more. */
static int give_up(const void *cancel)
{
	struct step steps[] = {
		CLONE(L, 0),
		OP(IORING_OP_READ, L, 1, .fd = pipes[0], .addr = buffer,
		   .len = 1),
		CALL(L, 0, SYS_sethostname, "taken", 5, 0, 0),
		EXEC(0, 0, TRUE),
	};
	unsigned long user_data;
	struct io_uring ring;
	char name[64] = "";
	int i, res;

	if (io_uring_queue_init(8, &ring, 0))
		return -1;
	queue_steps(&ring, steps, ARRAY_SIZE(steps));
	submit(&ring);
	if (!next_cqe(&ring, &user_data, &res) || res)
		return -1;
	if (cancel && io_uring_spawn_cancel_all(&ring))
		return -1;
	if (setresgid(1000, 1000, 1000) || setresuid(1000, 1000, 1000))
		return -1;
	if (write(pipes[1], "x", 1) != 1)
		return -1;
	for (i = 2; i <= 4; i++)
		if (!next_cqe(&ring, &user_data, &res))
			return -1;
	wait_status();
	if (gethostname(name, sizeof(name)))
		return -1;
	return !strcmp(name, "taken");
}

static void test_rights(void)
{
	char name[64];

	if (gethostname(name, sizeof(name)))
		die("gethostname");
	ok(in_process(give_up, NULL) == 1,
	   "a chain on its way has the rights that its submitter gave up");
	sethostname(name, strlen(name));
	ok(in_process(give_up, "") == 0, "not where it was cancelled first");
	/* nobody else has */
	if (read(pipes[0], buffer, sizeof(buffer)) != 1)
		die("read");
	sethostname(name, strlen(name));
}

/* ---- other threads */

static void *cancel_there(void *ring)
{
	return (void *)(long)io_uring_spawn_cancel_all(ring);
}

static int by_thread(struct io_uring *ring)
{
	pthread_t thread;
	void *ret;

	if (pthread_create(&thread, NULL, cancel_there, ring))
		die("thread");
	pthread_join(thread, &ret);
	return (long)ret;
}

/* A ring of one thread cannot be used by another, which is told so. */
static void test_threads(void)
{
	struct io_uring ring;

	if (io_uring_queue_init(8, &ring, 0))
		die("ring");
	start_blocked(&ring, L);
	ok(!by_thread(&ring) && shared_by_none(), "another thread cancels");
	ended(&ring, "another thread", "the chain was ended");
	io_uring_queue_exit(&ring);
	if (io_uring_queue_init(8, &ring, IORING_SETUP_SINGLE_ISSUER)) {
		skip("no such rings", "a ring of one thread");
		return;
	}
	start_blocked(&ring, L);
	ok(by_thread(&ring) < 0, "not in the ring of one thread");
	ok(!io_uring_spawn_cancel_all(&ring) && shared_by_none(),
	   "which does it itself");
	ended(&ring, "ring of one thread", "the chain was ended");
	io_uring_queue_exit(&ring);
}

/* Chains of one ring are no business of another's. */
static void test_two_rings(void)
{
	struct io_uring one, two;

	if (io_uring_queue_init(8, &one, 0) || io_uring_queue_init(8, &two, 0))
		die("ring");
	start_blocked(&one, L);
	ok(!io_uring_spawn_cancel_all(&two) && sharers() == 1,
	   "another ring's chain goes on");
	ok(!io_uring_spawn_cancel_all(&one) && shared_by_none(),
	   "until its own ring is asked");
	ended(&one, "two rings", "the chain was ended");
	io_uring_queue_exit(&one);
	io_uring_queue_exit(&two);
}

int main(void)
{
	alarm(500);
	signal(SIGPIPE, SIG_IGN);
	make_pipe();
	for_each_kind(test_blocked, "cancel all");
	for_each_kind(test_at_once, "cancelled at once");
	for_main_kinds(test_program, "a program that runs");
	test_rights();
	test_threads();
	test_two_rings();
	return done();
}
