// SPDX-License-Identifier: GPL-2.0
/*
 * Seccomp filters that kill, or ask a supervisor: the submitter, the process and its
 * chain end, or go on, as with the calls that the chain stands for.
 */
#include "arch.h"
#include "filter.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>

#define TINY		"/tests/tiny"
/* the number that 32-bit programs have for pause(2) */
#define PAUSE_32	29

static const struct kind *ring_kind;

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
	return !(cqes_match(&ring, steps, 4) & ended_as(wait_status(), KILLED));
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
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_NATIVE, 0, 3),
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
	/* interrupted by task work, maybe */
	call_32(PAUSE_32, 0, 0, 0, 0);
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

/* One question: 0, or an errno. ENOENT: it is no question any more. */
static int answer(const struct supervisor *super)
{
	struct pollfd poll_fd = { super->listener, POLLIN, 0 };
	struct seccomp_notif notif = { };
	struct seccomp_notif_resp resp = { .error = super->error };

	if (poll(&poll_fd, 1, DEADLINE * 1000) != 1)
		return ETIME;
	if (ioctl(super->listener, SECCOMP_IOCTL_NOTIF_RECV, &notif))
		return errno;
	if (notif.data.nr != super->nr)
		return EPROTO;
	resp.id = notif.id;
	if (!super->error)
		resp.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	return ioctl(super->listener, SECCOMP_IOCTL_NOTIF_SEND, &resp) ? errno : 0;
}

/*
 * As seccomp_unotify(2) says, a question can be withdrawn at any time, and be asked again:
 * with SQPOLL by the wakeup of the submitter itself, if it runs CLONE before that comes.
 */
static void *supervise(void *arg)
{
	struct supervisor *super = arg;
	int ret;

	if (super->interrupts && !interrupt(super))
		return NULL;
	do {
		ret = answer(super);
	} while (ret == ENOENT);
	super->good = !ret;
	if (ret)
		note("the supervisor: %s", strerror(ret));
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
		ok(ended_as(status_of(clone_kills, &actions[i]), KILLED),
		   "%s: clone: %s kills the submitter", ring_kind->name,
		   i ? "kill thread" : "kill process");
	ok(!in_process(clone_kills_thread, NULL),
	   "%s: clone: kill thread, one of several", ring_kind->name);
	if (HAS_CALL_32)
		ok(!in_process(in_32_bit_call, NULL),
		   "%s: clone, in a 32-bit call", ring_kind->name);
	else
		skip("no 32-bit calls here", "%s: clone, in a 32-bit call",
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
	(void)ring;
	ring_kind = kind;
	test_supervisor();
	test_kills();
}

int main(void)
{
	alarm(550);
	for_main_kinds(test_all, "seccomp: kills, supervisors");
	return done();
}
