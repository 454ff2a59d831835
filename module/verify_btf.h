/* SPDX-License-Identifier: GPL-2.0 */
/* What the running kernel's BTF says; after ious_btf_open(). */
#ifndef IOUS_VERIFY_BTF_H
#define IOUS_VERIFY_BTF_H

#include <linux/types.h>

/* 0, -ENOENT: the kernel has none, -ENODEV: it cannot be read. */
int ious_btf_open(void);

/* Bytes of struct @type, or -ENOENT. */
s32 ious_btf_size(const char *type);

/* First bit of @member in struct @type, into unnamed members; or -ENOENT. */
s32 ious_btf_bit(const char *type, const char *member);

/*
 * Spells the prototype of function @name: a letter and the size in bytes for
 * numbers, the name and a star for pointers to structures. 0 or -ENOENT.
 */
int ious_btf_proto(const char *name, char *buf, size_t size);

/* @mask: the bits that the enumeration has, 32 or 64. */
typedef void ious_enumerator_fn(const char *name, u64 value, u64 mask);

/* Calls @fn for each enumerator of the kernel. */
void ious_btf_each_enumerator(ious_enumerator_fn *fn);

/* The parts of ious_verify() that are files of their own. */
int ious_verify_values(void);
int ious_verify_text(void);

#endif
