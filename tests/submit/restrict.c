// SPDX-License-Identifier: GPL-2.0
/*
 * Rings that allow some opcodes only, in all the ways that kernels have for it:
 * their carrier never stands for one of ours. And kernel.io_uring_disabled.
 */
#include "test.h"

#include <grp.h>
#include <linux/filter.h>
#include <sys/prctl.h>

#define TINY		"/tests/tiny"
#define CARRIER		IORING_OP_FILES_UPDATE
#define DISABLED	"/proc/sys/kernel/io_uring_disabled"
#define GROUP		"/proc/sys/kernel/io_uring_group"
#define SKIPPED		77

/* Each of ours, alone and in a chain. */
static bool all_refused(struct io_uring *ring)
{
	static const struct step chain[] = {
		CLONE(L, -EACCES), EXEC(0, -EACCES, TINY),
	};
	static const struct step alone[] = {
		CLONE(L, -EACCES), EXEC(0, -EACCES, TINY),
		DUP(0, -EACCES, 0, 90, 0),
		CALL(0, -EACCES, SYS_getpid, 0, 0, 0, 0),
	};
	bool good = TRY(ring, chain, NO_CHILD);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(alone); i++)
		good &= try_chain(ring, &alone[i], 1, NO_CHILD);
	return good;
}

static int nop_result(struct io_uring *ring)
{
	static const struct step nop = NOP(0, ANY);
	unsigned long user_data;
	int res;

	queue_step(ring, &nop, 1);
	submit(ring);
	return next_cqe(ring, &user_data, &res) ? res : -EIO;
}

static bool nop_is(struct io_uring *ring, int want)
{
	int res = nop_result(ring);

	if (res != want)
		note("NOP: %d, wanted %d", res, want);
	return res == want;
}

/* --- IORING_REGISTER_RESTRICTIONS ----------------------------------------- */

static const struct io_uring_restriction allow_nop[] = {
	{ .opcode = IORING_RESTRICTION_SQE_OP, .sqe_op = IORING_OP_NOP },
	{ .opcode = IORING_RESTRICTION_SQE_FLAGS_ALLOWED, .sqe_flags = L | H },
	{ .opcode = IORING_RESTRICTION_SQE_OP, .sqe_op = CARRIER },
};

static int open_restricted(struct io_uring *ring, const struct kind *kind,
			   const struct io_uring_restriction *allow,
			   unsigned int nr)
{
	struct io_uring_params p = {
		.flags = kind->flags | IORING_SETUP_R_DISABLED,
	};
	int ret;

	if (io_uring_queue_init_params(8, ring, &p))
		die("ring");
	ret = io_uring_register_restrictions(ring, (void *)allow, nr);
	if (!ret)
		ret = io_uring_enable_rings(ring);
	if (ret)
		io_uring_queue_exit(ring);
	return ret;
}

static void test_restricted(struct io_uring *ring, const struct kind *kind)
{
	struct io_uring_restriction ours = allow_nop[0];
	struct io_uring_restriction flags[] = {
		{ .opcode = IORING_RESTRICTION_SQE_FLAGS_ALLOWED,
		  .sqe_flags = L | H },
	};
	unsigned int i, good = 0;

	(void)ring;
	if (open_restricted(ring, kind, allow_nop, 2))
		die("restrictions");
	ok(nop_is(ring, 0) & all_refused(ring), "%s: NOP alone is allowed",
	   kind->name);
	io_uring_queue_exit(ring);
	if (open_restricted(ring, kind, allow_nop, 3))
		die("restrictions");
	ok(nop_is(ring, 0) & all_refused(ring), "%s: and the carrier",
	   kind->name);
	io_uring_queue_exit(ring);
	if (open_restricted(ring, kind, flags, 1))
		die("restrictions");
	ok(nop_is(ring, -EACCES) & all_refused(ring),
	   "%s: no opcode is allowed", kind->name);
	io_uring_queue_exit(ring);
	for (i = IORING_OP_CLONE; i <= IORING_OP_SYSCALL; i++) {
		ours.sqe_op = i;
		good += open_restricted(ring, kind, &ours, 1) == -EINVAL;
	}
	ok(good == 4, "%s: nor can one of ours be", kind->name);
}

