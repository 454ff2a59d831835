/* SPDX-License-Identifier: GPL-2.0 */
/* What a parent has when it starts processes. */
#ifndef PARENTS_H
#define PARENTS_H

#include <stdbool.h>

struct parent {
	const char *name;
	/* makes this process such a parent; false: the system's limits are too low */
	bool (*become)(void);
};

extern const struct parent parents[];
extern const unsigned int nr_parents;

#endif
