// SPDX-License-Identifier: GPL-2.0
/* CLONE with a struct clone_args, and with credentials of a personality. */
#include "test.h"

#include <dirent.h>
#include <linux/sched.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#define TINY	"/tests/tiny"
#define CGROUP	"/sys/fs/cgroup/ious-test"
#ifndef CLONE_AUTOREAP
#define CLONE_AUTOREAP		(1ull << 34)
#define CLONE_NNP		(1ull << 35)
#define CLONE_PIDFD_AUTOKILL	(1ull << 36)
#endif

static const struct clone_args plain = { .exit_signal = SIGCHLD };
static char byte;
static int go[2];

/* CLONE with @args, then @rest; CLONE's SQE to be changed further. */
static struct io_uring_sqe *queue(struct io_uring *ring,
				  const struct clone_args *args,
				  unsigned int file_index,
				  const struct step *rest, unsigned int nr)
{
	static const struct step clone = CLONE(L, 0);
	struct io_uring_sqe *sqe = queue_step(ring, &clone, 1);
	unsigned int i;

	if (args) {
		io_uring_prep_clone_args(sqe, args, sizeof(*args));
		sqe->flags = L;
		sqe->user_data = 1;
	}
	sqe->file_index = file_index;
	for (i = 0; i < nr; i++)
		queue_step(ring, &rest[i], i + 2);
	return sqe;
}

/* What CLONE says; the rest is as it has to be after that. */
static int result(struct io_uring *ring, const struct step *rest,
		  unsigned int nr)
{
	unsigned long user_data;
	unsigned int i;
	int clone, res;

	if (!next_cqe(ring, &user_data, &clone) || user_data != 1)
		die("no CQE of CLONE");
	for (i = 0; i < nr; i++) {
		int want = clone < 0 ? -ECANCELED : rest[i].want;

		if (!next_cqe(ring, &user_data, &res) || user_data != i + 2 ||
		    (want != ANY && res != want)) {
			note("step %u: %d, wanted %d", i + 2, res, want);
			return -ENOTRECOVERABLE;
		}
	}
	return clone;
}

static int spawn(struct io_uring *ring, const struct clone_args *args,
		 unsigned int file_index)
{
	static const struct step exec[] = { EXEC(0, 0, TINY) };

	queue(ring, args, file_index, exec, 1);
	submit(ring);
	return result(ring, exec, 1);
}

/* Runs a shell that exits with 0 if it finds what it looks for. */
static int spawn_shell(struct io_uring *ring, const struct clone_args *args,
		       const char *script)
{
	char *argv[] = { "sh", "-c", (char *)script, NULL };
	struct step exec[] = {
		EXEC(0, 0, "/bin/busybox", .argv = argv),
	};

	queue(ring, args, 0, exec, 1);
	submit(ring);
	return result(ring, exec, 1);
}

static bool reap(pid_t pid, int want)
{
	int status = -1;

	if (pid <= 0 || waitpid(pid, &status, __WALL) != pid ||
	    status != want) {
		note("pid %d: status %#x, wanted %#x", pid, status, want);
		return false;
	}
	return true;
}

/* No process, no zombie that any wait could find. */
static bool nobody(void)
{
	return waitpid(-1, NULL, __WALL | WNOHANG) == -1 && errno == ECHILD;
}

/* --- fields --------------------------------------------------------------- */

