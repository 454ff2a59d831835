// SPDX-License-Identifier: GPL-2.0
/*
 * The submission queue: how our SQEs are found in it, and what an application
 * that writes to it at the wrong time gets.
 */
#include "blocked.h"

#include <pthread.h>

#define TINY	"/tests/tiny"

static const struct step spawn[] = { CLONE(L, 0), EXEC(0, 0, TINY) };

static unsigned int sqe_index(struct io_uring *ring, unsigned int i)
{
	return i << !!(ring->flags & IORING_SETUP_SQE128);
}

static unsigned int sqe_number(struct io_uring *ring, struct io_uring_sqe *sqe)
{
	return (sqe - ring->sq.sqes) >> !!(ring->flags & IORING_SETUP_SQE128);
}

/* The SQ's head and tail run over its end many times. */
static void test_wrap(struct io_uring *ring, const struct kind *kind)
{
	struct io_uring small;
	unsigned int i, good = 0;

	(void)ring;
	if (open_ring(&small, kind, 4)) {
		ok(false, "%s: a small ring", kind->name);
		return;
	}
	for (i = 0; i < 7; i++) {
		static const struct step odd[] = {
			CLONE(L, 0), NOP(L, 0), EXEC(0, 0, TINY),
		};

		queue_steps(&small, odd, 3);
		submit(&small);
		good += cqes_match(&small, odd, 3) & status_is(EXITED(0));
	}
	ok(good == 7, "%s: the SQ wraps around", kind->name);
	io_uring_queue_exit(&small);
}

/* SQEs are as before when they were submitted, and can be used again. */
static void test_again(struct io_uring *ring, const struct kind *kind)
{
	struct io_uring_sqe *first, *second;
	unsigned int i, good = 0;

	first = queue_step(ring, &spawn[0], 1);
	second = queue_step(ring, &spawn[1], 2);
	submit(ring);
	good += cqes_match(ring, spawn, 2) & status_is(EXITED(0));
	ok(good && first->opcode == IORING_OP_CLONE &&
	   second->opcode == IORING_OP_EXEC,
	   "%s: the opcodes are what they were", kind->name);
	if (ring->flags & IORING_SETUP_NO_SQARRAY) {
		skip("no array to name them by", "%s: used again", kind->name);
		return;
	}
	/* the same two, named by the array three times in one submission */
	for (i = 0; i < 6; i++) {
		unsigned int slot = ring->sq.sqe_tail & ring->sq.ring_mask;

		ring->sq.array[slot] = sqe_number(ring, i & 1 ? second : first);
		ring->sq.sqe_tail++;
	}
	submit(ring);
	for (i = 0, good = 0; i < 6; i++) {
		unsigned long user_data;
		int res;

		good += next_cqe(ring, &user_data, &res) && !res;
	}
	for (i = 0; i < 3; i++)
		good += status_is(EXITED(0));
	ok(good == 9 && first->opcode == IORING_OP_CLONE &&
	   second->opcode == IORING_OP_EXEC,
	   "%s: one SQE named three times starts three processes",
	   kind->name);
	/* leave the array as liburing wants it */
	for (i = 0; i < ring->sq.ring_entries; i++)
		ring->sq.array[i] = i;
}

/* More than the notes that fit on the stack, up to a full SQ. */
static void test_full(struct io_uring *ring, const struct kind *kind)
{
	unsigned int i, good = 0;
	unsigned long user_data;
	int res;

	for (i = 0; i < ring->sq.ring_entries / 2; i++)
		queue_steps(ring, spawn, 2);
	submit(ring);
	for (i = 0; i < ring->sq.ring_entries / 2 * 2; i++)
		good += next_cqe(ring, &user_data, &res) && !res;
	for (i = 0; i < ring->sq.ring_entries / 2; i++)
		good += wait_status() == EXITED(0);
	ok(good == ring->sq.ring_entries / 2 * 3, "%s: a full SQ of chains",
	   kind->name);
}

