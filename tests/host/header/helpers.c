/* SPDX-License-Identifier: MIT */
/* Every function of the header, and what each makes of an SQE full of ones. */
#include <io_uring_spawn.h>
#include <linux/io_uring_spawn.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

static int failed;

static void expect(const char *name, unsigned long long is,
		   unsigned long long wanted)
{
	if (is == wanted)
		return;
	printf("%s is %#llx, not %#llx\n", name, is, wanted);
	failed = 1;
}

#define EXPECT(field, wanted) \
	expect(name, (unsigned long long)(field), (unsigned long long)(wanted))

/* Byte by byte: @sqe is @wanted, whose other fields are zero. */
static void expect_sqe(const char *name, const struct io_uring_sqe *sqe,
		       const struct io_uring_sqe *wanted)
{
	const unsigned char *is = (const unsigned char *)sqe;
	const unsigned char *want = (const unsigned char *)wanted;
	unsigned int i;

	EXPECT(sizeof(*sqe), 64);
	for (i = 0; i < sizeof(*sqe); i++)
		if (is[i] != want[i]) {
			printf("%s: byte %u is %#x, not %#x\n", name, i, is[i],
			       want[i]);
			failed = 1;
		}
}

static void start(struct io_uring_sqe *sqe, struct io_uring_sqe *wanted)
{
	memset(sqe, 0xff, sizeof(*sqe));
	memset(wanted, 0, sizeof(*wanted));
	/* what the caller has put there stays */
	wanted->user_data = ~0ULL;
}

static void test_clone(void)
{
	struct io_uring_sqe sqe, wanted;

	start(&sqe, &wanted);
	wanted.opcode = 240;
	io_uring_prep_clone(&sqe);
	expect_sqe("io_uring_prep_clone", &sqe, &wanted);
	start(&sqe, &wanted);
	wanted.opcode = 240;
	io_uring_spawn_prep_clone(&sqe);
	expect_sqe("io_uring_spawn_prep_clone", &sqe, &wanted);
}

static char arg[] = "program";
static char *const args[] = { arg, NULL };
static char *const env[] = { NULL };

static void want_exec(struct io_uring_sqe *wanted, int dfd, const char *path,
		      int flags)
{
	wanted->opcode = 241;
	wanted->fd = dfd;
	wanted->addr = (unsigned long)path;
	wanted->addr2 = (unsigned long)args;
	wanted->addr3 = (unsigned long)env;
	wanted->rw_flags = flags;
}

static void test_exec(void)
{
	struct io_uring_sqe sqe, wanted;
	static const char path[] = "path";

	start(&sqe, &wanted);
	want_exec(&wanted, 7, path, 0x1000);
	io_uring_prep_execveat(&sqe, 7, path, args, env, 0x1000);
	expect_sqe("io_uring_prep_execveat", &sqe, &wanted);
	start(&sqe, &wanted);
	want_exec(&wanted, 7, path, 0x1000);
	io_uring_spawn_prep_execveat(&sqe, 7, path, args, env, 0x1000);
	expect_sqe("io_uring_spawn_prep_execveat", &sqe, &wanted);
	start(&sqe, &wanted);
	want_exec(&wanted, -100, path, 0);
	io_uring_prep_exec(&sqe, path, args, env);
	expect_sqe("io_uring_prep_exec", &sqe, &wanted);
	start(&sqe, &wanted);
	want_exec(&wanted, -100, path, 0);
	io_uring_spawn_prep_exec(&sqe, path, args, env);
	expect_sqe("io_uring_spawn_prep_exec", &sqe, &wanted);
}

