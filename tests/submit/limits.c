// SPDX-License-Identifier: GPL-2.0
/* Full queues and tables, probes, restrictions, who may. */
#include "test.h"

#include <sys/resource.h>
#include <grp.h>

#define TINY	"/tests/tiny"

static const struct step spawn[] = { CLONE(L, 0), EXEC(0, 0, TINY) };

/* More CQEs than the CQ has room for: none is lost. */
static void test_overflow(struct io_uring *ring, const struct kind *kind)
{
	struct io_uring_params p = { .flags = kind->flags };
	unsigned int i, good = 0;
	unsigned long user_data;
	struct io_uring small;
	int res;

	(void)ring;
	if (kind->own_memory || kind->flags & IORING_SETUP_R_DISABLED)
		return;
	p.flags |= IORING_SETUP_CQSIZE;
	p.cq_entries = 8;
	if (io_uring_queue_init_params(4, &small, &p)) {
		ok(false, "%s: a small CQ", kind->name);
		return;
	}
	for (i = 0; i < 20; i++) {
		queue_steps(&small, spawn, 2);
		submit(&small);
		while (io_uring_sq_space_left(&small) < 2)
			usleep(1000);
	}
	for (i = 0; i < 20; i++)
		good += status_is(EXITED(0));
	for (i = 0; i < 40; i++) {
		if (next_cqe(&small, &user_data, &res) && !res)
			good++;
		else
			note("CQE %u: user_data %lu, result %d", i, user_data, res);
	}
	ok(good == 60, "%s: the CQ overflows: %u of 60", kind->name, good);
	io_uring_queue_exit(&small);
}

static void test_full_table(struct io_uring *ring, const struct kind *kind)
{
	struct rlimit old, limit = { 24, 24 };
	struct step steps[] = {
		CLONE(L, 0),
		/* the ring's own descriptor is free in the new process */
		OP(IORING_OP_OPENAT, L, ANY, .fd = AT_FDCWD, .addr = TINY,
		   .rw_flags = O_RDONLY),
		OP(IORING_OP_OPENAT, H, -EMFILE, .fd = AT_FDCWD, .addr = TINY,
		   .rw_flags = O_RDONLY),
		EXEC(0, 0, TINY),
	};
	int fds[24], nr = 0;

	if (kind->polled)
		return;
	getrlimit(RLIMIT_NOFILE, &old);
	limit.rlim_max = old.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	while (nr < 24 && (fds[nr] = dup(0)) >= 0)
		nr++;
	RUN(ring, steps, EXITED(0), "%s: a full descriptor table",
	    kind->name);
	while (nr)
		close(fds[--nr]);
	setrlimit(RLIMIT_NOFILE, &old);
}

static void test_probe(struct io_uring *ring, const struct kind *kind)
{
	static union {
		struct io_uring_probe probe;
		char room[sizeof(struct io_uring_probe) +
			  256 * sizeof(struct io_uring_probe_op)];
	} u;
	struct io_uring_probe *probe = io_uring_get_probe_ring(ring);
	int op, good = 0, kernels_own;

	for (op = 239; op <= 244; op++)
		good += io_uring_opcode_supported(probe, op) ==
			(op >= 240 && op <= 243);
	ok(good == 6 && io_uring_opcode_supported(probe, IORING_OP_READ),
	   "%s: the probe reports four opcodes", kind->name);
	io_uring_free_probe(probe);
	ok(io_uring_spawn_available_ring(ring) == IO_URING_SPAWN_AVAILABLE,
	   "%s: and the header believes it", kind->name);

	memset(&u, 0, sizeof(u));
	ok(!io_uring_register_probe(ring, &u.probe, 243) &&
	   u.probe.last_op < 240 && !u.probe.ops[240].flags,
	   "%s: not where there is no room", kind->name);
	kernels_own = u.probe.ops_len;
	memset(&u, 0, sizeof(u));
	ok(!io_uring_register_probe(ring, &u.probe, 244) &&
	   u.probe.last_op == 243 && u.probe.ops_len == kernels_own &&
	   u.probe.ops[243].op == 243 &&
	   u.probe.ops[243].flags == IO_URING_OP_SUPPORTED,
	   "%s: just where there is", kind->name);
}

static void test_restricted(void)
{
	static const struct step steps[] = {
		CLONE(L, -EACCES), EXEC(0, -EACCES, TINY),
	};
	static const struct step one[] = { NOP(0, 0) };
	struct io_uring_restriction allow[] = {
		{ .opcode = IORING_RESTRICTION_SQE_OP,
		  .sqe_op = IORING_OP_NOP },
		{ .opcode = IORING_RESTRICTION_SQE_OP,
		  .sqe_op = IORING_OP_FILES_UPDATE },
		{ .opcode = IORING_RESTRICTION_SQE_FLAGS_ALLOWED,
		  .sqe_flags = L | H },
	};
	struct io_uring ring;

	if (io_uring_queue_init(8, &ring, IORING_SETUP_R_DISABLED) ||
	    io_uring_register_restrictions(&ring, allow, 3) ||
	    io_uring_enable_rings(&ring))
		die("restrictions");
	queue_steps(&ring, one, 1);
	submit(&ring);
	ok(cqes_match(&ring, one, 1), "a restricted ring does what it may");
	queue_steps(&ring, steps, 2);
	submit(&ring);
	ok(cqes_match(&ring, steps, 2) & status_is(NO_CHILD),
	   "their carrier does not stand for CLONE there");
	io_uring_queue_exit(&ring);
}

/* As user 1000, with or without a group. */
static bool may_spawn(bool in_group, int want)
{
	struct step steps[] = {
		CLONE(L, want), EXEC(0, want ? -ECANCELED : 0, TINY),
	};
	struct io_uring ring;
	gid_t group = 1234;
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		if (setgroups(in_group, &group) || setgid(1000) ||
		    setuid(1000) || open_ring(&ring, &kinds[0], 8))
			_exit(2);
		queue_steps(&ring, steps, 2);
		submit(&ring);
		_exit(!(cqes_match(&ring, steps, 2) &
			status_is(want ? NO_CHILD : EXITED(0))));
	}
	return waitpid(pid, &status, 0) == pid && !status;
}

static void test_policy(void)
{
	static const struct step steps[] = {
		CLONE(L, -EPERM), EXEC(0, -ECANCELED, TINY),
	};
	struct io_uring ring;

	ok(may_spawn(false, 0), "policy 0: everyone");
	ok(write_string(PARAMETERS "policy", "3") == -EINVAL,
	   "there is no policy 3");
	write_string(PARAMETERS "policy", "1");
	ok(may_spawn(false, -EPERM), "policy 1: not everyone");
	write_string(PARAMETERS "gid", "1234");
	ok(may_spawn(true, 0), "policy 1: the group may");
	ok(may_spawn(false, -EPERM), "policy 1: others may not");
	if (open_ring(&ring, &kinds[0], 8))
		die("ring");
	RUN(&ring, spawn, EXITED(0), "policy 1: root may");
	write_string(PARAMETERS "policy", "2");
	RUN(&ring, steps, NO_CHILD, "policy 2: nobody");
	write_string(PARAMETERS "gid", "-1");
	write_string(PARAMETERS "policy", "0");
	RUN(&ring, spawn, EXITED(0), "policy 0 again");
	io_uring_queue_exit(&ring);
}

int main(void)
{
	alarm(500);
	for_each_kind(test_overflow, "CQ overflow");
	for_each_kind(test_full_table, "full table");
	for_each_kind(test_probe, "probe");
	test_restricted();
	test_policy();
	return done();
}
