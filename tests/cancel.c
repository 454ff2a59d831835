// SPDX-License-Identifier: GPL-2.0
/* Chains that end early: cancelled, timed out, left alone. */
#include "test.h"

#include <dirent.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <time.h>

#define TRUE	"/bin/true"

static int pipes[2];
static char buffer[8];

static bool was_interrupted(int res)
{
	return res == -ECANCELED || res == -EINTR;
}

/* CLONE -> READ that blocks -> WRITE -> EXEC */
static void queue_blocked(struct io_uring *ring, unsigned int read_flags)
{
	struct step steps[] = {
		CLONE(L, 0),
		OP(IORING_OP_READ, read_flags, 0, .fd = pipes[0],
		   .addr = buffer, .len = 1),
		OP(IORING_OP_WRITE, L, 0, .fd = pipes[1], .addr = "ran",
		   .len = 3),
		EXEC(0, 0, TRUE),
	};

	queue_steps(ring, steps, ARRAY_SIZE(steps));
}

/* The same, and CLONE's CQE has come. */
static void start_blocked(struct io_uring *ring, unsigned int read_flags)
{
	unsigned long user_data;
	int res;

	queue_blocked(ring, read_flags);
	submit(ring);
	if (!next_cqe(ring, &user_data, &res) || user_data != 1 || res)
		die("CLONE");
}

/* The rest of such a chain is cancelled and its process killed. */
static void ended(struct io_uring *ring, const char *name, const char *what)
{
	unsigned long user_data;
	bool good = true;
	int i, res, status;

	for (i = 2; i <= 4; i++) {
		good &= next_cqe(ring, &user_data, &res) &&
			user_data == (unsigned long)i &&
			(i == 2 ? was_interrupted(res) : res == -ECANCELED);
		if (!good)
			note("step %d: got step %lu with %d", i, user_data, res);
	}
	status = wait_status();
	good &= WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	ok(good && no_cqe(ring), "%s: %s", name, what);
}

static void queue_cancel(struct io_uring *ring, unsigned long user_data,
			 int fd, unsigned int flags)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	io_uring_prep_nop(sqe);
	sqe->opcode = IORING_OP_ASYNC_CANCEL;
	sqe->fd = fd;
	sqe->addr = user_data;
	sqe->cancel_flags = flags;
	sqe->user_data = 99;
}

static int cancel(struct io_uring *ring, unsigned long user_data, int fd,
		  unsigned int flags)
{
	struct io_uring_cqe *cqe;
	int res = -ETIME;

	queue_cancel(ring, user_data, fd, flags);
	submit(ring);
	/* among the chain's CQEs: leave those */
	while (!io_uring_wait_cqe(ring, &cqe)) {
		unsigned int head;

		io_uring_for_each_cqe(ring, head, cqe) {
			if (cqe->user_data == 99) {
				res = cqe->res;
				/* forgotten by the others */
				cqe->user_data = 100;
				return res;
			}
		}
		usleep(1000);
		io_uring_enter(ring->ring_fd, 0, 0, IORING_ENTER_GETEVENTS,
			       NULL);
	}
	return res;
}

/* As ended(), with the answer of the cancellation somewhere among them. */
static void ended_by_cancel(struct io_uring *ring, int got, int want,
			    const char *name, const char *what)
{
	unsigned long user_data;
	bool good = got == want;
	int i, res, status, next = 2;

	if (!good)
		note("the cancellation says %d, wanted %d", got, want);
	for (i = 0; i < 4; i++) {
		if (!next_cqe(ring, &user_data, &res)) {
			good = false;
			break;
		}
		if (user_data == 100)
			continue;
		good &= user_data == (unsigned long)next &&
			(next == 2 ? was_interrupted(res) : res == -ECANCELED);
		if (!good)
			note("step %d: got step %lu with %d", next, user_data,
			     res);
		next++;
	}
	status = wait_status();
	good &= WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	ok(good && no_cqe(ring), "%s: %s", name, what);
}

