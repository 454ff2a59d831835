// SPDX-License-Identifier: GPL-2.0
/*
 * faults: every allocation, and every copy from or to user memory, on the way
 * of a chain fails once: those of the submitter, from the opening of the ring
 * to the last CQE, and those of the new process, from its second request to the
 * program. Needs a kernel with fault injection; /proc/.../fail-nth says which
 * one is to fail next.
 *
 * Whatever fails, each request that was taken has one CQE, with its result or a
 * clean error, and no process is left.
 *
 * faults [STEP]: of a batch, whose requests are alike, every STEP-th only.
 */
#include "test.h"

#include <linux/sched.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>

#define DEBUGFS	"/sys/kernel/debug/"
#define ENOUGH	12

static int go[2];
static char byte;

/* The kinds of faults; the rest of their directories says how they behave. */
static const char *const faults[] = {
	"failslab", "fail_page_alloc", "fail_usercopy",
};

static void set_up(void)
{
	char path[96];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		snprintf(path, sizeof(path), DEBUGFS "%s/verbose", faults[i]);
		if (write_string(path, "0"))
			note("no %s here", faults[i]);
		snprintf(path, sizeof(path), DEBUGFS "%s/ignore-gfp-wait",
			 faults[i]);
		write_string(path, "N");
	}
	write_string(DEBUGFS "fail_page_alloc/min-order", "0");
	/* an allocation that fails says so, with a trace: not a bug */
	write_string("/proc/sys/kernel/printk", "4");
}

/*
 * Reading and writing fail-nth copies from and to user memory, which counts. So
 * another thread does it; to tell it takes no system call that does.
 */
static struct {
	_Atomic int set, left;
	_Atomic bool wanted;
	_Atomic pid_t task;
} nth;

static void *control(void *unused)
{
	char path[64], text[16];

	(void)unused;
	for (;;) {
		int fd, len;

		if (!nth.wanted) {
			usleep(50);
			continue;
		}
		snprintf(path, sizeof(path), "/proc/%d/fail-nth", nth.task);
		fd = open(path, O_RDWR | O_CLOEXEC);
		memset(text, 0, sizeof(text));
		nth.left = pread(fd, text, sizeof(text) - 1, 0) > 0 ?
			   atoi(text) : -1;
		len = snprintf(text, sizeof(text), "%d", nth.set);
		if (pwrite(fd, text, len, 0) != len)
			nth.left = -1;
		close(fd);
		nth.wanted = false;
	}
	return NULL;
}

/*
 * The @n-th allocation or copy of @task from now on fails, 0: none. Returns how
 * many were left to count: 0 if it has come to failing.
 */
static int set_nth(pid_t task, int n)
{
	nth.task = task;
	nth.set = n;
	nth.wanted = true;
	while (nth.wanted)
		sched_yield();
	return nth.left;
}

static const struct step chain[] = {
	CLONE(L, 0),
	OP(IORING_OP_READ, L, 1, .addr = &byte, .len = 1),
	OP(IORING_OP_OPENAT, L, ANY, .fd = AT_FDCWD, .addr = "/tmp/faults",
	   .rw_flags = O_RDWR),
	OP(IORING_OP_MKDIRAT, H, -EEXIST, .fd = AT_FDCWD, .addr = "/tmp"),
	EXEC(0, 0, "/tests/tiny"),
};

static bool is_clean(int res)
{
	switch (res) {
	case -ENOMEM:
	case -EAGAIN:
	case -EFAULT:
	case -ECANCELED:
	case -EINTR:
	case -ENFILE:
	case -E2BIG:
	case -EBADF:
	case -EACCES:
	case -ENOENT:
	case -ENOEXEC:
		return true;
	default:
		return res >= 0 || res == -EEXIST;
	}
}

struct outcome {
	unsigned int taken, cqes;
	int res[8];
	int status;
};

