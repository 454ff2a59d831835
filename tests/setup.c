// SPDX-License-Identifier: GPL-2.0
/*
 * SYSCALL: each call on the list does in the new process what it says, which the
 * executed program looks at, and nothing in the submitter.
 */
#include "test.h"

#include <linux/capability.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#define PTR(p)		((unsigned long)(p))
#define MAX_STEPS	5

/* What the calls point to; the kernel's own layouts. */
static unsigned long usr1_only = 1ul << (SIGUSR1 - 1);
static struct {
	void *handler;
	unsigned long flags;
	void *restorer;
	unsigned long mask;
} ignore = { SIG_IGN, 0, NULL, 0 }, handle = { (void *)1000, 0, NULL, 0 };
static struct rlimit five = { 5, 5 };
static struct sched_param no_priority;
static unsigned long first_cpu = 1;
static gid_t groups[] = { 1234, 1235 };
static int two_fds[2];
static struct __user_cap_header_struct cap_header = {
	_LINUX_CAPABILITY_VERSION_3, 0
};
static struct __user_cap_data_struct no_caps[2];

struct row {
	const char *name;
	/* the last is EXEC's place */
	struct step steps[MAX_STEPS];
	/* what the program finds, in the shell's words */
	const char *finds;
	/* a kernel may be built without it */
	bool optional;
};

#define STATUS(line) "grep -Eq '^" line "' /proc/self/status"
#define STAT "read -r pid c s ppid pgrp sid rest </proc/self/stat; "
#define OPENED "[ -e /proc/self/fd/9 ]"
#define CLOSED "[ ! -e /proc/self/fd/9 ]"

