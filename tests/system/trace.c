// SPDX-License-Identifier: GPL-2.0
/*
 * Submitters that are traced, as by strace -f and gdb: the tracer gets the new
 * process as that of a vfork(), which stops before it does anything, so that
 * nothing is broken off.
 */
#include "test.h"
#include "tracer.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ptrace.h>

#define TINY	"/tests/tiny"

/* What the tracer sees of the new process, and the event of its submitter. */
enum {
	SEES_FORK = 1, SEES_VFORK = 2, SEES_DONE = 4,
	SEES_STOP = 8, SEES_EXEC = 16, SEES_EXIT = 32, SEES_KILL = 64,
	SEES_CLONE = 128,
	SEES_ANY = SEES_FORK | SEES_VFORK | SEES_CLONE,
};

struct way {
	const char *name;
	unsigned long options;
	bool seized;
	/* waits for the process as soon as it is told of it, as gdb does */
	bool waits;
	/* then lets go of it, kills the submitter, or wants another stop */
	bool detaches, kills, interrupts;
	/* or leaves it where it is; the submitter closes its ring */
	bool holds;
	/*
	 * the chain has no program to execute; its pidfd is a direct one, for
	 * which there is no room; it sends no SIGCHLD
	 */
	bool fails, direct, refused, silent;
	int sees;
	int status;
};

#define SEES_ALL (SEES_VFORK | SEES_DONE | SEES_STOP | SEES_EXEC | SEES_EXIT)

static const struct way ways[] = {
	{ "seized", TRACE_ALL, .seized = true, .sees = SEES_ALL },
	{ "attached", TRACE_ALL, .sees = SEES_ALL },
	/* from here on for one kind of ring */
	{ "only forks are of interest", PTRACE_O_TRACEFORK, .seized = true,
	  .sees = SEES_FORK | SEES_STOP | SEES_EXIT },
	{ "only threads are", PTRACE_O_TRACECLONE, .seized = true, .sees = 0 },
	{ "a direct pidfd, seized", TRACE_ALL, .seized = true, .direct = true,
	  .sees = SEES_ALL },
	{ "a direct pidfd, attached", TRACE_ALL, .direct = true, .waits = true,
	  .sees = SEES_ALL },
	/* who has to be taken back is nobody else's */
	{ "a direct pidfd that finds no room", TRACE_ALL, .seized = true,
	  .direct = true, .refused = true, .sees = 0 },
	{ "no SIGCHLD", TRACE_ALL, .seized = true, .silent = true,
	  .sees = SEES_CLONE | SEES_STOP | SEES_EXEC | SEES_EXIT },
	{ "no SIGCHLD, attached", TRACE_ALL, .silent = true,
	  .sees = SEES_CLONE | SEES_STOP | SEES_EXEC | SEES_EXIT },
	{ "no SIGCHLD, only threads are of interest", PTRACE_O_TRACECLONE,
	  .seized = true, .silent = true,
	  .sees = SEES_CLONE | SEES_STOP | SEES_EXIT },
	{ "no SIGCHLD, only forks are",
	  PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK, .seized = true,
	  .silent = true, .sees = 0 },
	{ "no SIGCHLD, a direct pidfd", TRACE_ALL, .seized = true, .silent = true,
	  .direct = true,
	  .sees = SEES_CLONE | SEES_STOP | SEES_EXEC | SEES_EXIT },
	{ "waits, seized", TRACE_ALL, .seized = true, .waits = true,
	  .sees = SEES_ALL },
	{ "waits, attached", TRACE_ALL, .waits = true, .sees = SEES_ALL },
	{ "interrupts a stop", TRACE_ALL, .seized = true, .waits = true,
	  .interrupts = true, .sees = SEES_ALL },
	{ "holds the process, whose ring is closed", TRACE_ALL, .seized = true,
	  .waits = true, .holds = true,
	  .sees = SEES_VFORK | SEES_DONE | SEES_STOP | SEES_KILL },
	{ "lets go, seized", TRACE_ALL, .seized = true, .waits = true,
	  .detaches = true, .sees = SEES_VFORK | SEES_DONE | SEES_STOP },
	{ "lets go, attached", TRACE_ALL, .waits = true, .detaches = true,
	  .sees = SEES_VFORK | SEES_DONE | SEES_STOP },
	{ "no program", TRACE_ALL, .seized = true, .waits = true, .fails = true,
	  .sees = SEES_VFORK | SEES_DONE | SEES_STOP | SEES_EXIT },
	{ "the submitter is killed, seized", TRACE_ALL, .seized = true,
	  .waits = true, .kills = true, .status = SIGKILL,
	  .sees = SEES_VFORK | SEES_STOP | SEES_KILL },
	{ "the submitter is killed, attached", TRACE_ALL, .waits = true,
	  .kills = true, .status = SIGKILL,
	  .sees = SEES_VFORK | SEES_STOP | SEES_KILL },
};

