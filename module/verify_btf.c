// SPDX-License-Identifier: GPL-2.0
/*
 * Reads the running kernel's own types in its BTF: sizes, places of members,
 * prototypes and enumerators, by name. Only while the module is being loaded.
 */
#include <linux/btf.h>
#include <linux/err.h>
#include <linux/module.h>

#include "ious.h"
#include "symbols.h"
#include "verify_btf.h"

/* The kernel's own: it needs no put. */
static const struct btf *ious_btf;

int ious_btf_open(void)
{
	struct btf *btf;

	if (!IS_ENABLED(CONFIG_DEBUG_INFO_BTF) || ious_refused("btf") ||
	    !ious_btf_symbols_init())
		return -ENOENT;
	btf = ious_call(bpf_get_btf_vmlinux)();
	if (IS_ERR_OR_NULL(btf))
		return -ENODEV;
	ious_btf = btf;
	return 0;
}

static const char *ious_name(u32 offset)
{
	return ious_call(btf_name_by_offset)(ious_btf, offset);
}

static const struct btf_type *ious_find_type(const char *name, u8 kind)
{
	s32 id = ious_btf ? ious_call(btf_find_by_name_kind)(ious_btf, name,
							     kind) : -ENOENT;

	return id < 0 ? NULL : btf_type_by_id(ious_btf, id);
}

static bool ious_is_alias(const struct btf_type *type)
{
	switch (BTF_INFO_KIND(type->info)) {
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		return true;
	default:
		return false;
	}
}

static const struct btf_type *ious_skip(u32 id)
{
	const struct btf_type *type = btf_type_by_id(ious_btf, id);

	while (type && ious_is_alias(type))
		type = btf_type_by_id(ious_btf, type->type);
	return type;
}

/* The structure that a pointer points to; NULL if it is none. */
static const struct btf_type *ious_pointee(const struct btf_type *type)
{
	const struct btf_type *to;

	if (!type || !btf_type_is_ptr(type) || !type->type)
		return NULL;
	to = ious_skip(type->type);
	return to && btf_type_is_struct(to) ? to : NULL;
}

/* The member @name in @type, and its first bit, counted from @base. */
static const struct btf_member *ious_find_member(const struct btf_type *type,
						 const char *name, u32 base,
						 unsigned int depth, u32 *bit)
{
	const struct btf_member *member, *found;
	const struct btf_type *inner;
	u32 i;

	for_each_member(i, type, member) {
		*bit = base + __btf_member_bit_offset(type, member);
		if (!strcmp(ious_name(member->name_off), name))
			return member;
		if (*ious_name(member->name_off) || !depth)
			continue;
		inner = ious_skip(member->type);
		if (!inner || !btf_type_is_struct(inner))
			continue;
		found = ious_find_member(inner, name, *bit, depth - 1, bit);
		if (found)
			return found;
	}
	return NULL;
}

/* The depth of the search in members without a name. */
#define IOUS_BTF_DEPTH	3

static const struct btf_member *ious_member(const char *type,
					    const char *member, u32 *bit)
{
	const struct btf_type *found = ious_find_type(type, BTF_KIND_STRUCT);

	return found ? ious_find_member(found, member, 0, IOUS_BTF_DEPTH, bit) :
		       NULL;
}

s32 ious_btf_size(const char *type)
{
	const struct btf_type *found = ious_find_type(type, BTF_KIND_STRUCT);

	return found ? found->size : -ENOENT;
}

s32 ious_btf_bit(const char *type, const char *member)
{
	u32 bit;

	return ious_member(type, member, &bit) ? bit : -ENOENT;
}

int ious_btf_member(const char *type, const char *member, const char *pointee)
{
	const struct btf_member *found;
	const struct btf_type *to;
	u32 bit;

	found = ious_member(type, member, &bit);
	if (!found || bit % BITS_PER_BYTE)
		return -ENOENT;
	if (pointee) {
		to = ious_pointee(ious_skip(found->type));
		if (!to || strcmp(ious_name(to->name_off), pointee))
			return -EINVAL;
	}
	return bit / BITS_PER_BYTE;
}

static int ious_spell_int(const struct btf_type *type, char *buf, size_t size)
{
	u32 encoding = BTF_INT_ENCODING(*(u32 *)(type + 1));

	if (encoding & BTF_INT_BOOL)
		return scnprintf(buf, size, "b");
	return scnprintf(buf, size, "%c%u",
			 encoding & BTF_INT_SIGNED ? 's' : 'u', type->size);
}

static int ious_spell_type(u32 id, char *buf, size_t size)
{
	const struct btf_type *type = id ? ious_skip(id) : NULL;
	const struct btf_type *to;

	if (!type || BTF_INFO_KIND(type->info) == BTF_KIND_UNKN)
		return scnprintf(buf, size, "v");
	if (btf_type_is_ptr(type)) {
		to = ious_pointee(type);
		return scnprintf(buf, size, "%s*",
				 to ? ious_name(to->name_off) : "void");
	}
	if (btf_type_is_int(type))
		return ious_spell_int(type, buf, size);
	return scnprintf(buf, size, "?");
}

int ious_btf_proto(const char *name, char *buf, size_t size)
{
	const struct btf_type *func = ious_find_type(name, BTF_KIND_FUNC);
	const struct btf_type *proto;
	const struct btf_param *params;
	int len;
	u32 i;

	if (!func)
		return -ENOENT;
	proto = btf_type_by_id(ious_btf, func->type);
	params = (const struct btf_param *)(proto + 1);
	len = ious_spell_type(proto->type, buf, size);
	len += scnprintf(buf + len, size - len, "(");
	for (i = 0; i < btf_type_vlen(proto); i++) {
		if (i)
			len += scnprintf(buf + len, size - len, ",");
		len += ious_spell_type(params[i].type, buf + len, size - len);
	}
	scnprintf(buf + len, size - len, ")");
	return 0;
}

static void ious_each_enum(const struct btf_type *type, ious_enumerator_fn *fn)
{
	const struct btf_enum *e = (const struct btf_enum *)(type + 1);
	u32 i;

	for (i = 0; i < btf_type_vlen(type); i++)
		fn(ious_name(e[i].name_off), (u32)e[i].val, U32_MAX);
}

static void ious_each_enum64(const struct btf_type *type,
			     ious_enumerator_fn *fn)
{
	const struct btf_enum64 *e = (const struct btf_enum64 *)(type + 1);
	u32 i;

	for (i = 0; i < btf_type_vlen(type); i++)
		fn(ious_name(e[i].name_off),
		   (u64)e[i].val_hi32 << 32 | e[i].val_lo32, U64_MAX);
}

void ious_btf_each_enumerator(ious_enumerator_fn *fn)
{
	const struct btf_type *type;
	u32 id;

	/* 0 stands for void */
	for (id = 1; (type = btf_type_by_id(ious_btf, id)); id++) {
		if (BTF_INFO_KIND(type->info) == BTF_KIND_ENUM)
			ious_each_enum(type, fn);
		else if (BTF_INFO_KIND(type->info) == BTF_KIND_ENUM64)
			ious_each_enum64(type, fn);
	}
}
