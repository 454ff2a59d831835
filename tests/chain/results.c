// SPDX-License-Identifier: GPL-2.0
/* Results that feed later steps, and which step it was that failed. */
#include "state.h"
#include "test.h"

#include <sys/socket.h>
#include <sys/stat.h>

#define DIR	"/tmp/results"
#define F	IOSQE_FIXED_FILE

static char report[STATE_SIZE];

/* A chain whose last step is the report; the program has @line. */
static void run(struct io_uring *ring, const struct kind *kind,
		const struct step *steps, unsigned int nr, const char *line,
		const char *what)
{
	bool good;

	state_read(report);
	good = try_chain(ring, steps, nr, EXITED(0));
	state_read(report);
	if (!state_has(report, line)) {
		note("the program does not report \"%s\"", line);
		good = false;
	}
	ok(good, "%s: %s", kind->name, what);
}
#define RUN_REPORT(steps, line, what) \
	run(ring, kind, steps, ARRAY_SIZE(steps), line, what)

static void test_program(struct io_uring *ring, const struct kind *kind)
{
	const struct step open_dup_exec[] = {
		CLONE(L, 0),
		OPEN(L, ANY, "/tests", O_RDONLY | O_DIRECTORY),
		DUP(L, 150, 0, 150, IORING_DUP_CLOEXEC | IORING_DUP_MOVE,
		    .file_index = 1),
		EXEC(0, 0, "tiny", .file_index = 1),
	};
	const struct step open_exec[] = {
		CLONE(L, 0),
		OPEN(L, ANY, "/tests/tiny", O_PATH | O_CLOEXEC),
		NOP(L, 0), NOP(L, 0),
		EXEC(0, 0, "", .rw_flags = AT_EMPTY_PATH, .file_index = 3),
	};
	const struct step search[] = {
		CLONE(L, 0),
		OPEN(L, ANY, "/tmp", O_PATH | O_DIRECTORY),
		OPEN(L, ANY, "/tests", O_PATH | O_DIRECTORY),
		EXEC(H, -ENOENT, "tiny", .file_index = 2),
		EXEC(H, 0, "tiny", .file_index = 2),
		EXEC(0, -ECANCELED, "tiny", .file_index = 4),
	};
	const struct step moved_away[] = {
		CLONE(L, 0),
		OPEN(L, ANY, "/tests", O_RDONLY | O_DIRECTORY),
		DUP(L, 150, 0, 150, IORING_DUP_MOVE, .file_index = 1),
		EXEC(0, -EBADF, "tiny", .file_index = 2),
	};
	const struct step relative[] = {
		CLONE(L, 0),
		OPEN(L, ANY, "/tests", O_RDONLY | O_DIRECTORY),
		CALL(L, 0, SYS_fchdir, 0, 0, 0, 0,
			.rw_flags = BACK(0, 1)),
		EXEC(0, 0, "./tiny"),
	};

	RUN(ring, open_dup_exec, EXITED(0),
	    "%s: OPENAT, DUP of it, EXEC in that", kind->name);
	RUN(ring, open_exec, EXITED(0), "%s: OPENAT, EXEC of it",
	    kind->name);
	RUN(ring, search, EXITED(0), "%s: a search in directories",
	    kind->name);
	RUN(ring, moved_away, EXITED(127),
	    "%s: a result that was moved away", kind->name);
	RUN(ring, relative, EXITED(0), "%s: OPENAT, fchdir, EXEC",
	    kind->name);
}

