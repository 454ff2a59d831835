// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel keeps for a thread in the memory that a process of a chain
 * shares with its submitter, or for the memory itself: rseq, the thread's id,
 * robust futexes, membarrier; and timers, which are the process's own.
 */
#include "blocked.h"

#include <errno.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/rseq.h>
#include <sys/time.h>
#include <time.h>

/* What a program finds that a chain has executed: bits of its status. */
enum { HAS_MEMBARRIER = 1, HAS_ALARM = 2, HAS_TIMER = 4, NO_RSEQ = 8 };

static int membarrier(int command)
{
	return syscall(SYS_membarrier, command, 0, 0) ? -errno : 0;
}

/* Of a process: has it POSIX timers? -1 if this kernel does not tell. */
static int has_timer(pid_t pid)
{
	char path[64];
	int fd, ret;

	sprintf(path, "/proc/%d/timers", pid);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return -1;
	ret = read(fd, path, sizeof(path));
	close(fd);
	return ret > 0;
}

static const struct rseq *own_rseq(void)
{
	return (void *)((char *)__builtin_thread_pointer() + __rseq_offset);
}

static int program(void)
{
	struct itimerval value;
	int found = 0;

	if (membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) != -EPERM)
		found |= HAS_MEMBARRIER;
	if (getitimer(ITIMER_REAL, &value) || value.it_value.tv_sec)
		found |= HAS_ALARM;
	if (has_timer(getpid()) > 0)
		found |= HAS_TIMER;
	if (!__rseq_size || own_rseq()->cpu_id >= CPU_SETSIZE)
		found |= NO_RSEQ;
	return found;
}

static char *const argv[] = { "window_task", "program", NULL };

/* CLONE -> what is asked -> READ that blocks -> EXEC of the program */
static void start_program(struct io_uring *ring, const struct step *step)
{
	const struct step steps[] = {
		CLONE(L, 0),
		*step,
		OP(IORING_OP_READ, L, 1, .fd = pipes[0], .addr = buffer,
		   .len = 1),
		EXEC(0, 0, "/proc/self/exe", .argv = argv),
	};

	queue_steps(ring, steps, ARRAY_SIZE(steps));
	submit(ring);
	wait_for_read();
}

static bool program_found(struct io_uring *ring, int want)
{
	int res[5] = {}, status;

	if (write(pipes[1], "x", 1) != 1)
		die("write");
	if (!collect(ring, res, 4) || !step_is(res, 3, 1) ||
	    !step_is(res, 4, 0))
		return false;
	status = wait_status();
	if (status != EXITED(want))
		note("the program: %#x", status);
	return status == EXITED(want);
}

static void test_membarrier(struct io_uring *ring, const struct kind *kind)
{
	const struct step nothing = NOP(L, 0);

	if (membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED))
		die("membarrier");
	start_program(ring, &nothing);
	ok(!membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) &&
	   !membarrier(MEMBARRIER_CMD_GLOBAL),
	   "%s: membarrier while a chain is blocked", kind->name);
	ok(program_found(ring, 0), "%s: whose program is not registered",
	   kind->name);
}