/* As many CQEs as requests were taken, each once, each clean. */
static bool collect(struct io_uring *ring, struct outcome *out)
{
	unsigned long user_data;
	unsigned int seen = 0;
	int res;

	while (out->cqes < out->taken) {
		if (!next_cqe(ring, &user_data, &res)) {
			note("%u of %u CQEs", out->cqes, out->taken);
			return false;
		}
		/* CLONE alone is no chain */
		if (user_data < 1 || user_data > 5 || seen & 1u << user_data ||
		    !(is_clean(res) || (res == -EINVAL && out->taken == 1))) {
			note("step %lu: %d", user_data, res);
			return false;
		}
		seen |= 1u << user_data;
		out->res[user_data] = res;
		out->cqes++;
	}
	if (!no_cqe(ring)) {
		note("one CQE too many, %u were taken", out->taken);
		return false;
	}
	return true;
}

/* A process if CLONE says so, that ends as the CQEs say. */
static bool ends_well(const struct outcome *out)
{
	int status = wait_status();
	bool ran = out->taken == 5 && out->res[5] == 0;

	if (!out->taken || out->res[1] < 0) {
		if (status != NO_CHILD)
			note("status %#x, but CLONE %d", status, out->res[1]);
		return status == NO_CHILD;
	}
	/* the program may fail before it does anything, or exec too late */
	if (status == NO_CHILD || (!ran && status == 0 && out->taken == 5)) {
		note("status %#x, EXEC %d of %u", status, out->res[5],
		     out->taken);
		return false;
	}
	return true;
}

static bool nothing_left(void *unused)
{
	(void)unused;
	return read_number(PARAMETERS "chains") == 0 &&
	       read_number(PARAMETERS "requests") == 0;
}

static bool is_clear(void)
{
	if (eventually(nothing_left, NULL))
		return true;
	note("%ld chains, %ld requests are left",
	     read_number(PARAMETERS "chains"),
	     read_number(PARAMETERS "requests"));
	return false;
}

/* Plain, or with all that CLONE can allocate something for. */
static bool with_args;

static void set_args(struct io_uring *ring, struct io_uring_sqe *sqe)
{
	static struct clone_args args = {
		.flags = CLONE_PIDFD | CLONE_NEWUTS, .exit_signal = SIGCHLD,
	};

	if (io_uring_register_files_sparse(ring, 2))
		die("registered files");
	sqe->personality = io_uring_register_personality(ring);
	sqe->addr = (unsigned long)&args;
	sqe->len = sizeof(args);
	sqe->file_index = 1;
}

static void queue_chain(struct io_uring *ring)
{
	struct io_uring_sqe *sqe;
	struct step steps[5];
	unsigned int i;

	memcpy(steps, chain, sizeof(steps));
	steps[1].fd = go[0];
	for (i = 0; i < 5; i++) {
		sqe = queue_step(ring, &steps[i], i + 1);
		if (i == 0 && with_args)
			set_args(ring, sqe);
	}
}

/* The READ may not have come to it. */
static void empty_pipe(void)
{
	fcntl(go[0], F_SETFL, O_NONBLOCK);
	if (read(go[0], &byte, 1) == 1)
		byte = 0;
	fcntl(go[0], F_SETFL, 0);
}

/* The @n-th fault of the submitter; *reached: there are as many. */
static bool fail_submitter(unsigned int flags, unsigned int n, bool *reached)
{
	struct outcome out = { 0 };
	struct io_uring ring;
	bool good = true;
	int ret;

	if (io_uring_queue_init(16, &ring, flags))
		die("ring");
	queue_chain(&ring);
	if (write(go[1], "x", 1) != 1)
		die("write");
	set_nth(getpid(), n);
	ret = io_uring_submit(&ring);
	*reached = set_nth(getpid(), 0) == 0;
	/* a link ends where a submission does: what is left is not ours */
	out.taken = 5 - io_uring_sq_ready(&ring);
	if (ret < 0 && !is_clean(ret)) {
		note("submission: %d", ret);
		good = false;
	}
	good &= collect(&ring, &out) && ends_well(&out);
	io_uring_queue_exit(&ring);
	empty_pipe();
	return good & is_clear();
}

