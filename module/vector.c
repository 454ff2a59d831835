// SPDX-License-Identifier: GPL-2.0
/*
 * IORING_SYSCALL_VECTOR: a row of system calls in one request.
 *
 * The array is in memory that the process shares with its submitter, which may
 * change it at any time. So an entry is copied once, just before its call, and all
 * checks look at the copy. An argument that is the result of an earlier call is read
 * from the array: a submitter that changes it could as well have given the number.
 *
 * The memory may make the process wait, as a userfault does; a fatal signal ends
 * that. Between two calls the process does what it does between two requests: it
 * freezes, it runs task work, it closes the ring, it ends if it was killed.
 */
#include <linux/err.h>
#include <linux/limits.h>
#include <linux/nospec.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <linux/io_uring_spawn.h>

#include "call.h"
#include "chain.h"
#include "freeze.h"
#include "request.h"
#include "rings.h"
#include "seccomp.h"
#include "state.h"
#include "vector.h"

#define IOUS_CALL_FLAGS	(IORING_CALL_IGNORE | IORING_CALL_UNLESS)

static_assert(sizeof(struct io_uring_call) == 64);
static_assert(sizeof_field(struct io_uring_call, args) ==
	      sizeof_field(struct ious_call_args, args));

/* One entry: where the array is, which one it is, the copy. */
struct ious_entry {
	struct io_kiocb *req;
	struct io_uring_call __user *array;
	unsigned int index;
	/* a call was made since the process last looked around */
	bool made;
	struct io_uring_call call;
};

static bool ious_entry_valid(const struct io_uring_call *call)
{
	if (call->flags & ~IOUS_CALL_FLAGS || call->arg >= IOUS_NR_ARGS)
		return false;
	return call->back || !(call->arg || call->flags & IORING_CALL_UNLESS);
}

/* The result that an argument is to be: of a call, or of a request before them. */
static int ious_entry_result(const struct ious_entry *entry, s64 *result)
{
	unsigned int back = entry->call.back;
	s32 res;
	int ret;

	if (back <= entry->index) {
		if (get_user(*result,
			     &entry->array[entry->index - back].result))
			return ious_fault();
	} else {
		ret = ious_chain_result(ious_cmd(entry->req)->chain,
					back - entry->index, &res);
		if (ret)
			return ret;
		*result = res;
	}
	return *result < 0 ? -EINVAL : 0;
}

/* Makes the call of @entry; its result. */
static long ious_entry_make(struct ious_entry *entry, ious_make_fn *make)
{
	struct io_uring_call *call = &entry->call;
	struct ious_call_args args = { .nr = call->nr };
	unsigned int arg;
	s64 result;
	long ret;

	if (call->back) {
		arg = array_index_nospec(call->arg, IOUS_NR_ARGS);
		ret = ious_entry_result(entry, &result);
		if (ret)
			return ret;
		if (call->flags & IORING_CALL_UNLESS &&
		    call->args[arg] == result)
			return 0;
		call->args[arg] = result;
	}
	memcpy(args.args, call->args, sizeof(args.args));
	entry->made = true;
	ret = make(entry->req, &args);
	/* codes of the kernel's own, which a seccomp filter may give */
	if (ret == IOUS_ISSUE_SKIP)
		return -EINVAL;
	return IS_ERR_VALUE(ret) ? ious_fixup_restart(ret) : ret;
}

/* 0, or what ends the row: a process that has to die for its call has no good row. */
static int ious_entry_run(struct ious_entry *entry, ious_make_fn *make)
{
	struct io_uring_call __user *from = &entry->array[entry->index];
	bool valid, ignore;
	long ret;

	if (copy_from_user(&entry->call, from, sizeof(entry->call)))
		return ious_fault();
	valid = ious_entry_valid(&entry->call);
	ignore = valid && entry->call.flags & IORING_CALL_IGNORE;
	ret = valid ? ious_entry_make(entry, make) : -EINVAL;
	ignore = ignore && !ious_seccomp_condemned();
	if (put_user(ret, &from->result) && (!IS_ERR_VALUE(ret) || ignore))
		return ious_fault();
	return IS_ERR_VALUE(ret) && !ignore ? ret : 0;
}

bool ious_between_calls(struct ious_chain *chain)
{
	ious_close_ring(chain);
	ious_freeze_point();
	ious_run_task_work();
	return !ious_chain_killed(chain) && !ious_seccomp_condemned();
}

int ious_vector_run(struct io_kiocb *req, u64 addr, unsigned int nr,
		    ious_make_fn *make)
{
	struct ious_entry entry = {
		.req = req, .array = u64_to_user_ptr(addr),
	};
	int ret;

	for (; entry.index < nr; entry.index++) {
		if (entry.made && !ious_between_calls(ious_cmd(req)->chain))
			return -EINTR;
		entry.made = false;
		ret = ious_entry_run(&entry, make);
		if (ret)
			return ret;
	}
	return nr;
}
