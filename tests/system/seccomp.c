// SPDX-License-Identifier: GPL-2.0
/*
 * A seccomp filter judges what a chain stands for: CLONE as clone(2), EXEC as
 * execveat(2), SYSCALL as the call. Each action does what it does for those.
 */
#include "filter.h"

#include <linux/filter.h>
#include <signal.h>
#include <stddef.h>

#define TINY	"/tests/tiny"

static const struct kind *ring_kind;

/* What a chain that makes each of the calls gives. */
struct row {
	const char *name;
	unsigned int nr, mask, action;
	/* of CLONE, SYSCALL chdir, EXEC, and the process */
	int clone, chdir, exec, status;
};

static const struct row rows[] = {
	{ "nothing", 9999, 0, SECCOMP_RET_KILL_PROCESS, 0, 0, 0, EXITED(0) },
	{ "clone: errno", SYS_clone, 0, SECCOMP_RET_ERRNO | ERRNO,
	  -ERRNO, NOT, NOT, NO_CHILD },
	{ "clone: errno 0", SYS_clone, 0, SECCOMP_RET_ERRNO,
	  -EPERM, NOT, NOT, NO_CHILD },
	{ "clone: errno that means \"call again\"", SYS_clone, 0,
	  SECCOMP_RET_ERRNO | 513, -EINTR, NOT, NOT, NO_CHILD },
	{ "clone: trap", SYS_clone, 0, SECCOMP_RET_TRAP,
	  -EPERM, NOT, NOT, NO_CHILD },
	{ "clone: its flags", SYS_clone, 0x100 /* CLONE_VM */,
	  SECCOMP_RET_ERRNO | ERRNO, -ERRNO, NOT, NOT, NO_CHILD },
	{ "clone: other flags", SYS_clone, 0x7e020000 /* namespaces */,
	  SECCOMP_RET_ERRNO | ERRNO, 0, 0, 0, EXITED(0) },
	{ "clone: no tracer", SYS_clone, 0, SECCOMP_RET_TRACE,
	  -ENOSYS, NOT, NOT, NO_CHILD },
	{ "clone: log", SYS_clone, 0, SECCOMP_RET_LOG, 0, 0, 0, EXITED(0) },
	{ "clone3", SYS_clone3, 0, SECCOMP_RET_ERRNO | ERRNO,
	  0, 0, 0, EXITED(0) },
	{ "chdir: errno", SYS_chdir, 0, SECCOMP_RET_ERRNO | ERRNO,
	  0, -ERRNO, NOT, EXITED(127) },
	{ "chdir: errno 0", SYS_chdir, 0, SECCOMP_RET_ERRNO,
	  0, 0, 0, EXITED(0) },
	{ "chdir: errno that means \"queued\"", SYS_chdir, 0,
	  SECCOMP_RET_ERRNO | 529, 0, -EINVAL, NOT, EXITED(127) },
	{ "chdir: no tracer", SYS_chdir, 0, SECCOMP_RET_TRACE,
	  0, -ENOSYS, NOT, EXITED(127) },
	{ "chdir: log", SYS_chdir, 0, SECCOMP_RET_LOG, 0, 0, 0, EXITED(0) },
	{ "chdir: trap", SYS_chdir, 0, SECCOMP_RET_TRAP,
	  0, -EPERM, NOT, KILLED },
	{ "chdir: kill thread", SYS_chdir, 0, SECCOMP_RET_KILL_THREAD,
	  0, -EPERM, NOT, KILLED },
	{ "chdir: kill process", SYS_chdir, 0, SECCOMP_RET_KILL_PROCESS,
	  0, -EPERM, NOT, KILLED },
	{ "execveat: errno", SYS_execveat, 0, SECCOMP_RET_ERRNO | ERRNO,
	  0, 0, -ERRNO, EXITED(127) },
	{ "execveat: errno that means \"queued\"", SYS_execveat, 0,
	  SECCOMP_RET_ERRNO | 529, 0, 0, -EINVAL, EXITED(127) },
	{ "execveat: errno 0", SYS_execveat, 0, SECCOMP_RET_ERRNO,
	  0, 0, -EINVAL, EXITED(127) },
	{ "execveat: log", SYS_execveat, 0, SECCOMP_RET_LOG,
	  0, 0, 0, EXITED(0) },
	{ "execveat: no tracer", SYS_execveat, 0, SECCOMP_RET_TRACE,
	  0, 0, -ENOSYS, EXITED(127) },
	{ "execveat: trap", SYS_execveat, 0, SECCOMP_RET_TRAP,
	  0, 0, -EPERM, KILLED },
	{ "execveat: kill thread", SYS_execveat, 0, SECCOMP_RET_KILL_THREAD,
	  0, 0, -EPERM, KILLED },
	{ "execveat: kill process", SYS_execveat, 0, SECCOMP_RET_KILL_PROCESS,
	  0, 0, -EPERM, KILLED },
};