#define NR_FOR_ALL_KINDS	2

static const struct way many = {
	"many", PTRACE_O_TRACEVFORK | PTRACE_O_TRACEVFORKDONE, .seized = true,
	.sees = SEES_VFORK | SEES_DONE | SEES_STOP | SEES_EXIT,
};

static int data[2];

static void stop_for_tracer(const struct way *way)
{
	if (!way->seized)
		ptrace(PTRACE_TRACEME, 0, 0, 0);
	/* the tracer waits for this one, and then asks for more */
	raise(SIGSTOP);
}

static int status_of_any(void)
{
	int status;
	pid_t pid;

	do
		pid = waitpid(-1, &status, __WALL);
	while (pid < 0 && errno == EINTR);
	return pid < 0 ? NO_CHILD : status;
}

static bool ended_well(const struct way *way)
{
	if (way->refused)
		return status_of_any() == NO_CHILD;
	return status_of_any() == EXITED(way->fails ? 127 : 0);
}

static void submitter(const struct kind *kind, const struct way *way)
{
	struct clone_args args = {
		.flags = way->direct ? CLONE_PIDFD : 0,
		.exit_signal = way->silent ? 0 : SIGCHLD,
	};
	static char byte;
	struct step steps[] = {
		CLONE(L, 0),
		OP(IORING_OP_READ, L, 1, .fd = data[0], .addr = &byte,
		   .len = 1),
		EXEC(0, way->fails ? -ENOENT : 0, way->fails ? "/no" : TINY),
	};
	struct io_uring ring;

	alarm(DEADLINE);
	stop_for_tracer(way);
	if (open_ring(&ring, kind, 8))
		_exit(3);
	if (way->direct && io_uring_register_files_sparse(&ring, 4))
		die("files");
	if (way->direct || way->silent)
		steps[0] = (struct step)CLONE_WITH(L, ABOVE_0, &args,
						   .file_index = way->direct);
	if (way->refused) {
		steps[0].file_index = 100;
		steps[0].want = -EINVAL;
		steps[1].want = -ECANCELED;
		steps[2].want = -ECANCELED;
	}
	queue_steps(&ring, steps, ARRAY_SIZE(steps));
	submit(&ring);
	if (way->holds) {
		io_uring_queue_exit(&ring);
		_exit(wait_status() == SIGKILL ? 0 : 2);
	}
	/* only now the chain's READ has anything to read */
	if (write(data[1], "x", 1) != 1 ||
	    !cqes_match(&ring, steps, ARRAY_SIZE(steps)))
		_exit(1);
	_exit(ended_well(way) ? 0 : 2);
}

static int submitter_stop(int status)
{
	if (is_event(status, PTRACE_EVENT_FORK))
		return SEES_FORK;
	if (is_event(status, PTRACE_EVENT_VFORK))
		return SEES_VFORK;
	if (is_event(status, PTRACE_EVENT_CLONE))
		return SEES_CLONE;
	if (is_event(status, PTRACE_EVENT_VFORK_DONE))
		return SEES_DONE;
	return 0;
}

/* Of the new process: what it is, but for what comes before its first stop. */
static int child_stop(const struct way *way, int status, int seen)
{
	int first = way->seized ? PTRACE_EVENT_STOP : 0;

	if (WIFSIGNALED(status))
		return SEES_KILL;
	if (WIFEXITED(status))
		return status == EXITED(way->fails ? 127 : 0) ? SEES_EXIT : 0;
	if (!(seen & SEES_STOP) && is_event(status, first))
		return SEES_STOP;
	if (seen & SEES_STOP && is_event(status, PTRACE_EVENT_EXEC))
		return SEES_EXEC;
	return 0;
}

/* The submitter stands in its event. */
static int meet_child(const struct way *way, pid_t pid)
{
	unsigned long child = 0;
	int status = 0, seen;

	ptrace(PTRACE_GETEVENTMSG, pid, 0, &child);
	if (!way->waits)
		return 0;
	if (waitpid(child, &status, __WALL) != (pid_t)child)
		note("waitpid: %m");
	seen = child_stop(way, status, 0);
	if (way->interrupts)
		ptrace(PTRACE_INTERRUPT, child, 0, 0);
	if (way->kills)
		kill(pid, SIGKILL);
	else if (!way->holds)
		ptrace(way->detaches ? PTRACE_DETACH : PTRACE_CONT, child, 0,
		       0);
	/* to its READ, before there is anything to read */
	if (way->interrupts)
		usleep(200000);
	return seen;
}

