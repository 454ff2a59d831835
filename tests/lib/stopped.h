/* SPDX-License-Identifier: GPL-2.0 */
/* A child that waits in a step of its chain for the other end of a FIFO. */
#ifndef IOUS_STOPPED_H
#define IOUS_STOPPED_H

#include <stdbool.h>

/* For eventually(): this process has a child, which is asleep; its number is in @pid. */
bool child_sleeps(void *pid);
/* For eventually(): somebody opens the FIFO @path to read it, and can go on now. */
bool has_reader(void *path);
/* Stops the child as soon as it sleeps, and lets it go on 300 ms later. */
void stop_child(void);

#endif
