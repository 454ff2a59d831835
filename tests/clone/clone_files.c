// SPDX-License-Identifier: GPL-2.0
/*
 * CLONE_FILES: a table that is shared until the chain leaves it, and the
 * pristine child that this makes: it has what it was told to keep, and nothing
 * of the submitter's table was copied or disturbed for it.
 */
#include "state.h"
#include "test.h"

#include <linux/close_range.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>

#define FILES	"/tmp/files"
#define TINY	"/tests/tiny"

enum {
	/* inherited, closed by exec; many between the last two */
	A = 100, B = 101, MANY = 300, MANY_END = 360,
	/* not open */
	FREE = 150,
};

static char before[STATE_SIZE], report[STATE_SIZE], after[STATE_SIZE];
static struct clone_args shared = {
	.flags = CLONE_FILES, .exit_signal = SIGCHLD,
};

static int wake[2];

static void *sleeper(void *unused)
{
	char c;

	return read(wake[0], &c, 1) == 1 ? unused : NULL;
}

/* Every way to close @fd, or to put another file there. */
static bool close_all_ways(struct io_uring *ring, int fd)
{
	const struct step steps[] = {
		CLONE_WITH(L, PID, &shared),
		CALL(H, 0, SYS_close, fd, 0, 0, 0),
		CALL(H, fd, SYS_dup2, A, fd, 0, 0),
		CALL(H, fd, SYS_dup3, A, fd, O_CLOEXEC, 0),
		CALL(H, 0, SYS_close_range, fd, fd, 0, 0),
		DUP(H, fd, A, fd, 0),
		DUP(H, FREE, fd, FREE, IORING_DUP_MOVE),
		DUP(H, fd, A, fd, 0),
		CALL(H, 0, SYS_close_range, fd, fd, CLOSE_RANGE_CLOEXEC, 0),
		EXEC(0, 0, TINY),
	};

	return TRY(ring, steps, EXITED(0));
}

/* CLONE_FILES, with these flags of the SQE: is it refused, or made? */
static bool shares(struct io_uring *ring, bool refused, unsigned int flags)
{
	const struct step steps[] = {
		CLONE_WITH(L | flags, refused ? -EOPNOTSUPP : PID, &shared),
		EXEC(0, refused ? -ECANCELED : 0, TINY),
	};

	return TRY(ring, steps, refused ? NO_CHILD : EXITED(0));
}

/*
 * A program of one thread, which on 6.1 is in io_uring_enter() without a
 * reference to the ring, unless it has registered it, and cannot be helped in
 * task work, where nobody knows what else it is in. In a process of its own, as
 * the thread of a ring that was closed may still be there.
 */
static int alone(const void *arg)
{
	const struct step pristine[] = {
		CLONE_WITH(L, PID, &shared),
		CALL(L, 0, SYS_close_range, 3, ~0U, CLOSE_RANGE_UNSHARE, 0),
		EXEC(0, 0, TINY),
	};
	const struct kind *kind = arg;
	bool light = release_begins("6.1.") &&
		     !(kind->flags & IORING_SETUP_SQPOLL);
	struct io_uring ring, other;
	bool good;

	if (open_ring(&ring, kind, 16) || io_uring_queue_init(8, &other, 0))
		die("ring");
	good = shares(&ring, light, 0);
	if (io_uring_register_ring_fd(&ring) != 1)
		die("register");
	good &= shares(&ring, false, 0);
	good &= shares(&ring, light, IOSQE_ASYNC);
	good &= shares(&ring, light, IOSQE_IO_DRAIN);
	good &= TRY(&ring, pristine, EXITED(0));
	good &= close_all_ways(&ring, other.ring_fd);
	return !(good & close_all_ways(&ring, ring.ring_fd));
}

/* Another thread that has the table, from before the call. */
static int two_threads(const void *kind)
{
	struct io_uring ring, other;
	pthread_t thread;
	bool good;

	if (open_ring(&ring, kind, 16) || io_uring_queue_init(8, &other, 0) ||
	    pipe(wake) || pthread_create(&thread, NULL, sleeper, NULL))
		die("ring");
	good = shares(&ring, false, 0) & shares(&ring, false, IOSQE_ASYNC) &
	       shares(&ring, false, IOSQE_IO_DRAIN);
	return !(good & close_all_ways(&ring, other.ring_fd));
}

