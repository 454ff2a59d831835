/* SPDX-License-Identifier: GPL-2.0 */
/* Control groups of the test, by name: /sys/fs/cgroup/NAME. */
#ifndef IOUS_CGROUP_H
#define IOUS_CGROUP_H

#include <stdbool.h>

/* Controllers pids and memory; NULL, or why there are none. */
const char *cgroup_setup(void);

void cgroup_make(const char *name);
/* When the last process of it has gone. */
void cgroup_remove(const char *name);

/* 0 or a negated errno; the number in a file; the number behind @key there. */
int cgroup_write(const char *name, const char *file, const char *text);
int cgroup_write_number(const char *name, const char *file, long number);
long cgroup_read(const char *name, const char *file);
long cgroup_event(const char *name, const char *file, const char *key);

/* Waits until that number is @want. */
bool cgroup_becomes(const char *name, const char *file, const char *key,
		    long want);

/* This process moves; dies if it cannot. */
void cgroup_enter(const char *name);

#endif
