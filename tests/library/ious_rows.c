// SPDX-License-Identifier: GPL-2.0
/*
 * Steps of a plan as one request with several system calls, where the module has
 * that: each has the result that it would have had by itself. An older module gets
 * them as requests of their own.
 *
 * A filter that refuses dup2(2) tells the two ways apart: it does not see DUP.
 */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "older.h"
#include "plans.h"

#define ERRNO	77
#define FILE_3	"/tmp/ious-rows"

/* @nr is refused with @error if its argument @arg is @value. */
static void refuse(unsigned int nr, unsigned int arg, unsigned int value,
		   int error)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, args[arg])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { ARRAY_SIZE(code), code };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program))
		die("seccomp");
}

/* The last one that cannot. */
static void make_old(void)
{
	older_module(2);
}

/* ---- which way */

static bool dups_are_seen(void)
{
	refuse(SYS_dup2, 1, 1, ERRNO);
	begin_script("echo yes");
	ious_plan_umask(plan, 077);
	/* step 0 is the output's */
	return ious_spawn(plan, &result) == -ERRNO && !result.step && no_child();
}

static int recent(const void *unused)
{
	(void)unused;
	return !dups_are_seen();
}

static int old(const void *unused)
{
	(void)unused;
	make_old();
	refuse(SYS_dup2, 1, 1, ERRNO);
	begin_script("echo yes");
	ious_plan_umask(plan, 077);
	return !spawned("yes");
}

/* Before Linux 6.3 only a ring's descriptor could ask, which the library does not keep. */
static bool can_ask(void)
{
	char memory[sizeof(struct io_uring_probe) +
		    256 * sizeof(struct io_uring_probe_op)] = { };
	struct io_uring ring;
	int index;

	if (io_uring_queue_init(4, &ring, 0) || io_uring_register_ring_fd(&ring) != 1)
		die("ring");
	index = ring.enter_ring_fd;
	return !syscall(SYS_io_uring_register, index,
			IORING_REGISTER_PROBE | IORING_REGISTER_USE_REGISTERED_RING,
			memory, 256);
}

/* A module that was away for one spawn is asked again. */
static int back(const void *unused)
{
	int ret;

	(void)unused;
	begin_script("echo yes");
	if (write_string(PARAMETERS "armed", "0"))
		die("armed");
	ret = ious_spawn(plan, &result);
	if (write_string(PARAMETERS "armed", "1"))
		die("armed");
	if (ret != -EOPNOTSUPP)
		return 1;
	begin_script("echo yes");
	return !spawned("yes") || dups_are_seen() != can_ask();
}

/* The mask of the new process is CLONE's, or a call, which can be refused. */
static bool mask_is_seen(void)
{
	refuse(SYS_rt_sigprocmask, 0, SIG_SETMASK, ERRNO);
	begin_script("echo yes");
	return ious_spawn(plan, &result) == -ERRNO &&
	       result.step == IOUS_STEP_CLONE && no_child();
}

static int mask_recent(const void *unused)
{
	(void)unused;
	refuse(SYS_rt_sigprocmask, 0, SIG_SETMASK, ERRNO);
	begin_script("echo yes");
	return !spawned("yes");
}

static int mask_old(const void *unused)
{
	(void)unused;
	make_old();
	return !mask_is_seen();
}

/* A search is one request, or one for each directory. */
static bool searches(int requests)
{
	const char *const argv[] = { "sh", "-c", "echo found", NULL };

	begin_output();
	return !ious_plan_file(plan, "sh", "/none:/dev:/bin:/none") &&
	       !ious_plan_argv(plan, argv) &&
	       ious_plan_requests(plan) == 2 + requests && spawned("found");
}

static int search_recent(const void *unused)
{
	(void)unused;
	return !searches(1);
}

static int search_old(const void *unused)
{
	(void)unused;
	make_old();
	return !searches(4);
}

/* ---- what comes of it, both ways */

enum {
	UMASK = 1, OPEN, READ, WRITE, CHDIR, SAME, CLOSE, GROUP
};

