// SPDX-License-Identifier: MIT
/* ious_stop(): SIGTERM, SIGKILL, and the wait for both. */
#include "stop.h"

#include <errno.h>
#include <ious.h>
#include <poll.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "chain.h"

long ious_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A child that is there keeps its number and its group from being another's. */
void ious_signal_group(pid_t pid, int sig)
{
	kill(getpgid(pid) == pid ? -pid : pid, sig);
}

/* By the system call: waitpid() is a cancellation point. */
int ious_wait_for(pid_t pid, int *status)
{
	long ret;

	do
		ret = syscall(__NR_wait4, pid, status, __WALL, NULL);
	while (ret < 0 && errno == EINTR);
	return ret < 0 ? -errno : 0;
}

/* It stays a zombie, whose group is still there. */
static int has_ended(pid_t pid, int options)
{
	siginfo_t info = { 0 };
	long ret;

	do
		ret = syscall(__NR_waitid, P_PID, pid, &info,
			      WEXITED | WNOWAIT | __WALL | options, NULL);
	while (ret < 0 && errno == EINTR);
	return ret < 0 ? -errno : info.si_pid == pid;
}

/* Without a descriptor there is no wait with a limit but in steps. */
static void wait_until(pid_t pid, long end)
{
	struct pollfd fd = { .events = POLLIN };
	long left;

	fd.fd = syscall(__NR_pidfd_open, pid, 0);
	while ((left = end - ious_now()) > 0 && has_ended(pid, WNOHANG) == 0)
		if (fd.fd < 0)
			poll(NULL, 0, left < 10 ? left : 10);
		else
			poll(&fd, 1, left);
	if (fd.fd >= 0)
		ious_close(fd.fd);
}

int ious_stop(pid_t pid, unsigned int kill_after, int *status)
{
	int ret, unused, cancel;

	if (pid <= 0)
		return -ECHILD;
	ret = has_ended(pid, WNOHANG);
	if (ret < 0)
		return ret;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	if (kill_after && !ret) {
		ious_signal_group(pid, SIGTERM);
		ious_signal_group(pid, SIGCONT);
		wait_until(pid, ious_now() + kill_after);
	}
	ious_signal_group(pid, SIGKILL);
	ret = ious_wait_for(pid, status ? status : &unused);
	pthread_setcancelstate(cancel, NULL);
	return ret;
}