/* An event of the submitter within another one. */
static bool nested;

static void note_nesting(int *last, int event)
{
	if (event == SEES_VFORK && *last == SEES_VFORK)
		nested = true;
	if (event)
		*last = event;
}

/* The tracer's loop; what it saw, the submitter's status in *end. */
static int follow(const struct way *way, pid_t pid, int *end)
{
	int seen = 0, last = 0, status;
	pid_t who;

	/* the process may stop before it is told of: that has to wait then */
	while ((who = waitpid(way->waits && !(seen & SEES_ANY) ? pid : -1,
			      &status, __WALL)) > 0) {
		bool runs = WIFSTOPPED(status);

		if (who != pid) {
			seen |= child_stop(way, status, seen);
		} else if (runs) {
			int event = submitter_stop(status);

			note_nesting(&last, event);
			seen |= event;
			if (event && event != SEES_DONE)
				seen |= meet_child(way, pid);
		} else {
			*end = status;
		}
		if (runs)
			ptrace(PTRACE_CONT, who, 0, signal_of(status));
	}
	return seen;
}

/*
 * Chains one after the other while their submitter is busy making processes,
 * and telling of them: which is when it runs task work.
 */
#define BURST	150

static void *push(void *ring)
{
	const struct step steps[] = { CLONE(L, 0), EXEC(0, 0, TINY) };
	int i;

	for (i = 0; i < BURST; i++) {
		queue_steps(ring, steps, ARRAY_SIZE(steps));
		submit(ring);
		usleep(100);
	}
	return NULL;
}

static void burst(const struct kind *kind, const struct way *way)
{
	unsigned long user_data;
	struct io_uring ring;
	pthread_t thread;
	sigset_t set;
	int i, res;

	alarm(2 * DEADLINE);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	stop_for_tracer(way);
	if (open_ring(&ring, kind, 2 * BURST))
		_exit(3);
	if (pthread_create(&thread, NULL, push, &ring) ||
	    pthread_join(thread, NULL))
		die("thread");
	for (i = 0; i < 2 * BURST; i++)
		if (!next_cqe(&ring, &user_data, &res) || res)
			_exit(1);
	for (i = 0; i < BURST; i++)
		if (wait_status() != EXITED(0))
			_exit(2);
	_exit(0);
}

static void trace(const struct kind *kind, const struct way *way)
{
	int seen, status, end = -1;
	pid_t pid;

	if (pipe2(data, O_CLOEXEC))
		die("pipe");
	fflush(stdout);
	pid = fork();
	if (!pid && way == &many)
		burst(kind, way);
	if (!pid)
		submitter(kind, way);
	if (way->seized && ptrace(PTRACE_SEIZE, pid, 0, way->options))
		die("PTRACE_SEIZE");
	if (waitpid(pid, &status, __WALL | WUNTRACED) != pid ||
	    !WIFSTOPPED(status))
		die("waitpid");
	if (!way->seized && ptrace(PTRACE_SETOPTIONS, pid, 0, way->options))
		die("PTRACE_SETOPTIONS");
	if (way->seized)
		kill(pid, SIGCONT);
	ptrace(PTRACE_CONT, pid, 0, 0);
	seen = follow(way, pid, &end);
	close(data[0]);
	close(data[1]);
	if (end == EXITED(3)) {
		skip("this kernel has no such ring", "%s: traced", kind->name);
		return;
	}
	ok(end == way->status, "%s, %s: the chain ends (%#x)", kind->name,
	   way->name, end);
	ok(seen == way->sees, "%s, %s: its tracer sees %#x (%#x)", kind->name,
	   way->name, way->sees, seen);
}

int main(void)
{
	unsigned int i, k;

	alarm(300);
	for (i = 0; i < nr_kinds; i++) {
		for (k = 0; k < NR_FOR_ALL_KINDS && !kinds[i].polled; k++)
			trace(&kinds[i], &ways[k]);
	}
	for (k = NR_FOR_ALL_KINDS; k < ARRAY_SIZE(ways); k++)
		trace(&kinds[0], &ways[k]);
	for (i = 0; i < nr_kinds; i++)
		if (kinds[i].flags == IORING_SETUP_SQPOLL && kinds[i].main)
			trace(&kinds[i], &many);
	ok(!nested, "no process is made while the tracer is told of another");
	return done();
}