static void test_refused(struct io_uring *ring, const struct kind *kind)
{
	static pid_t tids[40];
	static const struct {
		const char *name;
		struct clone_args args;
	} wrong[] = {
		{ "CLONE_THREAD", { .flags = CLONE_THREAD } },
		{ "CLONE_SIGHAND", { .flags = CLONE_SIGHAND } },
		{ "CLONE_VFORK", { .flags = CLONE_VFORK } },
		{ "CLONE_PTRACE", { .flags = CLONE_PTRACE } },
		{ "CLONE_UNTRACED", { .flags = CLONE_UNTRACED } },
		{ "CLONE_SETTLS", { .flags = CLONE_SETTLS } },
		{ "CLONE_CHILD_SETTID", { .flags = CLONE_CHILD_SETTID } },
		{ "CLONE_CHILD_CLEARTID", { .flags = CLONE_CHILD_CLEARTID } },
		{ "CLONE_DETACHED", { .flags = CLONE_DETACHED } },
		{ "a signal in flags", { .flags = SIGCHLD } },
		{ "an unknown flag", { .flags = 1ull << 63 } },
		{ "a signal that is none", { .exit_signal = 65 } },
		{ "a large signal", { .exit_signal = 256 + SIGCHLD } },
		{ "stack", { .stack = 4096 } },
		{ "stack_size", { .stack_size = 4096 } },
		{ "tls", { .tls = 1 } },
		{ "child_tid", { .child_tid = 1 } },
		{ "set_tid without a size", { .set_tid = 4096 } },
		{ "set_tid_size alone", { .set_tid_size = 1 } },
		{ "a large set_tid_size",
		  { .set_tid = (unsigned long)tids, .set_tid_size = 33 } },
		{ "CLONE_PARENT with a signal",
		  { .flags = CLONE_PARENT, .exit_signal = SIGCHLD } },
		{ "a large cgroup",
		  { .flags = CLONE_INTO_CGROUP, .cgroup = 1ull << 40 } },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		ok(spawn(ring, &wrong[i].args, 0) == -EINVAL && nobody(),
		   "%s: %s", kind->name, wrong[i].name);
}

static void test_sizes(struct io_uring *ring, const struct kind *kind)
{
	static struct { struct clone_args args; long more[4]; } large = {
		.args = { .exit_signal = SIGCHLD },
	};
	static const struct step exec[] = { EXEC(0, 0, TINY) };
	static const struct {
		unsigned int len;
		int more, want;
	} sizes[] = {
		{ CLONE_ARGS_SIZE_VER0, 0, 0 }, { sizeof(large), 0, 0 },
		{ sizeof(large), 1, -E2BIG }, { 63, 0, -EINVAL },
		{ 5000, 0, -E2BIG },
	};
	struct io_uring_sqe *sqe;
	unsigned int i;
	int pid;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		large.more[3] = sizes[i].more;
		sqe = queue(ring, &large.args, 0, exec, 1);
		sqe->len = sizes[i].len;
		submit(ring);
		pid = result(ring, exec, 1);
		ok(sizes[i].want ? pid == sizes[i].want : reap(pid, 0),
		   "%s: a clone_args of %u bytes", kind->name, sizes[i].len);
	}
	sqe = queue(ring, &plain, 0, exec, 1);
	sqe->addr = 8;
	submit(ring);
	ok(result(ring, exec, 1) == -EFAULT, "%s: none where it should be",
	   kind->name);
}

/* Copied at submission: SQPOLL aside, it may go at once. */
static void test_pid(struct io_uring *ring, const struct kind *kind)
{
	static const struct step exec[] = { EXEC(0, 0, TINY) };
	struct clone_args args = {
		.flags = CLONE_PARENT_SETTID | CLONE_VM | CLONE_CLEAR_SIGHAND |
			 CLONE_IO | CLONE_SYSVSEM,
		.exit_signal = SIGCHLD,
	};
	static pid_t tid;
	int pid;

	tid = 0;
	args.parent_tid = (unsigned long)&tid;
	queue(ring, &args, 0, exec, 1);
	submit(ring);
	if (!(kind->flags & IORING_SETUP_SQPOLL))
		memset(&args, 0xff, sizeof(args));
	pid = result(ring, exec, 1);
	ok(reap(pid, 0) && tid == pid, "%s: the pid is the result",
	   kind->name);
}

/* --- pidfds --------------------------------------------------------------- */