/* An entry of the array that names no SQE ends the submission. */
static void test_invalid_index(struct io_uring *ring, const struct kind *kind)
{
	unsigned int slot, tail;
	unsigned long user_data;
	int ret, res, i, good = 0, invalid = 0;

	if (ring->flags & (IORING_SETUP_NO_SQARRAY | IORING_SETUP_SQPOLL)) {
		skip("no array, or nobody to tell", "%s: invalid index",
		     kind->name);
		return;
	}
	tail = ring->sq.sqe_tail;
	queue_steps(ring, spawn, 2);
	queue_steps(ring, spawn, 2);
	slot = (tail + 2) & ring->sq.ring_mask;
	ring->sq.array[slot] = 1 << 20;
	ret = io_uring_submit(ring);
	/* the third is dropped, the fourth comes with the next submission */
	ok(ret == 2, "%s: an invalid index ends the submission: %d",
	   kind->name, ret);
	io_uring_submit(ring);
	for (i = 0; i < 3; i++) {
		if (!next_cqe(ring, &user_data, &res))
			break;
		/* the chain's may come later than the other's */
		good += !res;
		invalid += res == -EINVAL;
	}
	good += status_is(EXITED(0)) + status_is(NO_CHILD);
	ok(good == 4 && invalid == 1, "%s: what came before works, what is left is no chain",
	   kind->name);
	ring->sq.array[slot] = slot;
}

/* Much more than there is: taken is what there is. */
static void test_too_many(struct io_uring *ring, const struct kind *kind)
{
	int ret;

	if (ring->flags & (IORING_SETUP_SQPOLL | IORING_SETUP_SQ_REWIND)) {
		skip("the thread counts by itself, or nobody does",
		     "%s: too many", kind->name);
		return;
	}
	queue_steps(ring, spawn, 2);
	io_uring_smp_store_release(ring->sq.ktail, ring->sq.sqe_tail);
	ring->sq.sqe_head = ring->sq.sqe_tail;
	ret = io_uring_enter(ring->ring_fd, 1 << 30, 0, 0, NULL);
	ok(ret == 2 && cqes_match(ring, spawn, 2) & status_is(EXITED(0)),
	   "%s: to_submit larger than the queue", kind->name);
	ret = io_uring_enter(ring->ring_fd, 5, 0, 0, NULL);
	ok(ret == 0, "%s: to_submit without anything to submit", kind->name);
}

/* The second half of a 128-byte SQE is data, whatever it looks like. */
static void test_second_half(struct io_uring *ring, const struct kind *kind)
{
	struct io_uring_sqe *sqe;
	unsigned long user_data;
	static const struct step large = NOP(0, 0);
	int res, results[8] = { 0 };
	bool good;

	if (ring->flags & IORING_SETUP_SQE128) {
		sqe = queue_step(ring, &large, 1);
		memset(sqe + 1, IORING_OP_CLONE, sizeof(*sqe));
	} else if (ring->flags & IORING_SETUP_SQE_MIXED) {
		/* the first entry of the pair must not be the SQ's last */
		while ((ring->sq.sqe_tail & ring->sq.ring_mask) ==
		       ring->sq.ring_mask) {
			queue_step(ring, &(struct step)NOP(0, 0), 7);
			submit(ring);
			next_cqe(ring, &user_data, &res);
		}
		sqe = io_uring_get_sqe128(ring);
		if (!sqe)
			die("io_uring_get_sqe128");
		memset(sqe, 0, 2 * sizeof(*sqe));
		sqe->opcode = IORING_OP_NOP128;
		sqe->user_data = 1;
		memset(sqe + 1, IORING_OP_CLONE, sizeof(*sqe));
	} else {
		return;
	}
	queue_step(ring, &spawn[0], 2);
	queue_step(ring, &spawn[1], 3);
	if (io_uring_submit(ring) < 3)
		die("submit");
	/* the large one is no part of the chain: before it, or after */
	good = collect(ring, results, 3) && step_is(results, 1, 0) &&
	       step_is(results, 2, 0) && step_is(results, 3, 0);
	good &= status_is(EXITED(0));
	ok(good && ((unsigned char *)(sqe + 1))[0] == IORING_OP_CLONE,
	   "%s: the second half of a large SQE is left alone", kind->name);
}

static _Atomic bool stop;

/* Opcodes and flags change under the kernel's hands. */
static void *rewrite(void *arg)
{
	static const unsigned char opcodes[] = {
		IORING_OP_NOP, IORING_OP_CLONE, IORING_OP_EXEC,
		IORING_OP_SYSCALL, IORING_OP_READ, 255,
		IORING_OP_FILES_UPDATE,
	};
	struct io_uring *ring = arg;
	unsigned int n = 12345;

	while (!stop) {
		struct io_uring_sqe *sqe;

		n = n * 1103515245 + 12345;
		sqe = &ring->sq.sqes[sqe_index(ring, n >> 16 &
					       ring->sq.ring_mask)];
		*(volatile __u8 *)&sqe->opcode =
			opcodes[(n >> 8) % ARRAY_SIZE(opcodes)];
		if (!(n & 0xf00))
			*(volatile __u8 *)&sqe->flags = n & L;
	}
	return NULL;
}

