// SPDX-License-Identifier: GPL-2.0
/*
 * Every field of CLONE with arguments, DUP and SYSCALL that must be refused, on
 * every kind of ring. Refused is refused before there is a process.
 */
#include "test.h"
#include "wrong.h"

#include <signal.h>
#include <sys/mman.h>

#define TRUE	"/bin/true"

static const struct wrong clone_wrong[] = {
	{ "fd", set_fd, -EINVAL },
	{ "a mask without its flag", set_off, -EINVAL },
	{ "flag 4", set_rw_flags_4, -EINVAL },
	{ "buf_index", set_buf_index, -EINVAL },
	{ "a personality that is none", set_personality, -EINVAL },
	{ "file_index and no CLONE_PIDFD", set_file_index, -EINVAL },
	{ "addr3", set_addr3, -EINVAL },
	{ "last bytes", set_pad, -EINVAL },
	{ "ioprio", set_ioprio, -EINVAL },
	{ "IOSQE_BUFFER_SELECT", set_buffer, -EINVAL },
	{ "IOSQE_FIXED_FILE", set_fixed, -EINVAL },
	{ "an unknown flag", set_flag_7, -EINVAL },
};

static const struct wrong dup_wrong[] = {
	{ "off", set_off, -EINVAL },
	{ "addr", set_addr, -EINVAL },
	{ "flag 4", set_rw_flags_4, -EINVAL },
	{ "flag 1 << 31", set_rw_flags_bit_31, -EINVAL },
	{ "buf_index", set_buf_index, -EINVAL },
	{ "personality", set_personality, -EINVAL },
	{ "addr3", set_addr3, -EINVAL },
	{ "last bytes", set_pad, -EINVAL },
	{ "ioprio", set_ioprio, -EINVAL },
	{ "IOSQE_BUFFER_SELECT", set_buffer, -EINVAL },
	{ "an unknown flag", set_flag_7, -EINVAL },
};

static const struct wrong call_wrong[] = {
	{ "fd", set_fd, -EINVAL },
	{ "buf_index", set_buf_index, -EINVAL },
	{ "personality", set_personality, -EINVAL },
	{ "flag 2", set_file_index_2, -EINVAL },
	{ "flag 1 << 31", set_file_index_bit_31, -EINVAL },
	{ "ioprio", set_ioprio, -EINVAL },
	{ "IOSQE_BUFFER_SELECT", set_buffer, -EINVAL },
	{ "IOSQE_FIXED_FILE", set_fixed, -EINVAL },
	{ "an unknown flag", set_flag_7, -EINVAL },
};

static const struct wrong calls_wrong[] = {
	{ "no call", set_len_0, -EINVAL },
	{ "257 calls", set_len_257, -EINVAL },
	{ "4294967295 calls", set_len_all, -EINVAL },
	{ "fd", set_fd, -EINVAL },
	{ "off", set_off, -EINVAL },
	{ "rw_flags", set_rw_flags, -EINVAL },
	{ "addr3", set_addr3, -EINVAL },
	{ "last bytes", set_pad, -EINVAL },
	{ "buf_index", set_buf_index, -EINVAL },
	{ "personality", set_personality, -EINVAL },
	{ "flag 2", set_file_index_2, -EINVAL },
	{ "flag 1 << 31", set_file_index_bit_31, -EINVAL },
	{ "ioprio", set_ioprio, -EINVAL },
	{ "IOSQE_BUFFER_SELECT", set_buffer, -EINVAL },
	{ "IOSQE_FIXED_FILE", set_fixed, -EINVAL },
	{ "an unknown flag", set_flag_7, -EINVAL },
};

static struct io_uring_call calls[257] = { { .nr = SYS_getpid } };

static struct clone_args plain = { .exit_signal = SIGCHLD };

static void test_fields(struct io_uring *ring, const struct kind *kind)
{
	const struct step clone[] = {
		CLONE_WITH(L, 0, &plain), NOP(L, -ECANCELED),
		EXEC(0, -ECANCELED, TRUE),
	};
	const struct step dup[] = {
		CLONE(L, -ECANCELED), DUP(L, 0, 0, 150, 0),
		EXEC(0, -ECANCELED, TRUE),
	};
	const struct step call[] = {
		CLONE(L, -ECANCELED), CALL(L, 0, SYS_getpid, 0, 0, 0, 0),
		EXEC(0, -ECANCELED, TRUE),
	};
	const struct step several[] = {
		CLONE(L, -ECANCELED), VECTOR(L, 0, calls, 1),
		EXEC(0, -ECANCELED, TRUE),
	};

	try_wrong(ring, kind, clone, 0, "CLONE with arguments and", clone_wrong,
		  ARRAY_SIZE(clone_wrong));
	try_wrong(ring, kind, dup, 1, "DUP with", dup_wrong,
		  ARRAY_SIZE(dup_wrong));
	try_wrong(ring, kind, call, 1, "SYSCALL with", call_wrong,
		  ARRAY_SIZE(call_wrong));
	try_wrong(ring, kind, several, 1, "SYSCALL of a row with", calls_wrong,
		  ARRAY_SIZE(calls_wrong));
}

