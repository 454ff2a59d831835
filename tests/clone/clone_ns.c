// SPDX-License-Identifier: GPL-2.0
/* CLONE with arguments: namespaces, and the cgroup that it is born in. */
#include "blocked.h"
#include "state.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#define CGROUP	"/sys/fs/cgroup/clone"

static char before[STATE_SIZE], report[STATE_SIZE], after[STATE_SIZE];

static const char *const names[] = {
	"ns.cgroup", "ns.ipc", "ns.mnt", "ns.net", "ns.pid",
	"ns.pid_for_children", "ns.time", "ns.time_for_children", "ns.user",
	"ns.uts",
};

struct row {
	const char *name;
	unsigned long long flags;
	/* of the names above, those that are new ones */
	const char *fresh;
};

static const struct row rows[] = {
	{ "CLONE_NEWUTS", CLONE_NEWUTS, "ns.uts" },
	{ "CLONE_NEWIPC", CLONE_NEWIPC, "ns.ipc" },
	{ "CLONE_NEWNS", CLONE_NEWNS, "ns.mnt" },
	{ "CLONE_NEWPID", CLONE_NEWPID, "ns.pid ns.pid_for_children" },
	{ "CLONE_NEWNET", CLONE_NEWNET, "ns.net" },
	{ "CLONE_NEWCGROUP", CLONE_NEWCGROUP, "ns.cgroup" },
	{ "CLONE_NEWTIME", CLONE_NEWTIME, "ns.time_for_children" },
	{ "CLONE_NEWUSER", CLONE_NEWUSER, "ns.user" },
	{ "all of them", CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNS |
			 CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWCGROUP |
			 CLONE_NEWUSER,
	  "ns.uts ns.ipc ns.mnt ns.pid ns.pid_for_children ns.net ns.cgroup "
	  "ns.user" },
};

/* Is @name one of the words of @list? */
static bool is_in(const char *list, const char *name)
{
	size_t len = strlen(name);
	const char *at = list;

	while ((at = strstr(at, name))) {
		if ((at == list || at[-1] == ' ') &&
		    (!at[len] || at[len] == ' '))
			return true;
		at++;
	}
	return false;
}

static bool namespaces_are(const struct row *row)
{
	bool good = true, fresh;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		/* whether exec changes this one depends on the kernel */
		if (row->flags & CLONE_NEWTIME && !strcmp(names[i], "ns.time"))
			continue;
		fresh = state_differs(report, before, names[i]);
		if (fresh == is_in(row->fresh, names[i]))
			continue;
		note("%s is %s", names[i], fresh ? "a new one" : "the old one");
		good = false;
	}
	return good;
}

static int run_row(struct io_uring *ring, const struct row *row)
{
	struct clone_args args = {
		.flags = row->flags, .exit_signal = SIGCHLD,
	};
	const struct step steps[] = {
		CLONE_WITH(L, PID, &args), REPORT(0, 0),
	};
	bool good;

	state_read(report);
	state_print(before);
	good = TRY(ring, steps, EXITED(0));
	state_read(report);
	if (row->flags & CLONE_NEWPID)
		good &= state_has(report, "parent: 0");
	if (row->flags & CLONE_NEWUSER)
		good &= state_has(report, "Uid:\t65534\t65534\t65534\t65534");
	good &= namespaces_are(row);
	state_print(after);
	return good & state_same(before, after, NULL, NULL);
}

static void test_root(struct io_uring *ring, const struct kind *kind)
{
	struct row row;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		row = rows[i];
		ok(run_row(ring, &row), "%s: root: %s", kind->name, row.name);
	}
}

static bool is_refused(struct io_uring *ring, unsigned long long flags)
{
	struct clone_args args = { .flags = flags, .exit_signal = SIGCHLD };
	const struct step steps[] = {
		CLONE_WITH(L, -EPERM, &args), REPORT(0, -ECANCELED),
	};

	return TRY(ring, steps, NO_CHILD);
}

/* One by one they are not for users, in a user namespace they are. */
static int as_user(const void *kind)
{
	struct io_uring ring;
	struct row row;
	char fresh[128];
	bool good = true, one;
	unsigned int i;

	if (setgid(1000) || setuid(1000) || open_ring(&ring, kind, 8))
		die("user");
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		row = rows[i];
		if (!(row.flags & CLONE_NEWUSER)) {
			one = is_refused(&ring, row.flags);
			snprintf(fresh, sizeof(fresh), "%s ns.user",
				 row.fresh);
			row.fresh = fresh;
			row.flags |= CLONE_NEWUSER;
		} else {
			one = true;
		}
		one &= run_row(&ring, &row);
		if (!one)
			note("failed: %s", row.name);
		good &= one;
	}
	return !good;
}

