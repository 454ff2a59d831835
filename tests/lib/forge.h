/* SPDX-License-Identifier: GPL-2.0 */
/* SQEs that look as much like ours as they can without being so. */
#ifndef IOUS_FORGE_H
#define IOUS_FORGE_H

#include "test.h"

/* Number 0's user_data, if that is not forged as well. */
#define FORGED	0x100000

/* How many there are, number @i of them in a zeroed SQE, and its name. */
unsigned int forged_nr(void);
void forge(struct io_uring_sqe *sqe, unsigned int i);
const char *forged_name(unsigned int i);

/* A file for NOPs that look at one. */
void forge_file(int fd);

/* This process has no child, and the module knows of no chain or request. */
bool nothing_was_made(void);

#endif
