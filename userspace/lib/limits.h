/* SPDX-License-Identifier: MIT */
/* What people call the limits of setrlimit(2): RLIMIT_NOFILE is "nofile". */
#ifndef IOUS_LIMITS_H
#define IOUS_LIMITS_H

#include <stddef.h>

/* "?" for a number that is none. */
const char *ious_limit_name(int resource);
/* The limit whose name is the first @length bytes of @name, in any case; -1: none. */
int ious_limit_find(const char *name, size_t length);

#endif
