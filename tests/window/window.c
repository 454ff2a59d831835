// SPDX-License-Identifier: GPL-2.0
/*
 * Until its exec the process of a chain shares its submitter's memory: who sees
 * that memory through it, and what a debugger does to it.
 *
 * What vfork()'s child would be is a twin: a child made by clone(CLONE_VM) that
 * sleeps in the same read().
 */
#include "blocked.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#define TINY	"/tests/tiny"
#define USER	1000
#define OTHER	1001

/* It takes another user's credentials first, or, with -1, keeps its own. */
static int twin_main(void *uid)
{
	syscall(SYS_setresuid, uid, uid, uid);
	syscall(SYS_read, pipes[0], buffer, 1);
	syscall(SYS_exit_group, 0);
	return 0;
}

static void start_twin(long uid)
{
	static char stack[16384] __attribute__((aligned(16)));

	if (clone(twin_main, stack + sizeof(stack), CLONE_VM | SIGCHLD,
		  (void *)uid) < 0)
		die("clone");
}

/* The same, by a chain. */
static void start_chain(struct io_uring *ring, long uid)
{
	const struct step steps[] = {
		CLONE(L, 0),
		CALL(L, 0, __NR_setresuid, uid, uid, uid, 0),
		OP(IORING_OP_READ, L, 0, .fd = pipes[0], .addr = buffer,
		   .len = 1),
		EXEC(0, 0, TINY),
	};

	if (io_uring_queue_init(8, ring, 0))
		die("ring");
	queue_steps(ring, steps, ARRAY_SIZE(steps));
	submit(ring);
}

/* What a process sees or does of another; 0 or a negated errno. */
static int path_of(char *path, pid_t pid, const char *name, int flags)
{
	int fd;

	sprintf(path, "/proc/%d/%s", pid, name);
	fd = open(path, flags);
	return fd < 0 ? -errno : fd;
}

static int read_of(pid_t pid, const char *name)
{
	char path[64], text[64];
	int fd = path_of(path, pid, name, O_RDONLY), ret;

	if (fd < 0)
		return fd;
	ret = read(fd, text, sizeof(text));
	ret = ret < 0 ? -errno : ret ? 0 : -ENODATA;
	close(fd);
	return ret;
}

static int link_of(pid_t pid, const char *name)
{
	char path[64], text[256];

	sprintf(path, "/proc/%d/%s", pid, name);
	return readlink(path, text, sizeof(text)) < 0 ? -errno : 0;
}

/* What only the submitter has written, at the same address as in the others. */
static volatile long secret;
#define SECRET	0x5ec7e7

static int see_mem(pid_t pid)
{
	char path[64];
	int fd = path_of(path, pid, "mem", O_RDWR), ret;
	long value = 0;

	if (fd < 0)
		return fd;
	ret = pread(fd, &value, sizeof(value), (off_t)&secret);
	close(fd);
	return ret < 0 ? -errno : value == SECRET ? 0 : -ENODATA;
}

static int see_vm(pid_t pid)
{
	long value = 0;
	struct iovec here = { &value, sizeof(value) };
	struct iovec there = { (void *)&secret, sizeof(value) };

	if (process_vm_readv(pid, &here, 1, &there, 1, 0) < 0)
		return -errno;
	return value == SECRET ? 0 : -ENODATA;
}

static int see_maps(pid_t pid) { return read_of(pid, "maps"); }
static int see_environ(pid_t pid) { return read_of(pid, "environ"); }
static int see_auxv(pid_t pid) { return read_of(pid, "auxv"); }
static int see_exe(pid_t pid) { return link_of(pid, "exe"); }
static int see_fd(pid_t pid) { return link_of(pid, "fd/1"); }
static int see_cmdline(pid_t pid) { return read_of(pid, "cmdline"); }
static int see_status(pid_t pid) { return read_of(pid, "status"); }

static int take_fd(pid_t pid)
{
	int pidfd = syscall(SYS_pidfd_open, pid, 0);

	return syscall(SYS_pidfd_getfd, pidfd, 1, 0) < 0 ? -errno : 0;
}

/* Without a stop; it ends with the process that looks. */
static int seize(pid_t pid)
{
	return ptrace(PTRACE_SEIZE, pid, 0, 0) ? -errno : 0;
}

static const struct {
	const char *name;
	int (*look)(pid_t pid);
	/* of somebody who may not */
	int refused;
} looks[] = {
	{ "mem", see_mem, -EACCES },
	{ "process_vm_readv", see_vm, -EPERM },
	{ "maps", see_maps, -EACCES },
	{ "environ", see_environ, -EACCES },
	{ "auxv", see_auxv, -EACCES },
	{ "exe", see_exe, -EACCES },
	{ "fd", see_fd, -EACCES },
	{ "pidfd_getfd", take_fd, -EPERM },
	{ "PTRACE_SEIZE", seize, -EPERM },
	{ "cmdline", see_cmdline, 0 },
	{ "status", see_status, 0 },
};
#define NR_LOOKS	ARRAY_SIZE(looks)

/* What the test and the submitter, which is another process, tell each other. */
static struct {
	volatile pid_t child;
	volatile int dumpable;
	int got[NR_LOOKS];
} *shared;

static bool is_told(void *unused)
{
	(void)unused;
	return shared->child;
}

/* A submitter, or the mother of a twin, until there is something to read. */
static int subject(bool twin, uid_t own, long uid)
{
	struct io_uring ring;
	char state;

	alarm(DEADLINE);
	if (setresgid(own, own, own) || setresuid(own, own, own))
		die("setresuid");
	/* that took it away */
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	secret = SECRET;
	if (twin)
		start_twin(uid);
	else
		start_chain(&ring, uid);
	wait_for_read();
	shared->dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
	shared->child = any_child(&state);
	return !status_is(EXITED(0));
}