/* The READ has the file when it has begun: the process sleeps in it. */
static bool child_sleeps(void *unused)
{
	char path[64], text[64] = "";
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	bool sleeps = false;
	int ppid, fd;
	char state;

	(void)unused;
	while (!sleeps && (entry = readdir(proc))) {
		snprintf(path, sizeof(path), "/proc/%.20s/stat", entry->d_name);
		fd = open(path, O_RDONLY);
		if (fd < 0)
			continue;
		if (read(fd, text, sizeof(text) - 1) > 0 && strchr(text, ')') &&
		    sscanf(strchr(text, ')'), ") %c %d", &state, &ppid) == 2)
			sleeps = ppid == getpid() && state == 'S';
		close(fd);
	}
	closedir(proc);
	return sleeps;
}

static void wait_for_read(void)
{
	if (!eventually(child_sleeps, NULL))
		die("no child sleeps");
}

static void test_async_cancel(struct io_uring *ring, const struct kind *kind)
{
	int got;

	if (kind->polled) {
		skip("polled rings take no such requests", "%s: cancel",
		     kind->name);
		return;
	}
	start_blocked(ring, L);
	got = cancel(ring, 2, 0, 0);
	ended_by_cancel(ring, got, 0, kind->name, "the request that runs");

	start_blocked(ring, H);
	got = cancel(ring, 2, 0, 0);
	ended_by_cancel(ring, got, 0, kind->name, "a hard link ends as well");

	start_blocked(ring, L);
	got = cancel(ring, 4, 0, 0);
	ended_by_cancel(ring, got, 0, kind->name, "a request that waits");

	start_blocked(ring, L);
	got = cancel(ring, 0, 0, IORING_ASYNC_CANCEL_ANY);
	ended_by_cancel(ring, got, 1, kind->name, "any");

	start_blocked(ring, L);
	got = cancel(ring, 2, 0, IORING_ASYNC_CANCEL_ALL);
	ended_by_cancel(ring, got, 1, kind->name, "all of that name");

	start_blocked(ring, L);
	wait_for_read();
	got = cancel(ring, 0, pipes[0], IORING_ASYNC_CANCEL_FD);
	ended_by_cancel(ring, got, 0, kind->name, "by the file that it reads");

	start_blocked(ring, L);
	wait_for_read();
	got = cancel(ring, 0, pipes[0],
		     IORING_ASYNC_CANCEL_FD | IORING_ASYNC_CANCEL_ALL);
	ended_by_cancel(ring, got, 1, kind->name, "all that use the file");
}

static void test_sync_cancel(struct io_uring *ring, const struct kind *kind)
{
	struct io_uring_sync_cancel_reg reg = {
		.addr = 2, .timeout = { DEADLINE, 0 },
	};

	if (kind->polled)
		return;
	start_blocked(ring, L);
	ok(!io_uring_register_sync_cancel(ring, &reg),
	   "%s: SYNC_CANCEL finds it", kind->name);
	ended(ring, kind->name, "SYNC_CANCEL");
}

/* Results of @nr steps by user_data, in whatever order they come. */
static bool collect(struct io_uring *ring, int *results, int nr)
{
	unsigned long user_data;
	int i, res;

	for (i = 0; i < nr; i++) {
		if (!next_cqe(ring, &user_data, &res)) {
			note("%d of %d CQEs", i, nr);
			return false;
		}
		results[user_data] = res;
	}
	return no_cqe(ring);
}

static bool step_is(const int *results, int step, int want)
{
	if (results[step] != want)
		note("step %d: %d, wanted %d", step, results[step], want);
	return results[step] == want;
}

/*
 * The cancellation is submitted with the chain, whose process may not run yet,
 * or not even exist: it is found all the same.
 */
