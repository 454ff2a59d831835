// SPDX-License-Identifier: GPL-2.0
/* DUP: descriptors of the new process, direct ones, results of earlier steps. */
#include "test.h"

#include <sys/resource.h>

#define TO	9
#define CLOEXEC	IORING_DUP_CLOEXEC
#define MOVE	IORING_DUP_MOVE
#define F	IOSQE_FIXED_FILE

/* The program looks whether TO is open, and whether it can be written to. */
static char *const is_open[] = { "sh", "-c", "echo x >&9", NULL };
static char *const is_closed[] = {
	"sh", "-c", "[ ! -e /proc/self/fd/9 ]", NULL
};
#define SH(argv_) EXEC(0, 0, "/bin/busybox", .argv = (argv_))
#define TINY	EXEC(0, 0, "/tests/tiny")

static int data[2];

/* What came through the pipe, as a number of bytes. */
static int drain(void)
{
	char bytes[64];
	int n = read(data[0], bytes, sizeof(bytes));

	return n > 0 ? n : 0;
}

static void run(struct io_uring *ring, const struct kind *kind,
		const struct step *steps, unsigned int nr, int written,
		const char *what)
{
	int got;

	run_chain(ring, steps, nr, EXITED(0), "%s: %s", kind->name, what);
	got = drain();
	ok(got == written, "%s: %s: what the program wrote (%d)", kind->name,
	   what, got);
}
#define CHECK(ring, kind, steps, written, what) \
	run(ring, kind, steps, ARRAY_SIZE(steps), written, what)

static void test_plain(struct io_uring *ring, const struct kind *kind)
{
	struct step plain[] = {
		CLONE(L, 0), DUP(L, TO, data[1], TO), SH(is_open),
	};
	struct step cloexec[] = {
		CLONE(L, 0), DUP(L, TO, data[1], TO, .rw_flags = CLOEXEC),
		SH(is_closed),
	};
	struct step move[] = {
		CLONE(L, 0), DUP(L, TO, data[1], TO, .rw_flags = MOVE),
		DUP(H, -EBADF, data[1], TO + 1), SH(is_open),
	};
	/* the pipe is close-on-exec: passed on at its own number */
	struct step same[] = {
		CLONE(L, 0), DUP(L, TO, data[1], TO, .rw_flags = CLOEXEC),
		DUP(L, TO, TO, TO), SH(is_open),
	};
	struct step same_cloexec[] = {
		CLONE(L, 0), DUP(L, TO, data[1], TO),
		DUP(L, TO, TO, TO, .rw_flags = CLOEXEC | MOVE), SH(is_closed),
	};

	CHECK(ring, kind, plain, 2, "DUP");
	CHECK(ring, kind, cloexec, 0, "DUP, close-on-exec");
	CHECK(ring, kind, move, 2, "DUP, move");
	CHECK(ring, kind, same, 2, "old is new");
	CHECK(ring, kind, same_cloexec, 0, "old is new, close-on-exec");
}

static void test_direct(struct io_uring *ring, const struct kind *kind)
{
	struct step plain[] = {
		CLONE(L, 0), DUP(L | F, TO, 1, TO), SH(is_open),
	};
	struct step move[] = {
		CLONE(L, 0), DUP(L | F, TO, 1, TO, .rw_flags = MOVE),
		DUP(H | F, -EBADF, 1, TO), SH(is_open),
	};
	struct step bad[] = {
		CLONE(L, 0), DUP(H | F, -EBADF, 0, TO),
		DUP(H | F, -EBADF, 77, TO), DUP(H | F, -EBADF, -1, TO), TINY,
	};
	int files[2] = { -1, data[1] };

	if (io_uring_register_files(ring, files, 2)) {
		ok(false, "%s: registered files", kind->name);
		return;
	}
	CHECK(ring, kind, plain, 2, "DUP of a direct descriptor");
	CHECK(ring, kind, bad, 0, "DUP of slots that are empty");
	CHECK(ring, kind, move, 2, "DUP, direct, move");
	/* in the submitter's table, too: it is the ring's */
	CHECK(ring, kind, ((struct step[]){
		CLONE(L, 0), DUP(H | F, -EBADF, 1, TO), TINY }), 0,
	      "the slot is empty then");
	io_uring_unregister_files(ring);
}

static void test_results(struct io_uring *ring, const struct kind *kind)
{
	struct step opened[] = {
		CLONE(L, 0),
		OP(IORING_OP_OPENAT, L, ANY, .fd = AT_FDCWD,
		   .addr = "/tests/tiny", .rw_flags = O_RDONLY),
		DUP(L, TO, 0, TO, .file_index = 1, .rw_flags = MOVE),
		EXEC(0, 0, "", .fd = 0, .file_index = 1,
		     .rw_flags = AT_EMPTY_PATH),
	};
	struct step bad[] = {
		CLONE(L, 0),
		OP(IORING_OP_OPENAT, H, -ENOENT, .fd = AT_FDCWD,
		   .addr = "/missing", .rw_flags = O_RDONLY),
		DUP(H, -EBADF, 0, TO, .file_index = 1),
		DUP(H, -EINVAL, 0, TO, .file_index = 4), TINY,
	};

	if (kind->polled)
		return;
	opened[3].addr = "";
	CHECK(ring, kind, opened, 0, "a result is moved, and executed");
	CHECK(ring, kind, bad, 0, "results that are none");
}

static void test_wrong(struct io_uring *ring, const struct kind *kind)
{
	struct step bad[] = {
		CLONE(L, 0), DUP(H, -EBADF, 900, TO), DUP(H, -EBADF, -1, TO),
		DUP(H, -EBADF, data[1], 1 << 30), TINY,
	};
	struct step flags[] = {
		CLONE(L, -ECANCELED),
		DUP(L, -EINVAL, data[1], TO, .rw_flags = 4),
		EXEC(0, -ECANCELED, "/tests/tiny"),
	};
	struct step number[] = {
		CLONE(L, -ECANCELED), DUP(0, -EBADF, data[1], -1u),
	};
	struct step outside[] = { DUP(0, -EINVAL, data[1], TO) };

	CHECK(ring, kind, bad, 0, "descriptors that are none");
	RUN(ring, flags, NO_CHILD, "%s: a flag that is none", kind->name);
	RUN(ring, number, NO_CHILD, "%s: a number that is none", kind->name);
	RUN(ring, outside, NO_CHILD, "%s: outside of a chain", kind->name);
}

static void test(struct io_uring *ring, const struct kind *kind)
{
	test_plain(ring, kind);
	test_direct(ring, kind);
	test_results(ring, kind);
	test_wrong(ring, kind);
}

int main(void)
{
	alarm(300);
	if (pipe2(data, O_CLOEXEC | O_NONBLOCK))
		die("pipe");
	for_each_kind(test, "DUP");
	return done();
}
