// SPDX-License-Identifier: GPL-2.0
/*
 * The memory that a process of a chain shares with its submitter goes: it is
 * unmapped, its owner execs, the kernel runs out of it. What the kernel does to
 * all users of a memory it must do to these two; no more, and no less, than to
 * a child of clone(CLONE_VM).
 */
#include "blocked.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#define TINY	"/tests/tiny"
#define GROUP	"/sys/fs/cgroup/window"
#define PRINTK	"/proc/sys/kernel/printk"
#define LIMIT	(48 << 20)

static bool nothing_written(void)
{
	struct pollfd nothing = { .fd = pipes[0], .events = POLLIN };

	return poll(&nothing, 1, 0) == 0;
}

static char *page_with(const char *text)
{
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		die("mmap");
	strcpy(page, text);
	return page;
}

/* What a request points to goes while the one before it is blocked. */
static void test_unmapped(struct io_uring *ring, const struct kind *kind)
{
	char *path = page_with(TINY), *argument = page_with("tiny");
	char *into = page_with("");
	char *argv[] = { argument, NULL };
	const struct step steps[] = {
		CLONE(L, 0),
		OP(IORING_OP_READ, L, 1, .fd = pipes[0], .addr = buffer,
		   .len = 1),
		OP(IORING_OP_READ, H, -EFAULT, .fd = pipes[0], .addr = into,
		   .len = 1),
		CALL(H, -EFAULT, __NR_chdir, path, 0, 0, 0),
		EXEC(H, -EFAULT, TINY, .argv = argv),
		EXEC(H, -EFAULT, path),
		EXEC(0, 0, TINY),
	};

	queue_steps(ring, steps, ARRAY_SIZE(steps));
	submit(ring);
	wait_for_read();
	munmap(path, 4096);
	munmap(argument, 4096);
	munmap(into, 4096);
	/* one byte for each READ; the second cannot take its own */
	if (write(pipes[1], "xy", 2) != 2)
		die("write");
	ok(cqes_match(ring, steps, ARRAY_SIZE(steps)) &&
	   status_is(EXITED(0)),
	   "%s: what is unmapped is not there for the chain", kind->name);
	while (!nothing_written())
		if (read(pipes[0], buffer, 1) != 1)
			die("read");
}

#define ADJ	"/proc/self/oom_score_adj"

/* What the child asks for itself is not its parent's, as with vfork(). */
static void test_score(struct io_uring *ring, const struct kind *kind)
{
	static char *const argv[] = {
		"sh", "-c", "test $(cat " ADJ ") = 500", NULL
	};
	const struct step steps[] = {
		CLONE(L, 0),
		OPEN(L, ABOVE_0, ADJ, O_WRONLY),
		DUP(L, 99, 0, 99, 0, .file_index = 1),
		OP(IORING_OP_WRITE, L, 3, .fd = 99, .addr = "500", .len = 3),
		EXEC(0, 0, "/bin/sh", .argv = argv),
	};
	const struct step failing[] = {
		steps[0], steps[1], steps[2], steps[3], EXEC(0, -ENOENT, "/no"),
	};
	pid_t pid;

	RUN(ring, steps, EXITED(0), "%s: a chain sets its oom_score_adj",
	    kind->name);
	RUN(ring, failing, EXITED(127), "%s: and fails", kind->name);
	ok(read_number(ADJ) == 0, "%s: the submitter's has not changed",
	   kind->name);
	pid = vfork();
	if (!pid) {
		write_string(ADJ, "500");
		_exit(0);
	}
	ok(pid > 0 && status_is(EXITED(0)) && read_number(ADJ) == 0,
	   "%s: nor has vfork()'s parent's", kind->name);
	write_string(ADJ, "0");
}

/* Who sets the one of the process in the window means that one, too. */
static void test_score_outside(struct io_uring *ring, const struct kind *kind)
{
	char path[64], state;
	int res[5] = {};

	start_blocked(ring, H);
	wait_for_read();
	sprintf(path, "/proc/%d/oom_score_adj", any_child(&state));
	ok(!write_string(path, "300") && read_number(path) == 300 &&
	   read_number(ADJ) == 0, "%s: nor by who sets the child's",
	   kind->name);
	ok(!write_string(ADJ, "200") && read_number(path) == 300,
	   "%s: nor the child's by who sets the submitter's", kind->name);
	write_string(ADJ, "0");
	if (write(pipes[1], "x", 1) != 1 || !collect(ring, res, 3) ||
	    !status_is(EXITED(0)) || read(pipes[0], buffer, 3) != 3)
		die("chain");
}