static void test_at_once(struct io_uring *ring, const struct kind *kind)
{
	bool good = true;
	int i;

	if (kind->polled)
		return;
	for (i = 0; good && i < 20; i++) {
		int results[100] = { 0 };

		queue_blocked(ring, L);
		queue_cancel(ring, 4, 0, 0);
		submit(ring);
		good = collect(ring, results, 5) && step_is(results, 99, 0) &&
		       step_is(results, 3, -ECANCELED) &&
		       step_is(results, 4, -ECANCELED);
		if (results[1])
			good &= step_is(results, 1, -ECANCELED) &&
				step_is(results, 2, -ECANCELED) &&
				status_is(NO_CHILD);
		else
			good &= was_interrupted(results[2]) &&
				status_is(SIGKILL);
	}
	ok(good, "%s: cancelled as soon as it was submitted", kind->name);
}

static void test_link_timeout(struct io_uring *ring, const struct kind *kind)
{
	static struct __kernel_timespec soon = { 0, 50000000 },
					never = { 1000, 0 };
	struct step steps[] = {
		CLONE(L, 0),
		OP(IORING_OP_READ, L, ANY, .fd = pipes[0], .addr = buffer,
		   .len = 1),
		OP(IORING_OP_LINK_TIMEOUT, L, ANY, .addr = &soon, .len = 1),
		NOP(L, ANY),
		EXEC(0, ANY, TRUE),
	};
	struct step after_clone[] = {
		CLONE(L, ANY),
		OP(IORING_OP_LINK_TIMEOUT, L, ANY, .addr = &never, .len = 1),
		EXEC(0, ANY, TRUE),
	};
	int results[6] = { 0 };
	bool good;

	if (kind->polled)
		return;
	queue_steps(ring, steps, ARRAY_SIZE(steps));
	submit(ring);
	good = collect(ring, results, 5) && step_is(results, 1, 0) &&
	       was_interrupted(results[2]) && step_is(results, 3, -ETIME) &&
	       step_is(results, 4, -ECANCELED) &&
	       step_is(results, 5, -ECANCELED);
	good &= status_is(SIGKILL);
	ok(good, "%s: LINK_TIMEOUT ends a chain", kind->name);

	steps[2].addr = &never;
	if (write(pipes[1], "x", 1) != 1)
		die("write");
	queue_steps(ring, steps, ARRAY_SIZE(steps));
	submit(ring);
	good = collect(ring, results, 5) && step_is(results, 1, 0) &&
	       step_is(results, 2, 1) && step_is(results, 3, -ECANCELED) &&
	       step_is(results, 4, 0) && step_is(results, 5, 0);
	good &= status_is(EXITED(0));
	ok(good, "%s: LINK_TIMEOUT that does not expire", kind->name);

	queue_steps(ring, after_clone, ARRAY_SIZE(after_clone));
	submit(ring);
	good = collect(ring, results, 3) && step_is(results, 1, -EINVAL) &&
	       step_is(results, 2, -ECANCELED) &&
	       step_is(results, 3, -ECANCELED);
	good &= status_is(NO_CHILD);
	ok(good, "%s: LINK_TIMEOUT after CLONE", kind->name);
}

/* Each clock, relative and absolute. */
static void test_clocks(struct io_uring *ring, const struct kind *kind)
{
	static const struct {
		const char *name;
		clockid_t clock;
		unsigned int flag;
	} clocks[] = {
		{ "CLOCK_MONOTONIC", CLOCK_MONOTONIC, 0 },
		{ "CLOCK_BOOTTIME", CLOCK_BOOTTIME, IORING_TIMEOUT_BOOTTIME },
		{ "CLOCK_REALTIME", CLOCK_REALTIME, IORING_TIMEOUT_REALTIME },
	};
	static struct __kernel_timespec when;
	struct step steps[] = {
		CLONE(L, 0),
		OP(IORING_OP_READ, L, ANY, .fd = pipes[0], .addr = buffer,
		   .len = 1),
		OP(IORING_OP_LINK_TIMEOUT, L, ANY, .addr = &when, .len = 1),
		EXEC(0, ANY, TRUE),
	};
	unsigned int i;

	for (i = 0; i < 2 * ARRAY_SIZE(clocks) && !kind->polled; i++) {
		int results[5] = { 0 }, clock = i / 2;
		struct timespec now = { 0 };
		bool good;

		if (i & 1)
			clock_gettime(clocks[clock].clock, &now);
		when.tv_sec = now.tv_sec;
		when.tv_nsec = now.tv_nsec + 30000000;
		if (when.tv_nsec >= 1000000000) {
			when.tv_nsec -= 1000000000;
			when.tv_sec++;
		}
		steps[2].rw_flags = clocks[clock].flag |
				    (i & 1 ? IORING_TIMEOUT_ABS : 0);
		queue_steps(ring, steps, ARRAY_SIZE(steps));
		submit(ring);
		good = collect(ring, results, 4) && step_is(results, 1, 0) &&
		       was_interrupted(results[2]) &&
		       step_is(results, 3, -ETIME) &&
		       step_is(results, 4, -ECANCELED);
		good &= status_is(SIGKILL);
		ok(good, "%s: LINK_TIMEOUT, %s, %s", kind->name,
		   clocks[clock].name, i & 1 ? "absolute" : "relative");
	}
}

