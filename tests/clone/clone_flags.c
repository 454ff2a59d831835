// SPDX-License-Identifier: GPL-2.0
/* CLONE with arguments: accepted flags, numbers, signals. */
#include "state.h"
#include "test.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define TINY	"/tests/tiny"

static char report[STATE_SIZE];
static volatile sig_atomic_t nr_chld, nr_usr1;

static void count(int signal)
{
	if (signal == SIGCHLD)
		nr_chld++;
	else
		nr_usr1++;
}

static void test_flags(struct io_uring *ring, const struct kind *kind)
{
	static const struct {
		const char *name;
		unsigned long long flags;
	} accepted[] = {
		{ "no flag", 0 },
		{ "CLONE_VM", CLONE_VM },
		{ "CLONE_CLEAR_SIGHAND", CLONE_CLEAR_SIGHAND },
		{ "CLONE_FS", CLONE_FS },
		{ "CLONE_IO", CLONE_IO },
		{ "CLONE_SYSVSEM", CLONE_SYSVSEM },
		{ "all of these", CLONE_VM | CLONE_CLEAR_SIGHAND | CLONE_FS |
				  CLONE_IO | CLONE_SYSVSEM },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(accepted); i++) {
		struct clone_args args = {
			.flags = accepted[i].flags,
			.exit_signal = SIGCHLD,
		};
		const struct step steps[] = {
			CLONE_WITH(L, PID, &args), EXEC(0, 0, TINY),
		};

		RUN(ring, steps, EXITED(0), "%s: %s", kind->name,
		    accepted[i].name);
	}
}

/* It is there before anything of the chain runs. */
static void test_parent_tid(struct io_uring *ring, const struct kind *kind)
{
	int tid = 0;
	struct clone_args args = {
		.flags = CLONE_PARENT_SETTID,
		.parent_tid = (unsigned long)&tid,
		.exit_signal = SIGCHLD,
	};
	const struct step steps[] = {
		CLONE_WITH(L, PID, &args),
		CALL(L, PID, SYS_getpid, 0, 0, 0, 0),
		EXEC(0, 0, TINY),
	};
	const struct step fault[] = {
		CLONE_WITH(L, PID, &args), EXEC(0, 0, TINY),
	};

	RUN(ring, steps, EXITED(0), "%s: CLONE_PARENT_SETTID", kind->name);
	ok(tid == waited_pid, "%s: stores the number", kind->name);
	/* as clone3: it is too late to fail */
	args.parent_tid = 8;
	RUN(ring, fault, EXITED(0), "%s: CLONE_PARENT_SETTID to nowhere",
	    kind->name);
}

/* Without an exec, which makes SIGCHLD of any of them. */
static void test_exit_signal(struct io_uring *ring, const struct kind *kind)
{
	static const struct {
		const char *name;
		int signal, chld, usr1;
	} signals[] = {
		{ "SIGCHLD", SIGCHLD, 1, 0 },
		{ "no signal", 0, 0, 0 },
		{ "SIGUSR1", SIGUSR1, 0, 1 },
	};
	unsigned int i;
	int status;

	signal(SIGCHLD, count);
	signal(SIGUSR1, count);
	for (i = 0; i < ARRAY_SIZE(signals); i++) {
		struct clone_args args = { .exit_signal = signals[i].signal };
		const struct step steps[] = {
			CLONE_WITH(L, PID, &args), NOP(0, 0),
		};
		bool good, hidden;

		nr_chld = nr_usr1 = 0;
		queue_steps(ring, steps, 2);
		submit(ring);
		good = cqes_match(ring, steps, 2);
		/* wait() does not see those that send another signal */
		hidden = signals[i].signal == SIGCHLD ||
			 (waitpid(cqe_pid, NULL, WNOHANG) < 0 &&
			  errno == ECHILD);
		good &= waitpid(cqe_pid, &status, __WALL) == cqe_pid &&
			!status;
		ok(good && hidden && nr_chld == signals[i].chld &&
		   nr_usr1 == signals[i].usr1, "%s: exit_signal: %s",
		   kind->name, signals[i].name);
	}
	signal(SIGCHLD, SIG_DFL);
	signal(SIGUSR1, SIG_DFL);
}

static void test_exit_signal_exec(struct io_uring *ring,
				  const struct kind *kind)
{
	static struct clone_args args;
	const struct step steps[] = {
		CLONE_WITH(L, PID, &args), EXEC(0, 0, TINY),
	};

	signal(SIGCHLD, count);
	nr_chld = 0;
	RUN(ring, steps, EXITED(0), "%s: no exit_signal, a program",
	    kind->name);
	ok(nr_chld == 1, "%s: exec makes it SIGCHLD", kind->name);
	signal(SIGCHLD, SIG_DFL);
}

static int free_pid(void)
{
	static int pid = 20000;

	do {
		pid++;
	} while (!kill(pid, 0) || errno != ESRCH);
	return pid;
}

