// SPDX-License-Identifier: GPL-2.0
/*
 * What can be done: the requests that chains are made of, and what a round does
 * with them. FUZZ_WITHOUT=NAME,NAME in the environment leaves out verbs of these
 * tables, and hazards, by name: the rest of a round stays what it was. FUZZ_ONLY
 * leaves out rounds that have none of the actions and hazards that it names.
 */
#include "fuzz.h"

#include <linux/sched.h>

#define PREP(name, ...) \
	static void prep_##name(struct io_uring_sqe *sqe, \
				const struct place *place) \
	{ (void)place; __VA_ARGS__; }

static char byte, mark[] = MARK;
/* no memory there; the compiler need not know */
static char *nowhere_path = (char *)8, **nowhere = (char **)8;
static const char *const candidates[] = { "/missing", "/missing/too", mark };
static struct __kernel_timespec soon = { 0, 3000000 };

/* All chains' at once: results are written over results. The last call fails. */
static struct io_uring_call row[] = {
	{ .nr = __NR_close, .flags = IORING_CALL_IGNORE, .args = { 900 } },
	{ .nr = __NR_chdir, .args = { (unsigned long)"/tmp" } },
	{ .nr = __NR_getpid },
	{ .nr = __NR_umask, .args = { 022 } },
	{ .nr = __NR_close, .args = { 900 } },
};

PREP(nop, io_uring_prep_nop(sqe))
PREP(write, io_uring_prep_write(sqe, place->null, "x", 1, -1))
PREP(read, io_uring_prep_read(sqe, place->zero, &byte, 1, -1))
PREP(open, io_uring_prep_openat(sqe, AT_FDCWD, "/dev/null", O_RDONLY, 0))
PREP(missing, io_uring_prep_openat(sqe, AT_FDCWD, "/missing", O_RDONLY, 0))
PREP(close, io_uring_prep_close(sqe, 900))
PREP(mkdir, io_uring_prep_mkdirat(sqe, AT_FDCWD, "/tmp", 0))
PREP(timeout, io_uring_prep_timeout(sqe, &soon, 0, 0))
PREP(exec, io_uring_prep_exec(sqe, mark, place->argv, environ))
PREP(exec_missing, io_uring_prep_exec(sqe, "/missing", place->argv, environ))
PREP(exec_dir, io_uring_prep_exec(sqe, "/tmp", place->argv, environ))
PREP(exec_fault, io_uring_prep_exec(sqe, nowhere_path, place->argv, environ))
PREP(exec_argv, io_uring_prep_exec(sqe, mark, nowhere, environ))
PREP(exec_paths, io_uring_prep_exec_paths(sqe, candidates, 3, place->argv,
					  environ))
PREP(exec_no_paths, io_uring_prep_exec_paths(sqe, candidates, 2, place->argv,
					     environ))
PREP(exec_paths_fault, io_uring_prep_exec_paths(sqe, (void *)nowhere, 2,
						place->argv, environ))
PREP(exec_paths_nr, prep_exec_paths(sqe, place); sqe->buf_index = 257)
PREP(exec_early, prep_exec(sqe, place); sqe->len = IORING_EXEC_EARLY)
PREP(exec_paths_early, prep_exec_paths(sqe, place);
     sqe->len |= IORING_EXEC_EARLY)
PREP(exec_len, prep_exec(sqe, place); sqe->len = 8)
PREP(exec_flags, prep_exec(sqe, place); sqe->rw_flags = 0x10000)
PREP(exec_ioprio, prep_exec(sqe, place); sqe->ioprio = 1)
PREP(exec_buffer, prep_exec(sqe, place); sqe->buf_index = 1)
PREP(exec_select, prep_exec(sqe, place); sqe->flags |= IOSQE_BUFFER_SELECT)
PREP(dup, io_uring_prep_nop(sqe); sqe->opcode = IORING_OP_DUP;
     sqe->fd = place->null; sqe->len = 700; sqe->rw_flags = IORING_DUP_CLOEXEC)
PREP(dup_bad, prep_dup(sqe, place); sqe->fd = 900)
PREP(dup_flags, prep_dup(sqe, place); sqe->rw_flags = 4)
PREP(syscall, io_uring_prep_nop(sqe); sqe->opcode = IORING_OP_SYSCALL;
     sqe->fd = 0; sqe->len = __NR_getppid)
PREP(chdir, prep_syscall(sqe, place); sqe->len = __NR_chdir;
     sqe->off = (unsigned long)"/tmp")
PREP(unshare, prep_syscall(sqe, place); sqe->len = __NR_unshare;
     sqe->off = CLONE_FILES)
PREP(fork, prep_syscall(sqe, place); sqe->len = __NR_clone)
PREP(ioctl, prep_syscall(sqe, place); sqe->len = __NR_ioctl)
PREP(calls, prep_syscall(sqe, place); sqe->addr = (unsigned long)row;
     sqe->len = 4; sqe->file_index = IORING_SYSCALL_VECTOR)
