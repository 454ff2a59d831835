// SPDX-License-Identifier: GPL-2.0
/*
 * The submitter is in a container: so is the chain, as a forked child would be,
 * and it gets out no more than that. See lib/rows.h.
 */
#include "rows.h"
#include "space.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>

static char own[STATE_SIZE], outside[STATE_SIZE], report[STATE_SIZE];

/* A server of the host's, which has no file. */
static const struct sockaddr_un server = {
	.sun_family = AF_UNIX, .sun_path = "\0ious-host",
};
#define SERVER_LEN	(offsetof(struct sockaddr_un, sun_path) + 10)

static const char *roots_container(void)
{
	return space_enter(ALL_SPACES);
}

static const char *users_container(void)
{
	return space_of_user() ?: space_enter(ALL_SPACES);
}

static const char *pid_space(void)
{
	return space_enter(CLONE_NEWPID);
}

static const char *time_space(void)
{
	return space_enter(CLONE_NEWTIME);
}

static const char *net_space(void)
{
	return space_enter(CLONE_NEWNET);
}

static const char *cgroup_space(void)
{
	return space_enter(CLONE_NEWCGROUP);
}

/* A user in an empty directory. */
static const char *jail(void)
{
	if (chroot(ROWS "/jail") || chdir("/") || setgid(1000) || setuid(1000))
		die("chroot");
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	return NULL;
}

static struct sched_param realtime = { .sched_priority = 1 };
static struct rlimit more_locked = { 1 << 30, 1 << 30 };

#define SOCKET_AT_150	OP(IORING_OP_SOCKET, L, ANY, .fd = AF_UNIX, \
			   .off = SOCK_STREAM), \
			DUP(L, 150, 0, 150, 0, .file_index = 1)
#define TO_HOST(_want)	SOCKET_AT_150, \
			OP(IORING_OP_CONNECT, H, _want, .fd = 150, \
			   .addr = &server, .off = SERVER_LEN)
#define WHO		CALL(L, PID, SYS_getpid, 0, 0, 0, 0)
/* What root of the machine may, and no other. */
#define AS_ROOT(_want) \
	CALL(H, _want, SYS_setns, UTS_FD, CLONE_NEWUTS, 0, 0), \
	CALL(H, _want, SYS_sched_setscheduler, 0, SCHED_FIFO, &realtime, 0), \
	CALL(H, _want, SYS_prlimit64, 0, RLIMIT_MEMLOCK, &more_locked, 0)

static const struct row rows[] = {
	{ "outside", .steps = { WHO, TO_HOST(0), AS_ROOT(0) },
	  .tell_pid = true },
	{ "a container of root's", roots_container, {
		WHO, TO_HOST(-ECONNREFUSED), AS_ROOT(0) },
	  .shows = { "parent: 1" }, .tell_pid = true },
	{ "a user's container", users_container, {
		WHO, TO_HOST(-ECONNREFUSED), AS_ROOT(-EPERM),
		CALL(H, -EPERM, SYS_mount, "none", ROWS "/dir", "devtmpfs", 0),
		CALL(H, -EINVAL, SYS_setuid, 5, 0, 0, 0),
		CALL(H, -EPERM, SYS_setgroups, 0, 0, 0, 0) },
	  .shows = { "parent: 1", "Uid:\t0\t0\t0\t0" }, .tell_pid = true },
	{ "a user namespace", space_of_user, {
		AS_ROOT(-EPERM), TO_HOST(0),
		CALL(H, -EPERM, SYS_sethostname, "jail", 4, 0, 0) } },
	{ "a pid namespace", pid_space, { WHO },
	  .shows = { "parent: 1" }, .tell_pid = true },
	{ "a time namespace", time_space, { WHO } },
	{ "a network namespace", net_space, { TO_HOST(-ECONNREFUSED) } },
	{ "a cgroup namespace", cgroup_space, { WHO } },
	{ "chroot", jail, {
		OPEN(H, -ENOENT, "/tests/tiny", O_RDONLY),
		OPEN(H, -ENOENT, "../../tests/tiny", O_RDONLY),
		CALL(H, -EPERM, SYS_chroot, ".", 0, 0, 0),
		CALL(L, 0, SYS_chdir, "/..", 0, 0, 0),
		OPEN(H, -ENOENT, "tests/tiny", O_RDONLY) },
	  .shows = { "cwd: /", "root: /" } },
};