static bool pidfd_is_of(int fd, pid_t pid)
{
	char path[64], text[512] = "", want[32];
	int info;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	info = open(path, O_RDONLY);
	if (info < 0 || read(info, text, sizeof(text) - 1) < 0)
		return false;
	close(info);
	snprintf(want, sizeof(want), "Pid:\t%d\n", pid);
	return strstr(text, want);
}

/* SIGCHLD may come first, and interrupt it. */
static bool pidfd_ends(int fd)
{
	struct pollfd ended = { .fd = fd, .events = POLLIN };
	int ret;

	do {
		ret = poll(&ended, 1, DEADLINE * 1000);
	} while (ret < 0 && errno == EINTR);
	return ret == 1;
}

static void test_pidfd(struct io_uring *ring, const struct kind *kind)
{
	static int fd;
	struct clone_args args = {
		.flags = CLONE_PIDFD, .exit_signal = SIGCHLD,
		.pidfd = (unsigned long)&fd,
	};
	struct pollfd ended = { .events = POLLIN };
	static const struct step exec[] = {
		OP(IORING_OP_READ, L, 1, .addr = &byte, .len = 1),
		EXEC(0, 0, TINY),
	};
	struct step steps[2] = { exec[0], exec[1] };
	unsigned long user_data;
	int pid;

	fd = -1;
	if (kind->polled)
		return;
	steps[0].fd = go[0];
	queue(ring, &args, 0, steps, 2);
	submit(ring);
	next_cqe(ring, &user_data, &pid);
	ended.fd = fd;
	ok(pid > 0 && pidfd_is_of(fd, pid) && poll(&ended, 1, 0) == 0,
	   "%s: a pidfd", kind->name);
	if (write(go[1], "x", 1) != 1)
		die("write");
	ok(pidfd_ends(fd) && reap(pid, 0),
	   "%s: that tells of the end", kind->name);
	while (!no_cqe(ring))
		next_cqe(ring, &user_data, &pid);
	close(fd);

	args.pidfd = 8;
	ok(spawn(ring, &args, 0) == -EFAULT && nobody(),
	   "%s: a pidfd that cannot be told", kind->name);
}

static volatile sig_atomic_t nr_sigchld;

static void on_sigchld(int sig)
{
	(void)sig;
	nr_sigchld++;
}

/* A poll of slot @slot ends with the process. */
static bool slot_ends(struct io_uring *ring, unsigned int slot)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);
	unsigned long user_data;
	int res;

	io_uring_prep_poll_add(sqe, slot, POLLIN);
	sqe->flags |= IOSQE_FIXED_FILE;
	sqe->user_data = 7;
	submit(ring);
	return next_cqe(ring, &user_data, &res) && user_data == 7 &&
	       res & POLLIN;
}

static void test_direct(struct io_uring *ring, const struct kind *kind)
{
	static int slot;
	struct clone_args args = {
		.flags = CLONE_PIDFD, .exit_signal = SIGCHLD,
	};
	int pid;

	if (kind->polled)
		return;
	nr_sigchld = 0;
	ok(spawn(ring, &args, 1) == -ENXIO && nobody() && !nr_sigchld,
	   "%s: a ring without a table leaves nobody", kind->name);
	if (io_uring_register_files_sparse(ring, 2))
		die("registered files");
	ok(spawn(ring, &args, 3) == -EINVAL && nobody() && !nr_sigchld,
	   "%s: a slot that is not there leaves nobody", kind->name);
	pid = spawn(ring, &args, 2);
	ok(pid > 0 && slot_ends(ring, 1) && reap(pid, 0),
	   "%s: a pidfd in a slot", kind->name);

	args.pidfd = (unsigned long)&slot;
	slot = -1;
	ok(spawn(ring, &args, 2) == -EINVAL, "%s: both a slot and a pointer",
	   kind->name);
	pid = spawn(ring, &args, IORING_FILE_INDEX_ALLOC);
	ok(pid > 0 && slot == 0 && slot_ends(ring, 0) && reap(pid, 0),
	   "%s: in a slot of the kernel's choice (%d)", kind->name, slot);
	nr_sigchld = 0;
	ok(spawn(ring, &args, IORING_FILE_INDEX_ALLOC) == -ENFILE &&
	   nobody() && !nr_sigchld, "%s: no slot is free", kind->name);
	io_uring_unregister_files(ring);
	if (io_uring_register_files_sparse(ring, 2))
		die("registered files");
	args.pidfd = 8;
	ok(spawn(ring, &args, IORING_FILE_INDEX_ALLOC) == -EFAULT &&
	   nobody() && !nr_sigchld, "%s: a slot that cannot be told",
	   kind->name);
	args.pidfd = 0;
	pid = spawn(ring, &args, 1);
	ok(pid > 0 && reap(pid, 0), "%s: and that is free again", kind->name);

	args.flags = CLONE_PIDFD | CLONE_PARENT;
	args.exit_signal = 0;
	ok(spawn(ring, &args, 1) == -EINVAL, "%s: a slot, CLONE_PARENT",
	   kind->name);
	ok(spawn(ring, &plain, 1) == -EINVAL, "%s: a slot, no CLONE_PIDFD",
	   kind->name);
	io_uring_unregister_files(ring);
}

