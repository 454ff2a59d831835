// SPDX-License-Identifier: GPL-2.0
#include "stopped.h"

#include <fcntl.h>
#include <signal.h>

#include "test.h"

bool child_sleeps(void *pid)
{
	char state;

	*(pid_t *)pid = any_child(&state);
	return *(pid_t *)pid > 0 && state == 'S';
}

bool has_reader(void *path)
{
	int fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

void stop_child(void)
{
	pid_t pid;

	if (!eventually(child_sleeps, &pid) || kill(pid, SIGSTOP)) {
		note("no child waits");
		return;
	}
	/* nothing tells of a stop there */
	usleep(300000);
	kill(pid, SIGCONT);
}