static void test_clone_args(void)
{
	struct io_uring_sqe sqe, wanted;
	struct clone_args clone_args;
	sigset_t mask;

	start(&sqe, &wanted);
	wanted.opcode = 240;
	wanted.addr = (unsigned long)&clone_args;
	wanted.len = sizeof(clone_args);
	io_uring_prep_clone_args(&sqe, &clone_args, sizeof(clone_args));
	expect_sqe("io_uring_prep_clone_args", &sqe, &wanted);
	/* slot 0 is 1 to the kernel; "any" has a value of its own */
	start(&sqe, &wanted);
	wanted.opcode = 240;
	wanted.addr = (unsigned long)&clone_args;
	wanted.len = 64;
	wanted.file_index = 1;
	io_uring_prep_clone_args_direct(&sqe, &clone_args, 64, 0);
	expect_sqe("io_uring_prep_clone_args_direct", &sqe, &wanted);
	memset(&sqe, 0xff, sizeof(sqe));
	wanted.file_index = ~0U;
	io_uring_prep_clone_args_direct(&sqe, &clone_args, 64,
					IORING_FILE_INDEX_ALLOC);
	expect_sqe("io_uring_prep_clone_args_direct, any slot", &sqe, &wanted);
	sigemptyset(&mask);
	sigaddset(&mask, SIGHUP);
	sigaddset(&mask, SIGRTMAX);
	wanted.rw_flags = IORING_CLONE_SIGMASK;
	wanted.off = 1ull << (SIGHUP - 1) | 1ull << (SIGRTMAX - 1);
	io_uring_spawn_sqe_set_clone_mask(&sqe, &mask);
	expect_sqe("io_uring_spawn_sqe_set_clone_mask", &sqe, &wanted);
}

static void test_exec_paths(void)
{
	static const char *const paths[] = { "/a", "/b" };
	char *const argv[] = { NULL }, *const envp[] = { NULL };
	struct io_uring_sqe sqe, wanted;

	start(&sqe, &wanted);
	wanted.opcode = 241;
	wanted.fd = AT_FDCWD;
	wanted.addr = (unsigned long)paths;
	wanted.addr2 = (unsigned long)argv;
	wanted.addr3 = (unsigned long)envp;
	wanted.len = 2;
	wanted.buf_index = 2;
	io_uring_prep_exec_paths(&sqe, paths, 2, argv, envp);
	expect_sqe("io_uring_prep_exec_paths", &sqe, &wanted);
	/* 1 in 16 bits */
	wanted.buf_index = 0xffff;
	io_uring_prep_exec_paths(&sqe, paths, 0x10001, argv, envp);
	expect_sqe("io_uring_prep_exec_paths, too many", &sqe, &wanted);
}

static void test_dup(void)
{
	struct io_uring_sqe sqe, wanted;

	start(&sqe, &wanted);
	wanted.opcode = 242;
	wanted.fd = 7;
	wanted.len = 1;
	wanted.rw_flags = 3;
	io_uring_prep_dup(&sqe, 7, 1, IORING_DUP_CLOEXEC | IORING_DUP_MOVE);
	expect_sqe("io_uring_prep_dup", &sqe, &wanted);
	start(&sqe, &wanted);
	wanted.opcode = 242;
	wanted.len = 5;
	wanted.rw_flags = 2;
	wanted.file_index = 300;
	io_uring_prep_dup_result(&sqe, 300, 5, IORING_DUP_MOVE);
	expect_sqe("io_uring_prep_dup_result", &sqe, &wanted);
}

static void want_call(struct io_uring_sqe *wanted, unsigned int nr, __u64 arg0,
		      __u64 arg1, __u64 arg2, __u64 arg3)
{
	wanted->opcode = 243;
	wanted->len = nr;
	wanted->off = arg0;
	wanted->addr = arg1;
	wanted->addr3 = arg2;
	/* the last eight bytes, whatever their name */
	memcpy((char *)wanted + 56, &arg3, sizeof(arg3));
}

static void test_syscall(void)
{
	struct io_uring_sqe sqe, wanted;

	start(&sqe, &wanted);
	want_call(&wanted, 80, ~0ULL, 2, 3, 4ULL << 40);
	io_uring_prep_syscall(&sqe, 80, ~0ULL, 2, 3, 4ULL << 40);
	expect_sqe("io_uring_prep_syscall", &sqe, &wanted);
	/* one byte for each argument; the last word is the last word */
	wanted.rw_flags = 0x04ff0001;
	io_uring_spawn_use_result(&sqe, 0, 9);
	io_uring_spawn_use_result(&sqe, 3, 4);
	io_uring_spawn_use_result(&sqe, 2, 255);
	io_uring_spawn_use_result(&sqe, 1, 3);
	io_uring_spawn_use_result(&sqe, 1, 0);
	io_uring_spawn_use_result(&sqe, 0, 1);
	expect_sqe("io_uring_spawn_use_result", &sqe, &wanted);
}

