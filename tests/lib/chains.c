// SPDX-License-Identifier: GPL-2.0
/* See test.h: chains, their CQEs, the status of their process. */
#include "test.h"

#include <time.h>

struct io_uring_sqe *queue_step(struct io_uring *ring, const struct step *step,
				unsigned long user_data)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);
	char **argv = NULL;

	if (!sqe)
		die("io_uring_get_sqe");
	io_uring_prep_nop(sqe);
	switch (step->op) {
	case IORING_OP_CLONE:
		io_uring_prep_clone(sqe);
		sqe->addr = (unsigned long)step->addr;
		sqe->len = step->len;
		sqe->off = step->off;
		sqe->rw_flags = step->rw_flags;
		sqe->file_index = step->file_index;
		break;
	case IORING_OP_EXEC:
		/* must outlive the chain: leaked on purpose */
		if (!step->argv) {
			argv = calloc(2, sizeof(*argv));
			argv[0] = (char *)step->addr;
		}
		io_uring_prep_execveat(sqe, step->fd, step->addr,
				       step->argv ? step->argv : argv, environ,
				       step->rw_flags);
		sqe->file_index = step->file_index;
		sqe->len = step->len;
		sqe->buf_index = step->nr_paths;
		break;
	case IORING_OP_SYSCALL:
		sqe->opcode = step->op;
		sqe->fd = step->fd;
		sqe->len = step->len;
		sqe->off = step->args[0];
		sqe->addr = step->args[1];
		sqe->addr3 = step->args[2];
		sqe->__pad2[0] = step->args[3];
		sqe->rw_flags = step->rw_flags;
		sqe->file_index = step->file_index;
		break;
	default:
		sqe->opcode = step->op;
		sqe->fd = step->fd;
		sqe->addr = (unsigned long)step->addr;
		sqe->len = step->len;
		sqe->off = step->off;
		sqe->rw_flags = step->rw_flags;
		sqe->file_index = step->file_index;
		if (step->op == IORING_OP_READ || step->op == IORING_OP_WRITE)
			sqe->off = -1;
	}
	sqe->flags = step->flags;
	sqe->personality = step->personality;
	sqe->user_data = user_data;
	return sqe;
}

void queue_steps(struct io_uring *ring, const struct step *steps,
		 unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		queue_step(ring, &steps[i], i + 1);
}

int submit_some(struct io_uring *ring)
{
	int ret;

	if (!(ring->flags & IORING_SETUP_SQ_REWIND))
		return io_uring_submit(ring);
	/* no head and no tail: the kernel begins with the first SQE */
	ret = io_uring_enter(ring->ring_fd, ring->sq.sqe_tail, 0, 0, NULL);
	ring->sq.sqe_head = ring->sq.sqe_tail = 0;
	return ret;
}

void submit(struct io_uring *ring)
{
	int want = io_uring_sq_ready(ring), ret = submit_some(ring);

	/* an SQPOLL thread may have taken some before they are counted */
	if (ret != want && (ret < 0 || !(ring->flags & IORING_SETUP_SQPOLL))) {
		note("submitted %d of %d", ret, want);
		errno = ret < 0 ? -ret : EAGAIN;
		die("io_uring_submit");
	}
}

static bool nothing_left(void *ring)
{
	struct io_uring_sq *sq = &((struct io_uring *)ring)->sq;

	return __atomic_load_n(sq->khead, __ATOMIC_ACQUIRE) == *sq->ktail;
}

bool is_taken(struct io_uring *ring)
{
	return eventually(nothing_left, ring);
}

static bool wait_cqe(struct io_uring *ring, struct io_uring_cqe **cqe,
		     unsigned int ms)
{
	struct __kernel_timespec ts = {
		.tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000ll,
	};
	time_t end = time(NULL) + DEADLINE;
	int ret;

	/* An IOPOLL ring cannot wait with a time. */
	if (ring->flags & IORING_SETUP_IOPOLL) {
		do {
			ret = io_uring_enter(ring->ring_fd, 0, 0,
					     IORING_ENTER_GETEVENTS, NULL);
			if (!io_uring_peek_cqe(ring, cqe))
				return true;
			usleep(1000);
		} while ((ret >= 0 || ret == -EINTR || ret == -EAGAIN) &&
			 ms > 1000 && time(NULL) < end);
		return false;
	}
	do {
		ret = io_uring_wait_cqe_timeout(ring, cqe, &ts);
	} while (ret == -EINTR && time(NULL) < end);
	return !ret;
}

bool next_cqe(struct io_uring *ring, unsigned long *user_data, int *res)
{
	struct io_uring_cqe *cqe;

	if (!wait_cqe(ring, &cqe, DEADLINE * 1000))
		return false;
	*user_data = cqe->user_data;
	*res = cqe->res;
	io_uring_cqe_seen(ring, cqe);
	return true;
}

bool no_cqe(struct io_uring *ring)
{
	struct io_uring_cqe *cqe;

	return !wait_cqe(ring, &cqe, 20);
}

pid_t cqe_pid, waited_pid;

static bool is_wanted(int res, int want)
{
	if (want == PID) {
		if (!cqe_pid)
			cqe_pid = res;
		return res > 0 && res == cqe_pid;
	}
	if (want == ABOVE_0)
		return res > 0;
	return want == ANY || res == want;
}

bool cqes_match(struct io_uring *ring, const struct step *steps,
		unsigned int nr)
{
	unsigned long user_data;
	bool good = true;
	unsigned int i;
	int res;

	cqe_pid = 0;
	for (i = 0; i < nr; i++) {
		if (steps[i].want == NONE)
			continue;
		if (!next_cqe(ring, &user_data, &res)) {
			note("step %u: no CQE", i + 1);
			return false;
		}
		if (user_data != i + 1 || !is_wanted(res, steps[i].want)) {
			note("step %u wants %d, got step %lu with %d", i + 1,
			     steps[i].want, user_data, res);
			good = false;
		}
	}
	if (!no_cqe(ring)) {
		note("one CQE too many");
		good = false;
	}
	return good;
}

/* A chain without CQEs on an SQPOLL ring: its child may be yet to come. */
static int wait_child(bool comes)
{
	time_t end = time(NULL) + DEADLINE;
	int status;
	pid_t pid;

	while (((pid = waitpid(-1, &status, WNOHANG)) == 0 ||
		(pid < 0 && comes)) && time(NULL) <= end)
		usleep(1000);
	if (!pid)
		note("a child still runs");
	waited_pid = pid;
	return pid > 0 ? status : NO_CHILD;
}

int wait_status(void)
{
	return wait_child(false);
}

bool status_is(int want)
{
	int status = wait_child(want != NO_CHILD);

	if (status != want)
		note("status %#x, wanted %#x", status, want);
	return status == want;
}

bool try_chain(struct io_uring *ring, const struct step *steps,
	       unsigned int nr, int status)
{
	bool good;

	queue_steps(ring, steps, nr);
	submit(ring);
	good = cqes_match(ring, steps, nr);
	good &= status_is(status);
	if (good && cqe_pid && status != NO_CHILD && cqe_pid != waited_pid) {
		note("pid %d was told, it was %d", cqe_pid, waited_pid);
		good = false;
	}
	return good;
}

bool run_chain(struct io_uring *ring, const struct step *steps,
	       unsigned int nr, int status, const char *fmt, ...)
{
	bool good = try_chain(ring, steps, nr, status);
	va_list args;

	va_start(args, fmt);
	vok(good, fmt, args);
	va_end(args);
	return good;
}
