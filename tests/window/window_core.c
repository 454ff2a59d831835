// SPDX-License-Identifier: GPL-2.0
/*
 * Core dumps while a process of a chain shares its submitter's memory: the
 * submitter's, the process's, and one that takes its time.
 *
 * Since Linux 5.16 a dump waits for the threads of its own process only.
 */
#include "blocked.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define PATTERN		"/proc/sys/kernel/core_pattern"
#define CORE		"/tmp/window.core"
/* What the program that takes a core on a pipe waits for. */
#define GO		"/tmp/window.go"

/* Is there a core? The next one begins anew. */
static bool has_core(void)
{
	struct stat st;

	return !stat(CORE, &st) && !unlink(CORE) && st.st_size > 4096;
}

static bool dumped(int status, int sig)
{
	return WIFSIGNALED(status) && WTERMSIG(status) == sig &&
	       WCOREDUMP(status);
}

static bool nothing_written(void)
{
	struct pollfd nothing = { .fd = pipes[0], .events = POLLIN };

	return poll(&nothing, 1, 0) == 0;
}

static void forget_written(int nr)
{
	if (read(pipes[0], buffer, nr) != nr)
		die("read");
}

static const int signals[] = { SIGQUIT, SIGSEGV };

static void dump_with_chain(const struct kind *kind, int sig)
{
	struct io_uring ring;

	alarm(DEADLINE);
	if (open_ring(&ring, kind, 8))
		die("ring");
	start_blocked(&ring, H);
	wait_for_read();
	raise(sig);
	_exit(1);
}

/* Its orphan comes to us as a subreaper. */
static void test_submitter(struct io_uring *unused, const struct kind *kind)
{
	int status, orphan;
	unsigned int i;
	pid_t pid;

	(void)unused;
	for (i = 0; i < ARRAY_SIZE(signals); i++) {
		fflush(stdout);
		pid = fork();
		if (!pid)
			dump_with_chain(kind, signals[i]);
		if (waitpid(pid, &status, 0) != pid)
			die("waitpid");
		orphan = wait_status();
		ok(dumped(status, signals[i]) && has_core(),
		   "%s: the submitter dumps core of signal %d (%#x)",
		   kind->name, signals[i], status);
		ok(WIFSIGNALED(orphan) && WTERMSIG(orphan) == SIGKILL &&
		   nothing_written(), "%s: which ends its chain (%#x)",
		   kind->name, orphan);
	}
}

/* Two threads: the one that submitted is stopped for the other's dump. */
static void *abort_process(void *unused)
{
	(void)unused;
	wait_for_read();
	abort();
}

static void test_threads(void)
{
	int status, orphan;
	struct io_uring ring;
	pthread_t thread;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		unsigned long user_data;
		int res;

		alarm(DEADLINE);
		if (io_uring_queue_init(8, &ring, 0))
			die("ring");
		start_blocked(&ring, H);
		pthread_create(&thread, NULL, abort_process, NULL);
		next_cqe(&ring, &user_data, &res);
		_exit(1);
	}
	waitpid(pid, &status, 0);
	orphan = wait_status();
	ok(dumped(status, SIGABRT) && has_core() && WIFSIGNALED(orphan) &&
	   WTERMSIG(orphan) == SIGKILL && nothing_written(),
	   "another thread of the submitter dumps core (%#x, %#x)", status,
	   orphan);
}

static int child_quit(void)
{
	char state;

	wait_for_read();
	kill(any_child(&state), SIGQUIT);
	return wait_status();
}

/* A signal that dumps core is no more than an interruption in the window. */
static void test_child(struct io_uring *ring, const struct kind *kind)
{
	int soft[5] = {}, hard[5] = {}, status;

	start_blocked(ring, L);
	status = child_quit();
	ok(collect(ring, soft, 3) && step_is(soft, 2, -EINTR) &&
	   step_is(soft, 3, -ECANCELED) && step_is(soft, 4, -ECANCELED) &&
	   status == EXITED(127) && !has_core(),
	   "%s: SIGQUIT ends the chain, without a core (%#x)", kind->name,
	   status);
	start_blocked(ring, H);
	status = child_quit();
	ok(collect(ring, hard, 3) && step_is(hard, 2, -EINTR) &&
	   step_is(hard, 3, 3) && step_is(hard, 4, 0) &&
	   dumped(status, SIGQUIT) && has_core(),
	   "%s: or, over a hard link, is the program's (%#x)", kind->name,
	   status);
	forget_written(3);
}

static int twin_main(void *unused)
{
	(void)unused;
	if (syscall(SYS_read, pipes[0], buffer, 1) == 1)
		syscall(SYS_write, pipes[1], "ran", 4);
	syscall(SYS_exit_group, 0);
	return 0;
}

static void start_twin(void)
{
	static char stack[16384] __attribute__((aligned(16)));

	if (clone(twin_main, stack + sizeof(stack), CLONE_VM | SIGCHLD,
		  NULL) < 0)
		die("clone");
}

static void test_twin(void)
{
	int status;

	start_twin();
	status = child_quit();
	ok(dumped(status, SIGQUIT) && has_core(),
	   "twin: SIGQUIT dumps core, and its mother lives (%#x)", status);
}