static void *exec_tiny(void *unused)
{
	wait_for_read();
	execl(TINY, "tiny", NULL);
	return unused;
}

static void *submit_blocked(void *ring)
{
	unsigned long user_data;
	int res;

	start_blocked(ring, H);
	/* until the exec ends this thread */
	next_cqe(ring, &user_data, &res);
	return NULL;
}

/* A thread of the submitter execs: not the one that has submitted. */
static int exec_beside(const struct kind *kind, bool leader)
{
	struct io_uring ring;
	pthread_t thread;

	alarm(DEADLINE);
	if (open_ring(&ring, kind, 8))
		die("ring");
	if (leader) {
		pthread_create(&thread, NULL, exec_tiny, NULL);
		submit_blocked(&ring);
	} else {
		pthread_create(&thread, NULL, submit_blocked, &ring);
		exec_tiny(NULL);
	}
	return 1;
}

static void test_exec(struct io_uring *unused, const struct kind *kind)
{
	int status, orphan, leader;
	pid_t pid;

	(void)unused;
	/* a ring of one issuer is its maker's */
	for (leader = kind->flags & IORING_SETUP_SINGLE_ISSUER ? 1 : 0;
	     leader < 2; leader++) {
		fflush(stdout);
		pid = fork();
		if (!pid)
			_exit(exec_beside(kind, leader));
		waitpid(pid, &status, 0);
		orphan = wait_status();
		ok(status == 0 && orphan == SIGKILL && nothing_written(),
		   "%s: %s execs beside a blocked chain (%#x, %#x)",
		   kind->name, leader ? "a thread" : "the first thread", status,
		   orphan);
	}
}

static int twin_main(void *unused)
{
	(void)unused;
	syscall(SYS_read, pipes[0], buffer, 1);
	syscall(SYS_exit_group, 0);
	return 0;
}

/* Takes more memory than its group may have. */
static int starve(const struct kind *kind)
{
	static char stack[16384] __attribute__((aligned(16)));
	struct io_uring ring;
	char *memory;

	alarm(2 * DEADLINE);
	if (write_string(GROUP "/cgroup.procs", "0"))
		die("cgroup.procs");
	if (!kind)
		clone(twin_main, stack + sizeof(stack), CLONE_VM | SIGCHLD,
		      NULL);
	else if (open_ring(&ring, kind, 8))
		die("ring");
	else
		start_blocked(&ring, H);
	wait_for_read();
	memory = mmap(NULL, 2 * LIMIT, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(memory, 1, 2 * LIMIT);
	return 1;
}

/* The OOM killer takes all users of the memory. */
static void test_oom(const struct kind *kind)
{
	const char *name = kind ? kind->name : "twin";
	int status, orphan;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		_exit(starve(kind));
	if (waitpid(pid, &status, 0) != pid)
		die("waitpid");
	orphan = wait_status();
	ok(status == SIGKILL && orphan == SIGKILL && nothing_written(),
	   "%s: out of memory, both are killed (%#x, %#x)", name, status,
	   orphan);
}

static bool has_group(void)
{
	char limit[16];

	sprintf(limit, "%d", LIMIT);
	write_string("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
	mkdir(GROUP, 0755);
	return !write_string(GROUP "/memory.max", limit);
}

static void read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY), len = read(fd, text, size - 1);

	text[len > 0 ? len : 0] = 0;
	close(fd);
}

/*
 * The killer prints a call trace, which is a kernel's bug to the harness: at the
 * default level, which no bug is reported at. Such lines stay off the console.
 */
static void test_ooms(void)
{
	unsigned int i;
	char old[64];

	if (!has_group()) {
		skip("no memory controller", "out of memory");
		return;
	}
	read_text(PRINTK, old, sizeof(old));
	write_string(PRINTK, "7 7 1 7");
	for (i = 0; i < nr_kinds; i++)
		if (kinds[i].main)
			test_oom(&kinds[i]);
	test_oom(NULL);
	write_string(PRINTK, old);
	rmdir(GROUP);
}

int main(void)
{
	alarm(1500);
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	make_pipe();
	for_main_kinds(test_unmapped, "unmapped");
	for_main_kinds(test_score, "oom_score_adj");
	for_main_kinds(test_score_outside, "oom_score_adj");
	for_main_kinds(test_exec, "exec");
	test_ooms();
	return done();
}