/* The submitter writes the map while the chain waits, as containers do. */
static int map_user(const void *kind)
{
	struct clone_args args = {
		.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD,
	};
	const struct step steps[] = {
		CLONE_WITH(L, PID, &args),
		OP(IORING_OP_READ, L, 1, .fd = pipes[0], .addr = buffer,
		   .len = 1),
		REPORT(0, 0),
	};
	struct io_uring ring;
	char path[64], state;
	bool good;

	if (setgid(1000) || setuid(1000) || open_ring(&ring, kind, 8))
		die("user");
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	state_read(report);
	queue_steps(&ring, steps, 3);
	submit(&ring);
	wait_for_read();
	snprintf(path, sizeof(path), "/proc/%d/uid_map", any_child(&state));
	good = !write_string(path, "0 1000 1");
	if (write(pipes[1], "x", 1) != 1)
		die("write");
	good &= cqes_match(&ring, steps, 3);
	good &= status_is(EXITED(0));
	state_read(report);
	good &= state_has(report, "Uid:\t0\t0\t0\t0");
	return !good;
}

static bool users_may(void)
{
	return read_number("/proc/sys/kernel/unprivileged_userns_clone") &&
	       read_number("/proc/sys/user/max_user_namespaces");
}

static void test_user(struct io_uring *ring, const struct kind *kind)
{
	(void)ring;
	if (!users_may()) {
		skip("user namespaces are not for users here", "%s: user",
		     kind->name);
		return;
	}
	ok(!in_process(as_user, kind), "%s: a user: each with CLONE_NEWUSER",
	   kind->name);
	ok(!in_process(map_user, kind), "%s: a user: with a map",
	   kind->name);
}

static int open_cgroup(const char *path)
{
	mkdir(path, 0755);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static bool try_cgroup(struct io_uring *ring, int fd, int want, int status)
{
	struct clone_args args = {
		.flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD,
		.cgroup = fd,
	};
	const struct step steps[] = {
		CLONE_WITH(L, want, &args),
		REPORT(0, want < 0 ? -ECANCELED : 0),
	};
	bool good;

	state_read(report);
	good = TRY(ring, steps, status);
	state_read(report);
	return good;
}

static int cgroup_fd;

static int user_cgroup(const void *kind)
{
	struct io_uring ring;

	if (setgid(1000) || setuid(1000) || open_ring(&ring, kind, 8))
		die("user");
	return !try_cgroup(&ring, cgroup_fd, -EACCES, NO_CHILD);
}

static void test_full(struct io_uring *ring, const struct kind *kind)
{
	if (write_string("/sys/fs/cgroup/cgroup.subtree_control", "+pids") ||
	    write_string(CGROUP "/pids.max", "0")) {
		skip("no pids controller", "%s: a cgroup that is full",
		     kind->name);
		return;
	}
	ok(try_cgroup(ring, cgroup_fd, -EAGAIN, NO_CHILD),
	   "%s: a cgroup that is full", kind->name);
	write_string(CGROUP "/pids.max", "max");
}

static void test_cgroup(struct io_uring *ring, const struct kind *kind)
{
	int dir = open("/tmp", O_RDONLY | O_DIRECTORY);

	cgroup_fd = open_cgroup(CGROUP);
	state_print(before);
	if (access(CGROUP "/cgroup.procs", F_OK)) {
		skip("no cgroup2 here", "%s: cgroups", kind->name);
		goto out;
	}
	ok(try_cgroup(ring, cgroup_fd, PID, EXITED(0)) &&
	   state_has(report, "cgroup: /clone"), "%s: born in a cgroup",
	   kind->name);
	state_print(after);
	ok(state_same(before, after, NULL, NULL),
	   "%s: the submitter stays in its own", kind->name);
	ok(try_cgroup(ring, dir, -EBADF, NO_CHILD),
	   "%s: a directory that is no cgroup", kind->name);
	ok(!in_process(user_cgroup, kind), "%s: a cgroup of root's, a user",
	   kind->name);
	test_full(ring, kind);
	rmdir(CGROUP);
	ok(try_cgroup(ring, cgroup_fd, -ENOENT, NO_CHILD),
	   "%s: a cgroup that is gone", kind->name);
out:
	close(cgroup_fd);
	close(dir);
}

static void test_all(struct io_uring *ring, const struct kind *kind)
{
	test_root(ring, kind);
	test_user(ring, kind);
	test_cgroup(ring, kind);
}

int main(void)
{
	alarm(500);
	make_pipe();
	state_setup();
	for_main_kinds(test_all, "namespaces");
	return done();
}
