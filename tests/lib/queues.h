/* SPDX-License-Identifier: GPL-2.0 */
/* A queue at a time, with the plan of plans.h, and its events. */
#ifndef IOUS_QUEUES_H
#define IOUS_QUEUES_H

#include "plans.h"

/* The one that is under test, and the last event. */
extern struct ious_queue *queue;
extern struct ious_event event;

void open_queue(unsigned int requests);
/* Adds the plan. */
struct ious_job *add(void *data);
/* The next event, of that kind. */
bool next_is(int kind);
bool nothing_comes(void);
bool is_readable(int timeout);
/* The queue and the plan. */
void close_all(void);

#endif
