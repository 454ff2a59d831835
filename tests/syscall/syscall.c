// SPDX-License-Identifier: GPL-2.0
/*
 * SYSCALL: what is not on the list, arguments that are refused, results as
 * arguments, filters of the process; and what only shows before an exec. What
 * the calls of the list do is in syscall_*.c.
 */
#include "arch.h"
#include "blocked.h"

#include <linux/ioprio.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/* Never: they end, copy, replace or reach into something. */
static const struct {
	const char *name;
	unsigned int nr;
} off_list[] = {
	{ "read", SYS_read }, { "write", SYS_write },
	{ "openat2", SYS_openat2 }, { "mmap", SYS_mmap },
	{ "mprotect", SYS_mprotect }, { "munmap", SYS_munmap },
	{ "brk", SYS_brk }, { "rt_sigreturn", SYS_rt_sigreturn },
	{ "clone", SYS_clone }, { "execve", SYS_execve },
	{ "execveat", SYS_execveat }, { "exit", SYS_exit },
	{ "wait4", SYS_wait4 }, { "kill", SYS_kill },
	{ "ptrace", SYS_ptrace }, ONLY_HERE,
	{ "reboot", SYS_reboot }, { "init_module", SYS_init_module },
	{ "set_tid_address", SYS_set_tid_address },
	{ "exit_group", SYS_exit_group }, { "tgkill", SYS_tgkill },
	{ "set_robust_list", SYS_set_robust_list },
	{ "process_vm_writev", SYS_process_vm_writev },
	{ "kcmp", SYS_kcmp }, { "bpf", SYS_bpf },
	{ "userfaultfd", SYS_userfaultfd }, { "rseq", SYS_rseq },
	{ "io_uring_setup", SYS_io_uring_setup },
	{ "io_uring_enter", SYS_io_uring_enter },
	{ "io_uring_register", SYS_io_uring_register },
	{ "clone3", SYS_clone3 }, { "a gap", 400 }, { "no number", 0xffff },
	{ "getpid of x32", 0x40000000 | SYS_getpid }, { "-1", ~0U },
};

static void test_off_list(struct io_uring *ring, const struct kind *kind)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(off_list); i++) {
		struct step steps[] = {
			CLONE(L, 0),
			CALL(H, -ENOSYS, off_list[i].nr, 0, 0, 0, 0),
			EXEC(0, 0, "/tests/tiny"),
		};

		RUN(ring, steps, EXITED(0), "%s: not on the list: %s",
		    kind->name, off_list[i].name);
	}
}

struct refused {
	const char *name;
	struct step step;
};

#define REFUSED(...)	CALL(H, -EINVAL, __VA_ARGS__)
/* The first 1 is init's number, which root could change; so is this. */
#define HIGH_1		(1UL << 32 | 1)

static const struct sched_param no_priority;
static const unsigned long cpus = ~0UL;
static const unsigned int attr[12] = { 48 };
static const struct rlimit limit = { 1000, 1000 };
static struct rlimit old_limit;
static const unsigned long handler[4] = { 0x1000, 0x04000000, 0x1000, 0 };

