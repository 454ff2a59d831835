// SPDX-License-Identifier: GPL-2.0
/*
 * Headers of another build of the same version are the usual accident with
 * modules built on the machine, and nothing else would notice it: symbol
 * versions say nothing about structures behind functions that are not
 * exported. The kernel carries its own types, as BTF.
 */
#include <linux/btf.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/fdtable.h>
#include <linux/module.h>
#include <linux/sched/task.h>

#include "compat.h"
#include "hooks.h"
#include "ious.h"
#include "symbols.h"
#include "verify.h"

struct ious_field {
	const char *type, *member;
	/* where the member begins, or without one how large the type is */
	u32 bit, size;
};

#define IOUS_FIELD(_type, _member) {					\
	.type = #_type,							\
	.member = __stringify(_member),					\
	.bit = 8 * offsetof(struct _type, _member),			\
},
#define IOUS_SIZE(_type) {						\
	.type = #_type,							\
	.size = sizeof(struct _type),					\
},

static const struct ious_field ious_fields[] = {
	IOUS_SIZE(io_kiocb)
	IOUS_FIELD(io_kiocb, file)
	IOUS_FIELD(io_kiocb, cmd)
	IOUS_FIELD(io_kiocb, opcode)
	IOUS_FIELD(io_kiocb, flags)
	IOUS_FIELD(io_kiocb, cqe)
	IOUS_FIELD(io_kiocb, ctx)
	IOUS_FIELD(io_kiocb, IOUS_OWNER_FIELD)
	IOUS_FIELD(io_kiocb, refs)
	IOUS_FIELD(io_kiocb, io_task_work)
	IOUS_FIELD(io_kiocb, async_data)
	IOUS_FIELD(io_kiocb, link)
	IOUS_FIELD(io_kiocb, creds)
	IOUS_FIELD(io_kiocb, work)
	IOUS_SIZE(io_ring_ctx)
	IOUS_FIELD(io_ring_ctx, flags)
	IOUS_FIELD(io_ring_ctx, refs)
	IOUS_FIELD(io_ring_ctx, completion_lock)
	IOUS_FIELD(io_ring_ctx, rings)
	IOUS_FIELD(io_ring_ctx, sq_array)
	IOUS_FIELD(io_ring_ctx, sq_sqes)
	IOUS_FIELD(io_ring_ctx, cached_sq_head)
	IOUS_FIELD(io_ring_ctx, sq_entries)
	IOUS_FIELD(io_ring_ctx, cancel_seq)
	IOUS_FIELD(io_ring_ctx, personalities)
	IOUS_FIELD(io_ring_ctx, submit_state)
	IOUS_FIELD(io_ring_ctx, uring_lock)
	IOUS_CTX_FIELDS(IOUS_FIELD)
	IOUS_FIELD(io_submit_state, link)
	IOUS_FIELD(io_submit_link, head)
	IOUS_FIELD(io_rings, sq)
	IOUS_SIZE(io_wq_work)
	IOUS_FIELD(io_wq_work, list)
	IOUS_FIELD(io_wq_work, flags)
	IOUS_FIELD(io_wq_work, cancel_seq)
	IOUS_FIELD(io_task_work, func)
	IOUS_FIELD(io_cqe, res)
	IOUS_FIELD(io_cqe, flags)
	IOUS_FIELD(io_uring_task, inflight_tracked)
	IOUS_TCTX_FIELDS(IOUS_FIELD)
	IOUS_SIZE(kernel_clone_args)
	IOUS_FIELD(kernel_clone_args, flags)
	IOUS_FIELD(kernel_clone_args, exit_signal)
	IOUS_FIELD(kernel_clone_args, stack_size)
	IOUS_FIELD(kernel_clone_args, pidfd)
	IOUS_FIELD(kernel_clone_args, parent_tid)
	IOUS_FIELD(kernel_clone_args, set_tid)
	IOUS_FIELD(kernel_clone_args, set_tid_size)
	IOUS_FIELD(kernel_clone_args, cgroup)
	IOUS_FIELD(kernel_clone_args, fn)
	IOUS_FIELD(kernel_clone_args, fn_arg)
	IOUS_SIZE(task_struct)
	IOUS_FIELD(task_struct, flags)
	IOUS_FIELD(task_struct, ptrace)
	IOUS_FIELD(task_struct, parent)
	IOUS_FIELD(task_struct, jobctl)
	IOUS_FIELD(task_struct, exit_signal)
	IOUS_FIELD(task_struct, exit_state)
	IOUS_FIELD(task_struct, ptracer_cred)
	IOUS_FIELD(task_struct, vfork_done)
	IOUS_FIELD(task_struct, signal)
	IOUS_FIELD(signal_struct, flags)
	IOUS_FIELD(task_struct, self_exec_id)
	IOUS_FIELD(task_struct, real_cred)
	IOUS_FIELD(task_struct, cred)
	IOUS_FIELD(task_struct, files)
	IOUS_FIELD(task_struct, sighand)
	IOUS_FIELD(task_struct, mm)
	IOUS_FIELD(task_struct, pending)
	IOUS_FIELD(task_struct, blocked)
	IOUS_FIELD(task_struct, saved_sigmask)
	IOUS_FIELD(task_struct, io_uring)
	IOUS_FIELD(task_struct, task_works)
	IOUS_FIELD(task_struct, seccomp)
	IOUS_FIELD(seccomp_filter, prev)
	IOUS_FIELD(seccomp_filter, prog)
	IOUS_FIELD(files_struct, count)
	IOUS_FIELD(cred, user_ns)
	IOUS_FIELD(cred, ucounts)
	IOUS_SMP_FIELDS(IOUS_FIELD)
};

