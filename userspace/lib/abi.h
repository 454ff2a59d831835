/* SPDX-License-Identifier: MIT */
/* What the module of this kernel knows. */
#ifndef IOUS_ABI_H
#define IOUS_ABI_H

#include <io_uring_spawn.h>

/*
 * io_uring_spawn_abi() of the first time that there was a module; 0: there was none so
 * far, or no ring to ask.
 */
unsigned int ious_abi(void);
/* The same by a ring that there is: one more takes a descriptor, which may lack. */
unsigned int ious_abi_by(struct io_uring *ring);

#endif
