/* SPDX-License-Identifier: GPL-2.0 */
/* A plan at a time, and what the program that it starts says. */
#ifndef IOUS_PLANS_H
#define IOUS_PLANS_H

#include <ious.h>
#include <stdbool.h>

/* The one that is under test. */
extern struct ious_plan *plan;

/* Once, before the others. */
void plans_setup(void);

void begin(void);
/* /bin/sh -c @script, whose output is kept for says(): its step is 0. */
void begin_script(const char *script);
/* The same for the program that the test names. */
void begin_output(void);
/* /tmp/ious-fifo, of which a script may read: that blocks until unblock(). */
void make_fifo(void);
/* A script whose first step blocks until unblock(). */
void begin_blocked(const char *script);
void unblock(void);
/* ok() and the end of the plan. */
void end(bool good, const char *name);

/* Of the last spawn. */
extern struct ious_result result;

/* The plan's program ends well, having said @want. */
bool spawned(const char *want);
/* The plan fails, and there is no child. */
bool fails(int error, int step);

/* Waits for @pid; its status, -1 if it is no child. */
int await(pid_t pid);
/* The first line of what was said since the last time is @want. */
bool says(const char *want);
/* No child is there, not even a zombie. */
bool no_child(void);
/* How many descriptors are open. */
int files(void);

#endif
