/* SPDX-License-Identifier: GPL-2.0 */
/* How long something takes, and how that is printed. */
#ifndef MEASURE_H
#define MEASURE_H

#include "methods.h"

#include <stdio.h>

/* Of each row: so many rounds, or as many as the time allows, in nanoseconds. */
struct bounds {
	unsigned int rounds;
	long time;
};

extern struct bounds bounds;
extern FILE *report;

long now(void);
/* Of all rows: the pipe's end that the programs' stamps are read from. */
void measure_init(int stamps);
/* "posix_spawn" is the drop-in's if that is there. */
const char *way_name(const struct method *m);
/* One spawn, of all its children, until they are reaped. */
void spawn(struct spawner *s, const struct method *m);
void measure(struct spawner *s, const char *parent, const struct method *m);
/* A whole program, with what it starts. */
void measure_program(const char *name, char *const argv[]);
void reap(unsigned int children);
/* That all of @nr programs have run, and when the last one did. */
long last_stamp(unsigned int nr);
/* Sorts. */
long minimum(long *times, unsigned int nr);

/* Of digits; exits if it is none. */
unsigned int number(const char *text);

/* blocked.c */
void run_blocked(void);
/* many.c */
void run_rings(void);
void run_rates(const char *way, const char *work);

#endif
