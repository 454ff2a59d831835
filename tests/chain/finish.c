// SPDX-License-Identifier: GPL-2.0
/*
 * What is over does not hold the module, whoever sleeps; what is not over can be
 * ended by root. Submitters here do not come back to their ring by themselves,
 * and with DEFER_TASKRUN nobody else frees its requests.
 */
#include "blocked.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>

static int arm(const char *how)
{
	return write_string(PARAMETERS "armed", how);
}

static bool no_requests(void *unused)
{
	(void)unused;
	return read_number(PARAMETERS "requests") == 0 &&
	       read_number(PARAMETERS "chains") == 0;
}

static bool no_chains(void *unused)
{
	(void)unused;
	return read_number(PARAMETERS "chains") == 0;
}

/* A chain that ends in each of the ways: the program is not there, ... */
static const struct step fails_early[] = {
	CLONE(L, 0), EXEC(L, -ENOENT, "/nonexistent"),
	EXEC(L, -ECANCELED, TRUE), EXEC(0, -ECANCELED, TRUE),
};
static const struct step fails_hard[] = {
	CLONE(L, 0), EXEC(H, -ENOENT, "/nonexistent"), NOP(L, 0),
	DUP(L, -EBADF, 1000, 5, 0), EXEC(0, -ECANCELED, TRUE),
};
static const struct step ends_without[] = {
	CLONE(L, 0), NOP(L, 0), DUP(0, 5, 1, 5, 0),
};
static const struct step refused_step[] = {
	CLONE(L, 0), CALL(L, -ENOSYS, SYS_reboot, 0, 0, 0, 0),
	EXEC(L, -ECANCELED, TRUE), EXEC(0, -ECANCELED, TRUE),
};

static const struct {
	const char *name;
	const struct step *steps;
	unsigned int nr;
	int status;
	/* requests of a link that the core gave up at submission are its own */
	bool counted;
	const char *policy;
} ends[] = {
#define END(_name, _steps, _status, ...)				\
	{ .name = _name, .steps = _steps, .nr = ARRAY_SIZE(_steps),	\
	  .status = _status, ##__VA_ARGS__ }
	END("a program that is not there", fails_early, EXITED(127)),
	END("failures behind hard links", fails_hard, EXITED(127)),
	END("no EXEC", ends_without, EXITED(0)),
	END("a call that is not on the list", refused_step, EXITED(127)),
};

static void test_end(struct io_uring *ring, const struct kind *kind)
{
	unsigned int i;
	bool good;

	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		queue_steps(ring, ends[i].steps, ends[i].nr);
		submit(ring);
		good = status_is(ends[i].status);
		good &= eventually(no_requests, NULL);
		good &= !arm("0");
		if (arm("1"))
			die("armed");
		good &= cqes_match(ring, ends[i].steps, ends[i].nr);
		ok(good, "%s: disarmed after a chain that is over: %s",
		   kind->name, ends[i].name);
	}
}

/* CLONE is refused, or the core gives the link up: there is no chain at all. */
static void test_no_chain(struct io_uring *ring, const struct kind *kind)
{
	struct step refused[] = {
		CLONE(L, -EPERM), EXEC(L, -ECANCELED, TRUE),
		EXEC(0, -ECANCELED, TRUE),
	};
	struct step given_up[] = {
		CLONE(L, -ECANCELED), EXEC(L, -ECANCELED, TRUE),
		OP(239, 0, -EINVAL),
	};
	bool good;

	if (write_string(PARAMETERS "policy", "2"))
		die("policy");
	queue_steps(ring, refused, ARRAY_SIZE(refused));
	submit(ring);
	good = is_taken(ring) && eventually(no_requests, NULL);
	if (write_string(PARAMETERS "policy", "0"))
		die("policy");
	good &= !arm("0");
	if (arm("1"))
		die("armed");
	good &= cqes_match(ring, refused, ARRAY_SIZE(refused));
	ok(good, "%s: disarmed after a CLONE that was refused", kind->name);

	queue_steps(ring, given_up, ARRAY_SIZE(given_up));
	submit_some(ring);
	good = is_taken(ring) && eventually(no_chains, NULL) &&
	       !arm("0");
	if (arm("1"))
		die("armed");
	good &= cqes_match(ring, given_up, ARRAY_SIZE(given_up));
	ok(good, "%s: disarmed after a link that the core gave up", kind->name);
}

static void test_kill(struct io_uring *ring, const struct kind *kind)
{
	bool good;

	if (kind->polled)
		return;
	start_blocked(ring, L);
	wait_for_read();
	good = arm("0") == -EBUSY;
	ok(good, "%s: armed=0 while a chain runs: EBUSY", kind->name);
	good = !arm("kill");
	ok(good, "%s: armed=kill while a chain runs", kind->name);
	ended(ring, kind->name, "the chain was ended by it");
	if (arm("1"))
		die("armed");
}

/*
 * A submitter that cannot run task work: it sleeps in vfork(), and its child, which
 * shares its memory, submits to an SQPOLL ring, whose CLONEs wait for it.
 */