static int update_timeout(struct io_uring *ring, unsigned long user_data,
			  struct __kernel_timespec *ts, int *results, int nr)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	io_uring_prep_timeout_update(sqe, ts, user_data,
				     IORING_LINK_TIMEOUT_UPDATE);
	sqe->user_data = 0;
	submit(ring);
	return collect(ring, results, nr);
}

/* An armed timeout is made shorter, and longer. */
static void test_update(struct io_uring *ring, const struct kind *kind)
{
	static struct __kernel_timespec soon = { 0, 30000000 },
					never = { 1000, 0 };
	struct step steps[] = {
		CLONE(L, 0),
		OP(IORING_OP_READ, L, ANY, .fd = pipes[0], .addr = buffer,
		   .len = 1),
		OP(IORING_OP_LINK_TIMEOUT, L, ANY, .addr = &never, .len = 1),
		EXEC(0, ANY, TRUE),
	};
	int results[5] = { 0 };
	unsigned long user_data;
	bool good;
	int res;

	if (kind->polled)
		return;
	queue_steps(ring, steps, ARRAY_SIZE(steps));
	submit(ring);
	next_cqe(ring, &user_data, &res);
	wait_for_read();
	good = update_timeout(ring, 3, &soon, results, 4) &&
	       step_is(results, 0, 0) && was_interrupted(results[2]) &&
	       step_is(results, 3, -ETIME) && step_is(results, 4, -ECANCELED);
	good &= status_is(SIGKILL);
	ok(good, "%s: LINK_TIMEOUT made shorter", kind->name);

	/* long enough for an emulated machine to come to the update */
	soon.tv_sec = 5;
	steps[2].addr = &soon;
	queue_steps(ring, steps, ARRAY_SIZE(steps));
	submit(ring);
	next_cqe(ring, &user_data, &res);
	wait_for_read();
	good = update_timeout(ring, 3, &never, results, 1) &&
	       step_is(results, 0, 0);
	usleep(20000);
	if (write(pipes[1], "x", 1) != 1)
		die("write");
	good &= collect(ring, results, 3) && step_is(results, 2, 1) &&
		step_is(results, 3, -ECANCELED) && step_is(results, 4, 0);
	good &= status_is(EXITED(0));
	ok(good, "%s: LINK_TIMEOUT made longer", kind->name);
	soon.tv_sec = 0;
}

/* How long it takes: 100 ms at most on a machine, more on an emulated one. */
static void test_prompt(struct io_uring *ring, const struct kind *kind)
{
	struct timespec start, end;
	unsigned long user_data;
	long ms, best = 1000000;
	int i, j, res;

	if (kind->polled)
		return;
	for (i = 0; i < 5; i++) {
		start_blocked(ring, L);
		wait_for_read();
		clock_gettime(CLOCK_MONOTONIC, &start);
		queue_cancel(ring, 2, 0, 0);
		submit(ring);
		for (j = 0; j < 4 && next_cqe(ring, &user_data, &res); j++)
			;
		wait_status();
		clock_gettime(CLOCK_MONOTONIC, &end);
		ms = (end.tv_sec - start.tv_sec) * 1000 +
		     (end.tv_nsec - start.tv_nsec) / 1000000;
		best = ms < best ? ms : best;
	}
	ok(best < 100, "%s: cancelled and reaped in 100 ms (%ld)", kind->name,
	   best);
}

