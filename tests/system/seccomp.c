// SPDX-License-Identifier: GPL-2.0
/*
 * A seccomp filter judges what a chain stands for: CLONE as clone(2), EXEC as
 * execveat(2), SYSCALL as the call. Each action does what it does for those.
 */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>

#define TINY	"/tests/tiny"
#define ERRNO	77
/* in <signal.h> with a newer libc */
#ifndef SYS_SECCOMP
#define SYS_SECCOMP	1
#endif

static const struct kind *ring_kind;

/* @action for call @nr with @mask set in its first argument; allows the rest. */
static int filter(unsigned int flags, unsigned int nr, unsigned int mask,
		  unsigned int action)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, mask, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { ARRAY_SIZE(code), code };
	long ret;

	/* any first argument: nothing to look at */
	if (!mask)
		code[6] = (struct sock_filter)
			BPF_JUMP(BPF_JMP | BPF_JA, 0, 0, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	ret = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
	if (ret < 0)
		die("seccomp");
	return ret;
}

/* What a chain that makes each of the calls gives. */
struct row {
	const char *name;
	unsigned int nr, mask, action;
	/* of CLONE, SYSCALL chdir, EXEC, and the process */
	int clone, chdir, exec, status;
};

#define NOT	(-ECANCELED)
#define KILLED	SIGSYS

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

/* A core file may or may not be written: it is the kernel's business. */
static bool ended(int status, int want)
{
	if (status >= 0 && WIFSIGNALED(status))
		status = WTERMSIG(status);
	if (status != want)
		note("status 0x%x, not 0x%x", status, want);
	return status == want;
}

static bool chain_gives(struct io_uring *ring, int clone, int chdir, int exec,
			int status)
{
	const struct step steps[] = {
		CLONE(L, clone), CALL(L, chdir, SYS_chdir, "/", 0, 0, 0),
		EXEC(0, exec, TINY),
	};

	queue_steps(ring, steps, 3);
	submit(ring);
	return cqes_match(ring, steps, 3) & ended(wait_status(), status);
}

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
		 ended(wait_status(), row->status));
}

/* A hard link does not lead on from a call that condemned the process. */
static int condemned(const void *unused)
{
	const struct step steps[] = {
		CLONE(L, 0), CALL(H, -EPERM, SYS_chdir, "/", 0, 0, 0),
		CALL(H, NOT, SYS_umask, 0, 0, 0, 0), EXEC(0, NOT, TINY),
	};
	struct io_uring ring;

	(void)unused;
	if (open_ring(&ring, ring_kind, 8))
		die("ring");
	filter(0, SYS_chdir, 0, SECCOMP_RET_KILL_PROCESS);
	queue_steps(&ring, steps, 4);
	submit(&ring);
	return !(cqes_match(&ring, steps, 4) & ended(wait_status(), KILLED));
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

static void *sleeper(void *unused)
{
	pause();
	return unused;
}

static int clone_kills(const void *arg)
{
	const struct step steps[] = { CLONE(L, ANY), EXEC(0, ANY, TINY) };
	struct io_uring ring;

	if (open_ring(&ring, ring_kind, 8))
		die("ring");
	filter(0, SYS_clone, 0, *(const unsigned int *)arg);
	queue_steps(&ring, steps, 2);
	submit(&ring);
	cqes_match(&ring, steps, 2);
	return 0;
}

/* One thread of several: refused, as it cannot be had. */
static int clone_kills_thread(const void *unused)
{
	pthread_t thread;
	struct io_uring ring;

	(void)unused;
	if (open_ring(&ring, ring_kind, 8) ||
	    pthread_create(&thread, NULL, sleeper, NULL))
		die("ring");
	filter(SECCOMP_FILTER_FLAG_TSYNC, SYS_clone, 0,
	       SECCOMP_RET_KILL_THREAD);
	return !chain_gives(&ring, -EPERM, NOT, NOT, NO_CHILD);
}

static void on_usr1(int sig)
{
	(void)sig;
}

/*
 * The only thread is in a 32-bit system call when it is asked: the number is
 * not another call's for that.
 */
static int in_32_bit_call(const void *unused)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ERRNO),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { ARRAY_SIZE(code), code };
	struct __kernel_timespec soon = { .tv_nsec = 300000000 };
	const struct step steps[] = {
		OP(IORING_OP_TIMEOUT, 0, -ETIME, .addr = &soon, .len = 1),
		CLONE(L | IOSQE_IO_DRAIN, -ERRNO), EXEC(0, NOT, TINY),
	};
	struct io_uring ring;
	long ret;

	(void)unused;
	if (open_ring(&ring, ring_kind, 8))
		die("ring");
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program))
		die("seccomp");
	signal(SIGALRM, on_usr1);
	queue_steps(&ring, steps, 3);
	submit(&ring);
	alarm(3);
	/* pause(), of 32-bit programs; interrupted by task work, maybe */
	asm volatile("int $0x80" : "=a"(ret) : "0"(29L)
		     : "memory", "r8", "r9", "r10", "r11");
	return !(cqes_match(&ring, steps, 3) & (wait_status() == NO_CHILD));
}

/* Answers one notification, about @nr; -errno, or CONTINUE. */
struct supervisor {
	int listener;
	int nr, error;
	bool interrupts, good;
};

