// SPDX-License-Identifier: GPL-2.0
/*
 * Headers of another build of the same version are the usual accident with
 * modules built on the machine. Symbol versions would not notice it: they say nothing
 * about structures behind functions that are not exported. The kernel carries its own
 * types, as BTF.
 */
#include <linux/cred.h>
#include <linux/fdtable.h>
#include <linux/module.h>
#include <linux/sched/task.h>

#include "cancel.h"
#include "compat.h"
#include "hooks.h"
#include "ious.h"
#include "names.h"
#include "symbols.h"
#include "verify.h"
#include "verify_btf.h"
#include "verify_text.h"
#include "verify_values.h"

static bool unverified;
module_param(unverified, bool, 0444);
MODULE_PARM_DESC(unverified, "1: load even if the kernel has no BTF to compare the build with; 0 (default): refuse it");

struct ious_field {
	const char *type, *member;
	/* where the member begins; without a member, the size of the type */
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

/* The core's own, of which cancel.h has a copy. */
#define IOUS_CANCEL_FIELD(_member) {					\
	.type = "io_cancel_data",					\
	.member = #_member,						\
	.bit = 8 * offsetof(struct ious_cancel_data, _member),		\
},

static const struct ious_field ious_fields[] = {
	IOUS_CANCEL_FIELD(ctx)
	IOUS_CANCEL_FIELD(data)
	IOUS_CANCEL_FIELD(opcode)
	IOUS_CANCEL_FIELD(flags)
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
	IOUS_FIELD(io_ring_ctx, sq_creds)
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
	IOUS_FIELD(io_uring_task, registered_rings)
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
	IOUS_FIELD(task_struct, pid)
	IOUS_FIELD(task_struct, comm)
	IOUS_FIELD(task_struct, start_time)
	IOUS_FIELD(task_struct, thread_node)
	IOUS_FIELD(task_struct, jobctl)
	IOUS_FIELD(task_struct, exit_signal)
	IOUS_FIELD(task_struct, exit_state)
	IOUS_FIELD(task_struct, ptracer_cred)
	IOUS_FIELD(task_struct, vfork_done)
	IOUS_FIELD(task_struct, worker_private)
	IOUS_FIELD(task_struct, signal)
	IOUS_FIELD(signal_struct, flags)
	IOUS_FIELD(signal_struct, thread_head)
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
	IOUS_FIELD(files_struct, fdt)
	IOUS_FIELD(filename, name)
	IOUS_FIELD(filename, aname)
	IOUS_FIELD(cred, user_ns)
	IOUS_FIELD(cred, ucounts)
	IOUS_FIELD(cred, fsgid)
	IOUS_FIELD(cred, securebits)
	IOUS_FIELD(cred, cap_ambient)
	IOUS_FIELD(cred, group_info)
	IOUS_AUDIT_FIELDS(IOUS_FIELD)
	IOUS_SMP_FIELDS(IOUS_FIELD)
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
	/* an object of the type that has only this member set */
	const u8 *image;
	size_t size;
};

static const struct ious_bit ious_bits[] __initconst = {
	IOUS_BITS(IOUS_BIT_ROW)
};

static int ious_verify_size(const struct ious_field *field)
{
	s32 size = ious_btf_size(field->type);

	if (size == field->size && !ious_refused(field->type))
		return 0;
	pr_err("refusing this kernel: struct %s has %d bytes, built for %u\n",
	       field->type, size, field->size);
	return -ENODEV;
}

static int ious_verify_field(const struct ious_field *field)
{
	char name[64];
	s32 bit;

	if (!field->member)
		return ious_verify_size(field);
	snprintf(name, sizeof(name), "%s.%s", field->type, field->member);
	bit = ious_btf_bit(field->type, field->member);
	if (bit == field->bit && !ious_refused(name))
		return 0;
	pr_err("refusing this kernel: %s is at bit %d, built for %u\n", name,
	       bit, field->bit);
	return -ENODEV;
}

/* @want may have several, with | between them. */
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

#define IOUS_PROTO_SIZE	128

static bool ious_has_proto(const char *name, const char *want, char *have)
{
	char key[64];

	snprintf(key, sizeof(key), "%s()", name);
	return !ious_btf_proto(name, have, IOUS_PROTO_SIZE) &&
	       ious_proto_is(have, want) && !ious_refused(key);
}

static int ious_verify_proto(const char *name, const char *want)
{
	char have[IOUS_PROTO_SIZE] = "none";

	if (ious_has_proto(name, want, have))
		return 0;
	pr_err("refusing this kernel: %s is %s, built for %s\n", name, have,
	       want);
	return -ENODEV;
}

static int ious_verify_functions(void)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && i < ious_nr_symbols; i++)
		if (ious_symbols[i].proto)
			ret = ious_verify_proto(ious_symbols[i].name,
						ious_symbols[i].proto);
	for (i = 0; !ret && i < ious_nr_hooks; i++)
		ret = ious_verify_proto(ious_hooks[i].name,
					ious_hooks[i].proto);
	return ret;
}

static int ious_verify_put_work(void)
{
	if (ious_symbol_lookup("io_wq_put_work"))
		return ious_verify_proto("io_wq_put_work",
					 "b(io_wq_work*,void*)") ?:
		       ious_verify_proto("io_wq_free_work",
					 "v(io_wq_work*)");
	return ious_verify_proto("io_wq_free_work",
				 "io_wq_work*(io_wq_work*)");
}

/* A kernel is not refused for it: the core can do the same, only slower. */
static void ious_verify_add_work(void)
{
	const char *name = ious_add_work_name();
	char have[IOUS_PROTO_SIZE];

	if (name && !ious_has_proto(name, "v(io_kiocb*,u4)", have))
		ious_forget_add_work();
}

static int __init ious_verify_bit(const struct ious_bit *bit)
{
	struct ious_field field = { .type = bit->type, .member = bit->member };
	size_t i;

	for (i = 0; i < bit->size; i++)
		if (bit->image[i])
			field.bit = 8 * i + __ffs(bit->image[i]);
	return ious_verify_field(&field);
}

static int __init ious_verify_fields(void)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && i < ARRAY_SIZE(ious_fields); i++)
		ret = ious_verify_field(&ious_fields[i]);
	for (i = 0; !ret && i < ARRAY_SIZE(ious_bits); i++)
		ret = ious_verify_bit(&ious_bits[i]);
	return ret;
}

static int __init ious_verify_all(void)
{
	ious_verify_add_work();
	return ious_verify_functions() ?:
	       ious_verify_put_work() ?:
	       ious_verify_fields() ?:
	       ious_names_init() ?:
	       ious_verify_values() ?:
	       ious_verify_text();
}

int __init ious_verify(void)
{
	int ret = ious_btf_open();

	if (!ret)
		return ious_verify_all();
	if (ret == -ENOENT && unverified) {
		ious_forget_add_work();
		pr_warn("this kernel has no BTF to compare the build with\n");
		return 0;
	}
	if (ret == -ENOENT)
		pr_err("refusing this kernel: it has no BTF to compare the build with (unverified=1 loads without it)\n");
	else
		pr_err("refusing this kernel: its BTF cannot be read\n");
	return -ENODEV;
}