/* What is wrong in the arguments of CLONE. */
struct wrong_args {
	const char *name;
	struct clone_args args;
	int want;
};

#define FLAGS(_name, ...) \
	{ _name, { .exit_signal = SIGCHLD, .flags = __VA_ARGS__ }, -EINVAL }
#define FIELD(_name, ...) \
	{ _name, { .exit_signal = SIGCHLD, __VA_ARGS__ }, -EINVAL }

static int some_pid = 4000000, some_fd;

static const struct wrong_args wrong_args[] = {
	FLAGS("CLONE_THREAD", CLONE_THREAD),
	FLAGS("CLONE_SIGHAND", CLONE_SIGHAND | CLONE_VM),
	FLAGS("a thread", CLONE_THREAD | CLONE_SIGHAND | CLONE_VM),
	FLAGS("CLONE_VFORK", CLONE_VFORK),
	FLAGS("CLONE_PTRACE", CLONE_PTRACE),
	FLAGS("CLONE_UNTRACED", CLONE_UNTRACED),
	FLAGS("CLONE_SETTLS", CLONE_SETTLS),
	FLAGS("CLONE_CHILD_CLEARTID", CLONE_CHILD_CLEARTID),
	FLAGS("CLONE_CHILD_SETTID", CLONE_CHILD_SETTID),
	FLAGS("CLONE_DETACHED", CLONE_DETACHED),
	FLAGS("a signal in flags", SIGCHLD),
	FLAGS("a low bit in flags", 1),
	FLAGS("CLONE_EMPTY_MNTNS", CLONE_NEWNS | 1ULL << 37),
	FLAGS("bit 40", 1ULL << 40),
	FLAGS("bit 63", 1ULL << 63),
	FIELD("stack", .stack = 4096),
	FIELD("stack_size", .stack_size = 4096),
	FIELD("stack and stack_size", .stack = 4096, .stack_size = 4096),
	FIELD("tls", .tls = 4096),
	FIELD("child_tid", .child_tid = 4096),
	FIELD("set_tid and no size", .set_tid = 4096),
	FIELD("set_tid_size and no set_tid", .set_tid_size = 1),
	FIELD("set_tid_size 33", .set_tid = (unsigned long)&some_pid,
	      .set_tid_size = 33),
	FIELD("CLONE_NEWNS and CLONE_FS", .flags = CLONE_NEWNS | CLONE_FS),
	FIELD("CLONE_NEWUSER and CLONE_FS",
	      .flags = CLONE_NEWUSER | CLONE_FS),
	FIELD("CLONE_NEWIPC and CLONE_SYSVSEM",
	      .flags = CLONE_NEWIPC | CLONE_SYSVSEM),
	FIELD("CLONE_PARENT and a signal", .flags = CLONE_PARENT),
	FIELD("CLONE_PIDFD and CLONE_PARENT_SETTID to one place",
	      .flags = CLONE_PIDFD | CLONE_PARENT_SETTID,
	      .pidfd = (unsigned long)&some_fd,
	      .parent_tid = (unsigned long)&some_fd),
	{ "exit_signal 65", { .exit_signal = 65 }, -EINVAL },
	{ "exit_signal 255", { .exit_signal = 255 }, -EINVAL },
	{ "exit_signal 256", { .exit_signal = 256 }, -EINVAL },
	{ "a large exit_signal", { .exit_signal = 1ULL << 32 | SIGCHLD },
	  -EINVAL },
	{ "a cgroup that is not open",
	  { .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD,
	    .cgroup = 199 }, -EBADF },
	{ "a cgroup number that is too large",
	  { .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD,
	    .cgroup = 1ULL << 32 }, -EINVAL },
	{ "a set_tid that faults",
	  { .exit_signal = SIGCHLD, .set_tid = 8, .set_tid_size = 1 },
	  -EFAULT },
};

static void test_args(struct io_uring *ring, const struct kind *kind)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong_args); i++) {
		const struct step steps[] = {
			CLONE_WITH(L, wrong_args[i].want, &wrong_args[i].args),
			NOP(H, -ECANCELED), EXEC(0, -ECANCELED, TRUE),
		};

		RUN(ring, steps, NO_CHILD, "%s: CLONE with %s", kind->name,
		    wrong_args[i].name);
	}
}

/* Two pages, the second of which is not there. */
static char *edge;

static void make_edge(void)
{
	char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED || munmap(pages + 4096, 4096))
		die("mmap");
	edge = pages + 4096;
}

/* Arguments of @len bytes, with a byte other than 0 at @at, if that is not 0. */
static void run_size(struct io_uring *ring, const struct kind *kind,
		     unsigned int len, unsigned int at, int want)
{
	static char memory[8192];
	struct step steps[] = {
		CLONE_WITH(L, want, memory, .len = len),
		NOP(L, want < 0 ? -ECANCELED : 0),
		EXEC(0, want < 0 ? -ECANCELED : 0, TRUE),
	};

	memset(memory, 0, sizeof(memory));
	memcpy(memory, &plain, sizeof(plain));
	memory[at] |= !!at;
	RUN(ring, steps, want < 0 ? NO_CHILD : EXITED(0),
	    "%s: CLONE with %u bytes, byte %u is not 0", kind->name, len, at);
}