/* So many of ours that they are not noted on the stack: all or nothing. */
static bool fail_batch(unsigned int flags, unsigned int n, bool *reached)
{
	static const struct step spawn[] = {
		CLONE(L, ANY), EXEC(0, ANY, "/tests/tiny"),
	};
	struct io_uring ring;
	unsigned int i, taken, nr_children = 0;
	unsigned long user_data;
	bool good = true;
	int res, ret;

	if (io_uring_queue_init(32, &ring, flags))
		die("ring");
	for (i = 0; i < 10; i++)
		queue_steps(&ring, spawn, 2);
	set_nth(getpid(), n);
	ret = io_uring_submit(&ring);
	*reached = set_nth(getpid(), 0) == 0;
	taken = 20 - io_uring_sq_ready(&ring);
	good = is_clean(ret);
	for (i = 0; i < taken && good; i++) {
		good = next_cqe(&ring, &user_data, &res) &&
		       (is_clean(res) || (taken & 1 && res == -EINVAL));
		nr_children += user_data == 1 && res == 0;
	}
	while (nr_children && wait_status() != NO_CHILD)
		nr_children--;
	if (!good || nr_children || !no_cqe(&ring))
		note("submission %d, %u taken, %u children are missing, last %d",
		     ret, taken, nr_children, res);
	good &= !nr_children;
	io_uring_queue_exit(&ring);
	return good & is_clear();
}

static bool fail_process(unsigned int flags, unsigned int n, bool *reached)
{
	struct outcome out = { .taken = 5 };
	struct io_uring ring;
	unsigned long user_data;
	char state;
	bool good;
	int res;

	if (io_uring_queue_init(16, &ring, flags))
		die("ring");
	queue_chain(&ring);
	submit(&ring);
	if (!next_cqe(&ring, &user_data, &res) || res)
		die("CLONE");
	out.cqes = 1;
	set_nth(any_child(&state), n);
	if (write(go[1], "x", 1) != 1)
		die("write");
	good = collect(&ring, &out) && ends_well(&out);
	/* a program that ran to its end had nothing to fail */
	*reached = out.res[5] != 0;
	io_uring_queue_exit(&ring);
	empty_pipe();
	return good & is_clear();
}

static void walk(const char *name, unsigned int flags, const char *kind,
		 bool (*fail)(unsigned int, unsigned int, bool *),
		 unsigned int first, unsigned int step)
{
	unsigned int n, last = 0;
	bool good = true, reached;

	for (n = first; good && n < last + ENOUGH * step && n < 2000; n += step) {
		good = fail(flags, n, &reached);
		if (reached)
			last = n;
		if (!good)
			note("fault %u", n);
	}
	ok(good && last, "%s, %s: %u faults, each %u", kind, name, last, step);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		unsigned int flags;
	} rings[] = {
		{ "default", 0 },
		{ "SUBMIT_ALL", IORING_SETUP_SUBMIT_ALL },
		{ "DEFER_TASKRUN", IORING_SETUP_SINGLE_ISSUER |
				   IORING_SETUP_DEFER_TASKRUN },
	};
	unsigned int i, step = argc > 1 ? atoi(argv[1]) : 1;
	pthread_t controller;

	if (access("/proc/self/fail-nth", W_OK)) {
		skip("this kernel has no fault injection", "faults");
		return done();
	}
	signal(SIGPIPE, SIG_IGN);
	set_up();
	close(open("/tmp/faults", O_CREAT | O_WRONLY, 0600));
	if (pipe2(go, O_CLOEXEC) ||
	    pthread_create(&controller, NULL, control, NULL))
		die("pipe");
	for (i = 0; i < ARRAY_SIZE(rings); i++) {
		walk("submitter", rings[i].flags, rings[i].name,
		     fail_submitter, 1, 1);
		with_args = true;
		walk("submitter, clone_args", rings[i].flags, rings[i].name,
		     fail_submitter, 1, 1);
		with_args = false;
		walk("batch", rings[i].flags, rings[i].name, fail_batch,
		     1 + i % step, step);
		walk("process", rings[i].flags, rings[i].name, fail_process,
		     1, 1);
	}
	return done();
}