/* Whether such a ring is free to submit depends on the kernel: as NOP is. */
static void test_register_only(struct io_uring *ring, const struct kind *kind)
{
	static const struct io_uring_restriction probe = {
		.opcode = IORING_RESTRICTION_REGISTER_OP,
		.register_op = IORING_REGISTER_PROBE,
	};
	static const struct step chain[] = { CLONE(L, 0), EXEC(0, 0, TINY) };
	int res;

	if (open_restricted(ring, kind, &probe, 1))
		die("restrictions");
	res = nop_result(ring);
	ok(res == -EACCES ? all_refused(ring) : TRY(ring, chain, EXITED(0)),
	   "%s: registrations are restricted, NOP is %d", kind->name, res);
	io_uring_queue_exit(ring);
}

/* --- IORING_REGISTER_BPF_FILTER ------------------------------------------- */

/* Of a ring, or of this task if there is none. */
static int add_filter(struct io_uring *ring, unsigned int op,
		      unsigned int flags, unsigned int verdict)
{
	struct sock_filter code[] = { BPF_STMT(BPF_RET | BPF_K, verdict) };
	struct io_uring_bpf bpf = {
		.cmd_type = IO_URING_BPF_CMD_FILTER,
		.filter = {
			.opcode = op, .flags = flags, .filter_len = 1,
			.filter_ptr = (unsigned long)code,
		},
	};

	return ring ? io_uring_register_bpf_filter(ring, &bpf) :
		      io_uring_register_bpf_filter_task(&bpf);
}

static const struct filter {
	const char *name;
	unsigned int op, flags, verdict;
	int nop;
} filters[] = {
	{ "denies NOP", IORING_OP_NOP, 0, 0, -EACCES },
	{ "allows NOP and nothing else", IORING_OP_NOP,
	  IO_URING_BPF_FILTER_DENY_REST, 1, 0 },
	{ "allows NOP, and has no say on others", IORING_OP_NOP, 0, 1, 0 },
	{ "denies the carrier", CARRIER, 0, 0, 0 },
	{ "allows the carrier and nothing else", CARRIER,
	  IO_URING_BPF_FILTER_DENY_REST, 1, -EACCES },
	{ "allows the carrier, and has no say on others", CARRIER, 0, 1, 0 },
	{ "denies READ", IORING_OP_READ, 0, 0, 0 },
	{ "allows READ and nothing else", IORING_OP_READ,
	  IO_URING_BPF_FILTER_DENY_REST, 1, -EACCES },
};

static void test_filters(struct io_uring *unused, const struct kind *kind)
{
	static const struct step chain[] = { CLONE(L, 0), EXEC(0, 0, TINY) };
	const struct filter *f;
	struct io_uring ring;
	unsigned int i;

	(void)unused;
	for (f = filters; f < filters + ARRAY_SIZE(filters); f++) {
		if (open_ring(&ring, kind, 8))
			die("ring");
		RUN(&ring, chain, EXITED(0), "%s: before there is a filter",
		    kind->name);
		if (add_filter(&ring, f->op, f->flags, f->verdict)) {
			skip("this kernel has no filters", "%s: filters",
			     kind->name);
			close_ring(&ring, kind);
			return;
		}
		ok(nop_is(&ring, f->nop) & all_refused(&ring),
		   "%s: a filter that %s", kind->name, f->name);
		for (i = IORING_OP_CLONE; i <= IORING_OP_SYSCALL; i++)
			if (add_filter(&ring, i, 0, 1) != -EINVAL)
				break;
		ok(i > IORING_OP_SYSCALL && all_refused(&ring),
		   "%s: there is none for ours", kind->name);
		close_ring(&ring, kind);
	}
}

/* --- of a task ------------------------------------------------------------ */

/* What a program finds that a restricted task executes. */
static int program(void)
{
	struct io_uring ring;

	if (open_ring(&ring, &kinds[0], 8))
		return 2;
	return 10 + !!nop_result(&ring) + (all_refused(&ring) ? 0 : 2);
}

static char *const program_argv[] = { "restrict", "program", NULL };

static int by_hand(void)
{
	pid_t pid = fork();

	if (!pid) {
		execv("/proc/self/exe", program_argv);
		_exit(127);
	}
	return wait_status();
}

