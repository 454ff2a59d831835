// SPDX-License-Identifier: GPL-2.0
/*
 * DUP, on every kind of ring: results, and which descriptors the program has,
 * as it reports them (lib/state.h). The submitter's must not change.
 */
#include "state.h"
#include "test.h"

#include <sys/resource.h>
#include <sys/stat.h>

#define DIR	"/tmp/dup"
enum {
	/* A is inherited, B is closed by exec, P is O_PATH */
	A = 100, B = 101, P = 102,
	/* not open in the submitter */
	FREE = 150, CLOSED = 190,
};

#define CLOEXEC	IORING_DUP_CLOEXEC
#define MOVE	IORING_DUP_MOVE
#define F	IOSQE_FIXED_FILE

struct row {
	const char *name;
	/* between CLONE and EXEC */
	struct step steps[5];
	/* what the program has */
	const char *shows[3];
	/* descriptors that it has not */
	int hides[2];
	/* has requests on files, which polled rings do not take */
	bool files;
};

#define SHOWS_A(_n)	"fd." #_n ": " DIR "/a"
#define SHOWS_B(_n)	"fd." #_n ": " DIR "/b"

static const struct row rows[] = {
	{ "to a free number", { DUP(L, FREE, A, FREE, 0) },
	  { SHOWS_A(100), SHOWS_A(150) } },
	{ "close-on-exec", { DUP(L, FREE, A, FREE, CLOEXEC) },
	  { SHOWS_A(100) }, { FREE } },
	{ "close-on-exec is not inherited", { DUP(L, FREE, B, FREE, 0) },
	  { SHOWS_B(150) }, { B } },
	{ "move",
	  { DUP(L, FREE, A, FREE, MOVE), DUP(H, -EBADF, A, 151, 0) },
	  { SHOWS_A(150) }, { A, 151 } },
	{ "move and close-on-exec",
	  { DUP(L, FREE, A, FREE, MOVE | CLOEXEC),
	    DUP(L, 151, FREE, 151, 0) },
	  { SHOWS_A(151) }, { A, FREE } },
	{ "to a number that is open", { DUP(L, B, A, B, 0) },
	  { SHOWS_A(100), SHOWS_A(101) } },
	{ "to standard input, output and error",
	  { DUP(L, 0, A, 0, 0), DUP(L, 1, B, 1, 0),
	    DUP(L, 2, A, 2, MOVE) },
	  { SHOWS_A(0), SHOWS_B(1), SHOWS_A(2) }, { A } },
	{ "an exchange",
	  { DUP(L, FREE, A, FREE, MOVE), DUP(L, A, B, A, MOVE),
	    DUP(L, B, FREE, B, MOVE) },
	  { SHOWS_B(100), SHOWS_A(101) }, { FREE } },
	{ "O_PATH", { DUP(L, FREE, P, FREE, 0) }, { SHOWS_A(150) } },
	{ "to itself: it is kept", { DUP(L, B, B, B, 0) }, { SHOWS_B(101) } },
	{ "to itself: close-on-exec", { DUP(L, A, A, A, CLOEXEC) }, { NULL },
	  { A } },
	{ "to itself: move closes nothing", { DUP(L, B, B, B, MOVE) },
	  { SHOWS_B(101) } },
	{ "to itself: move and close-on-exec",
	  { DUP(L, A, A, A, MOVE | CLOEXEC), DUP(L, FREE, A, FREE, 0) },
	  { SHOWS_A(150) }, { A } },
	{ "of what is not open", { DUP(H, -EBADF, CLOSED, FREE, 0) },
	  { SHOWS_A(100) }, { FREE } },
	{ "of what is not open, to itself",
	  { DUP(H, -EBADF, CLOSED, CLOSED, 0) }, { NULL }, { CLOSED } },
	{ "of what is not open, to what is",
	  { DUP(H, -EBADF, CLOSED, A, MOVE) }, { SHOWS_A(100) } },
	{ "of -1", { DUP(H, -EBADF, -1, FREE, 0) }, { NULL }, { FREE } },
	{ "to -1", { DUP(H, -EBADF, A, -1, MOVE) }, { SHOWS_A(100) } },
	{ "to 2^31", { DUP(H, -EBADF, A, 1U << 31, 0) }, { SHOWS_A(100) } },
	{ "of a result",
	  { OPEN(L, ANY, DIR "/b", O_RDWR),
	    DUP(L, FREE, 0, FREE, MOVE, .file_index = 1),
	    DUP(H, -EBADF, 0, 151, 0, .file_index = 2) },
	  { SHOWS_B(150) }, { 151 }, .files = true },
	{ "of the result before the last",
	  { OPEN(L, ANY, DIR "/b", O_RDWR), NOP(L, 0),
	    DUP(L, FREE, 0, FREE, 0, .file_index = 2),
	    DUP(L, 151, 0, 151, CLOEXEC, .file_index = 1),
	    DUP(L, 152, 0, 152, 0, .file_index = 1) },
	  { SHOWS_B(150), SHOWS_B(152) }, { 151 }, .files = true },
	{ "of a DUP's result",
	  { DUP(L, FREE, A, FREE, 0),
	    DUP(L, 151, 0, 151, MOVE, .file_index = 1) },
	  { SHOWS_A(151) }, { FREE } },
	{ "of a result that is an error",
	  { DUP(H, -EBADF, CLOSED, FREE, 0),
	    DUP(H, -EBADF, A, 151, 0, .file_index = 1) },
	  { SHOWS_A(100) }, { FREE, 151 } },
	{ "direct", { DUP(L | F, FREE, 1, FREE, 0) }, { SHOWS_B(150) } },
	{ "direct, close-on-exec",
	  { DUP(L | F, FREE, 0, FREE, CLOEXEC), DUP(L, 151, FREE, 151, 0) },
	  { SHOWS_A(151) }, { FREE } },
	{ "direct, to a number that is open", { DUP(L | F, B, 0, B, 0) },
	  { SHOWS_A(101) } },
	{ "direct, to the number of its slot", { DUP(L | F, 3, 3, 3, 0) },
	  { SHOWS_B(3) } },
	{ "direct, an empty slot", { DUP(H | F, -EBADF, 2, FREE, 0) },
	  { SHOWS_A(100) }, { FREE } },
	{ "direct, no slot", { DUP(H | F, -EBADF, 99, FREE, 0) },
	  { SHOWS_A(100) }, { FREE } },
	{ "direct, a result",
	  { OPEN(L, 2, DIR "/b", O_RDWR, .file_index = ~0U),
	    DUP(L | F, FREE, 0, FREE, MOVE, .file_index = 1),
	    OPEN(L, 2, DIR "/a", O_RDWR, .file_index = ~0U),
	    DUP(L | F, 151, 0, 151, MOVE, .file_index = 1) },
	  { SHOWS_B(150), SHOWS_A(151) }, .files = true },
};