static void test_set_tid(struct io_uring *ring, const struct kind *kind)
{
	int pids[3] = { free_pid(), 0 };
	struct clone_args args = {
		.exit_signal = SIGCHLD,
		.set_tid = (unsigned long)pids,
		.set_tid_size = 1,
	};
	struct step steps[] = {
		CLONE_WITH(L, pids[0], &args), EXEC(0, 0, TINY),
	};
	struct step fails[] = {
		CLONE_WITH(L, -EEXIST, &args), EXEC(0, -ECANCELED, TINY),
	};

	RUN(ring, steps, EXITED(0), "%s: set_tid", kind->name);
	ok(waited_pid == pids[0], "%s: that is its number", kind->name);
	pids[0] = getpid();
	RUN(ring, fails, NO_CHILD, "%s: set_tid of a number in use",
	    kind->name);
	fails[0].want = -EINVAL;
	pids[0] = 0;
	RUN(ring, fails, NO_CHILD, "%s: set_tid 0", kind->name);
	pids[0] = 0x7fffffff;
	RUN(ring, fails, NO_CHILD, "%s: set_tid that is too large",
	    kind->name);
	pids[0] = pids[1] = free_pid();
	args.set_tid_size = 2;
	RUN(ring, fails, NO_CHILD, "%s: set_tid for more namespaces than "
	    "there are", kind->name);
	pids[0] = 1;
	args.flags = CLONE_NEWPID;
	steps[0].want = pids[1];
	RUN(ring, steps, EXITED(0), "%s: set_tid in two namespaces",
	    kind->name);
	ok(waited_pid == pids[1], "%s: its number is the outer one",
	   kind->name);
}

/* Both are copied when they are submitted. */
static void test_set_tid_copied(struct io_uring *ring,
				const struct kind *kind)
{
	int pids[1] = { free_pid() };
	struct clone_args args = {
		.exit_signal = SIGCHLD,
		.set_tid = (unsigned long)pids,
		.set_tid_size = 1,
	};
	const struct step steps[] = {
		CLONE_WITH(L | IOSQE_ASYNC, pids[0], &args),
		EXEC(0, 0, TINY),
	};

	if (kind->flags & IORING_SETUP_SQPOLL) {
		skip("its thread submits when it likes",
		     "%s: set_tid is copied", kind->name);
		return;
	}
	queue_steps(ring, steps, 2);
	submit(ring);
	pids[0] = 1;
	memset(&args, 0xff, sizeof(args));
	ok(cqes_match(ring, steps, 2) & status_is(EXITED(0)),
	   "%s: set_tid is copied", kind->name);
}

/* Shared with the submitters that tests fork. */
static int *told_pid;

static int clone_parent(const void *arg)
{
	struct clone_args args = { .flags = CLONE_PARENT };
	const struct step steps[] = {
		CLONE_WITH(L, PID, &args), REPORT(0, 0),
	};
	struct io_uring ring;
	bool good;

	if (open_ring(&ring, arg, 8))
		die("ring");
	queue_steps(&ring, steps, 2);
	submit(&ring);
	good = cqes_match(&ring, steps, 2);
	*told_pid = cqe_pid;
	return !(good && waitpid(-1, NULL, __WALL) < 0 && errno == ECHILD);
}

static void test_parent(struct io_uring *ring, const struct kind *kind)
{
	char line[64];
	bool good;
	int ret;

	(void)ring;
	state_read(report);
	ret = in_process(clone_parent, kind);
	good = !ret && status_is(EXITED(0)) && waited_pid == *told_pid;
	state_read(report);
	snprintf(line, sizeof(line), "parent: %d", getpid());
	ok(good && state_has(report, line),
	   "%s: CLONE_PARENT: a brother of the submitter", kind->name);
}

static int clone_fs(const void *arg)
{
	struct clone_args args = { .flags = CLONE_FS, .exit_signal = SIGCHLD };
	struct step steps[] = {
		CLONE_WITH(L, PID, &args),
		CALL(L, 022, SYS_umask, 077, 0, 0, 0),
		CALL(L, 0, SYS_chdir, "/tmp", 0, 0, 0),
		REPORT(0, 0),
	};
	struct io_uring ring;
	char cwd[64];
	bool good;

	if (open_ring(&ring, arg, 8))
		die("ring");
	good = TRY(&ring, steps, EXITED(0));
	state_read(report);
	return !(good && state_has(report, "cwd: /tmp") && umask(0) == 077 &&
		 getcwd(cwd, sizeof(cwd)) && !strcmp(cwd, "/tmp"));
}

static void test_fs(struct io_uring *ring, const struct kind *kind)
{
	(void)ring;
	ok(!in_process(clone_fs, kind),
	   "%s: CLONE_FS: umask and directory are common", kind->name);
}

static int as_user(const void *arg)
{
	int pids[1] = { free_pid() };
	struct clone_args args = {
		.exit_signal = SIGCHLD,
		.set_tid = (unsigned long)pids,
		.set_tid_size = 1,
	};
	const struct step refused[] = {
		CLONE_WITH(L, -EPERM, &args), EXEC(0, -ECANCELED, TINY),
	};
	struct io_uring ring;

	if (setgid(1000) || setuid(1000) || open_ring(&ring, arg, 8))
		die("user");
	return !TRY(&ring, refused, NO_CHILD);
}

static void test_user(struct io_uring *ring, const struct kind *kind)
{
	(void)ring;
	ok(!in_process(as_user, kind), "%s: set_tid is not for users",
	   kind->name);
}

static void test_all(struct io_uring *ring, const struct kind *kind)
{
	test_flags(ring, kind);
	test_parent_tid(ring, kind);
	test_exit_signal(ring, kind);
	test_exit_signal_exec(ring, kind);
	test_set_tid(ring, kind);
	test_set_tid_copied(ring, kind);
	test_parent(ring, kind);
	test_fs(ring, kind);
	test_user(ring, kind);
}

int main(void)
{
	alarm(500);
	told_pid = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (told_pid == MAP_FAILED)
		die("mmap");
	state_setup();
	for_main_kinds(test_all, "CLONE with arguments");
	return done();
}
