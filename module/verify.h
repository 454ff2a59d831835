/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IOUS_VERIFY_H
#define IOUS_VERIFY_H

#include <linux/types.h>

/*
 * Compares the running kernel with the headers that the module was built
 * with: prototypes of the functions that it calls or hooks, places of the fields that
 * it touches, values that it knows by name. Checks that the callers of hooked functions
 * call them. 0, or -ENODEV with a line in the log.
 */
int ious_verify(void);

#endif
