// SPDX-License-Identifier: GPL-2.0
/*
 * CLONE with a personality: the process has these credentials before its first
 * request, and no one else gets hold of the submitter's memory by that.
 */
#include "blocked.h"
#include "state.h"

#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>

#define TINY	"/tests/tiny"
#define PRIVATE	"/tmp/creds-private"
#define USER	"Uid:\t1000\t1000\t1000\t1000"

static char before[STATE_SIZE], report[STATE_SIZE], after[STATE_SIZE];

/* What the other user must not see, at an address that it knows. */
static char secret[32] = "the submitter's own";

/* Raw calls: glibc would change all threads. */
static void become_user(void)
{
	if (syscall(SYS_setgroups, 0, NULL) ||
	    syscall(SYS_setresgid, 1000, 1000, 1000) ||
	    syscall(SYS_setresuid, 1000, 1000, 1000))
		die("become_user");
}

/* Credentials of the user, which a process of its own registers. */
static int register_user(struct io_uring *ring)
{
	int status, id;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		become_user();
		id = io_uring_register_personality(ring);
		_exit(id > 0 && id < 255 ? id : 255);
	}
	if (waitpid(pid, &status, 0) != pid)
		die("waitpid");
	return WIFEXITED(status) && WEXITSTATUS(status) < 255 ?
	       WEXITSTATUS(status) : -1;
}

/* A ring that only its submitter may register with: what can be undone. */
static int register_partly(struct io_uring *ring)
{
	int id;

	if (syscall(SYS_setresgid, 1000, 1000, 0) ||
	    syscall(SYS_setresuid, 1000, 1000, 0))
		die("setresuid");
	id = io_uring_register_personality(ring);
	if (syscall(SYS_setresuid, 0, 0, 0) || syscall(SYS_setresgid, 0, 0, 0))
		die("back to root");
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	return id;
}

static int open_with_user(struct io_uring *ring, const struct kind *kind)
{
	int id;

	if (open_ring(ring, kind, 16))
		die("ring");
	id = kind->flags & IORING_SETUP_SINGLE_ISSUER ? register_partly(ring) :
						       register_user(ring);
	if (id <= 0)
		die("personality");
	return id;
}

static bool is_user(void)
{
	return state_has(report, USER) &&
	       state_has(report, "Gid:\t1000\t1000\t1000\t1000") &&
	       state_has(report, "CapEff:\t0000000000000000");
}

static bool try_personality(struct io_uring *ring, int id,
			    const struct clone_args *args, unsigned int flags)
{
	const struct step steps[] = {
		CLONE_WITH(L | flags, args ? PID : 0, args,
			   .len = args ? sizeof(*args) : 0,
			   .personality = id),
		/* from the first request on */
		OPEN(H, -EACCES, PRIVATE, O_RDONLY),
		REPORT(0, 0),
	};
	bool good;

	state_read(report);
	good = TRY(ring, steps, EXITED(0));
	state_read(report);
	return good;
}

static int born(const void *arg)
{
	struct clone_args args = { .exit_signal = SIGCHLD };
	struct io_uring ring;
	int id = open_with_user(&ring, arg);
	bool good;

	state_print(before);
	good = try_personality(&ring, id, NULL, 0) && is_user();
	good &= try_personality(&ring, id, &args, 0) && is_user();
	good &= try_personality(&ring, id, NULL, IOSQE_ASYNC) && is_user();
	good &= try_personality(&ring, id, NULL, IOSQE_IO_DRAIN) && is_user();
	state_print(after);
	/* documented: what shares memory with it has no core dumps */
	return !(good & state_same(before, after, NULL, "dumpable"));
}

/* A chain without one has the submitter's credentials as ever. */
static int unmixed(const void *arg)
{
	struct io_uring ring;
	int id = open_with_user(&ring, arg);
	const struct step plain[] = { CLONE(L, 0), REPORT(0, 0) };
	bool good;

	good = try_personality(&ring, id, NULL, 0);
	state_read(report);
	good &= TRY(&ring, plain, EXITED(0));
	state_read(report);
	return !(good && state_has(report, "Uid:\t0\t0\t0\t0"));
}