PREP(calls_failing, prep_calls(sqe, place); sqe->len = 5)
PREP(calls_fault, prep_calls(sqe, place); sqe->addr = (unsigned long)nowhere)
PREP(calls_none, prep_calls(sqe, place); sqe->len = 0)
PREP(calls_flags, prep_calls(sqe, place); sqe->file_index = 3)
PREP(syscall_fd, prep_syscall(sqe, place); sqe->fd = 1)
PREP(unknown, io_uring_prep_nop(sqe); sqe->opcode = 250)
PREP(clone, io_uring_prep_clone(sqe))
PREP(clone_fd, prep_clone(sqe, place); sqe->fd = 1)
PREP(block, io_uring_prep_read(sqe, place->block[0], &byte, 1, -1))
PREP(timed, io_uring_prep_read(sqe, place->never[0], &byte, 1, -1))

static int pidfd;
#define CLONE_ARGS(name, _flags, ...) \
	static struct clone_args name = { \
		.flags = (_flags), .exit_signal = SIGCHLD, ##__VA_ARGS__ }
CLONE_ARGS(plain_args, 0);
CLONE_ARGS(pidfd_args, CLONE_PIDFD, .pidfd = (unsigned long)&pidfd);
CLONE_ARGS(slot_args, CLONE_PIDFD);
CLONE_ARGS(space_args, CLONE_NEWUTS | CLONE_NEWNS);
CLONE_ARGS(files_args, CLONE_FILES);
CLONE_ARGS(bad_args, CLONE_THREAD);

static void set_args(struct io_uring_sqe *sqe, struct clone_args *args)
{
	sqe->addr = (unsigned long)args;
	sqe->len = sizeof(*args);
}

PREP(clone_args, prep_clone(sqe, place); set_args(sqe, &plain_args))
PREP(clone_pidfd, prep_clone(sqe, place); set_args(sqe, &pidfd_args))
PREP(clone_slot, prep_clone(sqe, place); set_args(sqe, &slot_args);
     sqe->file_index = 1)
PREP(clone_any_slot, prep_clone_pidfd(sqe, place);
     sqe->file_index = IORING_FILE_INDEX_ALLOC)
PREP(clone_space, prep_clone(sqe, place); set_args(sqe, &space_args))
PREP(clone_files, prep_clone(sqe, place); set_args(sqe, &files_args))
PREP(clone_creds, prep_clone(sqe, place);
     sqe->personality = place->personality)
PREP(clone_no_slot, prep_clone_slot(sqe, place); sqe->file_index = 1000)
PREP(clone_flags, prep_clone(sqe, place); set_args(sqe, &bad_args))

/* The first row stands for one that is left out. */
static const struct request requests[] = {
	{ "NOP", 1, GOOD, 0, prep_nop },
	{ "WRITE", 1, GOOD, 1, prep_write },
	{ "READ", 1, GOOD, 1, prep_read },
	{ "OPENAT", 1, GOOD, ANY, prep_open },
	{ "OPENAT missing", 1, FAILS, -ENOENT, prep_missing },
	{ "CLOSE bad", 1, FAILS, -EBADF, prep_close },
	{ "MKDIRAT exists", 1, FAILS, -EEXIST, prep_mkdir },
	{ "TIMEOUT", 1, FAILS, -EOPNOTSUPP, prep_timeout },
	{ "EXEC missing", 1, FAILS, -ENOENT, prep_exec_missing },
	{ "EXEC directory", 1, FAILS, -EACCES, prep_exec_dir },
	{ "EXEC bad path", 1, FAILS, -EFAULT, prep_exec_fault },
	{ "EXEC bad argv", 1, FAILS, -EFAULT, prep_exec_argv },
	{ "EXEC paths that are missing", 1, FAILS, -ENOENT, prep_exec_no_paths },
	{ "EXEC bad paths", 1, FAILS, -EFAULT, prep_exec_paths_fault },
	{ "DUP", 1, GOOD, 700, prep_dup },
	{ "DUP bad", 1, FAILS, -EBADF, prep_dup_bad },
	{ "getppid()", 1, GOOD, ANY, prep_syscall, .filtered = true },
	{ "chdir()", 1, GOOD, 0, prep_chdir },
	{ "unshare()", 1, GOOD, 0, prep_unshare },
	{ "fork()", 1, FAILS, -ENOSYS, prep_fork },
	{ "ioctl()", 1, FAILS, -EINVAL, prep_ioctl },
	{ "SYSCALL row", 2, GOOD, 4, prep_calls },
	{ "SYSCALL row fails", 1, FAILS, -EBADF, prep_calls_failing },
	{ "SYSCALL row bad array", 1, FAILS, -EFAULT, prep_calls_fault },
	{ "EXEC", 4, RUNS, 0, prep_exec },
	{ "EXEC early", 2, RUNS, 0, prep_exec_early },
	{ "EXEC paths", 2, RUNS, 2, prep_exec_paths },
	{ "EXEC paths early", 1, RUNS, 2, prep_exec_paths_early },
	{ "blocking READ", 1, BLOCKS, 1, prep_block },
	{ "timed READ", 1, EXPIRES, 0, prep_timed },
	{ "EXEC paths nr", 1, BAD, -EINVAL, prep_exec_paths_nr },
	{ "EXEC len", 1, BAD, -EINVAL, prep_exec_len },
	{ "EXEC flags", 1, BAD, -EINVAL, prep_exec_flags },
	{ "EXEC ioprio", 1, BAD, -EINVAL, prep_exec_ioprio },
	{ "EXEC buf_index", 1, BAD, -EINVAL, prep_exec_buffer },
	{ "EXEC buffer select", 1, BAD, -EINVAL, prep_exec_select },
	{ "DUP flags", 1, BAD, -EINVAL, prep_dup_flags },
	{ "SYSCALL fd", 1, BAD, -EINVAL, prep_syscall_fd },
	{ "SYSCALL row of none", 1, BAD, -EINVAL, prep_calls_none },
	{ "SYSCALL row flags", 1, BAD, -EINVAL, prep_calls_flags },
	{ "opcode 250", 1, BAD, -EINVAL, prep_unknown },
	{ "CLONE inside", 1, BAD, -EINVAL, prep_clone },
};

static const struct request clones[] = {
	{ "CLONE", 4, GOOD, 0, prep_clone },
	{ "CLONE args", 1, GOOD, ANY, prep_clone_args },
	{ "CLONE pidfd", 1, GOOD, ANY, prep_clone_pidfd },
	{ "CLONE pidfd in a slot", 1, GOOD, ANY, prep_clone_slot },
	{ "CLONE pidfd in any slot", 1, GOOD, ANY, prep_clone_any_slot },
	{ "CLONE namespaces", 1, GOOD, ANY, prep_clone_space },
	/* some kernels cannot */
	{ "CLONE files", 1, GOOD, ANY, prep_clone_files, TAKES_REFUSAL },
	{ "CLONE personality", 1, GOOD, 0, prep_clone_creds },
	{ "CLONE no such slot", 1, FAILS, -EINVAL, prep_clone_no_slot },
	{ "CLONE fd", 1, BAD, -EINVAL, prep_clone_fd },
	{ "CLONE flags", 1, BAD, -EINVAL, prep_clone_flags },
};

static const struct action_verb actions[] = {
	{ "wait", 2, WAIT },
	{ "release", 1, RELEASE },
	{ "cancel", 1, CANCEL },
	{ "cancel any", 1, CANCEL_ANY },
	{ "close", 1, CLOSE },
	{ "exit", 1, EXIT },
	{ "exec", 1, EXECUTE },
	{ "killed", 1, GETS_KILLED },
	{ "signals", 1, GETS_SIGNALS },
	{ "stopped", 1, GETS_STOPPED },
	{ "rewrite", 1, REWRITE },
};

static bool is_in(const char *list, const char *name)
{
	size_t len = strlen(name), item;

	for (; list && *list; list += item + (list[item] == ',')) {
		item = strcspn(list, ",");
		if (item == len && !strncmp(list, name, len))
			return true;
	}
	return false;
}

bool is_without(const char *name)
{
	return is_in(getenv("FUZZ_WITHOUT"), name);
}

bool is_wanted_round(const struct round *round)
{
	const char *only = getenv("FUZZ_ONLY");

	return !only || is_in(only, round->verb->name) ||
	       (round->inside && is_in(only, round->inside->name)) ||
	       (round->outside && is_in(only, round->outside->name));
}

static const struct request *choose(const struct request *table,
				    unsigned int nr, unsigned long *state,
				    bool allow_bad)
{
	unsigned int i, sum = 0, left;

	for (i = 0; i < nr; i++)
		if (allow_bad || table[i].outcome != BAD)
			sum += table[i].weight;
	left = below(state, sum);
	for (i = 0; i < nr; i++) {
		if (!allow_bad && table[i].outcome == BAD)
			continue;
		if (left < table[i].weight)
			break;
		left -= table[i].weight;
	}
	return is_without(table[i].name) ? table : &table[i];
}

const struct request *choose_clone(unsigned long *state, bool allow_bad)
{
	return choose(clones, ARRAY_SIZE(clones), state, allow_bad);
}

const struct request *choose_request(unsigned long *state, bool allow_bad)
{
	return choose(requests, ARRAY_SIZE(requests), state, allow_bad);
}

const struct request *plain_request(void)
{
	return requests;
}

const struct action_verb *choose_action(unsigned long *state)
{
	unsigned int i, sum = 0, left;

	for (i = 0; i < ARRAY_SIZE(actions); i++)
		sum += actions[i].weight;
	left = below(state, sum);
	for (i = 0; left >= actions[i].weight; i++)
		left -= actions[i].weight;
	return is_without(actions[i].name) ? actions : &actions[i];
}