static const struct refused refused[] = {
	{ "ioctl TCGETS", REFUSED(SYS_ioctl, 0, TCGETS, 8, 0) },
	{ "ioctl TIOCSTI", REFUSED(SYS_ioctl, 0, TIOCSTI, "x", 0) },
	{ "ioctl FIOCLEX", REFUSED(SYS_ioctl, 0, FIOCLEX, 0, 0) },
	{ "ioctl 0", REFUSED(SYS_ioctl, 0, 0, 0, 0) },
	{ "setpriority of a group",
	  REFUSED(SYS_setpriority, PRIO_PGRP, 0, 1, 0) },
	{ "setpriority of a user",
	  REFUSED(SYS_setpriority, PRIO_USER, 0, 1, 0) },
	{ "setpriority of another",
	  REFUSED(SYS_setpriority, PRIO_PROCESS, 1, 0, 0) },
	{ "setpriority of another, with high bits",
	  REFUSED(SYS_setpriority, PRIO_PROCESS, HIGH_1, 0, 0) },
	{ "ioprio_set of a group",
	  REFUSED(SYS_ioprio_set, IOPRIO_WHO_PGRP, 0, 0x4006, 0) },
	{ "ioprio_set of a user",
	  REFUSED(SYS_ioprio_set, IOPRIO_WHO_USER, 0, 0x4006, 0) },
	{ "ioprio_set of another",
	  REFUSED(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 1, 0x4006, 0) },
	{ "sched_setscheduler of another",
	  REFUSED(SYS_sched_setscheduler, 1, SCHED_OTHER, &no_priority, 0) },
	{ "sched_setparam of another",
	  REFUSED(SYS_sched_setparam, 1, &no_priority, 0, 0) },
	{ "sched_setattr of another",
	  REFUSED(SYS_sched_setattr, 1, attr, 0, 0) },
	{ "sched_setaffinity of another",
	  REFUSED(SYS_sched_setaffinity, 1, 8, &cpus, 0) },
	{ "sched_setaffinity of another, with high bits",
	  REFUSED(SYS_sched_setaffinity, HIGH_1, 8, &cpus, 0) },
	{ "prlimit64 of another",
	  REFUSED(SYS_prlimit64, 1, RLIMIT_CORE, 0, &old_limit) },
	{ "setpgid of another", REFUSED(SYS_setpgid, 1, 0, 0, 0) },
	{ "rt_sigaction with a handler",
	  REFUSED(SYS_rt_sigaction, SIGUSR1, handler, 0, 8) },
	{ "keyctl KEYCTL_GET_KEYRING_ID",
	  REFUSED(SYS_keyctl, KEYCTL_GET_KEYRING_ID,
		  KEY_SPEC_SESSION_KEYRING, 0, 0) },
	{ "keyctl KEYCTL_CLEAR",
	  REFUSED(SYS_keyctl, KEYCTL_CLEAR, KEY_SPEC_SESSION_KEYRING, 0, 0) },
	{ "PR_SET_DUMPABLE", REFUSED(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0) },
	{ "PR_GET_DUMPABLE", REFUSED(SYS_prctl, PR_GET_DUMPABLE, 0, 0, 0) },
	{ "PR_SET_SECCOMP", REFUSED(SYS_prctl, PR_SET_SECCOMP, 1, 0, 0) },
	{ "PR_SET_MM", REFUSED(SYS_prctl, PR_SET_MM, PR_SET_MM_BRK, 0, 0) },
	{ "PR_SET_THP_DISABLE",
	  REFUSED(SYS_prctl, PR_SET_THP_DISABLE, 1, 0, 0) },
	{ "PR_SET_PTRACER", REFUSED(SYS_prctl, PR_SET_PTRACER, -1, 0, 0) },
	{ "PR_TASK_PERF_EVENTS_DISABLE",
	  REFUSED(SYS_prctl, PR_TASK_PERF_EVENTS_DISABLE, 0, 0, 0) },
	{ "PR_SET_SYSCALL_USER_DISPATCH",
	  REFUSED(SYS_prctl, PR_SET_SYSCALL_USER_DISPATCH, 0, 0, 0) },
	{ "prctl of what is none", REFUSED(SYS_prctl, 0x7fff, 0, 0, 0) },
};

static void test_refused(struct io_uring *ring, const struct kind *kind)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(refused); i++) {
		struct step steps[] = {
			CLONE(L, 0), refused[i].step,
			EXEC(0, 0, "/tests/tiny"),
		};

		RUN(ring, steps, EXITED(0), "%s: refused: %s", kind->name,
		    refused[i].name);
	}
}

/* Nor the submitter itself, whose number getppid() gives. */
static void test_not_the_submitter(struct io_uring *ring,
				   const struct kind *kind)
{
	const struct step parent = CALL(L, getpid(), SYS_getppid, 0, 0, 0,
					   0);
	const struct step calls[] = {
		REFUSED(SYS_prlimit64, 0, RLIMIT_CORE, &limit, 0,
			.rw_flags = BACK(0, 1)),
		REFUSED(SYS_setpriority, PRIO_PROCESS, 0, 3, 0,
			.rw_flags = BACK(1, 1)),
		REFUSED(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, 0x4006, 0,
			.rw_flags = BACK(1, 1)),
		REFUSED(SYS_sched_setaffinity, 0, 8, &cpus, 0,
			.rw_flags = BACK(0, 1)),
		REFUSED(SYS_setpgid, 0, 0, 0, 0, .rw_flags = BACK(0, 1)),
	};
	int nice = getpriority(PRIO_PROCESS, 0);
	struct rlimit before, after;
	unsigned int i;

	getrlimit(RLIMIT_CORE, &before);
	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		struct step steps[] = {
			CLONE(L, 0), parent, calls[i],
			EXEC(0, 0, "/tests/tiny"),
		};

		RUN(ring, steps, EXITED(0), "%s: refused: call %u of the "
		    "submitter", kind->name, calls[i].len);
	}
	getrlimit(RLIMIT_CORE, &after);
	ok(nice == getpriority(PRIO_PROCESS, 0) &&
	   !memcmp(&before, &after, sizeof(before)),
	   "%s: it stays as it was", kind->name);
}

