// SPDX-License-Identifier: GPL-2.0
/* What requests of a chain do, and where: in the new process. */
#include "test.h"

#include <sys/mman.h>
#include <sys/stat.h>

#define TRUE	"/bin/true"

static char *const cat_fd[] = { "sh", "-c", "cat <&$FD >/tmp/out", NULL };

static void expect_file(const char *path, const char *want, const char *name,
			const struct kind *kind)
{
	char have[256] = "";
	int fd = open(path, O_RDONLY);

	if (fd >= 0 && read(fd, have, sizeof(have) - 1) < 0)
		have[0] = 0;
	close(fd);
	ok(!strcmp(have, want), "%s: %s", kind->name, name);
	if (strcmp(have, want))
		note("%s has \"%s\", wanted \"%s\"", path, have, want);
}

/*
 * The number that the new process's next descriptor has: the lowest that is
 * free, where that of the ring counts as free, as it has been closed.
 */
static int next_fd(struct io_uring *ring)
{
	int fd = dup(0);

	close(fd);
	return ring->ring_fd < fd ? ring->ring_fd : fd;
}

/* A descriptor that a chain opens is the new process's alone. */
static void test_open(struct io_uring *ring, const struct kind *kind)
{
	static char fd_text[16];
	int fd = next_fd(ring);
	struct step steps[] = {
		CLONE(L, 0),
		OP(IORING_OP_OPENAT, L, fd, .fd = AT_FDCWD,
		   .addr = "/tmp/in", .rw_flags = O_RDONLY),
		EXEC(0, 0, "/bin/sh", .argv = cat_fd),
	};

	unlink("/tmp/out");
	close(open("/tmp/in", O_CREAT | O_TRUNC | O_WRONLY, 0600));
	write_string("/tmp/in", "through the chain's descriptor");
	snprintf(fd_text, sizeof(fd_text), "%d", fd);
	setenv("FD", fd_text, 1);
	RUN(ring, steps, EXITED(0), "%s: OPENAT gives the lowest descriptor",
	    kind->name);
	expect_file("/tmp/out", "through the chain's descriptor",
		    "the program has it", kind);
	ok(next_fd(ring) == fd, "%s: the submitter does not", kind->name);
}

/* CLOSE and WRITE mean the new process's table, also when it was linked. */
static void test_close_write(struct io_uring *ring, const struct kind *kind)
{
	int fd = open("/tmp/target", O_CREAT | O_TRUNC | O_RDWR | O_APPEND,
		      0600);
	struct step steps[] = {
		CLONE(L, 0),
		OP(IORING_OP_WRITE, L, 6, .fd = fd, .addr = "before", .len = 6),
		OP(IORING_OP_CLOSE, L, 0, .fd = fd),
		OP(IORING_OP_WRITE, H, -EBADF, .fd = fd, .addr = "after",
		   .len = 5),
		EXEC(0, 0, TRUE),
	};

	RUN(ring, steps, EXITED(0), "%s: WRITE after CLOSE fails",
	    kind->name);
	expect_file("/tmp/target", "before",
		    "and does not reach the submitter's file", kind);
	ok(fcntl(fd, F_GETFD) >= 0,
	   "%s: the submitter's descriptor is still open", kind->name);
	close(fd);
}

/* The last writer of a file is gone when the chain goes on: no ETXTBSY. */
static void test_write_and_exec(struct io_uring *ring, const struct kind *kind)
{
	static const char script[] = "#!/bin/sh\nexit 9\n";
	int fd = next_fd(ring);
	struct step steps[] = {
		CLONE(L, 0),
		OP(IORING_OP_OPENAT, L, fd, .fd = AT_FDCWD,
		   .addr = "/tmp/script", .len = 0755,
		   .rw_flags = O_CREAT | O_TRUNC | O_WRONLY),
		OP(IORING_OP_WRITE, L, sizeof(script) - 1, .fd = fd,
		   .addr = script, .len = sizeof(script) - 1),
		OP(IORING_OP_CLOSE, L, 0, .fd = fd),
		EXEC(0, 0, "/tmp/script"),
	};

	unlink("/tmp/script");
	RUN(ring, steps, EXITED(9),
	    "%s: a file that was written is executed", kind->name);
}

static void test_directories(struct io_uring *ring, const struct kind *kind)
{
	struct step steps[] = {
		CLONE(L, 0),
		OP(IORING_OP_MKDIRAT, L, 0, .fd = AT_FDCWD,
		   .addr = "/tmp/made", .len = 0700),
		OP(IORING_OP_MKDIRAT, H, -EEXIST, .fd = AT_FDCWD,
		   .addr = "/tmp/made", .len = 0700),
		OP(IORING_OP_UNLINKAT, L, 0, .fd = AT_FDCWD,
		   .addr = "/tmp/made", .rw_flags = AT_REMOVEDIR),
		EXEC(0, 0, TRUE),
	};

	RUN(ring, steps, EXITED(0), "%s: MKDIRAT, UNLINKAT, in order",
	    kind->name);
}