/* io_try_cancel()'s second argument begins with the ring: see cancel.c. */
static const struct ious_field ious_cancel_data_ctx = {
	.type = "io_cancel_data", .member = "ctx",
};

/* Fields of one bit have no offsetof(): it is looked for at load. */
#define IOUS_BITS(X)							\
	X(task_struct, in_execve)					\
	X(task_struct, frozen)						\
	IOUS_CTX_BITS(X)

#define IOUS_BIT_DEFINE(_type, _member)					\
static const struct _type ious_bit_##_member __initconst = { ._member = 1 };
IOUS_BITS(IOUS_BIT_DEFINE)

#define IOUS_BIT_ROW(_type, _member) {					\
	.type = #_type,							\
	.member = #_member,						\
	.image = (const u8 *)&ious_bit_##_member,			\
	.size = sizeof(struct _type),					\
},

struct ious_bit {
	const char *type, *member;
	/* of the type, with nothing but this member set */
	const u8 *image;
	size_t size;
};

static const struct ious_bit ious_bits[] __initconst = {
	IOUS_BITS(IOUS_BIT_ROW)
};

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

static const struct btf_type *ious_skip(const struct btf *btf, u32 id)
{
	const struct btf_type *type = btf_type_by_id(btf, id);

	while (type && ious_is_alias(type))
		type = btf_type_by_id(btf, type->type);
	return type;
}

/* First bit of @name below @type at @base, into unnamed members; or -1. */
static s32 ious_find_member(const struct btf *btf, const struct btf_type *type,
			    const char *name, u32 base, unsigned int depth)
{
	const struct btf_member *member;
	const char *found;
	u32 i, offset;
	s32 ret;

	for_each_member(i, type, member) {
		offset = base + __btf_member_bit_offset(type, member);
		found = ious_call(btf_name_by_offset)(btf, member->name_off);
		if (!strcmp(found, name))
			return offset;
		if (*found || !depth)
			continue;
		if (!btf_type_is_struct(ious_skip(btf, member->type)))
			continue;
		ret = ious_find_member(btf, ious_skip(btf, member->type),
				       name, offset, depth - 1);
		if (ret >= 0)
			return ret;
	}
	return -1;
}

static int ious_verify_field(const struct btf *btf,
			     const struct ious_field *field)
{
	const struct btf_type *type;
	char name[64];
	s32 id, offset;

	snprintf(name, sizeof(name), "%s%s%s", field->type,
		 field->member ? "." : "", field->member ?: "");
	id = ious_call(btf_find_by_name_kind)(btf, field->type,
					      BTF_KIND_STRUCT);
	if (id < 0) {
		pr_err("refusing this kernel: it has no struct %s\n",
		       field->type);
		return -ENODEV;
	}
	type = btf_type_by_id(btf, id);
	if (!field->member) {
		if (type->size == field->size && !ious_refused(name))
			return 0;
		pr_err("refusing this kernel: struct %s has %u bytes, built for %u\n",
		       name, type->size, field->size);
		return -ENODEV;
	}
	offset = ious_find_member(btf, type, field->member, 0, 3);
	if (offset == field->bit && !ious_refused(name))
		return 0;
	pr_err("refusing this kernel: %s is at bit %d, built for %u\n", name,
	       offset, field->bit);
	return -ENODEV;
}

/*
 * Spells a type: a letter and the size in bytes for numbers, the name and a
 * star for pointers to structures.
 */