/* After the exec there is nothing to find. */
static void test_too_late(struct io_uring *ring, const struct kind *kind)
{
	static char *const argv[] = { "cat", NULL };
	struct step steps[] = {
		CLONE(L, 0), EXEC(0, 0, "/bin/cat", .argv = argv),
	};
	int in[2], saved = dup(0), got;
	unsigned long user_data;
	int res;

	if (pipe2(in, O_CLOEXEC) || dup2(in[0], 0) < 0)
		die("pipe");
	queue_steps(ring, steps, 2);
	submit(ring);
	if (!next_cqe(ring, &user_data, &res) ||
	    !next_cqe(ring, &user_data, &res))
		die("exec");
	got = kind->polled ? -ENOENT : cancel(ring, 2, 0, 0);
	ok(got == -ENOENT, "%s: a program that runs is not found",
	   kind->name);
	if (!kind->polled)
		next_cqe(ring, &user_data, &res);
	close(in[1]);
	dup2(saved, 0);
	ok(status_is(EXITED(0)), "%s: and goes on", kind->name);
	close(in[0]);
	close(saved);
}

/* The ring is closed under a blocked chain. */
static void test_close(void)
{
	unsigned int i;

	for (i = 0; i < nr_kinds; i++) {
		struct io_uring ring;
		int status;

		if (kinds[i].polled || open_ring(&ring, &kinds[i], 8))
			continue;
		start_blocked(&ring, H);
		close_ring(&ring, &kinds[i]);
		status = wait_status();
		ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
		   "%s: closing the ring ends its chain", kinds[i].name);
	}
}

static void *submit_and_go(void *ring)
{
	start_blocked(ring, H);
	return NULL;
}

static void *make_and_go(void *ring)
{
	if (io_uring_queue_init(8, ring, 0))
		die("ring");
	return NULL;
}

static void run_thread(void *(*function)(void *), struct io_uring *ring)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, function, ring) ||
	    pthread_join(thread, NULL))
		die("thread");
}

/* One thread of several leaves. */
static void test_threads(void)
{
	struct io_uring ring;
	unsigned long user_data;
	bool good;
	int res;

	if (io_uring_queue_init(8, &ring, 0))
		die("ring");
	run_thread(submit_and_go, &ring);
	ended(&ring, "default", "the thread that submitted exits");
	io_uring_queue_exit(&ring);

	run_thread(make_and_go, &ring);
	start_blocked(&ring, H);
	usleep(50000);
	if (write(pipes[1], "x", 1) != 1)
		die("write");
	good = next_cqe(&ring, &user_data, &res) && res == 1 &&
	       next_cqe(&ring, &user_data, &res) && res == 3 &&
	       next_cqe(&ring, &user_data, &res) && res == 0;
	good &= status_is(EXITED(0)) && read(pipes[0], buffer, 3) == 3;
	ok(good, "the thread that made the ring exits: the chain goes on");
	io_uring_queue_exit(&ring);
}

/* How the submitter leaves. */
static void leave_exit(void) { _exit(0); }
static void leave_kill(void) { raise(SIGKILL); }
static void leave_exec(void)
{
	execl("/tests/tiny", "tiny", NULL);
}

/*
 * Before the chain's process, which is on the same CPU, can do anything: it is
 * for that to wake the submitter then.
 */
static void leave_exec_first(void)
{
	struct sched_param first = { .sched_priority = 10 };

	if (sched_setscheduler(0, SCHED_FIFO, &first))
		die("sched_setscheduler");
	leave_exec();
}