static bool is_refused(struct io_uring *ring, int id, unsigned long long flags,
		       int want)
{
	struct clone_args args = { .flags = flags, .exit_signal = SIGCHLD };
	const struct step steps[] = {
		CLONE_WITH(L, want, &args, .personality = id),
		EXEC(0, -ECANCELED, TINY),
	};
	const struct step plain[] = {
		CLONE_WITH(L, want, NULL, .len = 0, .personality = id),
		EXEC(0, -ECANCELED, TINY),
	};

	return TRY(ring, steps, NO_CHILD) &&
	       (flags || TRY(ring, plain, NO_CHILD));
}

static int with_newuser(const void *kind)
{
	struct io_uring ring;
	int id = open_with_user(&ring, kind);

	return !is_refused(&ring, id, CLONE_NEWUSER, -EINVAL);
}

static int under_nnp(const void *kind)
{
	struct io_uring ring;
	int id = open_with_user(&ring, kind);

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return !is_refused(&ring, id, 0, -EPERM);
}

static int unregistered(const void *kind)
{
	struct io_uring ring;
	int id = open_with_user(&ring, kind);

	return !(is_refused(&ring, id + 100, 0, -EINVAL) &&
		 !io_uring_unregister_personality(&ring, id) &&
		 is_refused(&ring, id, 0, -EINVAL));
}

/* As another user: does any way into the memory of @pid open? */
static int attack(pid_t pid)
{
	char path[64], text[sizeof(secret)] = "";
	struct iovec to = { text, sizeof(text) };
	struct iovec from = { secret, sizeof(secret) };
	int fd, ways = 0;

	become_user();
	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	fd = open(path, O_RDWR);
	if (fd >= 0)
		ways |= 1;
	fd = open(path, O_RDONLY);
	if (fd >= 0 && pread(fd, text, sizeof(text),
			     (unsigned long)secret) > 0)
		ways |= 2;
	if (process_vm_readv(pid, &to, 1, &from, 1, 0) > 0)
		ways |= 4;
	snprintf(path, sizeof(path), "/proc/%d/environ", pid);
	if (open(path, O_RDONLY) >= 0)
		ways |= 8;
	snprintf(path, sizeof(path), "/proc/%d/fd/0", pid);
	if (readlink(path, text, sizeof(text)) > 0)
		ways |= 16;
	return ways;
}