/* --- what the process is -------------------------------------------------- */

/* In a user namespace without a map. */
#define NOBODY	"grep -Eq '^Uid:.65534' /proc/self/status"

static void test_spaces(struct io_uring *ring)
{
	static const struct {
		const char *name;
		unsigned long long flags;
		const char *script;
	} spaces[] = {
		{ "NEWUTS", CLONE_NEWUTS,
		  "hostname other && [ $(hostname) = other ]" },
		{ "NEWIPC", CLONE_NEWIPC, "true" },
		{ "NEWNS", CLONE_NEWNS, "mount -t tmpfs none /tmp" },
		{ "NEWPID", CLONE_NEWPID, "[ $$ = 1 ]" },
		{ "NEWNET", CLONE_NEWNET,
		  "[ $(grep -c : /proc/self/net/dev) = 1 ]" },
		{ "NEWCGROUP", CLONE_NEWCGROUP, "true" },
		{ "NEWUSER, all", CLONE_NEWUSER | CLONE_NEWUTS | CLONE_NEWNS |
		  CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC,
		  "[ $$ = 1 ] && " NOBODY },
	};
	struct clone_args args = { .exit_signal = SIGCHLD };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(spaces); i++) {
		args.flags = spaces[i].flags;
		ok(reap(spawn_shell(ring, &args, spaces[i].script), 0),
		   "%s", spaces[i].name);
	}
	args.flags = CLONE_NEWNS | CLONE_FS;
	ok(spawn(ring, &args, 0) == -EINVAL, "NEWNS and FS");
}

/* As user 1000: not without a user namespace of its own. */
static void test_user_spaces(void)
{
	struct clone_args args = {
		.flags = CLONE_NEWUTS, .exit_signal = SIGCHLD,
	};
	char *argv[] = { "sh", "-c", "[ $(hostname) = other ]", NULL };
	/* until the exec it may do everything there */
	struct step steps[] = {
		SYSCALL(L, 0, sethostname, ARGS((unsigned long)"other", 5)),
		EXEC(0, 0, "/bin/busybox", .argv = argv),
	};
	struct io_uring ring;
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		if (setgid(1000) || setuid(1000) ||
		    open_ring(&ring, &kinds[0], 8))
			_exit(2);
		if (spawn(&ring, &args, 0) != -EPERM)
			_exit(3);
		args.flags |= CLONE_NEWUSER;
		queue(&ring, &args, 0, steps, 2);
		submit(&ring);
		_exit(!reap(result(&ring, steps, 2), 0));
	}
	waitpid(pid, &status, 0);
	ok(status == 0, "NEWUTS as a user: only with NEWUSER (%#x)", status);
}