/* The first question is not answered: a signal comes instead. */
static bool interrupt(struct supervisor *super)
{
	struct pollfd poll_fd = { super->listener, POLLIN, 0 };
	struct seccomp_notif notif = { };

	return poll(&poll_fd, 1, DEADLINE * 1000) == 1 &&
	       !ioctl(super->listener, SECCOMP_IOCTL_NOTIF_RECV, &notif) &&
	       !syscall(SYS_tgkill, getpid(), getpid(), SIGUSR1);
}

static void *supervise(void *arg)
{
	struct supervisor *super = arg;
	struct pollfd poll_fd = { super->listener, POLLIN, 0 };
	struct seccomp_notif notif = { };
	struct seccomp_notif_resp resp = { .error = super->error };

	if (super->interrupts && !interrupt(super))
		return NULL;
	if (poll(&poll_fd, 1, DEADLINE * 1000) != 1 ||
	    ioctl(super->listener, SECCOMP_IOCTL_NOTIF_RECV, &notif))
		return NULL;
	resp.id = notif.id;
	if (!super->error)
		resp.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	super->good = notif.data.nr == super->nr &&
		      !ioctl(super->listener, SECCOMP_IOCTL_NOTIF_SEND, &resp);
	return NULL;
}

struct asked {
	int nr, error, clone, chdir, exec, status;
	bool interrupted;
};

static int ask(const void *arg)
{
	const struct asked *asked = arg;
	struct supervisor super = {
		.nr = asked->nr, .error = asked->error,
		.interrupts = asked->interrupted,
	};
	struct io_uring ring;
	pthread_t thread;
	bool good;

	if (open_ring(&ring, ring_kind, 8))
		die("ring");
	signal(SIGUSR1, on_usr1);
	super.listener = filter(SECCOMP_FILTER_FLAG_NEW_LISTENER, asked->nr, 0,
				SECCOMP_RET_USER_NOTIF);
	/* the thread is made by clone3(2) */
	if (pthread_create(&thread, NULL, supervise, &super))
		die("thread");
	good = chain_gives(&ring, asked->clone, asked->chdir, asked->exec,
			   asked->status);
	pthread_join(thread, NULL);
	return !(good && super.good);
}

static void test_supervisor(void)
{
	static const struct {
		const char *name;
		struct asked asked;
	} all[] = {
		{ "clone, yes", { SYS_clone, 0, 0, 0, 0, EXITED(0) } },
		{ "clone, no",
		  { SYS_clone, -ERRNO, -ERRNO, NOT, NOT, NO_CHILD } },
		{ "clone, yes, after a signal",
		  { SYS_clone, 0, 0, 0, 0, EXITED(0), .interrupted = true } },
		{ "chdir, yes", { SYS_chdir, 0, 0, 0, 0, EXITED(0) } },
		{ "chdir, no",
		  { SYS_chdir, -ERRNO, 0, -ERRNO, NOT, EXITED(127) } },
		{ "execveat, yes", { SYS_execveat, 0, 0, 0, 0, EXITED(0) } },
		{ "execveat, no",
		  { SYS_execveat, -ERRNO, 0, 0, -ERRNO, EXITED(127) } },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(all); i++)
		ok(!in_process(ask, &all[i].asked), "%s: a supervisor: %s",
		   ring_kind->name, all[i].name);
}

/* A supervisor that never answers: the chain can still be ended. */
static int unanswered(const void *arg)
{
	int nr = *(const int *)arg;
	const struct step steps[] = { CLONE(L, ANY), EXEC(0, ANY, TINY) };
	struct io_uring ring;
	pid_t pid = fork();
	int status;

	if (!pid) {
		if (open_ring(&ring, ring_kind, 8))
			die("ring");
		filter(SECCOMP_FILTER_FLAG_NEW_LISTENER, nr, 0,
		       SECCOMP_RET_USER_NOTIF);
		queue_steps(&ring, steps, 2);
		alarm(1);
		submit(&ring);
		pause();
	}
	return !(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) &&
		 WTERMSIG(status) == SIGALRM);
}

/* Of a process of its own; its standard output is not ours. */
static int status_of(int (*test)(const void *), const void *arg)
{
	int status = -1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		alarm(60);
		_exit(test(arg));
	}
	waitpid(pid, &status, 0);
	return status;
}

static void test_kills(void)
{
	static const unsigned int actions[] = {
		SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD,
	};
	static const int asked[] = { SYS_clone, SYS_execveat };
	bool alone = !(ring_kind->flags & IORING_SETUP_SQPOLL);
	unsigned int i;

	for (i = 0; i < 1U + alone; i++)
		ok(ended(status_of(clone_kills, &actions[i]), KILLED),
		   "%s: clone: %s kills the submitter", ring_kind->name,
		   i ? "kill thread" : "kill process");
	ok(!in_process(clone_kills_thread, NULL),
	   "%s: clone: kill thread, one of several", ring_kind->name);
	ok(!in_process(in_32_bit_call, NULL), "%s: clone, in a 32-bit call",
	   ring_kind->name);
	ok(!in_process(condemned, NULL), "%s: nothing runs after a kill",
	   ring_kind->name);
	for (i = 0; i < ARRAY_SIZE(asked); i++)
		ok(!in_process(unanswered, &asked[i]),
		   "%s: a supervisor that does not answer: %s",
		   ring_kind->name, i ? "execveat" : "clone");
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
	test_supervisor();
	test_kills();
}

int main(void)
{
	alarm(550);
	for_main_kinds(test_all, "seccomp");
	return done();
}
