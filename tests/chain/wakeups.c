// SPDX-License-Identifier: GPL-2.0
/*
 * A submitter who waits for the end of a chain sleeps until then: its steps do not wake
 * it, one by one, and take the CPU from the process.
 */
#include "test.h"

#include <sys/resource.h>

#define STEPS	24
/* one for the end; the core's own ways may add some */
#define SLEEPS	4

static long sleeps(void)
{
	struct rusage usage;

	if (getrusage(RUSAGE_THREAD, &usage))
		die("getrusage");
	return usage.ru_nvcsw;
}

/*
 * CLONE, a READ from @pipe, STEPS calls with @flags, EXEC. Each second call sleeps
 * for RCU: a submitter that it woke would sleep again by then.
 */
static void queue_chain(struct io_uring *ring, int pipe, unsigned int flags)
{
	static char byte;
	const struct step first[] = {
		CLONE(L | flags, 0),
		OP(IORING_OP_READ, L | flags, 1, .fd = pipe, .addr = &byte,
		   .len = 1),
	};
	const struct step calls[] = {
		CALL(L | flags, 0, SYS_mount, "none", "/tmp", "tmpfs", 0),
		CALL(L | flags, 0, SYS_umount2, "/tmp", 0, 0, 0),
	};
	const struct step exec = EXEC(0, 0, "/bin/true");
	unsigned int i;

	queue_steps(ring, first, ARRAY_SIZE(first));
	for (i = 0; i < STEPS; i++)
		queue_step(ring, &calls[i % 2], 0);
	queue_step(ring, &exec, 0);
}

static bool is_asleep(void)
{
	char state = 0;

	return any_child(&state) && state == 'S';
}

static bool child_reads(void *unused)
{
	(void)unused;
	return is_asleep();
}

/*
 * Another process lets the chain go on when this one sleeps for long. The number of its
 * sleeps until @nr CQEs are there, -1: they did not come.
 */
static long sleeps_for(struct io_uring *ring, unsigned int nr,
		       unsigned int flags)
{
	struct __kernel_timespec limit = { .tv_sec = DEADLINE };
	struct io_uring_cqe *cqe;
	int pipes[2], status;
	long before;
	pid_t writer;

	if (pipe(pipes))
		die("pipe");
	queue_chain(ring, pipes[0], flags);
	submit(ring);
	if (!eventually(child_reads, NULL))
		return -1;
	writer = fork();
	if (!writer) {
		usleep(200000);
		_exit(write(pipes[1], "x", 1) != 1);
	}
	before = sleeps();
	if (io_uring_wait_cqes(ring, &cqe, nr, &limit, NULL))
		return -1;
	before = sleeps() - before;
	io_uring_cq_advance(ring, nr);
	while (wait(&status) > 0)
		if (status)
			return -1;
	close(pipes[0]);
	close(pipes[1]);
	return before;
}

static void test_wakeups(struct io_uring *ring, const struct kind *kind)
{
	long loud = sleeps_for(ring, STEPS + 3, 0);
	long silent = sleeps_for(ring, 1, IOSQE_CQE_SKIP_SUCCESS);

	note("%s: %ld sleeps for %u CQEs, %ld for one", kind->name, loud,
	     STEPS + 3, silent);
	if (kind->flags & IORING_SETUP_DEFER_TASKRUN && release_begins("6.1."))
		skip("Linux 6.1 wakes for all task work",
		     "%s: a chain with CQEs", kind->name);
	else
		ok(loud >= 0 && loud <= SLEEPS,
		   "%s: steps with CQEs do not wake the submitter", kind->name);
	ok(silent >= 0 && silent <= SLEEPS,
	   "%s: nor do silent ones", kind->name);
}

int main(void)
{
	alarm(300);
	for_main_kinds(test_wakeups, "wake-ups");
	return done();
}
