// SPDX-License-Identifier: GPL-2.0
/*
 * Who pays: the memory of chains is charged where their submitter is, and its
 * limit ends them; of the threads of a process, the one that submits counts,
 * not those of io_uring that issue CLONE.
 */
#include "blocked.h"
#include "cgroup.h"
#include "state.h"

#include <pthread.h>
#include <signal.h>
#include <sys/klog.h>

#define TINY	"/tests/tiny"
#define M	"ious-m"
/* a group of threads, and two in it */
#define T	"ious-t"
#define T_A	T "/a"
#define T_B	T "/b"
#define MANY	40
#define STACK	16384

/* SYSLOG_ACTION_CONSOLE_LEVEL; a WARN shows there even if it is not printed */
#define CONSOLE_LEVEL	8
#define TAINTED		"/proc/sys/kernel/tainted"

static char report[STATE_SIZE];

/* --- memory --------------------------------------------------------------- */

static void queue_waiting(struct io_uring *ring)
{
	const struct step steps[] = {
		CLONE(L, 0),
		OP(IORING_OP_READ, L, 1, .fd = pipes[0], .addr = buffer,
		   .len = 1),
		EXEC(0, 0, TINY),
	};

	queue_steps(ring, steps, 3);
	submit(ring);
}

static bool collect_all(struct io_uring *ring, int nr)
{
	unsigned long user_data;
	bool good = true;
	int i, res;

	for (i = 0; i < nr; i++)
		good &= next_cqe(ring, &user_data, &res) && res >= 0;
	return good;
}

/* Stacks are the largest part of what many waiting chains take. */
static int charged(const void *kind)
{
	struct io_uring ring;
	long before, after;
	bool good;
	int i;

	cgroup_enter(M);
	if (open_ring(&ring, kind, 4 * MANY))
		die("ring");
	before = cgroup_event(M, "memory.stat", "kernel_stack");
	for (i = 0; i < MANY; i++)
		queue_waiting(&ring);
	good = collect_all(&ring, MANY);
	for (i = 0; i < 50; i++) {
		after = cgroup_event(M, "memory.stat", "kernel_stack");
		if (after >= before + MANY * STACK)
			break;
		usleep(100000);
	}
	good &= after >= before + MANY * STACK;
	if (!good)
		note("kernel_stack: %ld, then %ld", before, after);
	for (i = 0; i < MANY; i++)
		if (write(pipes[1], "x", 1) != 1)
			die("write");
	good &= collect_all(&ring, 2 * MANY);
	for (i = 0; i < MANY; i++)
		good &= status_is(EXITED(0));
	return !good;
}

static void limit_memory(long more)
{
	cgroup_write_number(M, "memory.max",
			    cgroup_read(M, "memory.current") + more);
}

/* A process that makes chains without end, in a group with some MB. */
static int bomb(const void *kind)
{
	struct io_uring ring;

	cgroup_enter(M);
	if (open_ring(&ring, kind, 256))
		die("ring");
	limit_memory(4 << 20);
	for (;;) {
		while (io_uring_sq_space_left(&ring) < 3)
			usleep(1000);
		queue_waiting(&ring);
		io_uring_get_events(&ring);
		if (read_number(PARAMETERS "chains") > 2000)
			return 1;
	}
}

/* An exec whose arguments are more than there may be. */
static char *large[17];

static void make_large(void)
{
	unsigned int i;

	large[0] = malloc(100000);
	memset(large[0], 'x', 99999);
	large[0][99999] = 0;
	for (i = 1; i < 16; i++)
		large[i] = large[0];
}

static int exec_chained(const void *kind)
{
	const struct step steps[] = {
		CLONE(L, 0), EXEC(0, 0, TINY, .argv = large),
	};
	struct io_uring ring;
	unsigned long user_data;
	int res = -EIO;

	cgroup_enter(M);
	if (open_ring(&ring, kind, 8))
		die("ring");
	limit_memory(256 << 10);
	queue_steps(&ring, steps, 2);
	submit(&ring);
	next_cqe(&ring, &user_data, &res);
	next_cqe(&ring, &user_data, &res);
	wait_status();
	return -res;
}

/* The same by a child that shares memory, as vfork()'s does. */
static int exec_by_hand(const void *unused)
{
	volatile int error = 0;
	int status;
	pid_t pid;

	(void)unused;
	cgroup_enter(M);
	limit_memory(256 << 10);
	pid = vfork();
	if (!pid) {
		execve(TINY, large, environ);
		error = errno;
		_exit(127);
	}
	waitpid(pid, &status, 0);
	return error;
}

/* The status of @test in a process of its own, in an empty group. */
static int status_of(int (*test)(const void *arg), const void *arg, long *kills)
{
	int status;
	pid_t pid;

	cgroup_make(M);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		alarm(2 * DEADLINE);
		_exit(test(arg));
	}
	waitpid(pid, &status, 0);
	cgroup_becomes(M, "cgroup.events", "populated", 0);
	*kills = cgroup_event(M, "memory.events", "oom_kill");
	cgroup_remove(M);
	return status;
}