static const struct row rows[] = {
	{ "chdir", { SYSCALL(L, 0, chdir, ARGS(PTR("/tmp"))) },
	  "[ $(readlink /proc/self/cwd) = /tmp ]" },
	{ "fchdir",
	  { OP(IORING_OP_OPENAT, L, ANY, .fd = AT_FDCWD, .addr = "/tmp",
	       .rw_flags = O_RDONLY),
	    SYSCALL(L, 0, fchdir, .rw_flags = BACK(0, 1)) },
	  "[ $(readlink /proc/self/cwd) = /tmp ]" },
	{ "umask", { SYSCALL(L, ANY, umask, ARGS(077)) },
	  "[ $(umask) = 0077 ]" },
	{ "setsid", { SYSCALL(L, ANY, setsid) }, STAT "[ $pid = $sid ]" },
	{ "setpgid", { SYSCALL(L, 0, setpgid, ARGS(0, 0)) },
	  STAT "[ $pid = $pgrp ]" },
	{ "rt_sigprocmask",
	  { SYSCALL(L, 0, rt_sigprocmask,
		    ARGS(SIG_SETMASK, PTR(&usr1_only), 0, 8)) },
	  STATUS("SigBlk:.0000000000000200") },
	{ "rt_sigaction",
	  { SYSCALL(L, 0, rt_sigaction,
		    ARGS(SIGUSR1, PTR(&ignore), 0, 8)) },
	  STATUS("SigIgn:.*2[0-9a-f]{2}$") },
	{ "sigaltstack", { SYSCALL(L, 0, sigaltstack, ARGS(0, 0)) }, "true" },
	{ "setpriority", { SYSCALL(L, 0, setpriority, ARGS(0, 0, 5)) },
	  "[ $(cut -d ' ' -f 19 /proc/self/stat) = 5 ]" },
	{ "ioprio_set", { SYSCALL(L, 0, ioprio_set, ARGS(1, 0, 2 << 13 | 7)) },
	  "true" },
	{ "sched_setscheduler",
	  { SYSCALL(L, 0, sched_setscheduler,
		    ARGS(0, SCHED_BATCH, PTR(&no_priority))) },
	  "[ $(cut -d ' ' -f 41 /proc/self/stat) = 3 ]" },
	{ "sched_setparam",
	  { SYSCALL(L, 0, sched_setparam, ARGS(0, PTR(&no_priority))) },
	  "true" },
	{ "sched_setaffinity",
	  { SYSCALL(L, 0, sched_setaffinity, ARGS(0, 8, PTR(&first_cpu))) },
	  STATUS("Cpus_allowed_list:.0$") },
	{ "set_mempolicy", { SYSCALL(L, 0, set_mempolicy, ARGS(0, 0, 0)) },
	  "true", .optional = true },
	{ "prlimit64", { SYSCALL(L, 0, prlimit64, ARGS(0, 4, PTR(&five), 0)) },
	  "grep -q 'core file size *5 *5 ' /proc/self/limits" },
	{ "setrlimit", { SYSCALL(L, 0, setrlimit, ARGS(4, PTR(&five))) },
	  "grep -q 'core file size *5 *5 ' /proc/self/limits" },
	{ "prctl", { SYSCALL(L, 0, prctl, ARGS(PR_SET_NO_NEW_PRIVS, 1)) },
	  STATUS("NoNewPrivs:.1") },
	{ "personality", { SYSCALL(L, 0, personality, ARGS(0x0040000)) },
	  "[ $(cat /proc/self/personality) = 00040000 ]" },
	{ "setuid", { SYSCALL(L, 0, setuid, ARGS(1000)) },
	  STATUS("Uid:.1000.1000.1000.1000") },
	{ "setgid", { SYSCALL(L, 0, setgid, ARGS(1000)) },
	  STATUS("Gid:.1000.1000.1000.1000") },
	{ "setreuid", { SYSCALL(L, 0, setreuid, ARGS(1000, 1000)) },
	  STATUS("Uid:.1000.1000.1000.1000") },
	{ "setregid", { SYSCALL(L, 0, setregid, ARGS(1000, 1000)) },
	  STATUS("Gid:.1000.1000.1000.1000") },
	{ "setresuid", { SYSCALL(L, 0, setresuid, ARGS(1000, 1000, 1000)) },
	  STATUS("Uid:.1000.1000.1000.1000") },
	{ "setresgid", { SYSCALL(L, 0, setresgid, ARGS(1000, 1000, 1000)) },
	  STATUS("Gid:.1000.1000.1000.1000") },
	{ "setgroups", { SYSCALL(L, 0, setgroups, ARGS(2, PTR(groups))) },
	  STATUS("Groups:.1234 1235") },
	{ "setfsuid", { SYSCALL(L, 0, setfsuid, ARGS(1000)) }, "true" },
	{ "setfsgid", { SYSCALL(L, 0, setfsgid, ARGS(1000)) }, "true" },
	{ "capset, bounding set",
	  { SYSCALL(L, 0, prctl, ARGS(PR_CAPBSET_DROP, CAP_SYS_BOOT)),
	    SYSCALL(L, 0, capset, ARGS(PTR(&cap_header), PTR(no_caps))) },
	  STATUS("CapBnd:.[0-9a-f]*bfffff$") },
	{ "keyctl",
	  { SYSCALL(L, ANY, keyctl, ARGS(KEYCTL_JOIN_SESSION_KEYRING, 0)) },
	  "true", .optional = true },
	{ "unshare, sethostname, setdomainname",
	  { SYSCALL(L, 0, unshare, ARGS(CLONE_NEWUTS)),
	    SYSCALL(L, 0, sethostname, ARGS(PTR("chain"), 5)),
	    SYSCALL(L, 0, setdomainname, ARGS(PTR("dom"), 3)) },
	  "[ $(hostname) = chain ]" },
	{ "setns",
	  { OP(IORING_OP_OPENAT, L, ANY, .fd = AT_FDCWD,
	       .addr = "/proc/self/ns/uts", .rw_flags = O_RDONLY),
	    SYSCALL(L, 0, setns, ARGS(0, CLONE_NEWUTS),
		    .rw_flags = BACK(0, 1)) }, "true" },
	{ "mount",
	  { SYSCALL(L, 0, unshare, ARGS(CLONE_NEWNS)),
	    SYSCALL(L, 0, mount, ARGS(PTR("none"), PTR("/tmp/mnt"),
				      PTR("tmpfs"), MS_NOEXEC)) },
	  "grep -q ' /tmp/mnt tmpfs .*noexec' /proc/self/mounts" },
	{ "umount2",
	  { SYSCALL(L, 0, unshare, ARGS(CLONE_NEWNS)),
	    SYSCALL(L, 0, mount, ARGS(PTR("none"), PTR("/tmp/mnt"),
				      PTR("tmpfs"), 0)),
	    SYSCALL(L, 0, umount2, ARGS(PTR("/tmp/mnt"), 0)) },
	  "! grep -q ' /tmp/mnt ' /proc/self/mounts" },
	{ "dup2", { SYSCALL(L, 9, dup2, ARGS(1, 9)) }, OPENED },
	{ "dup3", { SYSCALL(L, 9, dup3, ARGS(1, 9, 0)) }, OPENED },
	{ "dup3, O_CLOEXEC", { SYSCALL(L, 9, dup3, ARGS(1, 9, O_CLOEXEC)) },
	  CLOSED },
	{ "dup, its result, close",
	  { SYSCALL(L, ANY, dup, ARGS(1)),
	    SYSCALL(L, 9, dup2, ARGS(0, 9), .rw_flags = BACK(0, 1)),
	    SYSCALL(L, 0, close, .rw_flags = BACK(0, 2)) }, OPENED },
	{ "fcntl",
	  { SYSCALL(L, 9, dup2, ARGS(1, 9)),
	    SYSCALL(L, 0, fcntl, ARGS(9, F_SETFD, FD_CLOEXEC)) }, CLOSED },
	{ "close_range",
	  { SYSCALL(L, 9, dup2, ARGS(1, 9)),
	    SYSCALL(L, 0, close_range, ARGS(3, ~0u, 0)) }, CLOSED },
	{ "pipe2", { SYSCALL(L, 0, pipe2, ARGS(PTR(two_fds), 0)) },
	  "true" },
};

