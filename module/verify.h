/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IOUS_VERIFY_H
#define IOUS_VERIFY_H

#include <linux/types.h>

/*
 * Compares the running kernel with the headers that the module was built
 * with: prototypes of the functions that it calls or hooks, place of the
 * fields that it touches, values that it knows by name; and whether what it
 * hooks is called wherever it should be. 0, or -ENODEV with a line in the log.
 */
int ious_verify(void);

/*
 * Byte in struct @type at which @member begins, by the running kernel's BTF:
 * -ENOENT if there is none, or no BTF; -EINVAL if it is no pointer to a struct
 * @pointee, which may be NULL: of whatever type.
 */
int ious_btf_member(const char *type, const char *member, const char *pointee);

#endif