static void look_as(uid_t uid, pid_t pid)
{
	unsigned int i;
	int status;
	pid_t looker = fork();

	if (!looker) {
		if (setresgid(uid, uid, uid) || setresuid(uid, uid, uid))
			_exit(1);
		for (i = 0; i < NR_LOOKS; i++)
			shared->got[i] = looks[i].look(pid);
		_exit(0);
	}
	if (waitpid(looker, &status, 0) != looker || status)
		die("who looks");
}

/* One of two lookers may. Everything but the name of the user is as usual. */
static void test_looks(bool twin, uid_t own, long uid, uid_t may, uid_t may_not)
{
	const char *name = twin ? "twin" : "chain";
	unsigned int i;
	int status, want;
	pid_t pid;

	memset(shared, 0, sizeof(*shared));
	fflush(stdout);
	pid = fork();
	if (!pid)
		_exit(subject(twin, own, uid));
	if (!eventually(is_told, NULL))
		die("no child");
	ok(shared->dumpable == (uid < 0), "%s of %d, then %ld: %s", name, own,
	   uid, uid < 0 ? "dumpable" : "no longer dumpable");
	look_as(may, shared->child);
	for (i = 0; i < NR_LOOKS; i++)
		ok(!shared->got[i], "%s of %d, then %ld: %s by %d (%d)", name,
		   own, uid, looks[i].name, may, shared->got[i]);
	look_as(may_not, shared->child);
	for (i = 0; i < NR_LOOKS; i++) {
		want = looks[i].refused;
		ok(shared->got[i] == want, "%s of %d, then %ld: %s by %d: "
		   "%s (%d)", name, own, uid, looks[i].name, may_not,
		   want ? "refused" : "as of any", shared->got[i]);
	}
	if (write(pipes[1], "x", 1) != 1 || waitpid(pid, &status, 0) != pid)
		die("submitter");
	ok(status == 0, "%s of %d, then %ld: and nothing was disturbed", name,
	   own, uid);
}

/* Until it ends; @exe is what it was when it first stopped. */
static int follow(pid_t pid, char *exe, size_t size)
{
	bool stopped = false;
	char path[64];
	int status = 0;

	while (waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status)) {
		sprintf(path, "/proc/%d/exe", pid);
		if (!stopped && readlink(path, exe, size) < 0)
			exe[0] = 0;
		stopped = true;
		ptrace(PTRACE_CONT, pid, 0, 0);
	}
	return status;
}

/*
 * Has the chain gone on to its EXEC? That may meet the debugger in the act of
 * attaching, which holds cred_guard_mutex; with a signal pending it does not wait.
 */
static bool has_gone_on(const int *res, int status, const char *exe)
{
	if (!step_is(res, 2, -EINTR) || !step_is(res, 3, 3))
		return false;
	if (res[4] == -EINTR)
		return status == EXITED(127) && !exe[0];
	return step_is(res, 4, 0) && status == 0 && !strcmp(exe, "/bin/busybox");
}

/*
 * A debugger that attaches breaks the READ off. It never sees a stop in the
 * window: the process ends, or, if its chain goes on, stops as the program.
 */
static void test_attach(struct io_uring *ring, const struct kind *kind)
{
	int soft[5] = {}, hard[5] = {}, status;
	char state, exe[64] = "";
	pid_t child;

	start_blocked(ring, L);
	wait_for_read();
	child = any_child(&state);
	if (ptrace(PTRACE_ATTACH, child, 0, 0))
		die("PTRACE_ATTACH");
	status = follow(child, exe, sizeof(exe));
	ok(collect(ring, soft, 3) && step_is(soft, 2, -EINTR) &&
	   step_is(soft, 3, -ECANCELED) && step_is(soft, 4, -ECANCELED) &&
	   status == EXITED(127) && !exe[0],
	   "%s: PTRACE_ATTACH ends the chain, without a stop (%#x)",
	   kind->name, status);

	start_blocked(ring, H);
	wait_for_read();
	child = any_child(&state);
	if (ptrace(PTRACE_ATTACH, child, 0, 0))
		die("PTRACE_ATTACH");
	status = follow(child, exe, sizeof(exe));
	ok(collect(ring, hard, 3) && has_gone_on(hard, status, exe),
	   "%s: or, over a hard link, stops the program (%s, %#x)", kind->name,
	   exe, status);
	if (read(pipes[0], buffer, 3) != 3)
		die("read");
}

/* As it does in the twin, which goes on with its call. */
static void test_attach_twin(void)
{
	char state, exe[64] = "";
	pid_t child;
	int status;

	start_twin(-1);
	wait_for_read();
	child = any_child(&state);
	if (ptrace(PTRACE_ATTACH, child, 0, 0) ||
	    write(pipes[1], "x", 1) != 1)
		die("PTRACE_ATTACH");
	status = follow(child, exe, sizeof(exe));
	ok(status == 0 && !strcmp(exe, "/tests/window"),
	   "twin: PTRACE_ATTACH stops it in the window (%s, %#x)", exe, status);
}

int main(void)
{
	unsigned int twin;

	alarm(1500);
	make_pipe();
	/* as Debian has it: a user may look into own processes */
	write_string("/proc/sys/kernel/yama/ptrace_scope", "0");
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		die("mmap");
	for (twin = 0; twin < 2; twin++) {
		test_looks(twin, USER, -1, USER, OTHER);
		test_looks(twin, 0, USER, 0, USER);
	}
	for_main_kinds(test_attach, "PTRACE_ATTACH");
	test_attach_twin();
	return done();
}
