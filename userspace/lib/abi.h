/* SPDX-License-Identifier: MIT */
/* What the module of this kernel knows. */
#ifndef IOUS_ABI_H
#define IOUS_ABI_H

/*
 * io_uring_spawn_abi() of the first time that there was a module; 0: there was none so
 * far, or no ring to ask.
 */
unsigned int ious_abi(void);

#endif