static char before[STATE_SIZE], after[STATE_SIZE], report[STATE_SIZE];

static bool program_is(const struct row *row)
{
	bool good = true, has;
	unsigned int i;
	char key[16];

	for (i = 0; i < ARRAY_SIZE(row->shows) && row->shows[i]; i++) {
		has = state_has(report, row->shows[i]);
		if (!has)
			note("the program has no \"%s\"", row->shows[i]);
		good &= has;
	}
	for (i = 0; i < ARRAY_SIZE(row->hides) && row->hides[i]; i++) {
		snprintf(key, sizeof(key), "fd.%d", row->hides[i]);
		/* the empty text has no such line either */
		has = state_differs(report, "", key);
		if (has)
			note("the program has %s", key);
		good &= !has;
	}
	if (!good)
		state_note(report, "fd.");
	return good;
}

static void run_row(struct io_uring *ring, const struct kind *kind,
		    const struct row *row)
{
	struct step steps[ARRAY_SIZE(row->steps) + 2] = { CLONE(L, 0) };
	const struct step program = REPORT(0, 0);
	unsigned int nr = 0;
	bool good;

	for (; nr < ARRAY_SIZE(row->steps) && row->steps[nr].used; nr++)
		steps[nr + 1] = row->steps[nr];
	steps[nr + 1] = program;
	state_read(report);
	state_print(before);
	good = try_chain(ring, steps, nr + 2, EXITED(0));
	state_read(report);
	good &= program_is(row);
	state_print(after);
	good &= state_same(before, after, NULL, NULL);
	ok(good, "%s: %s", kind->name, row->name);
}

static void test_rows(struct io_uring *ring, const struct kind *kind)
{
	int slots[4] = { A, B, -1, B };
	unsigned int i;

	if (!ok(!io_uring_register_files(ring, slots, 4), "%s: slots",
		kind->name))
		return;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].files && kind->polled)
			skip("polled rings take no such requests", "%s: %s",
			     kind->name, rows[i].name);
		else
			run_row(ring, kind, &rows[i]);
	}
	io_uring_unregister_files(ring);
}

/* It empties the slot, in the table that the submitter has as well. */
static void test_direct_move(struct io_uring *ring, const struct kind *kind)
{
	const struct step steps[] = {
		CLONE(L, 0),
		DUP(L | F, FREE, 0, FREE, MOVE),
		DUP(H | F, -EBADF, 0, 151, 0),
		DUP(L | F, 152, 1, 152, 0),
		REPORT(0, 0),
	};
	const struct step again[] = {
		CLONE(L, 0), DUP(L | F, -EBADF, 0, FREE, 0),
		EXEC(0, -ECANCELED, "/tests/tiny"),
	};
	int slots[2] = { A, B };

	if (!ok(!io_uring_register_files(ring, slots, 2), "%s: slots",
		kind->name))
		return;
	RUN(ring, steps, EXITED(0), "%s: direct, move", kind->name);
	state_read(report);
	ok(state_has(report, SHOWS_A(150)) && state_has(report, SHOWS_B(152)),
	   "%s: the program has both", kind->name);
	RUN(ring, again, EXITED(127), "%s: the slot is empty now", kind->name);
	ok(fcntl(A, F_GETFD) >= 0, "%s: the descriptor that it came from is "
	   "the submitter's still", kind->name);
	io_uring_unregister_files(ring);
	RUN(ring, again, EXITED(127), "%s: no table, no slot", kind->name);
}

