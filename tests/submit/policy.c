// SPDX-License-Identifier: GPL-2.0
/*
 * The module's policy asks who the submitter is when the process is made: not
 * who it was before, whose credentials a ring has, or what a container calls a
 * group. limits.c has the values.
 */
#include "blocked.h"
#include "space.h"

#include <grp.h>
#include <sys/prctl.h>

#define TINY	"/tests/tiny"

static void set(const char *name, const char *value)
{
	char path[96];

	snprintf(path, sizeof(path), PARAMETERS "%s", name);
	if (write_string(path, value))
		die(path);
}

static bool spawns(struct io_uring *ring, int personality, int want)
{
	const struct step steps[] = {
		OP(IORING_OP_CLONE, L, want, .personality = personality),
		EXEC(0, want ? -ECANCELED : 0, TINY),
	};

	return TRY(ring, steps, want ? NO_CHILD : EXITED(0));
}

/* Root when the ring was made, and still registered with it. */
static int former_root(const void *kind)
{
	struct io_uring ring;
	int personality;
	bool good;

	if (open_ring(&ring, kind, 8))
		die("ring");
	personality = io_uring_register_personality(&ring);
	good = personality > 0 && spawns(&ring, 0, 0);
	if (setgroups(0, NULL) || setgid(1000) || setuid(1000))
		die("setuid");
	return !(good & spawns(&ring, 0, -EPERM) &
		 spawns(&ring, personality, -EPERM));
}

/* Root of a user namespace, who has all capabilities there. */
static int space_root(const void *kind)
{
	struct io_uring ring;

	if (space_of_user())
		return 77;
	if (open_ring(&ring, kind, 8))
		die("ring");
	return !spawns(&ring, 0, -EPERM);
}

/* Group 0 of the namespace is the host's 1000, which is not the host's 0. */
static int space_group(const void *kind)
{
	set("gid", "0");
	return space_root(kind);
}

static int host_group(const void *kind)
{
	struct io_uring ring;

	set("gid", "1000");
	if (space_of_user())
		return 77;
	if (open_ring(&ring, kind, 8))
		die("ring");
	return !spawns(&ring, 0, 0);
}

static void in_space(int (*test)(const void *kind), const struct kind *kind,
		     const char *what)
{
	int ret = in_process(test, kind);

	set("gid", "-1");
	if (ret == 77)
		skip("user namespaces are not for users here", "%s: %s",
		     kind->name, what);
	else
		ok(!ret, "%s: %s", kind->name, what);
}

/* Switched off while the chain waits for what is before it. */
static void test_meanwhile(struct io_uring *ring, const struct kind *kind)
{
	const struct step first = OP(IORING_OP_READ, 0, 1, .fd = pipes[0],
				     .addr = buffer, .len = 1);
	static const struct step steps[] = {
		CLONE(L | IOSQE_IO_DRAIN, -EPERM), EXEC(0, -ECANCELED, TINY),
	};
	unsigned long user_data;
	bool good;
	int res;

	queue_step(ring, &first, 99);
	queue_steps(ring, steps, 2);
	submit(ring);
	good = no_cqe(ring);
	set("policy", "2");
	if (write(pipes[1], "x", 1) != 1)
		die("write");
	good &= next_cqe(ring, &user_data, &res) && user_data == 99;
	good &= cqes_match(ring, steps, 2) & status_is(NO_CHILD);
	set("policy", "0");
	ok(good, "%s: switched off between submission and CLONE", kind->name);
}

/* A chain that runs already is not stopped. */
static void test_running(struct io_uring *ring, const struct kind *kind)
{
	const struct step steps[] = {
		CLONE(L, 0),
		OP(IORING_OP_READ, L, 1, .fd = pipes[0], .addr = buffer,
		   .len = 1),
		EXEC(0, 0, TINY),
	};
	bool good;

	queue_steps(ring, steps, 3);
	submit(ring);
	wait_for_read();
	set("policy", "2");
	if (write(pipes[1], "x", 1) != 1)
		die("write");
	good = cqes_match(ring, steps, 3) & status_is(EXITED(0));
	good &= spawns(ring, 0, -EPERM);
	set("policy", "0");
	ok(good, "%s: switched off while a chain runs", kind->name);
}

static void test_all(struct io_uring *ring, const struct kind *kind)
{
	set("policy", "1");
	ok(!in_process(former_root, kind), "%s: who was root is not",
	   kind->name);
	in_space(space_root, kind, "root of a user namespace is not root");
	in_space(space_group, kind, "nor is its group 0 the host's");
	in_space(host_group, kind, "a group that may, by another number");
	set("policy", "0");
	/* in this order: after a drain nothing is issued at once for a while */
	test_running(ring, kind);
	test_meanwhile(ring, kind);
}

int main(void)
{
	alarm(1500);
	make_pipe();
	for_main_kinds(test_all, "policy");
	return done();
}