/* The CPU that a process was last on, field 39. */
static int cpu_of(pid_t pid)
{
	char path[64], text[1024], *at;
	int fd, len, i;

	sprintf(path, "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY);
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[len > 0 ? len : 0] = 0;
	at = strrchr(text, ')');
	for (i = 0; at && i < 37; i++)
		at = strchr(at + 1, ' ');
	return at ? atoi(at + 1) : -1;
}

static void pin(unsigned long mask)
{
	if (syscall(SYS_sched_setaffinity, 0, sizeof(mask), &mask) < 0)
		die("sched_setaffinity");
}

/* The process is elsewhere; the submitter's area says where the submitter is. */
static void test_rseq(struct io_uring *ring, const struct kind *kind)
{
	static unsigned long second = 2;
	const struct step move = CALL(L, 0, __NR_sched_setaffinity, 0,
				      sizeof(second), &second, 0);
	const struct rseq *rseq = own_rseq();
	char state;

	if (!__rseq_size || sysconf(_SC_NPROCESSORS_ONLN) < 2) {
		skip("needs rseq and two CPUs", "%s: rseq", kind->name);
		return;
	}
	pin(1);
	start_program(ring, &move);
	ok(cpu_of(any_child(&state)) == 1 && rseq->cpu_id == 0 &&
	   rseq->cpu_id_start == 0,
	   "%s: rseq of the submitter is the submitter's (%u, %u)",
	   kind->name, rseq->cpu_id, rseq->cpu_id_start);
	ok(program_found(ring, 0), "%s: the program's is its own",
	   kind->name);
	ok(rseq->cpu_id == 0, "%s: rseq after that", kind->name);
	pin(3);
}

/* A chain that fails, so that its process exits. */
static bool fails(struct io_uring *ring)
{
	static const struct step steps[] = {
		CLONE(L, 0), EXEC(0, -ENOENT, "/nothing"),
	};

	return TRY(ring, steps, EXITED(127));
}

/* What is written, and woken, when a thread exits. */
static void test_exit(struct io_uring *ring, const struct kind *kind)
{
	static volatile int tid = 0x71d;
	pthread_mutexattr_t attr;
	pthread_mutex_t mutex;
	unsigned int word;

	syscall(SYS_set_tid_address, &tid);
	ok(fails(ring) && tid == 0x71d,
	   "%s: an exit does not clear the submitter's thread id (%#x)",
	   kind->name, tid);
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&mutex, &attr);
	pthread_mutex_lock(&mutex);
	word = mutex.__data.__lock;
	ok(fails(ring) && word == (unsigned int)gettid() &&
	   (unsigned int)mutex.__data.__lock == word,
	   "%s: nor touch the robust mutex that it holds (%#x)", kind->name,
	   mutex.__data.__lock);
	pthread_mutex_unlock(&mutex);
}

struct held {
	pthread_mutex_t mutex;
	volatile bool ready;
};

/* The mutex of a submitter that is killed is free, whatever its chain does. */
static void test_killed(struct io_uring *unused, const struct kind *kind)
{
	struct held *held = mmap(NULL, sizeof(*held), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct timespec limit;
	pthread_mutexattr_t attr;
	struct io_uring ring;
	int status, ret;
	pid_t pid;

	(void)unused;
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&held->mutex, &attr);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		pthread_mutex_lock(&held->mutex);
		open_ring(&ring, kind, 8);
		start_blocked(&ring, H);
		raise(SIGKILL);
	}
	waitpid(pid, &status, 0);
	clock_gettime(CLOCK_REALTIME, &limit);
	limit.tv_sec += DEADLINE;
	ret = pthread_mutex_timedlock(&held->mutex, &limit);
	ok(ret == EOWNERDEAD && wait_status() == SIGKILL,
	   "%s: a killed submitter leaves its robust mutex (%d)", kind->name,
	   ret);
	munmap(held, sizeof(*held));
}

static volatile sig_atomic_t rung;
static void ring_bell(int signal) { (void)signal; rung++; }
static bool has_rung(void *unused) { (void)unused; return rung; }

/* They go off in the submitter only. main() has set an alarm, too. */
static void test_timers(struct io_uring *ring, const struct kind *kind)
{
	const struct itimerspec soon = { .it_value.tv_nsec = 50000000 };
	struct sigevent event = {
		.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1,
	};
	const struct step nothing = NOP(L, 0);
	timer_t timer;
	char state;
	int has;

	rung = 0;
	signal(SIGUSR1, ring_bell);
	if (timer_create(CLOCK_MONOTONIC, &event, &timer))
		die("timer_create");
	start_program(ring, &nothing);
	has = has_timer(any_child(&state));
	if (has < 0)
		skip("no /proc/PID/timers", "%s: no timers", kind->name);
	else
		ok(has_timer(getpid()) && !has, "%s: no timers", kind->name);
	timer_settime(timer, 0, &soon, NULL);
	ok(eventually(has_rung, NULL) && any_child(&state) && state == 'S',
	   "%s: the submitter's go off in the submitter", kind->name);
	ok(program_found(ring, 0), "%s: the program has none", kind->name);
	timer_delete(timer);
	signal(SIGUSR1, SIG_DFL);
}

int main(int argc, char *arguments[])
{
	if (argc > 1 && !strcmp(arguments[1], "program"))
		return program();
	alarm(1500);
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	make_pipe();
	for_main_kinds(test_membarrier, "membarrier");
	for_main_kinds(test_rseq, "rseq");
	for_main_kinds(test_exit, "exit");
	for_main_kinds(test_killed, "killed");
	for_main_kinds(test_timers, "timers");
	return done();
}