static void test_sizes(struct io_uring *ring, const struct kind *kind)
{
	struct step cut[] = {
		CLONE_WITH(L, -EFAULT, edge - 40), NOP(0, -ECANCELED),
	};
	struct step whole[] = {
		CLONE_WITH(L, PID, edge - CLONE_ARGS_SIZE_VER0,
			   .len = CLONE_ARGS_SIZE_VER0),
		EXEC(0, 0, TRUE),
	};
	struct clone_args into_cgroup = { .flags = CLONE_INTO_CGROUP,
					  .exit_signal = SIGCHLD };
	struct step no_cgroup[] = {
		CLONE_WITH(L, -EINVAL, &into_cgroup,
			   .len = CLONE_ARGS_SIZE_VER1),
		NOP(0, -ECANCELED),
	};
	struct step nowhere[] = {
		CLONE_WITH(L, -EFAULT, (void *)8), NOP(0, -ECANCELED),
	};

	run_size(ring, kind, 63, 0, -EINVAL);
	run_size(ring, kind, CLONE_ARGS_SIZE_VER0, 0, PID);
	run_size(ring, kind, CLONE_ARGS_SIZE_VER1, 0, PID);
	/* beyond what is handed over nothing is looked at */
	run_size(ring, kind, CLONE_ARGS_SIZE_VER0, 64, PID);
	run_size(ring, kind, 4096, 0, PID);
	run_size(ring, kind, 4096, 4095, -E2BIG);
	run_size(ring, kind, 1024, 1000, -E2BIG);
	run_size(ring, kind, 4097, 0, -E2BIG);
	RUN(ring, cut, NO_CHILD, "%s: CLONE with arguments that end too soon",
	    kind->name);
	RUN(ring, nowhere, NO_CHILD, "%s: CLONE with arguments that fault",
	    kind->name);
	RUN(ring, no_cgroup, NO_CHILD,
	    "%s: CLONE into a cgroup that is not in the arguments",
	    kind->name);
	memcpy(edge - CLONE_ARGS_SIZE_VER0, &plain, CLONE_ARGS_SIZE_VER0);
	RUN(ring, whole, EXITED(0), "%s: CLONE with the shortest arguments",
	    kind->name);
}

/* They are copied when they are submitted. */
static void test_copied(struct io_uring *ring, const struct kind *kind)
{
	struct clone_args *args = calloc(1, sizeof(*args));
	struct step steps[] = {
		CLONE_WITH(L, PID, args), EXEC(0, 0, TRUE),
	};

	if (kind->flags & IORING_SETUP_SQPOLL) {
		skip("its thread submits when it likes",
		     "%s: arguments are copied", kind->name);
		free(args);
		return;
	}
	args->exit_signal = SIGCHLD;
	queue_step(ring, &steps[0], 1)->flags |= IOSQE_ASYNC;
	queue_step(ring, &steps[1], 2);
	submit(ring);
	memset(args, 0xff, sizeof(*args));
	ok(cqes_match(ring, steps, 2) & status_is(EXITED(0)),
	   "%s: arguments are copied", kind->name);
	free(args);
}

/* Outside of a chain, and CLONE where it must not be. */
static void test_places(struct io_uring *ring, const struct kind *kind)
{
	const struct step alone[] = { CLONE_WITH(0, -EINVAL, &plain) };
	const struct step late[] = {
		NOP(L, -ECANCELED), CLONE_WITH(L, -EINVAL, &plain),
		EXEC(0, -ECANCELED, TRUE),
	};
	const struct step dup[] = { DUP(0, -EINVAL, 0, 150, 0) };
	const struct step call[] = {
		CALL(0, -EINVAL, SYS_chdir, "/none", 0, 0, 0),
	};
	const struct step later[] = {
		NOP(L, -ECANCELED), CALL(L, -EINVAL, SYS_getpid, 0, 0, 0, 0),
		NOP(0, -ECANCELED),
	};

	RUN(ring, alone, NO_CHILD, "%s: CLONE alone", kind->name);
	RUN(ring, late, NO_CHILD, "%s: CLONE that is not the first",
	    kind->name);
	RUN(ring, dup, NO_CHILD, "%s: DUP without CLONE", kind->name);
	RUN(ring, call, NO_CHILD, "%s: SYSCALL without CLONE", kind->name);
	RUN(ring, later, NO_CHILD, "%s: SYSCALL in a chain without CLONE",
	    kind->name);
}

static void test_all(struct io_uring *ring, const struct kind *kind)
{
	test_fields(ring, kind);
	test_args(ring, kind);
	test_sizes(ring, kind);
	test_copied(ring, kind);
	test_places(ring, kind);
}

int main(void)
{
	alarm(500);
	make_edge();
	for_each_kind(test_all, "fields");
	return done();
}