static int ious_spell_type(const struct btf *btf, u32 id, char *buf,
			   size_t size)
{
	const struct btf_type *type = id ? ious_skip(btf, id) : NULL;

	if (!type || BTF_INFO_KIND(type->info) == BTF_KIND_UNKN)
		return scnprintf(buf, size, "v");
	if (btf_type_is_ptr(type)) {
		const struct btf_type *to = type->type ?
					    ious_skip(btf, type->type) : NULL;

		if (!to || !btf_type_is_struct(to))
			return scnprintf(buf, size, "void*");
		return scnprintf(buf, size, "%s*",
				 ious_call(btf_name_by_offset)(btf, to->name_off));
	}
	if (btf_type_is_int(type)) {
		u32 encoding = BTF_INT_ENCODING(*(u32 *)(type + 1));

		if (encoding & BTF_INT_BOOL)
			return scnprintf(buf, size, "b");
		return scnprintf(buf, size, "%c%u",
				 encoding & BTF_INT_SIGNED ? 's' : 'u',
				 type->size);
	}
	return scnprintf(buf, size, "?");
}

static int ious_spell_proto(const struct btf *btf, const char *name, char *buf,
			    size_t size)
{
	s32 id = ious_call(btf_find_by_name_kind)(btf, name, BTF_KIND_FUNC);
	const struct btf_type *proto;
	const struct btf_param *params;
	int len;
	u32 i;

	if (id < 0)
		return -ENOENT;
	proto = btf_type_by_id(btf, btf_type_by_id(btf, id)->type);
	params = (const struct btf_param *)(proto + 1);
	len = ious_spell_type(btf, proto->type, buf, size);
	len += scnprintf(buf + len, size - len, "(");
	for (i = 0; i < btf_type_vlen(proto); i++) {
		if (i)
			len += scnprintf(buf + len, size - len, ",");
		len += ious_spell_type(btf, params[i].type, buf + len,
				       size - len);
	}
	scnprintf(buf + len, size - len, ")");
	return 0;
}

/* @want may name more than one, with | between them. */
static bool ious_proto_is(const char *have, const char *want)
{
	size_t len = strlen(have);

	for (; want; want = strchr(want, '|')) {
		want += *want == '|';
		if (!strncmp(have, want, len) &&
		    (!want[len] || want[len] == '|'))
			return true;
	}
	return false;
}

static int ious_verify_proto(const struct btf *btf, const char *name,
			     const char *want)
{
	char have[128] = "none", key[64];

	snprintf(key, sizeof(key), "%s()", name);
	if (!ious_spell_proto(btf, name, have, sizeof(have)) &&
	    ious_proto_is(have, want) && !ious_refused(key))
		return 0;
	pr_err("refusing this kernel: %s is %s, built for %s\n", name, have,
	       want);
	return -ENODEV;
}

static int ious_verify_functions(const struct btf *btf)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && i < ious_nr_symbols; i++)
		if (ious_symbols[i].proto)
			ret = ious_verify_proto(btf, ious_symbols[i].name,
						ious_symbols[i].proto);
	for (i = 0; !ret && i < ious_nr_hooks; i++)
		ret = ious_verify_proto(btf, ious_hooks[i].name,
					ious_hooks[i].proto);
	return ret;
}

static int ious_verify_put_work(const struct btf *btf)
{
	if (ious_symbol_lookup("io_wq_put_work"))
		return ious_verify_proto(btf, "io_wq_put_work",
					 "b(io_wq_work*,void*)") ?:
		       ious_verify_proto(btf, "io_wq_free_work",
					 "v(io_wq_work*)");
	return ious_verify_proto(btf, "io_wq_free_work",
				 "io_wq_work*(io_wq_work*)");
}

static int __init ious_verify_bit(const struct btf *btf,
				  const struct ious_bit *bit)
{
	struct ious_field field = { .type = bit->type, .member = bit->member };
	size_t i;

	for (i = 0; i < bit->size; i++)
		if (bit->image[i])
			field.bit = 8 * i + __ffs(bit->image[i]);
	return ious_verify_field(btf, &field);
}

int __init ious_verify(void)
{
	struct btf *btf;
	unsigned int i;
	int ret;

	if (!IS_ENABLED(CONFIG_DEBUG_INFO_BTF)) {
		pr_warn("this kernel has no BTF to compare the build with\n");
		return 0;
	}
	btf = ious_call(bpf_get_btf_vmlinux)();
	if (IS_ERR_OR_NULL(btf)) {
		pr_err("refusing this kernel: its BTF cannot be read\n");
		return -ENODEV;
	}
	ret = ious_verify_functions(btf);
	if (!ret)
		ret = ious_verify_put_work(btf);
	if (!ret)
		ret = ious_verify_field(btf, &ious_cancel_data_ctx);
	for (i = 0; !ret && i < ARRAY_SIZE(ious_fields); i++)
		ret = ious_verify_field(btf, &ious_fields[i]);
	for (i = 0; !ret && i < ARRAY_SIZE(ious_bits); i++)
		ret = ious_verify_bit(btf, &ious_bits[i]);
	return ret;
}