/* A request may block; the submitter goes on and ends that. */
static void test_blocking(struct io_uring *ring, const struct kind *kind)
{
	static char buffer[8];
	struct step steps[] = {
		CLONE(L, 0),
		OP(IORING_OP_READ, L, 3, .addr = buffer, .len = 3),
		EXEC(0, 0, TRUE),
	};
	unsigned long user_data;
	int pipes[2], res;

	if (pipe(pipes))
		die("pipe");
	steps[1].fd = pipes[0];
	queue_steps(ring, steps, ARRAY_SIZE(steps));
	submit(ring);
	ok(next_cqe(ring, &user_data, &res) && user_data == 1 && !res,
	   "%s: CLONE completes while a READ blocks", kind->name);
	ok(no_cqe(ring) && !waitpid(-1, NULL, WNOHANG),
	   "%s: the chain waits", kind->name);
	ok(write(pipes[1], "now", 3) == 3, "%s: it gets data", kind->name);
	ok(next_cqe(ring, &user_data, &res) && user_data == 2 && res == 3 &&
	   next_cqe(ring, &user_data, &res) && user_data == 3 && !res,
	   "%s: and goes on", kind->name);
	ok(status_is(EXITED(0)), "%s: to the exec", kind->name);
	close(pipes[0]);
	close(pipes[1]);
}

static void test_after_exec(struct io_uring *ring, const struct kind *kind)
{
	struct step steps[] = {
		CLONE(L, 0),
		EXEC(H, 0, TRUE),
		OP(IORING_OP_WRITE, L, -ECANCELED, .addr = "x", .len = 1),
	};
	int pipes[2];
	char c;

	if (pipe2(pipes, O_NONBLOCK))
		die("pipe");
	steps[2].fd = pipes[1];
	RUN(ring, steps, EXITED(0), "%s: a WRITE after the exec is cancelled",
	    kind->name);
	ok(read(pipes[0], &c, 1) < 0 && errno == EAGAIN,
	   "%s: and does not happen", kind->name);
	close(pipes[0]);
	close(pipes[1]);
}

static void test_direct(struct io_uring *ring, const struct kind *kind)
{
	struct step steps[] = {
		CLONE(L, 0),
		OP(IORING_OP_WRITE, L | IOSQE_FIXED_FILE, 5, .fd = 0,
		   .addr = "fixed", .len = 5),
		OP(IORING_OP_WRITE, H | IOSQE_FIXED_FILE, -EBADF, .fd = 7,
		   .addr = "fixed", .len = 5),
		EXEC(0, 0, TRUE),
	};
	int pipes[2], ret;
	char text[8];

	if (pipe(pipes))
		die("pipe");
	ret = io_uring_register_files(ring, &pipes[1], 1);
	close(pipes[1]);
	if (ret) {
		ok(false, "%s: register files: %d", kind->name, ret);
		return;
	}
	RUN(ring, steps, EXITED(0), "%s: direct descriptors work",
	    kind->name);
	io_uring_unregister_files(ring);
	ok(read(pipes[0], text, 8) == 5 && !memcmp(text, "fixed", 5),
	   "%s: and are what they are in the submitter", kind->name);
	close(pipes[0]);
}

/* Two chains, SQEs after each other, do not get into each other. */
static void test_two(struct io_uring *ring, const struct kind *kind)
{
	static const struct step steps[] = {
		CLONE(L, ANY), EXEC(0, ANY, TRUE),
		CLONE(L, ANY), EXEC(0, ANY, "/bin/false"),
	};
	int i, results = 0, statuses = 0, res;
	unsigned long user_data, seen = 0;

	queue_steps(ring, steps, 4);
	submit(ring);
	for (i = 0; i < 4 && next_cqe(ring, &user_data, &res); i++) {
		seen |= 1 << user_data;
		results |= res;
	}
	for (i = 0; i < 2; i++)
		statuses += wait_status();
	ok(seen == 0x1e && !results && statuses == EXITED(1),
	   "%s: two chains in one submission", kind->name);
}

/* The core closes a chain at the end of a submission. */
static void test_straddle(struct io_uring *ring, const struct kind *kind)
{
	static const struct step first[] = { CLONE(L, 0), NOP(L, 0) };
	static const struct step second[] = { EXEC(0, -EINVAL, TRUE) };

	if (kind->flags & IORING_SETUP_SQPOLL) {
		skip("the thread decides what is one submission",
		     "%s: two submissions", kind->name);
		return;
	}
	RUN(ring, first, EXITED(0),
	    "%s: the first submission is a chain of its own", kind->name);
	RUN(ring, second, NO_CHILD, "%s: the second is outside of it",
	    kind->name);
}