/* --- the submitter -------------------------------------------------------- */

static int append_file(char *text, int len, int size, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), n;

	n = fd < 0 ? 0 : read(fd, text + len, size - len - 1);
	if (fd >= 0)
		close(fd);
	return len + (n > 0 ? n : 0);
}

static int append_link(char *text, int len, int size, const char *path)
{
	int n = readlink(path, text + len, size - len - 1);

	return len + (n > 0 ? n : 0);
}

/* Lines that change by themselves: memory, context switches. */
static void drop_noise(char *text)
{
	static const char *const noise[] = {
		"\nVm", "\nRss", "\nvoluntary", "\nnonvoluntary", "\nHuge",
	};
	unsigned int i;
	char *line;

	for (i = 0; i < ARRAY_SIZE(noise); i++)
		while ((line = strstr(text, noise[i])))
			memmove(line, strchrnul(line + 1, '\n'),
				strlen(strchrnul(line + 1, '\n')) + 1);
}

static char *snapshot(void)
{
	static const char *const files[] = {
		"/proc/self/status", "/proc/self/limits", "/proc/self/mounts",
		"/proc/self/personality", "/proc/self/timerslack_ns",
	};
	static const char *const links[] = {
		"/proc/self/cwd", "/proc/self/root", "/proc/self/ns/uts",
		"/proc/self/ns/mnt", "/proc/self/ns/pid", "/proc/self/ns/net",
		"/proc/self/ns/ipc", "/proc/self/ns/user", "/proc/self/fd/9",
	};
	int size = 32768, len = 0, pdeath = -1;
	char *text = calloc(1, size);
	struct utsname name;
	struct stat st;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(files); i++)
		len = append_file(text, len, size, files[i]);
	for (i = 0; i < ARRAY_SIZE(links); i++)
		len = append_link(text, len, size, links[i]);
	uname(&name);
	prctl(PR_GET_PDEATHSIG, &pdeath);
	stat("/tmp/mnt", &st);
	snprintf(text + len, size - len, "%s %s %d %d %d %d %d %d %ld",
		 name.nodename, name.domainname, getsid(0), getpgrp(),
		 getpriority(PRIO_PROCESS, 0), sched_getscheduler(0), pdeath,
		 (int)syscall(__NR_ioprio_get, 1, 0), (long)st.st_dev);
	drop_noise(text);
	return text;
}

