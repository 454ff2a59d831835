// SPDX-License-Identifier: GPL-2.0
/*
 * A system call of a chain that a stop or a freezer interrupts goes on, as it does in
 * a process that has no handler: here the open of a FIFO.
 */
#include "cgroup.h"
#include "stopped.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#define FIFO	"/tmp/restart"
#define GROUP	"ious-restart"

static int stop(pid_t pid)
{
	int ret = kill(pid, SIGSTOP);

	usleep(300000);
	return ret | kill(pid, SIGCONT);
}

static int stop_twice(pid_t pid)
{
	return stop(pid) | stop(pid);
}

static int resume(pid_t pid)
{
	return kill(pid, SIGCONT);
}

static int freeze(pid_t pid)
{
	int ret;

	cgroup_make(GROUP);
	ret = cgroup_write_number(GROUP, "cgroup.procs", pid);
	ret |= cgroup_write(GROUP, "cgroup.freeze", "1");
	if (!cgroup_becomes(GROUP, "cgroup.events", "frozen", 1))
		ret = -1;
	return ret | cgroup_write(GROUP, "cgroup.freeze", "0");
}

static const struct {
	const char *name;
	int (*interrupt)(pid_t pid);
} ways[] = {
	{ "SIGSTOP and SIGCONT", stop },
	{ "the same, twice", stop_twice },
	{ "SIGCONT alone", resume },
	{ "a frozen group", freeze },
};

/* After the interruption, the other end of the FIFO. */
static bool interrupt(int (*how)(pid_t pid))
{
	pid_t pid;
	int fd;

	if (!eventually(child_sleeps, &pid) || how(pid))
		return false;
	usleep(100000);
	fd = open(FIFO, O_WRONLY | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void test_call(struct io_uring *ring, const struct kind *kind)
{
	const struct step steps[] = {
		CLONE(L, 0),
		CALL(L, ABOVE_0, SYS_openat, AT_FDCWD, FIFO, O_RDONLY, 0),
		EXEC(0, 0, "/bin/true"),
	};
	unsigned int i;
	bool good;

	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		queue_steps(ring, steps, ARRAY_SIZE(steps));
		submit(ring);
		good = interrupt(ways[i].interrupt);
		good &= cqes_match(ring, steps, ARRAY_SIZE(steps));
		ok(good & status_is(EXITED(0)), "%s: %s", kind->name,
		   ways[i].name);
	}
}

/* A stopped process waits for SIGCONT, and can be killed. */
static void test_kill(struct io_uring *ring, const struct kind *kind)
{
	const struct step steps[] = {
		CLONE(L, 0),
		CALL(L, -EINTR, SYS_openat, AT_FDCWD, FIFO, O_RDONLY, 0),
		EXEC(0, -ECANCELED, "/bin/true"),
	};
	pid_t pid;
	bool good;

	queue_steps(ring, steps, ARRAY_SIZE(steps));
	submit(ring);
	good = eventually(child_sleeps, &pid) && !kill(pid, SIGSTOP);
	usleep(300000);
	good &= any_child(&(char){ 0 }) == pid && !kill(pid, SIGKILL);
	good &= cqes_match(ring, steps, ARRAY_SIZE(steps));
	ok(good & status_is(SIGKILL), "%s: killed while it is stopped",
	   kind->name);
}

/*
 * A process in the background that sets the foreground group gets SIGTTOU from its own
 * call. A shell would see no stop, and would wait for ever.
 */
static int background(const void *arg)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY), terminal;
	static pid_t group;
	const struct step steps[] = {
		CLONE(L, 0), CALL(L, 0, SYS_setpgid, 0, 0, 0, 0),
		CALL(L, -EINTR, SYS_ioctl, master + 1, TIOCSPGRP,
		     (unsigned long)&group, 0),
		EXEC(0, -ECANCELED, "/bin/true"),
	};
	struct io_uring ring;

	group = setsid();
	if (master < 0 || grantpt(master) || unlockpt(master))
		die("a terminal");
	terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
	if (terminal != master + 1 || ioctl(terminal, TIOCSCTTY, 0))
		die("a controlling terminal");
	if (open_ring(&ring, arg, 8))
		die("ring");
	queue_steps(&ring, steps, ARRAY_SIZE(steps));
	submit(&ring);
	return !(cqes_match(&ring, steps, ARRAY_SIZE(steps)) &
		 status_is(EXITED(127)));
}

static void test_terminal(struct io_uring *ring, const struct kind *kind)
{
	(void)ring;
	ok(!in_process(background, kind), "%s: a terminal's signal for its call",
	   kind->name);
}

int main(void)
{
	alarm(200);
	if (mkfifo(FIFO, 0600) && errno != EEXIST)
		die(FIFO);
	for_main_kinds(test_call, "interrupted calls");
	for_main_kinds(test_kill, "killed while stopped");
	for_main_kinds(test_terminal, "the background");
	cgroup_remove(GROUP);
	return done();
}
