/* SPDX-License-Identifier: GPL-2.0 */
/* A program whose exec fails when there is no way back. */
#ifndef IOUS_BROKEN_H
#define IOUS_BROKEN_H

#include "test.h"

/* Writes it: /tests/tiny, whose segments have more in the file than in memory. */
void make_broken(const char *path);

#endif