/*
 * CALL(helper, its parameters, number of the call, its arguments): numbers are
 * x86-64's, spelt out, as the header has them by name. Under both names.
 */
#define PARAMS(...)	__VA_ARGS__
#define CALL(prep, params, ...)						\
	do {								\
		start(&sqe, &wanted);					\
		io_uring_prep_spawn_##prep(&sqe params);		\
		want_call(&wanted, __VA_ARGS__);			\
		expect_sqe("io_uring_prep_spawn_" #prep, &sqe, &wanted);\
		start(&sqe, &wanted);					\
		io_uring_spawn_prep_##prep(&sqe params);		\
		want_call(&wanted, __VA_ARGS__);			\
		expect_sqe("io_uring_spawn_prep_" #prep, &sqe, &wanted);\
	} while (0)

static char one[] = "one", two[] = "two", three[] = "three";
#define ONE	((unsigned long)one)
#define TWO	((unsigned long)two)
#define THREE	((unsigned long)three)
/* an int of -1 or an unsigned one, as a system call's argument */
#define MINUS	(~0ULL)
#define ALL	(~0U)

static void test_files(void)
{
	struct io_uring_sqe sqe, wanted;

	CALL(chdir, PARAMS(, one), 80, ONE, 0, 0, 0);
	CALL(fchdir, PARAMS(, 7), 81, 7, 0, 0, 0);
	CALL(chroot, PARAMS(, one), 161, ONE, 0, 0, 0);
	CALL(umask, PARAMS(, 077), 95, 077, 0, 0, 0);
	CALL(close, PARAMS(, -1), 3, MINUS, 0, 0, 0);
	CALL(close_range, PARAMS(, 3, ~0U, 4), 436, 3, ALL, 4, 0);
	CALL(closefrom, PARAMS(, 3), 436, 3, ALL, 0, 0);
	CALL(keep, PARAMS(, 3), 436, 3, ALL, 2, 0);
}

static void test_sessions(void)
{
	struct io_uring_sqe sqe, wanted;
	pid_t pgrp = 1;

	CALL(setsid, PARAMS(), 112, 0, 0, 0, 0);
	CALL(setpgid, PARAMS(, 9), 109, 0, 9, 0, 0);
	CALL(tcsetpgrp, PARAMS(, 7, &pgrp), 16, 7, 0x5410,
	     (unsigned long)&pgrp, 0);
	CALL(ctty, PARAMS(, 7), 16, 7, 0x540e, 0, 0);
	CALL(notty, PARAMS(, 7), 16, 7, 0x5422, 0, 0);
}

/* The action is the kernel's: handler, flags, restorer, a mask of 64 bits. */
static void expect_action(const char *name, const struct io_uring_sqe *sqe,
			  unsigned long handler)
{
	const unsigned long *action =
		(const unsigned long *)(unsigned long)sqe->addr;
	unsigned int i;

	EXPECT(action[0], handler);
	for (i = 1; i < 4; i++)
		EXPECT(action[i], 0);
}

static void test_signals(void)
{
	struct io_uring_sqe sqe, wanted;
	static sigset_t mask;

	CALL(sigmask, PARAMS(, &mask), 14, 2, (unsigned long)&mask, 0, 8);
	CALL(pdeathsig, PARAMS(, 9), 157, 1, 9, 0, 0);
	/* wanted is looked at after the call: the address is the helper's own */
	CALL(sigdefault, PARAMS(, 10), 13, 10, sqe.addr, 0, 8);
	expect_action("io_uring_prep_spawn_sigdefault", &sqe,
		      (unsigned long)SIG_DFL);
	CALL(sigignore, PARAMS(, 10), 13, 10, sqe.addr, 0, 8);
	expect_action("io_uring_prep_spawn_sigignore", &sqe,
		      (unsigned long)SIG_IGN);
}

static void test_ids(void)
{
	static struct __user_cap_header_struct header;
	static struct __user_cap_data_struct data[2];
	struct io_uring_sqe sqe, wanted;
	static gid_t groups[2];

	CALL(setuid, PARAMS(, ~0U), 105, ALL, 0, 0, 0);
	CALL(setgid, PARAMS(, 5), 106, 5, 0, 0, 0);
	CALL(setresuid, PARAMS(, ~0U, 2, 3), 117, ALL, 2, 3, 0);
	CALL(setresgid, PARAMS(, 1, ~0U, 3), 119, 1, ALL, 3, 0);
	CALL(setgroups, PARAMS(, 2, groups), 116, 2, (unsigned long)groups, 0,
	     0);
	CALL(capset, PARAMS(, &header, data), 126, (unsigned long)&header,
	     (unsigned long)data, 0, 0);
	CALL(no_new_privs, PARAMS(), 157, 38, 1, 0, 0);
	CALL(join_session_keyring, PARAMS(, one), 250, 1, ONE, 0, 0);
	CALL(join_session_keyring, PARAMS(, NULL), 250, 1, 0, 0, 0);
}

static void test_scheduling(void)
{
	struct io_uring_sqe sqe, wanted;
	static struct sched_param param;
	static struct rlimit limit;
	static unsigned long mask;

	CALL(nice, PARAMS(, -1), 141, 0, 0, MINUS, 0);
	CALL(ioprio, PARAMS(, 0x6000), 251, 1, 0, 0x6000, 0);
	CALL(scheduler, PARAMS(, 3, &param), 144, 0, 3, (unsigned long)&param,
	     0);
	CALL(affinity, PARAMS(, sizeof(mask), &mask), 203, 0, 8,
	     (unsigned long)&mask, 0);
	CALL(rlimit, PARAMS(, RLIMIT_NOFILE, &limit), 302, 0, 7,
	     (unsigned long)&limit, 0);
	CALL(personality, PARAMS(, 0x40000), 135, 0x40000, 0, 0, 0);
}

static void test_namespaces(void)
{
	struct io_uring_sqe sqe, wanted;

	CALL(unshare, PARAMS(, 0x20000), 272, 0x20000, 0, 0, 0);
	CALL(setns, PARAMS(, 7, 0), 308, 7, 0, 0, 0);
	CALL(mount, PARAMS(, one, two, three, 4), 165, ONE, TWO, THREE, 4);
	CALL(umount, PARAMS(, one, 2), 166, ONE, 2, 0, 0);
	CALL(pivot_root, PARAMS(, one, two), 155, ONE, TWO, 0, 0);
	CALL(sethostname, PARAMS(, one, 3), 170, ONE, 3, 0, 0);
}

static void test_constants(void)
{
	const char *name = "constant";

	EXPECT(IO_URING_SPAWN_OP_CLONE, IORING_OP_CLONE);
	EXPECT(IO_URING_SPAWN_OP_EXEC, IORING_OP_EXEC);
	EXPECT(IO_URING_SPAWN_OP_EXEC, IORING_OP_EXECVEAT);
	EXPECT(IO_URING_SPAWN_OP_DUP, IORING_OP_DUP);
	EXPECT(IO_URING_SPAWN_OP_SYSCALL, IORING_OP_SYSCALL);
	EXPECT(IO_URING_SPAWN_EXEC_SEARCH, IORING_EXEC_SEARCH);
	EXPECT(IO_URING_SPAWN_EXEC_PATHS, IORING_EXEC_PATHS);
	EXPECT(IO_URING_SPAWN_EXEC_EARLY, IORING_EXEC_EARLY);
	EXPECT(IO_URING_SPAWN_EXEC_MAX_PATHS, IORING_EXEC_MAX_PATHS);
	EXPECT(IO_URING_SPAWN_DUP_CLOEXEC, IORING_DUP_CLOEXEC);
	EXPECT(IO_URING_SPAWN_DUP_MOVE, IORING_DUP_MOVE);
#ifdef IORING_ASYNC_CANCEL_OP
	EXPECT(IO_URING_SPAWN_CANCEL_OP, IORING_ASYNC_CANCEL_OP);
	EXPECT(IO_URING_SPAWN_CANCEL_USERDATA, IORING_ASYNC_CANCEL_USERDATA);
#endif
#ifdef AT_FDCWD
	EXPECT(IO_URING_SPAWN_AT_FDCWD, AT_FDCWD);
#endif
}

int main(void)
{
	test_clone();
	test_exec();
	test_clone_args();
	test_exec_paths();
	test_dup();
	test_syscall();
	test_files();
	test_sessions();
	test_signals();
	test_ids();
	test_scheduling();
	test_namespaces();
	test_constants();
	return failed;
}