/* Another thread that has a table of its own. */
static int two_tables(const void *arg)
{
	const struct kind *kind = arg;
	bool light = release_begins("6.1.") &&
		     !(kind->flags & IORING_SETUP_SQPOLL);
	struct io_uring ring;
	pthread_t thread;

	if (pipe(wake) || pthread_create(&thread, NULL, sleeper, NULL) ||
	    unshare(CLONE_FILES) || open_ring(&ring, kind, 16))
		die("thread");
	return !shares(&ring, light, 0);
}

static void test_threads(struct io_uring *ring, const struct kind *kind)
{
	(void)ring;
	ok(!in_process(alone, kind), "%s: one thread; a shared ring's descriptor",
	   kind->name);
	ok(!in_process(two_threads, kind), "%s: two threads", kind->name);
	ok(!in_process(two_tables, kind), "%s: two threads, two tables",
	   kind->name);
}

/* What the chain does to the table is done to the submitter's. */
static void test_shared(struct io_uring *ring, const struct kind *kind)
{
	const struct step steps[] = {
		CLONE_WITH(L, PID, &shared),
		DUP(L, FREE, A, FREE, 0),
		CALL(L, 0, SYS_close, B, 0, 0, 0),
		NOP(0, 0),
	};
	const struct step again[] = { CLONE(L, 0), EXEC(0, 0, TINY) };
	int copy = fcntl(B, F_DUPFD_CLOEXEC, 0);

	RUN(ring, steps, EXITED(0), "%s: a shared table", kind->name);
	ok(fcntl(FREE, F_GETFD) == 0 && fcntl(B, F_GETFD) < 0,
	   "%s: is the submitter's", kind->name);
	RUN(ring, again, EXITED(0), "%s: the ring is still open in it",
	    kind->name);
	dup3(copy, B, O_CLOEXEC);
	close(copy);
	close(FREE);
}

/* Exec gives the process a table of its own before it closes anything. */
static void test_exec(struct io_uring *ring, const struct kind *kind)
{
	const struct step steps[] = {
		CLONE_WITH(L, PID, &shared), REPORT(0, 0),
	};
	bool good;

	state_read(report);
	state_print(before);
	good = TRY(ring, steps, EXITED(0));
	state_read(report);
	state_print(after);
	good &= state_has(report, "fd.100: " FILES) &&
		state_differs(report, before, "fd.101");
	ok(good & state_same(before, after, NULL, NULL),
	   "%s: exec closes nothing in the submitter", kind->name);
}

static bool has_just(const char *text, const int *fds, unsigned int nr)
{
	const char *at = text;
	unsigned int i, found = 0;
	int fd;

	while ((at = strstr(at, "\nfd."))) {
		at += 4;
		fd = atoi(at);
		for (i = 0; i < nr && fds[i] != fd; i++)
			;
		if (i == nr) {
			note("the program has descriptor %d", fd);
			return false;
		}
		found++;
	}
	if (found != nr)
		note("the program has %u of %u descriptors", found, nr);
	return found == nr;
}

/* Kept: 0 to 2, A as 5, and what the report needs. */
static void run_pristine(struct io_uring *ring, const struct kind *kind,
			 const struct step *clone, unsigned int how,
			 const char *what)
{
	static const int kept[] = { 0, 1, 2, 5, OUT_FD, EXE_FD, PROC_FD };
	const struct step steps[] = {
		*clone,
		CALL(L, 0, SYS_close_range, PROC_FD + 1, ~0U, how, 0),
		CALL(L, 0, SYS_close_range, 3, A - 1, 0, 0),
		DUP(L, 5, A, 5, IORING_DUP_MOVE),
		CALL(L, 0, SYS_close_range, 6, OUT_FD - 1, 0, 0),
		REPORT(0, 0),
	};
	bool good;

	state_read(report);
	state_print(before);
	good = TRY(ring, steps, EXITED(0));
	state_read(report);
	state_print(after);
	good &= has_just(report, kept, ARRAY_SIZE(kept)) &&
		state_has(report, "fd.5: " FILES);
	ok(good & state_same(before, after, NULL, NULL), "%s: %s", kind->name,
	   what);
}

static void test_pristine(struct io_uring *ring, const struct kind *kind)
{
	const struct step by_sharing = CLONE_WITH(L, PID, &shared);
	const struct step by_copying = CLONE(L, 0);

	run_pristine(ring, kind, &by_sharing, CLOSE_RANGE_UNSHARE,
		     "a pristine child, nothing copied");
	run_pristine(ring, kind, &by_copying, 0,
		     "the same from a copy of the table");
}