/* Whatever comes of it: one CQE for each request, no process left. */
static void test_rewrite(struct io_uring *ring, const struct kind *kind)
{
	unsigned int i, rounds, got = 0, sent = 0;
	struct io_uring_cqe *cqe;
	pthread_t thread;
	int status;

	if (ring->flags & IORING_SETUP_SQE_MIXED) {
		skip("requests of one and of two entries cannot be counted",
		     "%s: rewrite", kind->name);
		return;
	}
	stop = false;
	if (pthread_create(&thread, NULL, rewrite, ring))
		die("pthread_create");
	for (rounds = 0; rounds < 60; rounds++) {
		for (i = 0; i < 8; i++)
			queue_steps(ring, spawn, 2);
		while (io_uring_sq_ready(ring)) {
			int ret = submit_some(ring);

			/* of SQPOLL's it counts what the thread has yet to tell of */
			if (ring->flags & IORING_SETUP_SQPOLL) {
				sent += 16;
				break;
			}
			if (ret > 0)
				sent += ret;
			while (!io_uring_peek_cqe(ring, &cqe)) {
				io_uring_cqe_seen(ring, cqe);
				got++;
			}
		}
		while (waitpid(-1, &status, WNOHANG) > 0)
			;
		if (ring->flags & IORING_SETUP_SQPOLL)
			io_uring_sqring_wait(ring);
		while (got < sent) {
			unsigned long user_data;
			int res;

			if (!next_cqe(ring, &user_data, &res))
				break;
			got++;
		}
	}
	stop = true;
	pthread_join(thread, NULL);
	while (waitpid(-1, &status, 0) > 0)
		;
	if (got != sent)
		note("%u of %u", got, sent);
	ok(got == sent && no_cqe(ring), "%s: SQEs change during submission",
	   kind->name);
}

/* The application takes its tail back, and gives it again. */
static void *move_tail(void *arg)
{
	struct io_uring *ring = arg;
	unsigned int i;

	for (i = 0; !stop; i++)
		io_uring_smp_store_release(ring->sq.ktail,
			io_uring_smp_load_acquire(ring->sq.khead) + (i & 1));
	return NULL;
}

/*
 * What was there when the kernel looked first may be gone when it looks again:
 * no more than one request is taken, and the call returns.
 */
static void test_tail(void)
{
	struct io_uring_cqe *cqe;
	struct io_uring ring;
	pthread_t thread;
	unsigned int i;
	int ret = 0, taken = 0;

	/* a request that is refused must not end the submission */
	if (io_uring_queue_init(8, &ring, IORING_SETUP_SUBMIT_ALL))
		die("io_uring_queue_init");
	for (i = 0; i < ring.sq.ring_entries; i++)
		io_uring_prep_clone(&ring.sq.sqes[i]);
	stop = false;
	if (pthread_create(&thread, NULL, move_tail, &ring))
		die("pthread_create");
	for (i = 0; i < 30000 && ret >= 0 && ret <= 1; i++) {
		ret = io_uring_enter(ring.ring_fd, 1, 0, 0, NULL);
		taken += ret == 1;
		while (!io_uring_peek_cqe(&ring, &cqe))
			io_uring_cqe_seen(&ring, cqe);
	}
	stop = true;
	pthread_join(thread, NULL);
	ok(i == 30000 && taken, "the tail moves during submission (%d)", ret);
	io_uring_queue_exit(&ring);
}

/*
 * What the core refuses before it looks at the opcode keeps the one it has: the
 * carrier in its place would let the rest run in the submitter next time.
 */
static void test_refused(struct io_uring *ring, const struct kind *kind)
{
	static const struct step steps[] = {
		OP(IORING_OP_CLONE, L, -EINVAL, .personality = 4242),
		EXEC(0, -ECANCELED, TINY),
	};
	struct io_uring_sqe *first = queue_step(ring, &steps[0], 1);
	struct io_uring_sqe *second = queue_step(ring, &steps[1], 2);

	submit(ring);
	ok(cqes_match(ring, steps, 2) & status_is(NO_CHILD) &&
	   first->opcode == IORING_OP_CLONE &&
	   second->opcode == IORING_OP_EXEC,
	   "%s: an unknown personality, and the opcodes are what they were",
	   kind->name);
}

static void test_all(struct io_uring *ring, const struct kind *kind)
{
	test_wrap(ring, kind);
	test_again(ring, kind);
	test_full(ring, kind);
	test_invalid_index(ring, kind);
	test_too_many(ring, kind);
	test_second_half(ring, kind);
	test_rewrite(ring, kind);
	test_refused(ring, kind);
}

int main(void)
{
	alarm(2000);
	for_each_kind(test_all, "SQ");
	test_tail();
	return done();
}
