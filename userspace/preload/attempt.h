/* SPDX-License-Identifier: MIT */
/* One attempt to do a call by a chain: built in build.c, run and judged in chain.c. */
#ifndef IOUS_ATTEMPT_H
#define IOUS_ATTEMPT_H

#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "../lib/path.h"
#include "../lib/thread_ring.h"
#include "actions.h"
#include "chain.h"

#define CANDIDATES_SIZE	4096
#define CANDIDATES_MAX	128

struct ious_attempt {
	const struct ious_spawn_call *call;
	struct ious_thread_ring *own;
	const posix_spawnattr_t *attr;
	short flags;
	/* the chain has become too long: what comes then goes nowhere */
	bool full;
	bool opens;
	/* after the actions so far, no descriptor is open from here on; INT_MAX: unknown */
	int end;
	/* afterwards: all but the EXECs went well */
	bool tried_exec;
	/* requests before the first EXEC, and all of them */
	unsigned int first_exec, nr;
	/* those whose failure does not matter to posix_spawn() */
	uint64_t may_fail[IOUS_THREAD_RING_MAX / 64];
	struct clone_args clone;
	int pidfd;
	pid_t pid;
	/* what requests point to */
	pid_t group;
	/* from here on not cleared for each call */
	sigset_t mask;
	struct sched_param param;
	struct ious_path path;
	struct io_uring_sqe nowhere;
	int res[IOUS_THREAD_RING_MAX];
	const char *paths[CANDIDATES_MAX];
	char candidates[CANDIDATES_SIZE];
};

_Static_assert(sizeof(struct ious_attempt) <= IOUS_THREAD_RING_MEMORY,
	       "no room for an attempt");

/*
 * ious_attempt_build() - put the requests of the call into the thread's ring
 * @actions, @nr: its file actions
 *
 * False if a chain cannot do this, or not that many requests.
 */
bool ious_attempt_build(struct ious_attempt *a, const struct ious_action *actions,
			unsigned int nr);

#endif