/* Where the signal is seccomp's, the process dies by it, as one by hand. */
static int condemned(const void *unused)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_execveat, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { ARRAY_SIZE(filter), filter };
	const struct step steps[] = { CLONE(L, 0), EXEC(0, ANY, TRUE) };
	struct io_uring ring;
	bool good;
	int status;

	(void)unused;
	if (io_uring_queue_init(8, &ring, 0))
		die("ring");
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0))
		die("seccomp");
	queue_steps(&ring, steps, 2);
	submit(&ring);
	good = cqes_match(&ring, steps, 2);
	status = wait_status();
	if (!dumped(status, SIGSYS))
		note("status %#x", status);
	return !(good && dumped(status, SIGSYS) && has_core());
}

/* Runs for the kernel: it takes the core when it is told to. */
static int take_core(void)
{
	char page[4096];
	int fd = open(GO, O_RDONLY);

	close(fd);
	while (read(0, page, sizeof(page)) > 0)
		;
	return 0;
}

static bool is_dumping(void *pid)
{
	char path[64], text[2048], *line;
	int fd, len;

	sprintf(path, "/proc/%d/status", *(pid_t *)pid);
	fd = open(path, O_RDONLY);
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[len > 0 ? len : 0] = 0;
	line = strstr(text, "CoreDumping:\t");
	return line && line[13] == '1';
}

/* Whose dump takes its time: of these, each of which waits to read. */
enum slow { TWIN, PLAIN, CHAIN };

/* A chain whose program says that it is there, as the twin does. */
static void dump_slowly(enum slow what)
{
	static char *const argv[] = { "sh", "-c", "echo ran >&3", NULL };
	const struct step steps[] = {
		CLONE(L, 0),
		OP(IORING_OP_READ, L, 1, .fd = pipes[0], .addr = buffer,
		   .len = 1),
		DUP(L, 3, pipes[1], 3, 0),
		EXEC(0, 0, "/bin/sh", .argv = argv),
	};
	struct io_uring ring;

	alarm(DEADLINE);
	if (io_uring_queue_init(8, &ring, 0))
		die("ring");
	if (what == TWIN)
		start_twin();
	else if (what == PLAIN)
		queue_step(&ring, &steps[1], 1)->flags = 0;
	else
		queue_steps(&ring, steps, ARRAY_SIZE(steps));
	submit(&ring);
	if (what != PLAIN)
		wait_for_read();
	raise(SIGQUIT);
	_exit(1);
}

static bool has_run(void)
{
	int nr = 0;

	return !ioctl(pipes[0], FIONREAD, &nr) && nr == 4;
}

/*
 * The submitter is not gone before its dump is complete: nor is the chain. But
 * any request that is completed breaks off a dump that goes to a pipe. Returns
 * whether it was.
 */
static bool test_slow(enum slow what, const char *name)
{
	int status, orphan = 0, fd, tries = 100;
	pid_t pid;
	bool cut;

	fflush(stdout);
	pid = fork();
	if (!pid)
		dump_slowly(what);
	if (!eventually(is_dumping, &pid))
		die("no dump");
	/* it can go on only now */
	if (write(pipes[1], "x", 1) != 1)
		die("write");
	while (is_dumping(&pid) && tries--)
		usleep(10000);
	cut = !is_dumping(&pid);
	fd = open(GO, O_WRONLY);
	close(fd);
	waitpid(pid, &status, 0);
	if (what != PLAIN)
		orphan = wait_status();
	ok(dumped(status, SIGQUIT) && (orphan == 0 || cut),
	   "%s: the dump ends, %s (%#x, %#x)", name, cut ? "too early" : "well",
	   status, orphan);
	if (what != PLAIN && orphan == 0)
		ok(has_run(), "%s: which has gone on meanwhile", name);
	while (!nothing_written())
		forget_written(1);
	return cut;
}

static void test_slow_dumps(void)
{
	bool cut = test_slow(PLAIN, "an ordinary request");

	ok(!test_slow(TWIN, "twin"), "twin: it breaks no dump off");
	ok(test_slow(CHAIN, "chain") <= cut,
	   "chain: it breaks no dump off that others do not");
}

int main(int argc, char *argv[])
{
	const struct rlimit core = { RLIM_INFINITY, RLIM_INFINITY };

	if (argc > 1 && !strcmp(argv[1], "take"))
		return take_core();
	alarm(1500);
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	make_pipe();
	if (setrlimit(RLIMIT_CORE, &core) || write_string(PATTERN, CORE))
		die("core");
	for_main_kinds(test_submitter, "a submitter's core");
	test_threads();
	for_main_kinds(test_child, "a child's core");
	test_twin();
	ok(!in_process(condemned, NULL), "a filter kills the process: it dumps "
	   "core, and the submitter lives");
	if (mkfifo(GO, 0600) ||
	    write_string(PATTERN, "|/tests/window_core take"))
		die("core_pattern");
	test_slow_dumps();
	write_string(PATTERN, "core");
	return done();
}