static int ways_into(pid_t pid)
{
	pid_t attacker;
	int status;

	fflush(stdout);
	attacker = fork();
	if (!attacker)
		_exit(attack(pid));
	if (waitpid(attacker, &status, 0) != attacker)
		die("waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* A process of the user's with this memory: such attacks do succeed. */
static int ways_into_own(void)
{
	int ready[2], ways;
	pid_t pid;
	char c;

	if (pipe(ready))
		die("pipe");
	fflush(stdout);
	pid = fork();
	if (!pid) {
		become_user();
		prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
		if (write(ready[1], "x", 1) == 1)
			pause();
		_exit(0);
	}
	if (read(ready[0], &c, 1) != 1)
		die("read");
	ways = ways_into(pid);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(ready[0]);
	close(ready[1]);
	return ways;
}

/* While the chain is blocked, as the user whose credentials it has. */
static int memory(const void *kind)
{
	struct io_uring ring;
	int id, ways, control = ways_into_own();
	char state;
	bool good;

	id = open_with_user(&ring, kind);
	{
		const struct step steps[] = {
			CLONE_WITH(L, 0, NULL, .len = 0, .personality = id),
			OP(IORING_OP_READ, L, 1, .fd = pipes[0],
			   .addr = buffer, .len = 1),
			EXEC(0, 0, TINY),
		};

		queue_steps(&ring, steps, 3);
		submit(&ring);
		wait_for_read();
		ways = ways_into(any_child(&state));
		ways |= ways_into(getpid()) << 8;
		if (write(pipes[1], "x", 1) != 1)
			die("write");
		good = cqes_match(&ring, steps, 3) & status_is(EXITED(0));
	}
	if (!(control & 2))
		note("an attack on its own process fails as well: %#x",
		     control);
	if (ways)
		note("ways into the memory: %#x", ways);
	return !(good && !ways);
}

/* The same after a call of the chain has changed its ids. */
static int memory_by_call(const void *kind)
{
	const struct step steps[] = {
		CLONE(L, 0),
		CALL(L, 0, SYS_setgroups, 0, 0, 0, 0),
		CALL(L, 0, SYS_setresgid, 1000, 1000, 1000, 0),
		CALL(L, 0, SYS_setresuid, 1000, 1000, 1000, 0),
		OP(IORING_OP_READ, L, 1, .fd = pipes[0], .addr = buffer,
		   .len = 1),
		EXEC(0, 0, TINY),
	};
	struct io_uring ring;
	char state;
	bool good;
	int ways;

	if (open_ring(&ring, kind, 16))
		die("ring");
	queue_steps(&ring, steps, ARRAY_SIZE(steps));
	submit(&ring);
	wait_for_read();
	ways = ways_into(any_child(&state));
	if (write(pipes[1], "x", 1) != 1)
		die("write");
	good = cqes_match(&ring, steps, ARRAY_SIZE(steps)) &
	       status_is(EXITED(0));
	if (ways)
		note("ways into the memory: %#x", ways);
	return !(good && !ways);
}

/*
 * What the core lends to a drained link may be the submitter's credentials of
 * later: other ones than those that it was submitted with. With DEFER_TASKRUN,
 * those of the moment when it waits for CQEs.
 */
static int changed_meanwhile(const void *kind)
{
	const struct step steps[] = {
		CLONE(L | IOSQE_IO_DRAIN, 0),
		CALL(L, 0, SYS_setresgid, 1000, 1000, 1000, 0),
		CALL(L, 0, SYS_setresuid, 1000, 1000, 1000, 0),
		OPEN(H, -EACCES, PRIVATE, O_RDONLY),
		EXEC(0, 0, TINY),
	};
	struct io_uring ring;

	if (open_ring(&ring, kind, 16))
		die("ring");
	queue_steps(&ring, steps, ARRAY_SIZE(steps));
	submit(&ring);
	if (syscall(SYS_setgroups, 0, NULL))
		die("setgroups");
	return !(cqes_match(&ring, steps, ARRAY_SIZE(steps)) &
		 status_is(EXITED(0)));
}

static void start_another(void)
{
	if (!fork()) {
		become_user();
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (write(pipes[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	if (read(pipes[0], buffer, 1) != 1)
		die("another process");
}

/* As by setresuid() and execve(): only others than the process count. */
static int nproc(const void *kind)
{
	const struct rlimit one = { 1, 1 };
	struct io_uring ring;
	int id = open_with_user(&ring, kind);
	struct step steps[] = {
		OP(IORING_OP_CLONE, L, 0, .personality = id),
		EXEC(0, 0, TINY),
	};
	bool good;

	start_another();
	setrlimit(RLIMIT_NPROC, &one);
	good = TRY(&ring, steps, EXITED(0));
	start_another();
	steps[1].want = -EAGAIN;
	return !(good & TRY(&ring, steps, EXITED(127)));
}

static void test_all(struct io_uring *ring, const struct kind *kind)
{
	static const struct {
		const char *name;
		int (*test)(const void *kind);
	} tests[] = {
		{ "born with other credentials", born },
		{ "others are not", unmixed },
		{ "not with CLONE_NEWUSER", with_newuser },
		{ "not under no_new_privs", under_nnp },
		{ "not with an id that is none", unregistered },
		{ "the submitter's memory is not the other user's", memory },
		{ "nor by setresuid in the chain", memory_by_call },
		{ "those of the submitter change meanwhile",
		  changed_meanwhile },
		{ "RLIMIT_NPROC", nproc },
	};
	unsigned int i;

	(void)ring;
	for (i = 0; i < ARRAY_SIZE(tests); i++)
		ok(!in_process(tests[i].test, kind), "%s: %s", kind->name,
		   tests[i].name);
}

int main(void)
{
	alarm(500);
	make_pipe();
	state_setup();
	write_string("/proc/sys/kernel/yama/ptrace_scope", "0");
	close(open(PRIVATE, O_CREAT | O_WRONLY, 0600));
	for_main_kinds(test_all, "personality");
	return done();
}
