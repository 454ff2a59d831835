/* SPDX-License-Identifier: GPL-2.0 */
/* Processes that have the memory of this one. */
#ifndef IOUS_SHARERS_H
#define IOUS_SHARERS_H

#include <stdbool.h>

/* How many there are at this moment; needs root. */
int sharers(void);
/* No others; else they are noted. */
bool shared_by_none(void);

#endif
