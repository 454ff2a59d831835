// SPDX-License-Identifier: GPL-2.0
/*
 * Resource limits: what a chain runs into is what a forked child would run into
 * that did the same, and hits the process of the chain alone. See lib/rows.h.
 */
#include "blocked.h"
#include "rows.h"
#include "space.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define MANY	24

static void limit(int resource, unsigned long value)
{
	struct rlimit limit = { value, value };

	if (setrlimit(resource, &limit))
		die("setrlimit");
}

/* One descriptor is free: the ring's, which the new process has not. */
static const char *full_table(void)
{
	int next = dup(0);

	close(next);
	limit(RLIMIT_NOFILE, next + 1);
	return NULL;
}

static const char *no_writing(void)
{
	signal(SIGXFSZ, SIG_IGN);
	limit(RLIMIT_FSIZE, 1 << 20);
	if (lseek(FILE_FD, 2 << 20, SEEK_SET) < 0)
		die("lseek");
	return NULL;
}

/* More of an environment than a quarter of the stack. */
static const char *small_stack(void)
{
	static char large[100000];
	char name[8];
	int i;

	memset(large, 'x', sizeof(large) - 1);
	for (i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "BIG%d", i);
		setenv(name, large, 1);
	}
	limit(RLIMIT_STACK, 1 << 20);
	return NULL;
}

/*
 * Another process of a user, which ends with this one, a little later: each row
 * has a user of its own.
 */
