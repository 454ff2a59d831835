// SPDX-License-Identifier: GPL-2.0
/* CLONE_PIDFD: by pointer, as a direct descriptor, and what failures leave. */
#include "blocked.h"

#include <poll.h>
#include <signal.h>

#define TINY	"/tests/tiny"
#define F	IOSQE_FIXED_FILE
#define ALLOC	IORING_FILE_INDEX_ALLOC
/* of a row that has no address */
#define NOWHERE	8

static volatile sig_atomic_t nr_chld;

static void count(int signal)
{
	(void)signal;
	nr_chld++;
}

static int lowest_fd(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

static long pid_of(int pidfd)
{
	char path[64], text[512], *at;
	FILE *file;
	size_t len;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
	file = fopen(path, "r");
	if (!file)
		return -1;
	len = fread(text, 1, sizeof(text) - 1, file);
	text[len] = 0;
	fclose(file);
	at = strstr(text, "Pid:");
	return at ? atol(at + 4) : -1;
}

static void test_pointer(struct io_uring *ring, const struct kind *kind)
{
	int pidfd = -1, lowest = lowest_fd();
	struct clone_args args = {
		.flags = CLONE_PIDFD,
		.exit_signal = SIGCHLD,
		.pidfd = (unsigned long)&pidfd,
	};
	const struct step steps[] = {
		CLONE_WITH(L, PID, &args),
		OP(IORING_OP_READ, L, 1, .fd = pipes[0], .addr = buffer,
		   .len = 1),
		/*
		 * It is the submitter's, not the new process's. With SQPOLL that
		 * is made while the submitter looks at /proc, by a descriptor.
		 */
		DUP(H, kind->flags & IORING_SETUP_SQPOLL ? ANY : -EBADF,
		       lowest, 150, 0),
		EXEC(0, 0, TINY),
	};
	struct pollfd end;
	siginfo_t info = { 0 };
	bool good, alive;

	queue_steps(ring, steps, ARRAY_SIZE(steps));
	submit(ring);
	wait_for_read();
	end = (struct pollfd){ .fd = pidfd, .events = POLLIN };
	alive = !poll(&end, 1, 0);
	good = (pidfd == lowest || kind->flags & IORING_SETUP_SQPOLL) &&
	       fcntl(pidfd, F_GETFD) == FD_CLOEXEC;
	if (write(pipes[1], "x", 1) != 1)
		die("write");
	good &= cqes_match(ring, steps, ARRAY_SIZE(steps));
	good &= pid_of(pidfd) == cqe_pid;
	ok(good && alive, "%s: a pidfd, of the process", kind->name);
	good = poll(&end, 1, DEADLINE * 1000) == 1 &&
	       !waitid(P_PIDFD, pidfd, &info, WEXITED) &&
	       info.si_pid == cqe_pid && info.si_code == CLD_EXITED &&
	       info.si_status == 0;
	ok(good, "%s: it waits for it", kind->name);
	close(pidfd);
}

/* Nobody is left, nobody was there: no zombie, no signal, no descriptor. */
static void fails(struct io_uring *ring, const struct kind *kind,
		  const struct clone_args *args, unsigned int file_index,
		  int want, const char *what)
{
	const struct step steps[] = {
		CLONE_WITH(L, want, args, .file_index = file_index),
		NOP(H, -ECANCELED), EXEC(0, -ECANCELED, TINY),
	};
	int lowest = lowest_fd();
	bool good;

	signal(SIGCHLD, count);
	nr_chld = 0;
	queue_steps(ring, steps, 3);
	submit(ring);
	good = cqes_match(ring, steps, 3);
	if (waitpid(-1, NULL, __WALL | WNOHANG) >= 0 || errno != ECHILD) {
		note("there is a child");
		good = false;
	}
	if (nr_chld || lowest != lowest_fd()) {
		note("there was a signal, or a descriptor is left");
		good = false;
	}
	ok(good, "%s: %s", kind->name, what);
	signal(SIGCHLD, SIG_DFL);
}

static struct clone_args with(unsigned long long flags, unsigned long pidfd)
{
	return (struct clone_args){
		.flags = CLONE_PIDFD | flags,
		.exit_signal = flags & CLONE_PARENT ? 0 : SIGCHLD,
		.pidfd = pidfd,
	};
}

static void test_wrong(struct io_uring *ring, const struct kind *kind)
{
	int number;
	struct clone_args plain = with(0, 0);
	struct clone_args both = with(0, (unsigned long)&number);
	struct clone_args nowhere = with(0, NOWHERE);
	struct clone_args parent = with(CLONE_PARENT, 0);
	struct clone_args autokill = with(1ULL << 36 | 1ULL << 34, 0);
	struct clone_args none = { .exit_signal = SIGCHLD };

	fails(ring, kind, &nowhere, 0, -EFAULT, "a pidfd to nowhere");
	fails(ring, kind, &none, 1, -EINVAL, "a slot and no CLONE_PIDFD");
	fails(ring, kind, &both, 1, -EINVAL, "a slot and a pointer");
	fails(ring, kind, &parent, 1, -EINVAL, "a slot and CLONE_PARENT");
	fails(ring, kind, &autokill, 1, -EINVAL,
	      "a slot and CLONE_PIDFD_AUTOKILL");
	fails(ring, kind, &plain, 1, -ENXIO, "a slot and no table");
	fails(ring, kind, &both, ALLOC, -ENFILE, "any slot and no table");
}

/* Does this slot hold the pidfd of the chain's process? */
static void run_direct(struct io_uring *ring, const struct kind *kind,
		       struct clone_args *args, unsigned int file_index,
		       const int *slot, const char *what)
{
	const struct step steps[] = {
		CLONE_WITH(L, PID, args, .file_index = file_index),
		OP(IORING_OP_READ, L, 1, .fd = pipes[0], .addr = buffer,
		   .len = 1),
		EXEC(0, 0, TINY),
	};
	struct io_uring_sqe *sqe;
	unsigned long user_data;
	int res;
	bool good;

	queue_steps(ring, steps, 3);
	submit(ring);
	wait_for_read();
	good = next_cqe(ring, &user_data, &res) && user_data == 1 && res > 0;
	cqe_pid = res;
	sqe = io_uring_get_sqe(ring);
	io_uring_prep_poll_add(sqe, *slot, POLLIN);
	sqe->flags |= F;
	sqe->user_data = 9;
	submit(ring);
	good &= no_cqe(ring);
	if (write(pipes[1], "x", 1) != 1)
		die("write");
	good &= next_cqe(ring, &user_data, &res) && user_data == 2 && res == 1;
	good &= next_cqe(ring, &user_data, &res) && user_data == 3 && !res;
	good &= next_cqe(ring, &user_data, &res) && user_data == 9 &&
		res & POLLIN;
	good &= status_is(EXITED(0)) && waited_pid == cqe_pid;
	ok(good, "%s: %s", kind->name, what);
}

static void test_direct(struct io_uring *ring, const struct kind *kind)
{
	int slot = 1, number = -1, lowest = lowest_fd(), update = -1;
	struct clone_args plain = with(0, 0);
	struct clone_args any = with(0, (unsigned long)&number);
	struct clone_args nowhere = with(0, NOWHERE);

	if (!ok(!io_uring_register_files_sparse(ring, 3), "%s: slots",
		kind->name))
		return;
	run_direct(ring, kind, &plain, slot + 1, &slot, "in a slot");
	run_direct(ring, kind, &plain, slot + 1, &slot,
		   "in the same slot, which was taken");
	fails(ring, kind, &plain, 4, -EINVAL, "a slot that is too large");
	fails(ring, kind, &plain, ALLOC - 1, -EINVAL,
	      "a slot that is much too large");
	fails(ring, kind, &nowhere, ALLOC, -EFAULT,
	      "any slot, its number to nowhere");
	run_direct(ring, kind, &any, ALLOC, &number, "in any slot");
	ok(number == 0 || number == 2, "%s: which is one that was free",
	   kind->name);
	slot = number;
	run_direct(ring, kind, &any, ALLOC, &number, "in any other slot");
	ok((number == 0 || number == 2) && number != slot,
	   "%s: which is another one", kind->name);
	fails(ring, kind, &any, ALLOC, -ENFILE, "any slot and none is free");
	io_uring_register_files_update(ring, 2, &update, 1);
	run_direct(ring, kind, &any, ALLOC, &number,
		   "in any slot, after one was emptied");
	ok(number == 2, "%s: in that one", kind->name);
	ok(lowest == lowest_fd(), "%s: no descriptor was used", kind->name);
	io_uring_unregister_files(ring);
}

/* A slot that the chain uses itself. */
static void test_in_chain(struct io_uring *ring, const struct kind *kind)
{
	struct clone_args plain = with(0, 0);
	const struct step steps[] = {
		CLONE_WITH(L, PID, &plain, .file_index = 1),
		DUP(L | F, 150, 0, 150, IORING_DUP_MOVE),
		DUP(H | F, -EBADF, 0, 151, 0),
		EXEC(0, 0, TINY),
	};

	if (!ok(!io_uring_register_files_sparse(ring, 1), "%s: slots",
		kind->name))
		return;
	RUN(ring, steps, EXITED(0),
	    "%s: a process takes its pidfd with it", kind->name);
	io_uring_unregister_files(ring);
}

/* The process is gone before anyone looks: SIGCHLD is ignored. */
static void test_gone(struct io_uring *ring, const struct kind *kind)
{
	int pidfd = -1;
	struct clone_args by_pointer = with(0, (unsigned long)&pidfd);
	struct clone_args by_slot = with(0, 0);
	const struct step pointer[] = {
		CLONE_WITH(L, PID, &by_pointer), NOP(0, 0),
	};
	const struct step slot[] = {
		CLONE_WITH(L, PID, &by_slot, .file_index = 1), NOP(0, 0),
	};
	bool good;
	int i;

	if (!ok(!io_uring_register_files_sparse(ring, 1), "%s: slots",
		kind->name))
		return;
	signal(SIGCHLD, SIG_IGN);
	for (i = 0, good = true; i < 50; i++) {
		queue_steps(ring, pointer, 2);
		submit(ring);
		good &= cqes_match(ring, pointer, 2);
		close(pidfd);
		queue_steps(ring, slot, 2);
		submit(ring);
		good &= cqes_match(ring, slot, 2);
	}
	while (waitpid(-1, NULL, 0) > 0 || errno != ECHILD)
		;
	ok(good, "%s: pidfds of processes that end at once", kind->name);
	signal(SIGCHLD, SIG_DFL);
	io_uring_unregister_files(ring);
}

static void test_all(struct io_uring *ring, const struct kind *kind)
{
	test_pointer(ring, kind);
	test_wrong(ring, kind);
	test_direct(ring, kind);
	test_in_chain(ring, kind);
	test_gone(ring, kind);
}

int main(void)
{
	alarm(500);
	make_pipe();
	for_main_kinds(test_all, "pidfd");
	return done();
}