static struct {
	struct io_uring ring;
	unsigned int nr, refused, ended;
	int ready[2], go[2];
} asleep;

static void push(int op, unsigned int flags)
{
	struct step step = OP(op, flags, ANY);

	while (io_uring_sq_space_left(&asleep.ring) < 2)
		submit_some(&asleep.ring);
	queue_step(&asleep.ring, &step, op);
}

static void count_cqes(void)
{
	struct io_uring_cqe *cqe;

	while (!io_uring_peek_cqe(&asleep.ring, &cqe)) {
		if (cqe->user_data == IORING_OP_CLONE) {
			asleep.refused += cqe->res == -EAGAIN;
			asleep.ended += cqe->res == -ECANCELED;
		}
		io_uring_cqe_seen(&asleep.ring, cqe);
	}
}

static int fill(void *unused)
{
	unsigned int i;
	char byte;

	(void)unused;
	/* its end is the end of the wait below */
	close(asleep.go[1]);
	for (i = 0; i < asleep.nr; i++) {
		push(IORING_OP_CLONE, L);
		push(IORING_OP_NOP, 0);
		submit_some(&asleep.ring);
		usleep(500);
		count_cqes();
	}
	if (write(asleep.ready[1], "", 1) != 1 ||
	    read(asleep.go[0], &byte, 1) != 1)
		_exit(1);
	for (i = 0; i < 1000 && asleep.ended + asleep.refused < asleep.nr; i++) {
		usleep(1000);
		count_cqes();
	}
	_exit(0);
}

/* Returns the submitter, asleep, with @nr CLONEs submitted; @nproc: its limit. */
static pid_t start_asleep(unsigned int nr, rlim_t nproc)
{
	static char stack[65536] __attribute__((aligned(16)));
	struct rlimit limit = { nproc, nproc };
	pid_t pid;
	char byte;

	asleep.nr = nr;
	if (pipe(asleep.ready) || pipe(asleep.go))
		die("pipe");
	pid = fork();
	if (!pid) {
		struct io_uring_params p = {
			.flags = IORING_SETUP_SQPOLL, .sq_thread_idle = 100,
		};

		alarm(120);
		if (nproc && (setrlimit(RLIMIT_NPROC, &limit) ||
			      syscall(SYS_setresuid, 1234, 1234, 1234)))
			_exit(1);
		if (io_uring_queue_init_params(256, &asleep.ring, &p))
			_exit(1);
		clone(fill, stack + sizeof(stack),
		      CLONE_VM | CLONE_VFORK | CLONE_FILES | SIGCHLD, NULL);
		_exit(asleep.refused << 4 | (asleep.ended == asleep.nr));
	}
	close(asleep.ready[1]);
	if (read(asleep.ready[0], &byte, 1) != 1)
		die("the submitter");
	return pid;
}

static void end_asleep(void)
{
	close(asleep.ready[0]);
	close(asleep.go[0]);
	close(asleep.go[1]);
}

/* The SQ thread may be behind its submitter. */
static bool all_wait(void *unused)
{
	(void)unused;
	return read_number(PARAMETERS "chains") == 50;
}

static void test_waiting(void)
{
	pid_t pid = start_asleep(50, 0);
	int status;

	ok(eventually(all_wait, NULL),
	   "50 CLONEs wait for a thread that sleeps in vfork()");
	ok(arm("0") == -EBUSY, "armed=0: EBUSY");
	ok(!arm("kill"), "armed=kill ends them while the thread sleeps");
	if (write(asleep.go[1], "", 1) != 1)
		die("write");
	status = waitpid(pid, &status, 0) == pid ? status : -1;
	ok(WIFEXITED(status) && WEXITSTATUS(status) & 1,
	   "each has said -ECANCELED");
	if (arm("1"))
		die("armed");
	end_asleep();
}

static void test_limit(void)
{
	pid_t pid = start_asleep(15, 8);
	int status;
	long chains = read_number(PARAMETERS "chains");

	ok(chains > 0 && chains <= 8,
	   "RLIMIT_NPROC 8: %ld of 15 CLONEs wait for a thread", chains);
	if (kill(pid, SIGKILL) || waitpid(pid, &status, 0) != pid)
		die("kill");
	ok(eventually(no_requests, NULL), "and nothing is left of them");
	end_asleep();

	/* the rest has said so */
	pid = start_asleep(15, 8);
	if (arm("kill") || write(asleep.go[1], "", 1) != 1 ||
	    waitpid(pid, &status, 0) != pid)
		die("armed");
	ok(WIFEXITED(status) && WEXITSTATUS(status) >> 4 >= 7,
	   "%d of 15 have said -EAGAIN", WEXITSTATUS(status) >> 4);
	if (arm("1"))
		die("armed");
	end_asleep();
}

int main(void)
{
	alarm(500);
	make_pipe();
	for_main_kinds(test_end, "what is over");
	for_main_kinds(test_no_chain, "no chain");
	for_main_kinds(test_kill, "armed=kill");
	test_waiting();
	test_limit();
	return done();
}