static void test_cgroup(struct io_uring *ring)
{
	struct clone_args args = {
		.flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD,
	};
	int fd;

	mkdir(CGROUP, 0755);
	fd = open(CGROUP, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		skip("no cgroup2 here", "CLONE_INTO_CGROUP");
		return;
	}
	args.cgroup = fd;
	ok(reap(spawn_shell(ring, &args,
			    "grep -q '^0::/ious-test$' /proc/self/cgroup"), 0),
	   "CLONE_INTO_CGROUP");
	args.cgroup = 999;
	ok(spawn(ring, &args, 0) == -EBADF && nobody(),
	   "CLONE_INTO_CGROUP, no such descriptor");
	close(fd);
	rmdir(CGROUP);
}

static void test_set_tid(struct io_uring *ring)
{
	pid_t tid = 23456;
	struct clone_args args = {
		.exit_signal = SIGCHLD, .set_tid = (unsigned long)&tid,
		.set_tid_size = 1,
	};
	static const struct step exec[] = { EXEC(0, 0, TINY) };

	queue(ring, &args, 0, exec, 1);
	submit(ring);
	tid = 1;
	ok(reap(result(ring, exec, 1), 0) && tid == 1, "set_tid");
	ok(spawn(ring, &args, 0) == -EEXIST, "set_tid that is taken");
}

static void test_signals(struct io_uring *ring)
{
	static const struct step none[] = { NOP(0, 0) };
	struct clone_args args = { .exit_signal = 0 };
	int pid;

	/* an exec makes it SIGCHLD again: a chain without one */
	nr_sigchld = 0;
	queue(ring, &args, 0, none, 1);
	submit(ring);
	pid = result(ring, none, 1);
	ok(pid > 0 && waitpid(pid, NULL, 0) < 0 && reap(pid, 0) &&
	   !nr_sigchld, "exit_signal 0");
	signal(SIGUSR1, on_sigchld);
	args.exit_signal = SIGUSR1;
	queue(ring, &args, 0, none, 1);
	submit(ring);
	pid = result(ring, none, 1);
	ok(reap(pid, 0) && nr_sigchld == 1, "exit_signal SIGUSR1");
	signal(SIGUSR1, SIG_DFL);
}

/* A sibling: this process's own child submits, the process is ours. */
static void test_parent(void)
{
	struct clone_args args = { .flags = CLONE_PARENT };
	struct io_uring ring;
	int status, end = -1;
	pid_t pid, sibling;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		if (open_ring(&ring, &kinds[0], 8) ||
		    spawn(&ring, &args, 0) <= 0)
			_exit(1);
		_exit(waitpid(-1, NULL, __WALL) == -1 ? 0 : 2);
	}
	waitpid(pid, &status, 0);
	sibling = waitpid(-1, &end, __WALL);
	ok(status == 0 && sibling > 0 && end == 0,
	   "CLONE_PARENT (%#x, %#x)", status, end);
}

static void test_fs(struct io_uring *ring)
{
	struct clone_args args = { .flags = CLONE_FS, .exit_signal = SIGCHLD };
	struct step steps[] = {
		SYSCALL(L, 0, chdir, ARGS((unsigned long)"/tmp")),
		EXEC(0, 0, TINY),
	};
	char cwd[64];

	queue(ring, &args, 0, steps, 2);
	submit(ring);
	ok(reap(result(ring, steps, 2), 0) &&
	   !strcmp(getcwd(cwd, sizeof(cwd)), "/tmp"), "CLONE_FS");
	if (chdir("/"))
		die("chdir");
}

static bool kernel_has(unsigned long long flag)
{
	struct clone_args args = { .flags = flag, .exit_signal = SIGCHLD };
	pid_t pid = syscall(__NR_clone3, &args, sizeof(args));

	if (!pid)
		_exit(0);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	return pid > 0;
}

