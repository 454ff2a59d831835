/* SPDX-License-Identifier: GPL-2.0 */
/* A random order that a failure can be repeated with. */
#ifndef IOUS_RANDOM_H
#define IOUS_RANDOM_H

/* Begins with $IOUS_SEED, or a new one, which is noted. */
void random_begin(void);
/* From 0 to @nr - 1. */
unsigned int random_below(unsigned int nr);

#endif