static bool is_unchanged(const char *before)
{
	char *after = snapshot();
	bool same = !strcmp(before, after);
	size_t i = 0;

	while (!same && before[i] == after[i])
		i++;
	if (!same)
		note("the submitter has changed: %.60s, was %.60s", after + i,
		     before + i);
	free(after);
	return same;
}

static bool lacks(struct io_uring *ring, const struct step *call)
{
	struct step steps[] = { CLONE(L, 0), *call };
	unsigned long user_data;
	int res = 0, i;

	steps[1].flags = 0;
	queue_steps(ring, steps, 2);
	submit(ring);
	for (i = 0; i < 2; i++)
		next_cqe(ring, &user_data, &res);
	wait_status();
	return res == -ENOSYS;
}

static void test_row(struct io_uring *ring, const struct row *row,
		     const char *before)
{
	char *argv[] = { "sh", "-c", (char *)row->finds, NULL };
	struct step steps[MAX_STEPS + 1] = { CLONE(L, 0) };
	unsigned int nr = 1;

	if (row->optional && lacks(ring, &row->steps[0])) {
		skip("this kernel has no such call", "%s", row->name);
		return;
	}
	while (row->steps[nr - 1].used) {
		steps[nr] = row->steps[nr - 1];
		nr++;
	}
	steps[nr++] = (struct step)EXEC(0, 0, "/bin/busybox", .argv = argv);
	run_chain(ring, steps, nr, EXITED(0), "%s", row->name);
	ok(is_unchanged(before), "%s: nothing in the submitter", row->name);
}

/* --- what is not allowed -------------------------------------------------- */

static void test_refused(struct io_uring *ring)
{
	static const struct step refused[] = {
		SYSCALL(H, -ENOSYS, fork), SYSCALL(H, -ENOSYS, execve),
		SYSCALL(H, -ENOSYS, read), SYSCALL(H, -ENOSYS, write),
		SYSCALL(H, -ENOSYS, kill), SYSCALL(H, -ENOSYS, ptrace),
		SYSCALL(H, -ENOSYS, mmap), SYSCALL(H, -ENOSYS, exit),
		SYSCALL(H, -ENOSYS, exit_group), SYSCALL(H, -ENOSYS, clone),
		SYSCALL(H, -ENOSYS, io_uring_enter),
		SYSCALL(H, -ENOSYS, init_module),
		OP(IORING_OP_SYSCALL, H, -ENOSYS, .len = 0xffff),
		OP(IORING_OP_SYSCALL, H, -ENOSYS, .len = 0x40000003),
		OP(IORING_OP_SYSCALL, H, -ENOSYS, .len = -1u),
		SYSCALL(H, -EINVAL, ioctl, ARGS(0, TIOCSTI)),
		SYSCALL(H, -EINVAL, ioctl, ARGS(0, TCGETS)),
		SYSCALL(H, -EINVAL, setpriority, ARGS(PRIO_USER, 0, 5)),
		SYSCALL(H, -EINVAL, setpriority, ARGS(PRIO_PROCESS, 1, 5)),
		SYSCALL(H, -EINVAL, ioprio_set, ARGS(1, 1, 0)),
		SYSCALL(H, -EINVAL, setpgid, ARGS(1, 0)),
		SYSCALL(H, -EINVAL, sched_setscheduler,
			ARGS(1, 0, PTR(&no_priority))),
		SYSCALL(H, -EINVAL, sched_setaffinity,
			ARGS(1, 8, PTR(&first_cpu))),
		SYSCALL(H, -EINVAL, prlimit64, ARGS(1, 4, PTR(&five), 0)),
		SYSCALL(H, -EINVAL, rt_sigaction,
			ARGS(SIGUSR1, PTR(&handle), 0, 8)),
		SYSCALL(H, -EINVAL, keyctl, ARGS(KEYCTL_REVOKE, 1)),
		SYSCALL(H, -EINVAL, prctl, ARGS(PR_SET_DUMPABLE, 0)),
		SYSCALL(H, -EINVAL, prctl, ARGS(PR_SET_MM, 1)),
		SYSCALL(H, -EINVAL, prctl, ARGS(PR_SET_SECCOMP, 1)),
		/* references: to a failed one, beyond the start */
		SYSCALL(H, -EINVAL, dup, .rw_flags = BACK(0, 1)),
		SYSCALL(H, -EINVAL, dup, .rw_flags = BACK(0, 200)),
	};
	unsigned int i, nr = ARRAY_SIZE(refused);
	struct step steps[ARRAY_SIZE(refused) + 2] = { CLONE(L, 0) };

	for (i = 0; i < nr; i++)
		steps[i + 1] = refused[i];
	steps[nr + 1] = (struct step)EXEC(0, 0, "/tests/tiny");
	run_chain(ring, steps, nr + 2, EXITED(0),
		  "%u calls that are not allowed", nr);
}

