// SPDX-License-Identifier: GPL-2.0
/* What the new process is: whose child, with what of the submitter's. */
#include "test.h"

#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* What a program that a chain executed saw, in memory that both map. */
struct report {
	pid_t pid, parent;
	uid_t uid;
	mode_t umask;
	int nnp;
	sigset_t blocked;
	/* of SIGUSR1 and SIGUSR2: the handler is the default, is to ignore */
	int usr1_default, usr2_ignored;
	int inherited_fd, cloexec_fd;
	double sum;
	char cwd[64], env[32], arg[32];
};

static struct report *report;
static int report_fd, kept_fd, cloexec_fd;

static int child(char *argv[])
{
	struct report *out = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				  MAP_SHARED, atoi(argv[2]), 0);
	struct sigaction action;
	volatile double term = 1;
	int i;

	if (out == MAP_FAILED)
		return 1;
	out->pid = getpid();
	out->parent = getppid();
	out->uid = getuid();
	out->umask = umask(0);
	out->nnp = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
	sigprocmask(SIG_SETMASK, NULL, &out->blocked);
	sigaction(SIGUSR1, NULL, &action);
	out->usr1_default = action.sa_handler == SIG_DFL;
	sigaction(SIGUSR2, NULL, &action);
	out->usr2_ignored = action.sa_handler == SIG_IGN;
	out->inherited_fd = fcntl(atoi(argv[3]), F_GETFD) >= 0;
	out->cloexec_fd = fcntl(atoi(argv[4]), F_GETFD) >= 0;
	for (i = 0; i < 20; i++, term /= 2)
		out->sum += term;
	if (!getcwd(out->cwd, sizeof(out->cwd)))
		return 1;
	snprintf(out->env, sizeof(out->env), "%s", getenv("IOUS_ENV") ?: "");
	snprintf(out->arg, sizeof(out->arg), "%s", argv[5]);
	return 0;
}

static void handler(int signal) { (void)signal; }

static struct report *spawn(struct io_uring *ring, unsigned int flags,
			    const char *name, const char *what)
{
	static char numbers[3][12];
	static char *const argv[] = { "child", "child", numbers[0], numbers[1],
				      numbers[2], "an argument", NULL };
	struct step steps[] = {
		CLONE(L | flags, 0),
		EXEC(0, 0, "/proc/self/exe", .argv = argv),
	};

	snprintf(numbers[0], 12, "%d", report_fd);
	snprintf(numbers[1], 12, "%d", kept_fd);
	snprintf(numbers[2], 12, "%d", cloexec_fd);
	memset(report, 0, sizeof(*report));
	RUN(ring, steps, EXITED(0), "%s: %s", name, what);
	return report;
}

static void test_inherited(struct io_uring *ring, const struct kind *kind)
{
	sigset_t mask, none;
	struct report *r;

	sigemptyset(&none);
	sigemptyset(&mask);
	sigaddset(&mask, SIGHUP);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	umask(027);
	r = spawn(ring, 0, kind->name, "a program looks around");
	umask(022);
	sigprocmask(SIG_SETMASK, &none, NULL);

	ok(r->parent == getpid(), "%s: its parent is the submitter",
	   kind->name);
	ok(r->uid == 0 && r->umask == 027 && !strcmp(r->cwd, "/tmp"),
	   "%s: ids, umask and directory are the submitter's", kind->name);
	ok(!memcmp(&r->blocked, &mask, 8),
	   "%s: the signal mask is the submitter's", kind->name);
	ok(r->usr1_default && r->usr2_ignored,
	   "%s: handlers are reset, what is ignored stays so", kind->name);
	ok(r->inherited_fd && !r->cloexec_fd,
	   "%s: descriptors are inherited but for close-on-exec", kind->name);
	ok(!strcmp(r->env, "value") && !strcmp(r->arg, "an argument"),
	   "%s: arguments and environment", kind->name);
	ok(r->sum > 1.99 && r->sum < 2, "%s: it can calculate", kind->name);

	sigprocmask(SIG_SETMASK, &mask, NULL);
	r = spawn(ring, IOSQE_ASYNC, kind->name, "from a worker's chain");
	sigprocmask(SIG_SETMASK, &none, NULL);
	ok(r->parent == getpid() && !memcmp(&r->blocked, &mask, 8) &&
	   r->sum > 1.99 && r->sum < 2,
	   "%s: a worker's chain makes the same process", kind->name);
}