static void test_batch(struct io_uring *ring, const struct kind *kind)
{
	static const struct step steps[] = {
		CLONE(L, 0), EXEC(0, 0, "/tests/tiny"),
	};
	unsigned int i, good = 0, exits = 0;
	unsigned long user_data;
	int res;

	for (i = 0; i < 64; i++)
		queue_steps(ring, steps, 2);
	submit(ring);
	for (i = 0; i < 128 && next_cqe(ring, &user_data, &res); i++)
		good += !res;
	for (i = 0; i < 64; i++)
		exits += wait_status() == EXITED(0);
	ok(good == 128 && exits == 64, "%s: 64 chains in one submission",
	   kind->name);
}

/* Ops that do not mark their failures in the core: the chain ends as well. */
static void test_unmarked(struct io_uring *ring, const struct kind *kind)
{
	static const struct {
		const char *name;
		struct step step;
	} ops[] = {
		{ "MKDIRAT", OP(IORING_OP_MKDIRAT, 0, -EEXIST, .fd = AT_FDCWD,
				.addr = "/tmp") },
		{ "UNLINKAT", OP(IORING_OP_UNLINKAT, 0, -ENOENT, .fd = AT_FDCWD,
				 .addr = "/missing") },
		{ "FSYNC", OP(IORING_OP_FSYNC, 0, -EINVAL, .fd = 0) },
		{ "SHUTDOWN", OP(IORING_OP_SHUTDOWN, 0, -ENOTSOCK, .fd = 0) },
		{ "MADVISE", OP(IORING_OP_MADVISE, 0, -EINVAL,
				.addr = (void *)1, .len = 1) },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		struct step steps[] = {
			CLONE(L, 0), ops[i].step, NOP(L, -ECANCELED),
			EXEC(0, -ECANCELED, TRUE),
		};

		steps[1].flags = L;
		RUN(ring, steps, EXITED(127), "%s: a failed %s ends the chain",
		    kind->name, ops[i].name);
		steps[1].flags = H;
		steps[2].want = steps[3].want = 0;
		RUN(ring, steps, EXITED(0), "%s: unless its link is hard",
		    kind->name);
	}
}

/* The program starts, and ends, though the submitter does not look at the ring. */
static void test_unwatched(struct io_uring *ring, const struct kind *kind)
{
	struct step steps[] = {
		CLONE(L, 0),
		EXEC(H, -ENOENT, "/missing"),
		NOP(H, 0),
		EXEC(H, 0, TRUE),
		EXEC(0, -ECANCELED, "/missing"),
	};
	int status;

	queue_steps(ring, steps, ARRAY_SIZE(steps));
	submit(ring);
	/* its thread has to come round first */
	while (kind->flags & IORING_SETUP_SQPOLL && !io_uring_cq_ready(ring))
		usleep(1000);
	status = wait_status();
	ok(status == EXITED(0), "%s: a program does not wait for its submitter",
	   kind->name);
	ok(cqes_match(ring, steps, ARRAY_SIZE(steps)), "%s: CQEs wait for it",
	   kind->name);
}

#define CGROUP	"/sys/fs/cgroup/steps"

/*
 * A WRITE that fails with -EOPNOTSUPP, for which Linux 7 has a second try in
 * store, by a worker: a process may not enter a cgroup of threads' domain.
 */
static void test_no_second_try(struct io_uring *ring, const struct kind *kind)
{
	struct step steps[] = {
		CLONE(L, 0),
		OP(IORING_OP_WRITE, L, -EOPNOTSUPP, .addr = "0", .len = 1),
		EXEC(0, -ECANCELED, TRUE),
	};
	int fd;

	mkdir(CGROUP, 0755);
	mkdir(CGROUP "/threads", 0755);
	mkdir(CGROUP "/invalid", 0755);
	fd = write_string(CGROUP "/threads/cgroup.type", "threaded") ? -1 :
	     open(CGROUP "/invalid/cgroup.procs", O_WRONLY);
	if (fd < 0) {
		skip("no cgroup2 here", "%s: WRITE fails for good", kind->name);
		return;
	}
	steps[1].fd = fd;
	RUN(ring, steps, EXITED(127), "%s: a WRITE fails for good", kind->name);
	close(fd);
}

static void test_all(struct io_uring *ring, const struct kind *kind)
{
	test_straddle(ring, kind);
	test_two(ring, kind);
	test_batch(ring, kind);
	test_unwatched(ring, kind);
	if (kind->polled) {
		skip("polled rings take no such requests", "%s: files",
		     kind->name);
		return;
	}
	test_open(ring, kind);
	test_close_write(ring, kind);
	test_write_and_exec(ring, kind);
	test_directories(ring, kind);
	test_blocking(ring, kind);
	test_after_exec(ring, kind);
	test_direct(ring, kind);
	test_unmarked(ring, kind);
	test_no_second_try(ring, kind);
}

int main(void)
{
	alarm(500);
	for_each_kind(test_all, "steps");
	return done();
}