/* A move that fails moves nothing. */
static void test_failed_move(struct io_uring *ring, const struct kind *kind)
{
	const struct step steps[] = {
		CLONE(L, 0),
		DUP(H | F, -EBADF, 0, -1, MOVE),
		DUP(L | F, FREE, 0, FREE, 0),
		REPORT(0, 0),
	};
	int slots[1] = { A };

	if (!ok(!io_uring_register_files(ring, slots, 1), "%s: slots",
		kind->name))
		return;
	RUN(ring, steps, EXITED(0), "%s: direct, a move that fails",
	    kind->name);
	state_read(report);
	ok(state_has(report, SHOWS_A(150)), "%s: leaves the slot alone",
	   kind->name);
	io_uring_unregister_files(ring);
}

/* The process has closed its copy of the ring's descriptor. */
static void test_ring_fd(struct io_uring *ring, const struct kind *kind)
{
	const struct step of[] = {
		CLONE(L, 0), DUP(L, -EBADF, ring->ring_fd, FREE, 0),
		EXEC(0, -ECANCELED, "/tests/tiny"),
	};
	const struct step to[] = {
		CLONE(L, 0), DUP(L, ring->ring_fd, A, ring->ring_fd, 0),
		REPORT(0, 0),
	};
	char line[64];

	RUN(ring, of, EXITED(127), "%s: of the ring", kind->name);
	RUN(ring, to, EXITED(0), "%s: to the ring's number", kind->name);
	state_read(report);
	snprintf(line, sizeof(line), "fd.%d: " DIR "/a", ring->ring_fd);
	ok(state_has(report, line), "%s: which is free in the process",
	   kind->name);
}

/* The limit counts, as for dup2. */
static void test_limit(struct io_uring *ring, const struct kind *kind)
{
	struct rlimit old, limit;

	getrlimit(RLIMIT_NOFILE, &old);
	limit = old;
	limit.rlim_cur = 300;
	setrlimit(RLIMIT_NOFILE, &limit);
	{
		const struct step steps[] = {
			CLONE(L, 0), DUP(H, -EBADF, A, 300, MOVE),
			DUP(L, 299, A, 299, 0),
			DUP(H | F, -EBADF, 0, 300, 0),
			REPORT(0, 0),
		};

		RUN(ring, steps, EXITED(0), "%s: RLIMIT_NOFILE", kind->name);
	}
	setrlimit(RLIMIT_NOFILE, &old);
	state_read(report);
	ok(state_has(report, SHOWS_A(299)) && state_has(report, SHOWS_A(100)),
	   "%s: one less is possible", kind->name);
}

static void test_failures(struct io_uring *ring, const struct kind *kind)
{
	const struct step soft[] = {
		CLONE(L, 0), DUP(L, -EBADF, CLOSED, FREE, 0),
		NOP(L, -ECANCELED), EXEC(0, -ECANCELED, "/tests/tiny"),
	};
	const struct step far[] = {
		CLONE(L, 0), NOP(L, 0),
		DUP(L, -EINVAL, 0, FREE, 0, .file_index = 3),
		EXEC(0, -ECANCELED, "/tests/tiny"),
	};
	const struct step farther[] = {
		CLONE(L, 0), DUP(L, -EINVAL, 0, FREE, 0, .file_index = ~0U),
		EXEC(0, -ECANCELED, "/tests/tiny"),
	};
	const struct step none[] = {
		CLONE(L, 0), DUP(L, FREE, A, FREE, 0), DUP(0, 0, A, 0, 0),
	};

	RUN(ring, soft, EXITED(127), "%s: a failure ends the chain",
	    kind->name);
	RUN(ring, far, EXITED(127), "%s: of the result of no request",
	    kind->name);
	RUN(ring, farther, EXITED(127), "%s: of that of none, far away",
	    kind->name);
	RUN(ring, none, EXITED(0), "%s: without an exec", kind->name);
}

static void test_all(struct io_uring *ring, const struct kind *kind)
{
	test_rows(ring, kind);
	test_direct_move(ring, kind);
	test_failed_move(ring, kind);
	test_ring_fd(ring, kind);
	test_limit(ring, kind);
	test_failures(ring, kind);
}

static void place(const char *path, int flags, int number)
{
	int fd = open(path, flags, 0600);

	if (fd < 0 || dup3(fd, number, flags & O_CLOEXEC) != number)
		die(path);
	close(fd);
}

int main(void)
{
	alarm(500);
	mkdir(DIR, 0755);
	place(DIR "/a", O_RDWR | O_CREAT, A);
	place(DIR "/b", O_RDWR | O_CREAT | O_CLOEXEC, B);
	place(DIR "/a", O_PATH, P);
	state_setup();
	for_each_kind(test_all, "DUP");
	return done();
}