static int run_row(const void *arg)
{
	const struct row *row = arg;
	struct io_uring ring;

	if (open_ring(&ring, ring_kind, 8))
		die("ring");
	filter(0, row->nr, row->mask, row->action);
	return !chain_gives(&ring, row->clone, row->chdir, row->exec,
			    row->status);
}

/* The same filters, but the chain is given them before it goes on. */
static int install(const void *arg)
{
	const struct row *row = arg;
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, row->nr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, row->action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { ARRAY_SIZE(code), code };
	const struct step steps[] = {
		CLONE(L, 0), CALL(L, 0, SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0,
				  &program, 0),
		CALL(L, row->chdir, SYS_chdir, "/", 0, 0, 0),
		EXEC(0, row->exec, TINY),
	};
	struct io_uring ring;

	if (open_ring(&ring, ring_kind, 8))
		die("ring");
	queue_steps(&ring, steps, 4);
	submit(&ring);
	return !(cqes_match(&ring, steps, 4) &
		 ended_as(wait_status(), row->status));
}

/* What only clone3(2) can say is judged as that. */
static int as_clone3(const void *unused)
{
	pid_t tid = 31000;
	struct clone_args args = {
		.exit_signal = SIGCHLD, .set_tid = (unsigned long)&tid,
		.set_tid_size = 1,
	};
	const struct step steps[] = {
		CLONE_WITH(L, -ENOSYS, &args), EXEC(0, NOT, TINY),
	};
	struct io_uring ring;

	(void)unused;
	if (open_ring(&ring, ring_kind, 8))
		die("ring");
	filter(0, SYS_clone3, 0, SECCOMP_RET_ERRNO | ENOSYS);
	return !TRY(&ring, steps, NO_CHILD);
}

/* A container's usual rule: no new namespaces by clone(2). */
static int namespaces(const void *unused)
{
	struct clone_args args = {
		.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD,
	};
	const struct step steps[] = {
		CLONE_WITH(L, -EPERM, &args), EXEC(0, NOT, TINY),
	};
	struct io_uring ring;

	(void)unused;
	if (open_ring(&ring, ring_kind, 8))
		die("ring");
	filter(0, SYS_clone, 0x7e020000, SECCOMP_RET_ERRNO | EPERM);
	return !TRY(&ring, steps, NO_CHILD);
}

static void test_all(struct io_uring *ring, const struct kind *kind)
{
	unsigned int i;

	(void)ring;
	ring_kind = kind;
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		ok(!in_process(run_row, &rows[i]), "%s: %s", kind->name,
		   rows[i].name);
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].nr == SYS_chdir || rows[i].nr == SYS_execveat)
			ok(!in_process(install, &rows[i]),
			   "%s: %s, by a filter of the chain's", kind->name,
			   rows[i].name);
	ok(!in_process(as_clone3, NULL), "%s: set_tid is clone3's",
	   kind->name);
	ok(!in_process(namespaces, NULL), "%s: no namespaces", kind->name);
}

int main(void)
{
	alarm(550);
	for_main_kinds(test_all, "seccomp");
	return done();
}