static void test_descriptors(struct io_uring *ring, const struct kind *kind)
{
	const struct step socket[] = {
		CLONE(L, 0),
		OP(IORING_OP_SOCKET, L, ANY, .fd = AF_UNIX,
		   .off = SOCK_STREAM),
		DUP(L, 0, 0, 0, IORING_DUP_MOVE, .file_index = 1),
		DUP(L, 1, 0, 1, 0, .file_index = 1),
		REPORT(0, 0),
	};
	const struct step call_to_op[] = {
		CLONE(L, 0),
		CALL(L, 160, SYS_fcntl, 0, F_DUPFD, 160, 0),
		DUP(L, 161, 0, 161, 0, .file_index = 1),
		CALL(L, 0, SYS_close, 0, 0, 0, 0,
			.rw_flags = BACK(0, 2)),
		OPEN(L, ANY, DIR "/out", O_RDWR | O_CREAT | O_TRUNC,
		     .len = 0600),
		CALL(L, 162, SYS_dup2, 0, 162, 0, 0,
			.rw_flags = BACK(0, 1)),
		OP(IORING_OP_WRITE, L, 5, .fd = 162, .addr = "hello",
		   .len = 5),
		REPORT(0, 0),
	};
	/* a result counts whether its CQE is there or not */
	const struct step silent[] = {
		CLONE(L, 0),
		OPEN(L | IOSQE_CQE_SKIP_SUCCESS, NONE, DIR, O_RDONLY),
		DUP(L | IOSQE_CQE_SKIP_SUCCESS, NONE, 0, 150, 0,
		    .file_index = 1),
		REPORT(0, 0),
	};

	RUN_REPORT(socket, "fd.0: socket:", "SOCKET, as standard input");
	RUN_REPORT(call_to_op, "fd.162: " DIR "/out",
		   "of a call to a request, and back");
	RUN_REPORT(silent, "fd.150: " DIR, "of a request without CQE");
}

static void test_direct(struct io_uring *ring, const struct kind *kind)
{
	const struct step slot[] = {
		CLONE(L, 0),
		OPEN(L, 0, DIR, O_RDONLY, .file_index = 2),
		DUP(L | F, 150, 1, 150, IORING_DUP_MOVE),
		DUP(H | F, -EBADF, 1, 151, 0),
		REPORT(0, 0),
	};
	const struct step any[] = {
		CLONE(L, 0),
		OPEN(L, ANY, DIR, O_RDONLY, .file_index = ~0U),
		OPEN(L, ANY, "/tests", O_RDONLY, .file_index = ~0U),
		DUP(L | F, 150, 0, 150, IORING_DUP_MOVE, .file_index = 2),
		EXEC(L | F, 0, "tiny", .file_index = 2),
		NOP(0, -ECANCELED),
	};

	if (!ok(!io_uring_register_files_sparse(ring, 2), "%s: slots",
		kind->name))
		return;
	RUN_REPORT(slot, "fd.150: " DIR, "OPENAT to a slot, DUP of it");
	RUN(ring, any, EXITED(0),
	    "%s: OPENAT to any slot, DUP and EXEC of the result", kind->name);
	io_uring_unregister_files(ring);
}

/* Each CQE says how far it went, and why not further. */
static void test_which(struct io_uring *ring, const struct kind *kind)
{
	static const struct {
		const char *name;
		struct step step;
	} bad[] = {
		{ "DUP", DUP(L, -EBADF, 190, 150, 0) },
		{ "chdir", CALL(L, -ENOENT, SYS_chdir, "/x", 0, 0, 0) },
		{ "setsid, twice", CALL(L, -EPERM, SYS_setsid, 0, 0, 0, 0) },
		{ "a call that is none", CALL(L, -ENOSYS, 9999, 0, 0, 0, 0) },
		{ "EXEC", EXEC(L, -ENOENT, "/x") },
	};
	const struct step good[] = {
		CALL(L, PID, SYS_setsid, 0, 0, 0, 0),
		DUP(L, 150, 0, 150, 0),
		CALL(L, 022, SYS_umask, 022, 0, 0, 0),
	};
	unsigned int i, at, n;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		for (at = 1; at <= 3; at++) {
			struct step steps[6] = { CLONE(L, 0) };
			const struct step program = EXEC(0, -ECANCELED,
							 "/tests/tiny");

			for (n = 0; n < 3; n++) {
				steps[1 + n + (n >= at)] = good[n];
				if (n >= at)
					steps[2 + n].want = -ECANCELED;
			}
			steps[1 + at] = bad[i].step;
			steps[5] = program;
			RUN(ring, steps, EXITED(127), "%s: step %u fails: %s",
			    kind->name, at + 2, bad[i].name);
		}
	}
}

static void test_all(struct io_uring *ring, const struct kind *kind)
{
	test_which(ring, kind);
	if (kind->polled) {
		skip("polled rings take no such requests", "%s: files",
		     kind->name);
		return;
	}
	test_program(ring, kind);
	test_descriptors(ring, kind);
	test_direct(ring, kind);
}

int main(void)
{
	alarm(500);
	mkdir(DIR, 0755);
	state_setup();
	for_each_kind(test_all, "results");
	return done();
}