static void make_other(int user)
{
	int ready[2];
	char byte;

	if (pipe(ready))
		die("pipe");
	if (!fork()) {
		if (setgid(user) || setuid(user))
			_exit(1);
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	if (read(ready[0], &byte, 1) != 1)
		die("another process");
	close(ready[0]);
	close(ready[1]);
}

/* setuid() looks at those that there are already. */
static const char *too_many_processes(void)
{
	make_other(1001);
	make_other(1001);
	limit(RLIMIT_NPROC, 1);
	return NULL;
}

static const char *enough_processes(void)
{
	make_other(1002);
	limit(RLIMIT_NPROC, 1);
	return NULL;
}

static const char *user_without(void)
{
	limit(RLIMIT_RTPRIO, 0);
	limit(RLIMIT_NICE, 0);
	if (setgid(1000) || setuid(1000))
		die("setuid");
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	return NULL;
}

static const char *user_with(void)
{
	limit(RLIMIT_RTPRIO, 1);
	limit(RLIMIT_NICE, 25);
	if (setgid(1000) || setuid(1000))
		die("setuid");
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	return NULL;
}

static struct sched_param realtime = { .sched_priority = 1 };
static struct rlimit three = { 3, 4096 };
static int pair[2];

#define AS_USER(_user)	CALL(L, 0, SYS_setgid, _user, 0, 0, 0), \
			CALL(L, 0, SYS_setuid, _user, 0, 0, 0)

static const struct row rows[] = {
	{ "RLIMIT_NOFILE", full_table, {
		OPEN(L, ABOVE_0, "/dev/null", O_RDONLY),
		OPEN(H, -EMFILE, "/dev/null", O_RDONLY),
		OP(IORING_OP_SOCKET, H, -EMFILE, .fd = AF_UNIX,
		   .off = SOCK_STREAM),
		CALL(H, -EMFILE, SYS_dup, 0, 0, 0, 0),
		CALL(H, -EMFILE, SYS_fcntl, 0, F_DUPFD, 0, 0),
		CALL(H, -EMFILE, SYS_pipe2, pair, 0, 0, 0),
		DUP(H, -EBADF, 0, 150, 0) } },
	{ "RLIMIT_NOFILE, lowered by the chain", .steps = {
		CALL(L, 0, SYS_prlimit64, 0, RLIMIT_NOFILE, &three, 0),
		DUP(H, -EBADF, 0, 3, 0),
		CALL(H, -EMFILE, SYS_dup, 0, 0, 0, 0),
		CALL(H, -EINVAL, SYS_fcntl, 0, F_DUPFD, 3, 0) },
	  .fresh = "limit.7" },
	{ "RLIMIT_FSIZE", no_writing, {
		OP(IORING_OP_WRITE, H, -EFBIG, .fd = FILE_FD, .addr = "12345678",
		   .len = 8),
		OP(IORING_OP_FALLOCATE, H, -EFBIG, .fd = FILE_FD,
		   .off = 2 << 20, .addr = (void *)4096) } },
	{ "RLIMIT_STACK, exec", small_stack, .exec = -E2BIG,
	  .status = EXITED(127) },
	{ "RLIMIT_NPROC, setuid and exec", too_many_processes, { AS_USER(1001) },
	  .creds = true, .exec = -EAGAIN, .status = EXITED(127) },
	{ "RLIMIT_NPROC, not exceeded", enough_processes, { AS_USER(1002) },
	  .creds = true },
	{ "RLIMIT_RTPRIO, RLIMIT_NICE", user_without, {
		CALL(H, -EPERM, SYS_sched_setscheduler, 0, SCHED_FIFO,
		     &realtime, 0),
		CALL(H, -EACCES, SYS_setpriority, PRIO_PROCESS, 0, -5, 0) } },
	{ "the same, allowed", user_with, {
		CALL(H, 0, SYS_sched_setscheduler, 0, SCHED_FIFO, &realtime,
		     0),
		CALL(H, 0, SYS_setpriority, PRIO_PROCESS, 0, -5, 0) } },
};

/* Children that wait for a byte, until there can be no more: how many. */
static int count_forks(void)
{
	int i, nr, status;
	char byte;
	pid_t pid;

	for (nr = 0; nr < MANY; nr++) {
		pid = fork();
		if (pid < 0)
			break;
		if (!pid)
			_exit(read(pipes[0], &byte, 1) != 1);
	}
	if (nr < MANY && errno != EAGAIN)
		note("fork: %s", strerror(errno));
	for (i = 0; i < nr; i++)
		if (write(pipes[1], "x", 1) != 1)
			die("write");
	while (waitpid(-1, &status, 0) > 0)
		;
	return nr;
}

static bool end_chains(struct io_uring *ring, int nr)
{
	unsigned long user_data;
	bool good = true;
	int i, res;

	for (i = 0; i < nr; i++)
		if (write(pipes[1], "x", 1) != 1)
			die("write");
	for (i = 0; i < nr; i++) {
		good &= next_cqe(ring, &user_data, &res) && res >= 0;
		good &= next_cqe(ring, &user_data, &res) && res >= 0;
		good &= status_is(EXITED(0));
	}
	return good;
}

/* The same with chains; -1 if something else is wrong. */
static int count_chains(struct io_uring *ring)
{
	const struct step steps[] = {
		CLONE(L, 0),
		OP(IORING_OP_READ, L, 1, .fd = pipes[0], .addr = buffer,
		   .len = 1),
		EXEC(0, 0, "/tests/tiny"),
	};
	const struct step rest[] = { NOP(0, -ECANCELED), NOP(0, -ECANCELED) };
	unsigned long user_data;
	bool good = true;
	int nr, res;

	for (nr = 0; nr < MANY; nr++) {
		queue_step(ring, &steps[0], 0);
		queue_steps(ring, &steps[1], 2);
		submit(ring);
		if (!next_cqe(ring, &user_data, &res))
			return -1;
		if (!res)
			continue;
		good = res == -EAGAIN && cqes_match(ring, rest, 2);
		break;
	}
	return good & end_chains(ring, nr) ? nr : -1;
}

static int compare_counts(const void *kind)
{
	struct io_uring ring;
	int forks, chains;

	limit(RLIMIT_NPROC, 8);
	if (open_ring(&ring, kind, 256))
		die("ring");
	forks = count_forks();
	chains = count_chains(&ring);
	note("%d forks, %d chains", forks, chains);
	return !(forks == chains && forks > 0 && forks < 8);
}

static int as_user(const void *kind)
{
	user_without();
	return compare_counts(kind);
}

static int as_root(const void *kind)
{
	struct io_uring ring;

	limit(RLIMIT_NPROC, 1);
	if (open_ring(&ring, kind, 256))
		die("ring");
	return !(count_forks() == MANY && count_chains(&ring) == MANY);
}

static int in_space(const void *kind)
{
	if (space_of_user())
		return 77;
	return compare_counts(kind);
}

static void test_processes(struct io_uring *ring, const struct kind *kind)
{
	int ret;

	(void)ring;
	ok(!in_process(as_user, kind), "%s: RLIMIT_NPROC of a user",
	   kind->name);
	ok(!in_process(as_root, kind), "%s: RLIMIT_NPROC is not for root",
	   kind->name);
	ret = in_process(in_space, kind);
	if (ret == 77)
		skip("user namespaces are not for users here",
		     "%s: RLIMIT_NPROC of its root", kind->name);
	else
		ok(!ret, "%s: RLIMIT_NPROC of a user namespace's root",
		   kind->name);
}

int main(void)
{
	alarm(1500);
	make_pipe();
	rows_setup();
	rows_run(rows, ARRAY_SIZE(rows), "limits");
	for_main_kinds(test_processes, "processes");
	return done();
}
