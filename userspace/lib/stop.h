/* SPDX-License-Identifier: MIT */
#ifndef IOUS_STOP_H
#define IOUS_STOP_H

#include <sys/types.h>

/* CLOCK_MONOTONIC, in milliseconds. */
long ious_now(void);
/* To the group if @pid is its leader. It must not have been waited for. */
void ious_signal_group(pid_t pid, int sig);
/* Its status, as of waitpid(2), in *@status; a negated errno. */
int ious_wait_for(pid_t pid, int *status);

#endif