static void test_results(struct io_uring *ring, const struct kind *kind)
{
	const struct step zero[] = {
		CLONE(L, 0), NOP(L, 0),
		CALL(L, 022, SYS_umask, 077, 0, 0, 0,
			.rw_flags = BACK(0, 1)),
		CALL(L, 0, SYS_umask, 022, 0, 0, 0),
		EXEC(0, 0, TRUE),
	};
	const struct step failed[] = {
		CLONE(L, 0),
		CALL(H, -EBADF, SYS_close, 190, 0, 0, 0),
		CALL(H, -EINVAL, SYS_umask, 0, 0, 0, 0,
			.rw_flags = BACK(0, 1)),
		CALL(0, -EINVAL, SYS_umask, 0, 0, 0, 0,
			.rw_flags = BACK(0, 1)),
	};
	const struct step missing[] = {
		CLONE(L, 0), NOP(L, 0),
		CALL(L, -EINVAL, SYS_umask, 0, 0, 0, 0,
			.rw_flags = BACK(3, 3)),
		EXEC(0, -ECANCELED, TRUE),
	};
	const struct step far[] = {
		CLONE(L, 0),
		CALL(L, -EINVAL, SYS_umask, 0, 0, 0, 0,
			.rw_flags = BACK(2, 255)),
		EXEC(0, -ECANCELED, TRUE),
	};

	RUN(ring, zero, EXITED(0), "%s: 0 is a result", kind->name);
	RUN(ring, failed, EXITED(127), "%s: an error is none", kind->name);
	RUN(ring, missing, EXITED(127), "%s: nor what is before the chain",
	    kind->name);
	RUN(ring, far, EXITED(127), "%s: or far before it", kind->name);
}

static void test_soft(struct io_uring *ring, const struct kind *kind)
{
	const struct step steps[] = {
		CLONE(L, 0), CALL(L, -ENOSYS, SYS_wait4, 0, 0, 0, 0),
		NOP(L, -ECANCELED), EXEC(0, -ECANCELED, TRUE),
	};

	RUN(ring, steps, EXITED(127), "%s: a refusal ends the chain",
	    kind->name);
}

static bool file_has(const char *path, const char *line)
{
	char text[4096];
	int fd = open(path, O_RDONLY);
	ssize_t len = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;

	close(fd);
	text[len > 0 ? len : 0] = 0;
	if (strstr(text, line))
		return true;
	note("%s has no \"%s\"", path, line);
	return false;
}

/* What exec resets: seen from outside while the chain waits. */
static void test_before_exec(struct io_uring *ring, const struct kind *kind)
{
	const struct step steps[] = {
		CLONE(L, 0),
		CALL(L, 0, SYS_prctl, PR_SET_NAME, "chain", 0, 0),
		CALL(L, 0, SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0),
		OP(IORING_OP_READ, L, 1, .fd = pipes[0], .addr = buffer,
		   .len = 1),
		EXEC(0, 0, TRUE),
	};
	char path[64], name[16] = "", state;
	bool good;

	prctl(PR_GET_NAME, name);
	queue_steps(ring, steps, ARRAY_SIZE(steps));
	submit(ring);
	wait_for_read();
	snprintf(path, sizeof(path), "/proc/%d/comm", any_child(&state));
	good = file_has(path, "chain\n");
	if (write(pipes[1], "x", 1) != 1)
		die("write");
	good &= cqes_match(ring, steps, ARRAY_SIZE(steps));
	good &= status_is(EXITED(0));
	snprintf(path, sizeof(path), "%s\n", name);
	good &= file_has("/proc/self/comm", path);
	ok(good, "%s: PR_SET_NAME names the new process alone", kind->name);
}

static void test_all(struct io_uring *ring, const struct kind *kind)
{
	test_off_list(ring, kind);
	test_refused(ring, kind);
	test_not_the_submitter(ring, kind);
	test_results(ring, kind);
	test_soft(ring, kind);
	test_before_exec(ring, kind);
}

int main(void)
{
	alarm(500);
	make_pipe();
	for_main_kinds(test_all, "calls");
	return done();
}