/* Nothing of it was kept, not even the first three. */
static void test_none(struct io_uring *ring, const struct kind *kind)
{
	const struct step steps[] = {
		CLONE_WITH(L, PID, &shared),
		CALL(L, 0, SYS_close_range, 0, ~0U, CLOSE_RANGE_UNSHARE,
			0),
		OPEN(L, 0, "/dev/null", O_RDWR),
		OPEN(L, 1, "/dev/null", O_RDWR),
		DUP(L, 2, 1, 2, 0),
		EXEC(0, 0, TINY),
	};

	state_print(before);
	RUN(ring, steps, EXITED(0), "%s: a table that begins empty",
	    kind->name);
	state_print(after);
	ok(state_same(before, after, NULL, NULL),
	   "%s: the submitter's is as it was", kind->name);
}

/* The chain ends, or fails, in the shared table: nobody's files are closed. */
static void test_ends(struct io_uring *ring, const struct kind *kind)
{
	const struct step fails[] = {
		CLONE_WITH(L, PID, &shared), EXEC(0, -ENOENT, "/none"),
	};
	const struct step direct[] = {
		CLONE_WITH(L, PID, &shared),
		DUP(L | IOSQE_FIXED_FILE, FREE, 0, FREE, IORING_DUP_CLOEXEC),
		EXEC(0, 0, TINY),
	};
	int slot = A;

	state_print(before);
	RUN(ring, fails, EXITED(127), "%s: a chain that fails", kind->name);
	state_print(after);
	ok(state_same(before, after, NULL, NULL),
	   "%s: the submitter's table is as it was", kind->name);
	if (!ok(!io_uring_register_files(ring, &slot, 1), "%s: slots",
		kind->name))
		return;
	RUN(ring, direct, EXITED(0), "%s: DUP of a direct descriptor",
	    kind->name);
	ok(fcntl(FREE, F_GETFD) == FD_CLOEXEC,
	   "%s: is the submitter's as well", kind->name);
	close(FREE);
	io_uring_unregister_files(ring);
}

#define EXEC_SLOT(_flags, _want, _slot) \
	OP(IORING_OP_EXEC, (_flags) | IOSQE_FIXED_FILE, _want, .fd = (_slot), \
	   .addr = "", .rw_flags = AT_EMPTY_PATH)

/*
 * A direct descriptor to execute is an ordinary one for a while, in a table that
 * the process no longer shares: the submitter does not see it come or stay, and
 * what comes after a failure is the process's own.
 */
static void test_exec_direct(struct io_uring *ring, const struct kind *kind)
{
	const struct step runs[] = {
		CLONE_WITH(L, PID, &shared), EXEC_SLOT(0, 0, 1),
	};
	const struct step fails[] = {
		CLONE_WITH(L, PID, &shared), EXEC_SLOT(H, -EACCES, 0),
		DUP(L, FREE, A, FREE, 0), EXEC_SLOT(0, 0, 1),
	};
	int slots[2] = { A, open(TINY, O_RDONLY | O_CLOEXEC) };
	bool good;

	if (!ok(!io_uring_register_files(ring, slots, 2), "%s: slots",
		kind->name))
		return;
	close(slots[1]);
	state_print(before);
	good = TRY(ring, runs, EXITED(0));
	state_print(after);
	ok(good & state_same(before, after, NULL, NULL),
	   "%s: EXEC of a direct descriptor leaves nothing", kind->name);
	good = TRY(ring, fails, EXITED(0));
	state_print(after);
	ok(good & state_same(before, after, NULL, NULL),
	   "%s: nor one that fails", kind->name);
	io_uring_unregister_files(ring);
}

static void test_all(struct io_uring *ring, const struct kind *kind)
{
	test_shared(ring, kind);
	test_exec(ring, kind);
	test_pristine(ring, kind);
	test_none(ring, kind);
	test_ends(ring, kind);
	test_exec_direct(ring, kind);
}

static void place(int flags, int number)
{
	int fd = open(FILES, flags | O_CREAT, 0600);

	if (fd < 0 || dup3(fd, number, flags & O_CLOEXEC) != number)
		die(FILES);
	close(fd);
}

int main(void)
{
	pthread_t thread;
	int fd;

	alarm(500);
	place(O_RDWR, A);
	place(O_RDWR | O_CLOEXEC, B);
	state_setup();
	for_main_kinds(test_threads, "CLONE_FILES");
	for (fd = MANY; fd < MANY_END; fd++)
		if (dup2(A, fd) != fd)
			die("dup2");
	if (pipe(wake) || pthread_create(&thread, NULL, sleeper, NULL))
		die("thread");
	for_main_kinds(test_all, "CLONE_FILES");
	if (write(wake[1], "x", 1) != 1)
		die("write");
	pthread_join(thread, NULL);
	return done();
}
