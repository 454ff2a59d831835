/* SPDX-License-Identifier: GPL-2.0 */
/* The running kernel's BTF; after ious_btf_open(). */
#ifndef IOUS_VERIFY_BTF_H
#define IOUS_VERIFY_BTF_H

#include <linux/types.h>

/* 0, -ENOENT: the kernel has none, -ENODEV: it cannot be read. */
int ious_btf_open(void);

/* Bytes of struct @type, or -ENOENT. */
s32 ious_btf_size(const char *type);

/* First bit of @member in struct @type or its unnamed members; or -ENOENT. */
s32 ious_btf_bit(const char *type, const char *member);

/*
 * Byte in struct @type at which @member begins, by the running kernel's BTF:
 * -ENOENT if there is none, or no BTF; -EINVAL if it is no pointer to a struct
 * @pointee. If that is NULL, the type of the member does not matter.
 */
int ious_btf_member(const char *type, const char *member, const char *pointee);

/*
 * Spells the prototype of function @name: a letter and the size in bytes for
 * numbers, the name and a star for pointers to structures. 0 or -ENOENT.
 */
int ious_btf_proto(const char *name, char *buf, size_t size);

/* @mask: the bits that its values have, 32 or 64. */
typedef void ious_enumerator_fn(const char *name, u64 value, u64 mask);

/* Calls @fn for each enumerator of the kernel. */
void ious_btf_each_enumerator(ious_enumerator_fn *fn);

#endif
