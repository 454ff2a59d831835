/* SPDX-License-Identifier: GPL-2.0 */
/* How long a real-time thread has to wait for the CPU, in microseconds. */
#ifndef LATENCY_H
#define LATENCY_H

double now_us(void);

/* From here on a thread sleeps 50 microseconds again and again. */
void latency_start(void);
/* The longest that it overslept since the last call; 0 at the start. */
double latency_take(void);

#endif