static void test_later(struct io_uring *ring)
{
	static int fd;
	struct clone_args args = {
		.flags = CLONE_NNP, .exit_signal = SIGCHLD,
	};

	if (!kernel_has(CLONE_NNP)) {
		ok(spawn(ring, &args, 0) == -EINVAL,
		   "CLONE_NNP, which this kernel lacks");
		return;
	}
	ok(reap(spawn_shell(ring, &args,
			    "grep -q NoNewPrivs:.1 /proc/self/status"), 0),
	   "CLONE_NNP");
	args.flags = CLONE_PIDFD | CLONE_AUTOREAP;
	args.exit_signal = 0;
	args.pidfd = (unsigned long)&fd;
	ok(spawn(ring, &args, 0) > 0 && pidfd_ends(fd) && nobody(),
	   "CLONE_AUTOREAP");
	close(fd);
}

/* --- the table of descriptors --------------------------------------------- */

static void *sleeper(void *unused)
{
	pause();
	return unused;
}

static int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int nr = 0;

	while (readdir(dir))
		nr++;
	closedir(dir);
	return nr;
}

static void test_files(struct io_uring *ring)
{
	struct clone_args args = {
		.flags = CLONE_FILES, .exit_signal = SIGCHLD,
	};
	char *argv[] = {
		"sh", "-c", "[ $(ls /proc/self/fd | wc -l) = 4 ]", NULL
	};
	struct step pristine[] = {
		SYSCALL(L, 0, close_range,
			ARGS(3, ~0u, CLOSE_RANGE_UNSHARE)),
		EXEC(0, 0, "/bin/busybox", .argv = argv),
	};
	struct step shared[] = {
		OP(IORING_OP_OPENAT, L, 60, .fd = AT_FDCWD, .addr = TINY,
		   .rw_flags = O_RDONLY),
		DUP(L, 61, 0, 61, .file_index = 1), NOP(0, 0),
	};
	int before, i, fds[40];
	pthread_t thread;

	/* alone, Linux 6.1 has no reference on the ring */
	i = spawn(ring, &args, 0);
	if (i != -EOPNOTSUPP)
		reap(i, 0);
	ok(i > 0 || i == -EOPNOTSUPP, "CLONE_FILES, one thread (%d)", i);
	if (pthread_create(&thread, NULL, sleeper, NULL))
		die("thread");
	/* not close-on-exec, and none of the program's business */
	for (i = 0; i < 40; i++)
		fds[i] = dup(2);
	before = count_fds();
	queue(ring, &args, 0, pristine, 2);
	submit(ring);
	ok(reap(result(ring, pristine, 2), 0) && count_fds() == before,
	   "the pristine child");
	shared[0].want = ANY;
	queue(ring, &args, 0, shared, 3);
	submit(ring);
	ok(reap(result(ring, shared, 3), 0) && !fcntl(61, F_GETFD),
	   "CLONE_FILES: what the chain opens, the submitter has");
	close(61);
	ok(count_fds() == before + 1, "and no more than that");
	for (i = 0; i < 40; i++)
		close(fds[i]);
}

/* --- personalities -------------------------------------------------------- */

/* A ring with the credentials of user 1000, in a process that is root. */
static int register_user(struct io_uring *ring)
{
	int id;

	/* of this thread only, by the system calls themselves */
	syscall(__NR_setresgid, -1, 1000, -1);
	syscall(__NR_setresuid, 1000, 1000, 0);
	id = io_uring_register_personality(ring);
	syscall(__NR_setresuid, 0, 0, 0);
	syscall(__NR_setresgid, 0, 0, 0);
	prctl(PR_SET_DUMPABLE, 1);
	return id;
}

/* Can user 1000 read this process's memory through its child? */
static int spy(pid_t child)
{
	char path[64], stolen = 0;
	int fd;

	if (setgid(1000) || setuid(1000))
		_exit(3);
	snprintf(path, sizeof(path), "/proc/%d/mem", child);
	fd = open(path, O_RDWR);
	_exit(fd >= 0 &&
	      pread(fd, &stolen, 1, (off_t)(unsigned long)&byte) == 1);
}