/* An older ring is as it was; newer ones, and the program's, are not. */
static bool task_is_restricted(struct io_uring *old, const struct kind *kind,
			       int nop)
{
	const struct step chain[] = {
		CLONE(L, 0), EXEC(0, 0, "/proc/self/exe", .argv = program_argv),
	};
	int status = by_hand();
	struct io_uring ring;
	bool good;

	good = status == EXITED(10 + !!nop);
	if (!good)
		note("by hand: %#x", status);
	good &= nop_is(old, 0) & TRY(old, chain, status);
	if (open_ring(&ring, kind, 8))
		die("ring");
	return good & nop_is(&ring, nop) & all_refused(&ring);
}

static int task_filter(const void *kind)
{
	struct io_uring old;

	if (open_ring(&old, kind, 8))
		die("ring");
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (add_filter(NULL, IORING_OP_NOP, 0, 0))
		return SKIPPED;
	return !task_is_restricted(&old, kind, -EACCES);
}

static int task_restriction(const void *kind)
{
	struct {
		struct io_uring_task_restriction head;
		struct io_uring_restriction allow[3];
	} arg = {
		.head.nr_res = 3,
		.allow = { allow_nop[0], allow_nop[1], allow_nop[2] },
	};
	struct io_uring old;

	if (open_ring(&old, kind, 8))
		die("ring");
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (io_uring_register(-1, IORING_REGISTER_RESTRICTIONS, &arg, 1))
		return SKIPPED;
	return !task_is_restricted(&old, kind, 0);
}

static void in_task(int (*test)(const void *kind), const struct kind *kind,
		    const char *what)
{
	int ret = in_process(test, kind);

	if (ret == SKIPPED)
		skip("this kernel has none", "%s: %s", kind->name, what);
	else
		ok(!ret, "%s: %s", kind->name, what);
}

static void test_task(struct io_uring *ring, const struct kind *kind)
{
	(void)ring;
	in_task(task_filter, kind, "a filter of the task");
	in_task(task_restriction, kind, "restrictions of the task");
}

/* --- kernel.io_uring_disabled --------------------------------------------- */

struct disabled {
	bool in_group;
	int ret;
};

/* A ring from before, one of now, and one in the program of a chain. */
static int as_user(const void *arg)
{
	const struct disabled *want = arg;
	gid_t group = 1234;
	struct io_uring ring;
	int ret;

	if (setgroups(want->in_group, &group) || setgid(1000) || setuid(1000))
		die("setuid");
	ret = open_ring(&ring, &kinds[0], 8);
	if (ret == want->ret)
		return 0;
	note("io_uring_setup: %d, wanted %d", ret, want->ret);
	return 1;
}

static bool setup_is(bool in_group, int ret)
{
	const struct disabled want = { in_group, ret };

	return !in_process(as_user, &want);
}

static void test_disabled(void)
{
	static const struct step chain[] = {
		CLONE(L, 0), EXEC(0, 0, "/proc/self/exe", .argv = program_argv),
	};
	struct io_uring ring;

	if (write_string(GROUP, "1234")) {
		skip("this kernel has no such switch", "io_uring_disabled");
		return;
	}
	if (open_ring(&ring, &kinds[0], 8))
		die("ring");
	write_string(DISABLED, "1");
	ok(setup_is(false, -EPERM) & setup_is(true, 0),
	   "io_uring_disabled = 1: the group alone has rings");
	write_string(DISABLED, "2");
	ok(setup_is(true, -EPERM), "io_uring_disabled = 2: nobody has");
	ok(by_hand() == EXITED(2), "not even root");
	RUN(&ring, chain, EXITED(2),
	    "a ring from before goes on, the program gets none");
	write_string(DISABLED, "0");
	ok(setup_is(false, 0), "io_uring_disabled = 0 again");
	io_uring_queue_exit(&ring);
}

static void test_all(struct io_uring *ring, const struct kind *kind)
{
	struct io_uring own;

	test_restricted(&own, kind);
	test_register_only(&own, kind);
	test_filters(ring, kind);
	test_task(ring, kind);
}

int main(int argc, char *argv[])
{
	(void)argv;
	if (argc > 1)
		return program();
	alarm(1500);
	for_main_kinds(test_all, "restrictions");
	test_disabled();
	return done();
}
