// SPDX-License-Identifier: GPL-2.0
/* See sharers.h. */
#include "test.h"
#include "sharers.h"

#include <dirent.h>
#include <linux/kcmp.h>

int sharers(void)
{
	struct dirent *entry;
	DIR *dir = opendir("/proc");
	int nr = 0;
	pid_t pid;

	if (!dir)
		die("/proc");
	while ((entry = readdir(dir))) {
		pid = atoi(entry->d_name);
		if (pid > 0 && pid != getpid() &&
		    !syscall(SYS_kcmp, getpid(), pid, KCMP_VM, 0, 0)) {
			note("process %d shares the memory", pid);
			nr++;
		}
	}
	closedir(dir);
	return nr;
}

bool shared_by_none(void)
{
	return sharers() == 0;
}