static void set_fd(struct io_uring_sqe *sqe) { sqe->fd = 1; }
static void set_buf(struct io_uring_sqe *sqe) { sqe->buf_index = 1; }
static void set_index(struct io_uring_sqe *sqe) { sqe->file_index = 1; }
static void set_ioprio(struct io_uring_sqe *sqe) { sqe->ioprio = 1; }
static void set_fixed(struct io_uring_sqe *sqe)
{
	sqe->flags |= IOSQE_FIXED_FILE;
}

static void test_fields(struct io_uring *ring, const struct kind *kind)
{
	static void (*const wrong[])(struct io_uring_sqe *) = {
		set_fd, set_buf, set_index, set_ioprio, set_fixed,
	};
	static const struct step steps[] = {
		CLONE(L, -ECANCELED), SYSCALL(0, -EINVAL, getpid),
	};
	struct step good[] = {
		CLONE(L, 0), SYSCALL(L, getpid(), getppid),
		SYSCALL(L, ANY, getpid), SYSCALL(L, ANY, gettid),
		EXEC(0, 0, "/tests/tiny"),
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		queue_step(ring, &steps[0], 1);
		wrong[i](queue_step(ring, &steps[1], 2));
		submit(ring);
		ok(cqes_match(ring, steps, 2) & status_is(NO_CHILD),
		   "%s: a field that must be zero (%u)", kind->name, i);
	}
	RUN(ring, good, EXITED(0), "%s: getppid is the submitter",
	    kind->name);
}

/* Until filters are asked: nothing is executed that one might forbid. */
static void test_seccomp(struct io_uring *ring)
{
	static struct {
		unsigned short code;
		unsigned char jt, jf;
		unsigned int k;
	} allow = { 6, 0, 0, 0x7fff0000 };
	static struct {
		unsigned short len;
		void *filter;
	} program = { 1, &allow };
	struct step steps[] = {
		CLONE(L, 0),
		SYSCALL(L, 0, seccomp, ARGS(1, 0, PTR(&program))),
		EXEC(0, -EPERM, "/tests/tiny"),
	};

	RUN(ring, steps, EXITED(127), "EXEC after seccomp");
}

int main(void)
{
	struct io_uring ring;
	unsigned int i;
	char *before;

	alarm(300);
	mkdir("/tmp/mnt", 0700);
	if (open_ring(&ring, &kinds[0], 64))
		die("ring");
	before = snapshot();
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		test_row(&ring, &rows[i], before);
	test_refused(&ring);
	test_seccomp(&ring);
	io_uring_queue_exit(&ring);
	for_each_kind(test_fields, "SYSCALL");
	return done();
}