/* A submitter that begins with a chain, and leaves now or when it is blocked. */
static pid_t fork_submitter(const struct kind *kind, void (*leave)(void),
			    bool at_once)
{
	struct io_uring ring;
	cpu_set_t cpu;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid)
		return pid;
	alarm(DEADLINE);
	CPU_ZERO(&cpu);
	CPU_SET(0, &cpu);
	if (leave == leave_exec_first)
		sched_setaffinity(0, sizeof(cpu), &cpu);
	open_ring(&ring, kind, 8);
	if (at_once) {
		queue_blocked(&ring, H);
		submit(&ring);
	} else {
		start_blocked(&ring, H);
	}
	leave();
	_exit(1);
}

static void test_leave(void (*leave)(void), const char *name, int want)
{
	struct pollfd nothing = { .fd = pipes[0], .events = POLLIN };
	unsigned int i, round;

	for (i = 0; i < nr_kinds; i++) {
		struct io_uring ring;
		int status = want;

		if (kinds[i].polled || open_ring(&ring, &kinds[i], 8))
			continue;
		close_ring(&ring, &kinds[i]);
		/* at first when the chain blocks, then before it may exist */
		for (round = 0; round < 6 && status == want; round++) {
			waitpid(fork_submitter(&kinds[i], leave, round),
				&status, 0);
			/* its orphan comes to us as a subreaper */
			while (waitpid(-1, NULL, 0) > 0)
				;
		}
		if (status != want)
			note("status %#x", status);
		ok(status == want && errno == ECHILD,
		   "%s: the submitter %s: no process is left", kinds[i].name,
		   name);
		/* Had the READ been satisfied, the WRITE would have come. */
		ok(poll(&nothing, 1, 0) == 0,
		   "%s: the submitter %s: and none went on", kinds[i].name,
		   name);
	}
}

/* Many chains end in the middle of an exec. */
static void test_exec_crowd(const struct kind *kind)
{
	struct step steps[] = {
		CLONE(L, 0),
		OP(IORING_OP_READ, L, ANY, .fd = pipes[0], .addr = buffer,
		   .len = 1),
		NOP(L, ANY), NOP(L, ANY), NOP(L, ANY),
		EXEC(0, ANY, TRUE),
	};
	int i, round, status = 0;
	pid_t pid;

	for (round = 0; round < 10 && status == 0; round++) {
		fflush(stdout);
		pid = fork();
		if (!pid) {
			struct io_uring ring;

			alarm(DEADLINE);
			if (open_ring(&ring, kind, 128))
				_exit(0);
			for (i = 0; i < 20; i++)
				queue_steps(&ring, steps, ARRAY_SIZE(steps));
			submit(&ring);
			usleep(round * 1500);
			leave_exec();
			_exit(1);
		}
		waitpid(pid, &status, 0);
		while (waitpid(-1, NULL, 0) > 0)
			;
	}
	ok(status == 0, "%s: 20 chains end in an exec", kind->name);
}

int main(void)
{
	unsigned int i;

	alarm(500);
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	if (pipe(pipes))
		die("pipe");
	for_each_kind(test_async_cancel, "ASYNC_CANCEL");
	for_each_kind(test_sync_cancel, "SYNC_CANCEL");
	for_each_kind(test_at_once, "cancelled at once");
	for_each_kind(test_link_timeout, "LINK_TIMEOUT");
	for_each_kind(test_clocks, "clocks");
	for_each_kind(test_update, "LINK_TIMEOUT updated");
	for_each_kind(test_prompt, "promptness");
	for_each_kind(test_too_late, "too late");
	test_threads();
	test_close();
	test_leave(leave_exit, "exits", EXITED(0));
	test_leave(leave_kill, "is killed", SIGKILL);
	test_leave(leave_exec, "execs", EXITED(0));
	test_leave(leave_exec_first, "execs and sleeps first", EXITED(0));
	for (i = 0; i < nr_kinds; i++)
		if (!kinds[i].polled)
			test_exec_crowd(&kinds[i]);
	return done();
}