/* A plan with all kinds of steps, of which one fails: it is the one that is told. */
static bool step_fails(int failing)
{
	bool good;

	begin_script("true");
	ious_plan_umask(plan, 022);
	ious_plan_open(plan, 3, failing == OPEN ? "/none/x" : FILE_3,
		       O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);
	/* at the number that it gets */
	ious_plan_open(plan, 5, failing == READ ? "/none/y" : FILE_3, O_RDWR, 0);
	ious_plan_write(plan, failing == WRITE ? 99 : 3, "a\n", 2);
	ious_plan_chdir(plan, failing == CHDIR ? "/none" : "/tmp");
	ious_plan_dup2(plan, failing == SAME ? 99 : 5, failing == SAME ? 99 : 5);
	ious_plan_close(plan, 98);
	ious_plan_setpgid(plan, failing == GROUP ? 1 : 0);
	good = failing ? fails(failing == WRITE || failing == SAME ? EBADF :
			       failing == GROUP ? EPERM : ENOENT, failing) :
			 spawned("");
	ious_plan_free(plan);
	return good;
}

static bool all_steps(void)
{
	static const int failing[] = { 0, OPEN, READ, WRITE, CHDIR, SAME, GROUP };
	unsigned int i;
	bool good = true;

	for (i = 0; i < ARRAY_SIZE(failing); i++) {
		good &= step_fails(failing[i]);
		if (!good)
			note("step %d", failing[i]);
	}
	return good;
}

static int steps_recent(const void *unused)
{
	(void)unused;
	return !all_steps();
}

static int steps_old(const void *unused)
{
	(void)unused;
	make_old();
	return !all_steps();
}

/* Every number that a file is opened at, also the one that it gets anyway. */
static bool opens(void)
{
	char script[64];
	bool good = true;
	int fd, to;

	fd = open(FILE_3, O_CREAT | O_TRUNC | O_WRONLY, 0600);
	if (write(fd, "here\n", 5) != 5)
		die("write");
	close(fd);
	for (to = 3; to < 10; to++) {
		snprintf(script, sizeof(script), "cat <&%d", to);
		begin_script(script);
		ious_plan_closefrom(plan, 3);
		ious_plan_open(plan, to, FILE_3, O_RDONLY | O_CLOEXEC, 0);
		good &= spawned("here");
		ious_plan_free(plan);
	}
	return good;
}

static int opens_recent(const void *unused)
{
	(void)unused;
	return !opens();
}

static int opens_old(const void *unused)
{
	(void)unused;
	make_old();
	return !opens();
}

/* More calls than one row has: the rest is as before. */
static int many(const void *unused)
{
	int i;

	(void)unused;
	begin_script("umask");
	for (i = 0; i < 40; i++)
		ious_plan_open(plan, 3, "/dev/null", O_RDONLY, 0);
	ious_plan_umask(plan, 027);
	if (!spawned("0027"))
		return 1;
	ious_plan_free(plan);
	begin_script("umask");
	for (i = 0; i < 40; i++) {
		ious_plan_dup2(plan, 0, 90);
		ious_plan_umask(plan, i);
		ious_plan_close(plan, 91);
	}
	ious_plan_umask(plan, 077);
	return !spawned("0077");
}

int main(void)
{
	static const struct {
		const char *name;
		int (*test)(const void *unused);
	} tests[] = {
		{ "steps are one request", recent },
		{ "an old module gets each for itself", old },
		{ "they are one request when the module is back", back },
		{ "the mask comes with the process", mask_recent },
		{ "an old module sets it by a call", mask_old },
		{ "a search is one request", search_recent },
		{ "an old module gets one for each directory", search_old },
		{ "which step failed", steps_recent },
		{ "which step failed, with an old module", steps_old },
		{ "files at their numbers", opens_recent },
		{ "files at their numbers, with an old module", opens_old },
		{ "many steps", many },
	};
	unsigned int i;

	alarm(500);
	plans_setup();
	for (i = 0; i < ARRAY_SIZE(tests); i++)
		ok(!in_process(tests[i].test, NULL), "%s", tests[i].name);
	unlink(FILE_3);
	return done();
}
