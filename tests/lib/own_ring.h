/* SPDX-License-Identifier: GPL-2.0 */
/* Spawns by the thread's own ring (userspace/lib/thread_ring.h), and what they leave. */
#ifndef IOUS_OWN_RING_H
#define IOUS_OWN_RING_H

#include <stdbool.h>
#include <sys/types.h>

/* 0: it ran and ended well; else a negated errno, or -1. */
int spawn(const char *program);
/* The same of /bin/true, which says why not. */
int spawn_true(void);
int in_plain(const void *arg);
/* In this process, and in one that it forks, and again. */
int in_forked(const void *arg);

bool is_childless(void);
int status_of(pid_t pid);

/* Open files, mappings of rings, pages of memory. */
struct usage {
	int files, rings;
	long pages;
};

struct usage usage(void);
int same_usage(const struct usage *a, const struct usage *b);

#endif