/* The submitter waits, with another mask, when the process is made. */
static void test_waiting(void)
{
	struct kind kind = { "waiting", .flags = IORING_SETUP_SQPOLL };
	struct __kernel_timespec limit = { .tv_sec = DEADLINE };
	static char numbers[3][12];
	static char *const argv[] = { "child", "child", numbers[0], numbers[1],
				      numbers[2], "", NULL };
	struct step steps[] = {
		CLONE(L, 0),
		EXEC(0, 0, "/proc/self/exe", .argv = argv),
	};
	struct io_uring_cqe *cqe;
	struct io_uring ring;
	sigset_t mask, others;
	int i, good = 0;

	if (open_ring(&ring, &kind, 8))
		die("ring");
	snprintf(numbers[0], 12, "%d", report_fd);
	sigemptyset(&mask);
	sigaddset(&mask, SIGHUP);
	sigfillset(&others);
	sigdelset(&others, SIGHUP);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	for (i = 0; i < 20; i++) {
		memset(report, 0, sizeof(*report));
		queue_steps(&ring, steps, 2);
		submit(&ring);
		io_uring_wait_cqes(&ring, &cqe, 2, &limit, &others);
		good += cqes_match(&ring, steps, 2) & status_is(EXITED(0)) &&
			!memcmp(&report->blocked, &mask, 8);
	}
	sigemptyset(&mask);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	ok(good == 20, "the mask of a wait in io_uring_enter is not inherited");
	io_uring_queue_exit(&ring);
}

static volatile sig_atomic_t sigchld;
static void on_sigchld(int signal) { (void)signal; sigchld++; }

static void test_sigchld(struct io_uring *ring, const struct kind *kind)
{
	static const struct step steps[] = {
		CLONE(L, 0), EXEC(0, 0, "/tests/tiny"),
	};

	sigchld = 0;
	signal(SIGCHLD, on_sigchld);
	RUN(ring, steps, EXITED(0), "%s: SIGCHLD is on its way", kind->name);
	ok(sigchld == 1, "%s: it came", kind->name);
	signal(SIGCHLD, SIG_DFL);
}

/*
 * Restrictions that came after the ring and its thread. Other credentials than
 * those of the thread end it: submitter.c.
 */
static int restricted_later(unsigned int flags)
{
	struct kind kind = { "later", .flags = flags };
	uid_t uid = flags & IORING_SETUP_SQPOLL ? 0 : 1000;
	struct io_uring ring;
	struct report *r;

	if (open_ring(&ring, &kind, 8))
		die("ring");
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (setresuid(uid, uid, uid))
		die("setresuid");
	r = spawn(&ring, 0, "later", "after giving up root");
	io_uring_queue_exit(&ring);
	return !(r->uid == uid && r->nnp == 1);
}

/* In a process of its own, whose lines of TAP are not for us. */
static bool apart(int (*test)(unsigned int), unsigned int flags)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		if (!freopen("/dev/null", "w", stdout))
			_exit(9);
		alarm(60);
		_exit(test(flags));
	}
	return waitpid(pid, &status, 0) == pid && !status;
}

int main(int argc, char *argv[])
{
	if (argc > 1)
		return child(argv);
	alarm(500);
	report_fd = memfd_create("report", 0);
	if (report_fd < 0 || ftruncate(report_fd, 4096))
		die("memfd");
	report = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED,
		      report_fd, 0);
	kept_fd = dup(0);
	cloexec_fd = fcntl(0, F_DUPFD_CLOEXEC, 0);
	signal(SIGUSR1, handler);
	signal(SIGUSR2, SIG_IGN);
	setenv("IOUS_ENV", "value", 1);
	if (chdir("/tmp"))
		die("chdir");
	for_each_kind(test_inherited, "what is inherited");
	for_each_kind(test_sigchld, "SIGCHLD");
	test_waiting();
	ok(apart(restricted_later, 0), "root that was given up is gone");
	ok(apart(restricted_later, IORING_SETUP_SQPOLL),
	   "so are privileges, when the SQPOLL thread is older than that");
	return done();
}