static bool no_chain(void *unused)
{
	(void)unused;
	return !read_number(PARAMETERS "chains");
}

/*
 * The kernel shows where it was when memory ran out, with warnings, which the
 * harness would take for what is wrong.
 */
static void test_out_of_memory(const struct kind *kind)
{
	int by_hand, chained;
	long kills, more;

	chained = status_of(bomb, kind, &kills);
	ok(chained == SIGKILL && kills > 0 && eventually(no_chain, NULL),
	   "%s: chains without end run out of memory: status %#x, %ld kills",
	   kind->name, chained, kills);
	by_hand = status_of(exec_by_hand, NULL, &kills);
	chained = status_of(exec_chained, kind, &more);
	ok(by_hand == chained && !kills == !more &&
	   eventually(no_chain, NULL),
	   "%s: an exec runs out of memory: status %#x, as by hand",
	   kind->name, by_hand);
}

static void test_memory(const struct kind *kind)
{
	long tainted = read_number(TAINTED);

	cgroup_make(M);
	ok(!in_process(charged, kind), "%s: waiting chains are charged",
	   kind->name);
	cgroup_remove(M);
	klogctl(CONSOLE_LEVEL, NULL, 4);
	test_out_of_memory(kind);
	klogctl(CONSOLE_LEVEL, NULL, 7);
	ok(read_number(TAINTED) == tainted, "%s: which is all it complains of",
	   kind->name);
}

/* --- threads -------------------------------------------------------------- */

static struct io_uring *other_ring;

static bool born_in(struct io_uring *ring, unsigned int flags,
		    const char *group)
{
	const struct step steps[] = { CLONE(L | flags, 0), REPORT(0, 0) };
	char line[64];
	bool good;

	state_read(report);
	good = TRY(ring, steps, EXITED(0));
	state_read(report);
	snprintf(line, sizeof(line), "cgroup: /%s", group);
	if (!state_has(report, line)) {
		note("not in %s", group);
		state_note(report, "cgroup");
		good = false;
	}
	return good;
}

static void *of_thread(void *good)
{
	if (cgroup_write(T_A, "cgroup.threads", "0"))
		die("cgroup.threads");
	*(bool *)good = born_in(other_ring, 0, T_A) &&
			born_in(other_ring, IOSQE_ASYNC, T_A);
	return NULL;
}

/*
 * Workers and the SQPOLL thread stay where they were made; the main thread has
 * left, and another one is somewhere else again.
 */
static int threads(const void *arg)
{
	const struct kind *kind = arg;
	const struct step wake[] = { NOP(IOSQE_ASYNC, 0) };
	bool good, there = true, polled = kind->flags & IORING_SETUP_SQPOLL;
	struct io_uring ring;
	pthread_t thread;

	if (cgroup_write(T_A, "cgroup.procs", "0"))
		die(T_A);
	if (open_ring(&ring, kind, 8))
		die("ring");
	good = TRY(&ring, wake, NO_CHILD);
	if (cgroup_write(T_B, "cgroup.threads", "0"))
		die("cgroup.threads");
	good &= born_in(&ring, 0, T_B) & born_in(&ring, IOSQE_ASYNC, T_B) &
		born_in(&ring, IOSQE_IO_DRAIN, T_B);
	/* SQPOLL: the leader of all; others have a ring for one submitter */
	if (!polled && !(kind->flags & IORING_SETUP_SINGLE_ISSUER)) {
		other_ring = &ring;
		if (pthread_create(&thread, NULL, of_thread, &there))
			die("pthread_create");
		pthread_join(thread, NULL);
	}
	return !(good & there);
}

static void test_threads(const struct kind *kind)
{
	cgroup_make(T);
	cgroup_make(T_A);
	cgroup_make(T_B);
	if (cgroup_write(T_A, "cgroup.type", "threaded") ||
	    cgroup_write(T_B, "cgroup.type", "threaded"))
		skip("no groups of threads", "%s: threads", kind->name);
	else
		ok(!in_process(threads, kind),
		   "%s: born where the submitting thread is, whoever issues",
		   kind->name);
	cgroup_remove(T_A);
	cgroup_remove(T_B);
	cgroup_remove(T);
}

static void test_all(struct io_uring *ring, const struct kind *kind)
{
	(void)ring;
	test_memory(kind);
	test_threads(kind);
}

int main(void)
{
	const char *why = cgroup_setup();

	alarm(1500);
	if (why) {
		skip(why, "control groups");
		return done();
	}
	make_pipe();
	make_large();
	state_setup();
	for_main_kinds(test_all, "charged");
	return done();
}
