/* SPDX-License-Identifier: GPL-2.0 */
/* Ways to start the program that is measured, bench/first.c. */
#ifndef METHODS_H
#define METHODS_H

#include <io_uring_spawn.h>

#include <spawn.h>
#include <stdbool.h>

#define MAX_BATCH	256

/* What a thread that spawns has made beforehand. */
struct spawner {
	struct io_uring ring;
	struct io_uring deferred;	/* with DEFER_TASKRUN */
	unsigned int owed;		/* CQEs there */
	struct io_uring_sqe *last;	/* step of the chain that is being made */
	unsigned int steps;
	posix_spawn_file_actions_t redirections, setup;
	posix_spawnattr_t attr;
	char *stack;
	int stack_used;
};

struct method {
	const char *name;
	/* how many it starts at once */
	unsigned int children;
	/* programs that report their first instruction, for each */
	unsigned int stamps;
	/* measured with the plain parent only */
	bool plain;
	void (*start)(struct spawner *s, unsigned int children);
};

extern const struct method methods[];
extern const unsigned int nr_methods;

/* Paths of the program, and the pipe that it writes to, also descriptor 1. */
void methods_init(const char *directory, int pipe);
void spawner_init(struct spawner *s, unsigned int ring_flags);
void spawner_exit(struct spawner *s);
/* One chain by each of @nr rings, which are all in flight at once. */
void start_on_rings(struct io_uring *rings, unsigned int nr);
__attribute__((noreturn)) void fail(const char *what);

#endif