/* What a container is made of. */
static bool in_the_same(const char *a, const char *b)
{
	static const char *const keys[] = {
		"ns.cgroup", "ns.ipc", "ns.mnt", "ns.net", "ns.pid", "ns.time",
		"ns.user", "ns.uts", "root", "root inode", "Uid", "CapEff",
		"NoNewPrivs", "cgroup",
	};
	unsigned int i;
	bool same = true;

	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		if (!state_differs(a, b, keys[i]))
			continue;
		note("%s differs", keys[i]);
		same = false;
	}
	return same;
}

/*
 * A ring from outside, in a container, in the process that @ring's memory came
 * to by fork. 2: the kernel refuses it there.
 */
static int inside(struct io_uring *ring)
{
	const struct step steps[] = { CLONE(L, 0), REPORT(0, 0) };
	bool good, polled = ring->flags & IORING_SETUP_SQPOLL;
	int ret;

	if (space_enter(ALL_SPACES))
		die("container");
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	state_print(own);
	queue_steps(ring, steps, 2);
	ret = submit_some(ring);
	if (ret == -EEXIST)
		return 2;
	good = cqes_match(ring, steps, 2);
	good &= status_is(polled ? NO_CHILD : EXITED(0));
	if (polled)
		return !good;
	state_read(report);
	return !(good & in_the_same(report, own));
}

/* Who owns the thread that submits is the submitter: see docs/security.md. */
static bool is_of_owner(void)
{
	bool good = status_is(EXITED(0));

	state_read(report);
	return good & in_the_same(report, outside);
}

static int late(const void *kind)
{
	struct io_uring ring;
	int status;
	pid_t pid;

	if (open_ring(&ring, kind, 8))
		die("ring");
	state_read(report);
	state_print(outside);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		status = inside(&ring);
		fflush(stdout);
		_exit(status);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return 1;
	if (ring.flags & IORING_SETUP_SQPOLL && !is_of_owner())
		return 1;
	return WEXITSTATUS(status);
}

static void test_late(struct io_uring *ring, const struct kind *kind)
{
	int ret = in_process(late, kind);

	(void)ring;
	if (ret == 2)
		skip("the kernel lets its one submitter alone use it",
		     "%s: a ring from outside", kind->name);
	else
		ok(!ret, "%s: a ring from outside: the chain is where its submitter is",
		   kind->name);
}

/* Namespaces that the submitter has made for its children and is not in. */
static int for_children(const void *kind)
{
	const struct step steps[] = { CLONE(L, 0), REPORT(0, 0) };
	struct io_uring ring;
	bool good;

	if (open_ring(&ring, kind, 8) || unshare(CLONE_NEWPID))
		die("unshare");
	state_read(report);
	state_print(own);
	good = TRY(&ring, steps, EXITED(0));
	state_read(report);
	return !(good & state_has(report, "parent: 0") &
		 state_differs(report, own, "ns.pid"));
}

static void test_for_children(struct io_uring *ring, const struct kind *kind)
{
	(void)ring;
	ok(!in_process(for_children, kind),
	   "%s: the first process of a pid namespace", kind->name);
}

static void make_host(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (bind(fd, (const void *)&server, SERVER_LEN) || listen(fd, 64))
		die("the host's server");
	fd = open("/proc/self/ns/uts", O_RDONLY);
	if (fd < 0 || dup2(fd, UTS_FD) != UTS_FD)
		die("uts");
	close(fd);
}

int main(void)
{
	alarm(1500);
	rows_setup();
	make_host();
	rows_run(rows, ARRAY_SIZE(rows), "containers");
	for_main_kinds(test_late, "a ring from outside");
	for_main_kinds(test_for_children, "pid_for_children");
	return done();
}
