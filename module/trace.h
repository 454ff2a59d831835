/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints for administrators, io_uring_spawn:* in tracefs. All but
 * ious_refuse come from the new process.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM io_uring_spawn

#if !defined(IOUS_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define IOUS_TRACE_H

#include <linux/tracepoint.h>

#include "outcome.h"
#include "request.h"
#include "state.h"

#define IOUS_TRACE_STAT(name)		TRACE_DEFINE_ENUM(IOUS_STAT_##name);
IOUS_STATS(IOUS_TRACE_STAT)
#define IOUS_TRACE_WHY(name, text)	TRACE_DEFINE_ENUM(IOUS_WHY_##name);
IOUS_WHYS(IOUS_TRACE_WHY)

#define IOUS_SHOW_STAT(name)		{ IOUS_STAT_##name, #name },
#define IOUS_SHOW_WHY(name, text)	{ IOUS_WHY_##name, text },
#define IOUS_SHOW_OP(NAME, name, inside)	{ IORING_OP_##NAME, #NAME },
#define IOUS_SHOW_OPCODE(opcode)					\
	__print_symbolic(opcode, IOUS_OPS(IOUS_SHOW_OP) { -1, NULL })

/* A process runs, and is about to complete CLONE. */
TRACE_EVENT(ious_chain_start,

	TP_PROTO(const struct ious_chain *chain),

	TP_ARGS(chain),

	TP_STRUCT__entry(
		__field(const void *,	ctx)
		__field(u64,		user_data)
		__field(pid_t,		submitter)
	),

	TP_fast_assign(
		__entry->ctx		= chain->ctx;
		__entry->user_data	= chain->clone->cqe.user_data;
		__entry->submitter	= chain->submitter->pid;
	),

	TP_printk("ring %p, user_data 0x%llx, submitter %d",
		  __entry->ctx, __entry->user_data, __entry->submitter)
);

/* A request is done, except for its CQE. */
TRACE_EVENT(ious_request,

	TP_PROTO(const struct io_kiocb *req, u8 opcode, bool failed),

	TP_ARGS(req, opcode, failed),

	TP_STRUCT__entry(
		__field(const void *,	ctx)
		__field(u64,		user_data)
		__field(u8,		opcode)
		__field(s32,		res)
		__field(bool,		failed)
	),

	TP_fast_assign(
		__entry->ctx		= req->ctx;
		__entry->user_data	= req->cqe.user_data;
		__entry->opcode		= opcode;
		__entry->res		= req->cqe.res;
		__entry->failed		= failed;
	),

	TP_printk("ring %p, user_data 0x%llx, opcode %u %s, result %d%s",
		  __entry->ctx, __entry->user_data, __entry->opcode,
		  IOUS_SHOW_OPCODE(__entry->opcode), __entry->res,
		  __entry->failed ? ", failed" : "")
);

/* EXEC has succeeded: the process is the new program. */
TRACE_EVENT(ious_exec,

	TP_PROTO(const struct ious_chain *chain),

	TP_ARGS(chain),

	TP_STRUCT__entry(
		__field(const void *,	ctx)
		__field(pid_t,		submitter)
		__array(char,		comm,	TASK_COMM_LEN)
	),

	TP_fast_assign(
		__entry->ctx		= chain->ctx;
		__entry->submitter	= chain->submitter->pid;
		memcpy(__entry->comm, current->comm, TASK_COMM_LEN);
	),

	TP_printk("ring %p, submitter %d, comm=%s",
		  __entry->ctx, __entry->submitter, __entry->comm)
);

/* The chain has ended; its process runs its program or exits. */
TRACE_EVENT(ious_chain_end,

	TP_PROTO(const struct ious_chain *chain, enum ious_stat how),

	TP_ARGS(chain, how),

	TP_STRUCT__entry(
		__field(const void *,	ctx)
		__field(unsigned int,	done)
		__field(unsigned int,	how)
	),

	TP_fast_assign(
		__entry->ctx		= chain->ctx;
		__entry->done		= chain->done;
		__entry->how		= how;
	),

	TP_printk("ring %p, %u requests ran, %s", __entry->ctx, __entry->done,
		  __print_symbolic(__entry->how, IOUS_STATS(IOUS_SHOW_STAT)
				   { -1, NULL }))
);

/* This module itself, and not the kernel, refuses a request. */
TRACE_EVENT(ious_refuse,

	TP_PROTO(const struct io_kiocb *req, u8 opcode, int res,
		 enum ious_why why),

	TP_ARGS(req, opcode, res, why),

	TP_STRUCT__entry(
		__field(const void *,	ctx)
		__field(u64,		user_data)
		__field(u8,		opcode)
		__field(s32,		res)
		__field(unsigned int,	why)
	),

	TP_fast_assign(
		__entry->ctx		= req->ctx;
		__entry->user_data	= req->cqe.user_data;
		__entry->opcode		= opcode;
		__entry->res		= res;
		__entry->why		= why;
	),

	TP_printk("ring %p, user_data 0x%llx, opcode %u %s, result %d: %s",
		  __entry->ctx, __entry->user_data, __entry->opcode,
		  IOUS_SHOW_OPCODE(__entry->opcode), __entry->res,
		  __print_symbolic(__entry->why, IOUS_WHYS(IOUS_SHOW_WHY)
				   { -1, NULL }))
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