static int personality_child(void)
{
	struct step steps[] = {
		OP(IORING_OP_READ, L, ANY, .fd = go[0], .addr = &byte,
		   .len = 1),
		EXEC(0, 0, "/bin/busybox", .argv = (char *[]){ "sh", "-c",
		     "grep -Eq '^Uid:.1000.1000.1000' /proc/self/status",
		     NULL }),
	};
	struct clone_args args = { .exit_signal = SIGCHLD };
	unsigned long user_data;
	struct io_uring ring;
	int id, pid, status, res;
	pid_t other;

	if (open_ring(&ring, &kinds[0], 8))
		return 10;
	id = register_user(&ring);
	if (id < 0)
		return 11;
	queue(&ring, &args, 0, steps, 2)->personality = id;
	submit(&ring);
	if (!next_cqe(&ring, &user_data, &pid) || pid <= 0)
		return 12;
	other = fork();
	if (!other)
		spy(pid);
	if (waitpid(other, &status, 0) != other || status)
		return 13;
	if (write(go[1], "x", 1) != 1 || !next_cqe(&ring, &user_data, &res) ||
	    !next_cqe(&ring, &user_data, &res) || res)
		return 14;
	if (!reap(pid, 0) || getuid())
		return 15;

	args.flags = CLONE_NEWUSER;
	queue(&ring, &args, 0, steps + 1, 1)->personality = id;
	submit(&ring);
	if (result(&ring, steps + 1, 1) != -EINVAL)
		return 16;
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	queue(&ring, NULL, 0, steps + 1, 1)->personality = id;
	submit(&ring);
	if (result(&ring, steps + 1, 1) != -EPERM)
		return 17;
	return nobody() ? 0 : 18;
}

static void test_personality(void)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		_exit(personality_child());
	waitpid(pid, &status, 0);
	ok(status == 0, "a personality: credentials, no way into the memory (%d)",
	   WEXITSTATUS(status));
}

/* --- who issues CLONE ----------------------------------------------------- */

static void test_issuers(struct io_uring *ring, const struct kind *kind)
{
	static const char script[] =
		"read -r pid c s ppid rest </proc/self/stat; [ $ppid = $0 ] && "
		"grep -q 'SigBlk:.0000000000000000' /proc/self/status";
	static const unsigned int flags[] = { 0, IOSQE_ASYNC, IOSQE_IO_DRAIN };
	char self[16], *argv[] = { "sh", "-c", (char *)script, self, NULL };
	struct step exec[] = { EXEC(0, 0, "/bin/busybox", .argv = argv) };
	struct clone_args args = {
		.flags = CLONE_NEWUTS, .exit_signal = SIGCHLD,
	};
	unsigned int i;

	snprintf(self, sizeof(self), "%d", getpid());
	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		queue(ring, &args, 0, exec, 1)->flags |= flags[i];
		submit(ring);
		ok(reap(result(ring, exec, 1), 0),
		   "%s: parent and signal mask, IOSQE flags %#x", kind->name,
		   flags[i]);
	}
}

int main(void)
{
	struct sigaction chld = {
		.sa_handler = on_sigchld, .sa_flags = SA_RESTART,
	};
	struct io_uring ring;

	alarm(400);
	sigaction(SIGCHLD, &chld, NULL);
	if (pipe2(go, O_CLOEXEC))
		die("pipe");
	for_each_kind(test_refused, "refused");
	for_each_kind(test_sizes, "sizes");
	for_each_kind(test_pid, "pid");
	for_each_kind(test_pidfd, "pidfd");
	for_each_kind(test_direct, "direct pidfd");
	for_each_kind(test_issuers, "issuers");
	if (open_ring(&ring, &kinds[0], 8))
		die("ring");
	test_spaces(&ring);
	test_user_spaces();
	test_cgroup(&ring);
	test_set_tid(&ring);
	test_signals(&ring);
	test_parent();
	test_fs(&ring);
	test_later(&ring);
	test_personality();
	test_files(&ring);
	io_uring_queue_exit(&ring);
	return done();
}
