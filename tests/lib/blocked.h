/* SPDX-License-Identifier: GPL-2.0 */
/* Chains that block, for tests of how they are ended. */
#ifndef IOUS_BLOCKED_H
#define IOUS_BLOCKED_H

#include "test.h"

#define TRUE	"/bin/true"

/* What a chain's READ waits for. make_pipe() comes first. */
extern int pipes[2];
extern char buffer[8];
void make_pipe(void);

/* CLONE -> READ that blocks -> WRITE -> EXEC, user_data 1.. */
void queue_blocked(struct io_uring *ring, unsigned int read_flags);
/* The same, submitted, and CLONE's CQE has come. */
void start_blocked(struct io_uring *ring, unsigned int read_flags);
/* Until the new process sleeps in its READ. */
void wait_for_read(void);

/* One ok(): the rest of such a chain is cancelled and its process killed. */
void ended(struct io_uring *ring, const char *name, const char *what);
/* What a request that ran, or that did not yet, may say then. */
bool was_interrupted(int res);

/* Results of @nr requests by user_data, in whatever order they come. */
bool collect(struct io_uring *ring, int *results, int nr);
bool step_is(const int *results, int step, int want);

#endif
