// SPDX-License-Identifier: MIT
#include "pack.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>

/* The most that a step becomes, and the result of a call that was not made. */
#define MOST_CALLS	3
#define UNMADE		LLONG_MIN

#define LINKS		(IOSQE_IO_LINK | IOSQE_IO_HARDLINK)

/* As libc does it, which filters may know: dup2(2) where there is one. */
#ifdef __NR_dup2
#define NR_DUP2		__NR_dup2
#else
#define NR_DUP2		__NR_dup3
#endif

/* By value, here and below: what is stored into a pack could not change a copy. */
static struct io_uring_sqe *sqe_at(struct ious_pack_sqes sqes, unsigned int i)
{
	return sqes.sqes + ((sqes.tail + i) & sqes.mask);
}

static void set_call(struct io_uring_spawn_call *call, unsigned int nr,
		     long a, unsigned long b, unsigned long c, unsigned long d)
{
	memset(call, 0, sizeof(*call));
	call->nr = nr;
	call->args[0] = a;
	call->args[1] = b;
	call->args[2] = c;
	call->args[3] = d;
}

/* ---- requests as calls: the number of calls, 0 for those that cannot be any */

static unsigned int syscall_call(struct io_uring_spawn_call *call,
				 const struct io_uring_sqe *sqe)
{
	if (sqe->rw_flags || sqe->file_index)
		return 0;
	io_uring_spawn_call_of(call, sqe);
	return 1;
}

/* To where it is already: it only stays open in the program. */
static unsigned int dup_call(struct io_uring_spawn_call *call,
			     const struct io_uring_sqe *sqe)
{
	int from = sqe->fd, to = sqe->len;

	if (sqe->rw_flags || sqe->file_index)
		return 0;
	if (from == to)
		set_call(call, __NR_fcntl, from, F_SETFD, 0, 0);
	else
		set_call(call, NR_DUP2, from, to, 0, 0);
	return 1;
}

/* What is moved is not close-on-exec, wherever it is opened. */
static void open_call(struct io_uring_spawn_call *call,
		      const struct io_uring_sqe *sqe)
{
	set_call(call, __NR_openat, sqe->fd, sqe->addr,
		 sqe->open_flags & ~O_CLOEXEC, sqe->len);
}

/* dup2(2) and close(2), unless it was opened where it is to be. */
static void move_calls(struct io_uring_spawn_call call[2],
		       const struct io_uring_sqe *sqe)
{
	int to = sqe->len, i;

	set_call(&call[0], NR_DUP2, to, to, 0, 0);
	set_call(&call[1], __NR_close, to, 0, 0, 0);
	for (i = 0; i < 2; i++) {
		call[i].flags = IO_URING_SPAWN_CALL_UNLESS;
		call[i].back = i + 1;
	}
}

static bool is_move(const struct io_uring_sqe *sqe)
{
	return sqe->opcode == IO_URING_SPAWN_OP_DUP && sqe->file_index == 1 &&
	       sqe->rw_flags == IO_URING_SPAWN_DUP_MOVE &&
	       !(sqe->flags & ~IOSQE_IO_LINK);
}

/* ---- the chain */

static void count_calls(struct ious_pack *pack, unsigned int i, unsigned int nr,
			bool ignore)
{
	struct io_uring_spawn_call *call = &pack->calls[pack->nr_calls];

	pack->calls_of[i] = nr;
	pack->nr_calls += nr;
	for (; nr; nr--, call++) {
		call->result = UNMADE;
		if (ignore)
			call->flags |= IO_URING_SPAWN_CALL_IGNORE;
	}
}

/*
 * Request @i becomes calls at the end of those that there are, with the one behind it
 * if that moves what it opens. The number of such requests, 0: it cannot.
 */
static unsigned int add_calls(struct ious_pack *pack,
			      struct ious_pack_sqes sqes, unsigned int i)
{
	const struct io_uring_sqe *sqe = sqe_at(sqes, i), *next = NULL;
	struct io_uring_spawn_call *call = &pack->calls[pack->nr_calls];
	unsigned int nr = 0;

	if (pack->nr_calls + MOST_CALLS > IOUS_PACK_CALLS ||
	    sqe->flags & ~LINKS)
		return 0;
	if (i + 1 < sqes.nr)
		next = sqe_at(sqes, i + 1);
	if (sqe->opcode == IORING_OP_OPENAT &&
	    !(sqe->flags & IOSQE_IO_HARDLINK) && next && is_move(next)) {
		open_call(call, sqe);
		move_calls(call + 1, next);
		count_calls(pack, i, 1, false);
		count_calls(pack, i + 1, 2, false);
		return 2;
	}
	if (sqe->opcode == IO_URING_SPAWN_OP_SYSCALL)
		nr = syscall_call(call, sqe);
	else if (sqe->opcode == IO_URING_SPAWN_OP_DUP)
		nr = dup_call(call, sqe);
	count_calls(pack, i, nr, sqe->flags & IOSQE_IO_HARDLINK);
	return nr;
}

/* A row of calls from request @i on; the number of requests that it is made of. */
static unsigned int add_row(struct ious_pack *pack, struct ious_pack_sqes sqes,
			    unsigned int i)
{
	unsigned int before = pack->nr_calls, first = i, nr;

	do {
		nr = add_calls(pack, sqes, i);
		i += nr;
	} while (nr && i < sqes.nr);
	if (i - first >= 2)
		return i - first;
	/* it is as good as it was */
	pack->nr_calls = before;
	pack->calls_of[first] = 0;
	return 0;
}

/* The mask of a request that sets all of it; NULL: it does something else. */
static const sigset_t *whole_mask(const struct io_uring_sqe *sqe)
{
	struct io_uring_spawn_call call;

	if (sqe->opcode != IO_URING_SPAWN_OP_SYSCALL ||
	    !syscall_call(&call, sqe) || call.nr != __NR_rt_sigprocmask ||
	    call.args[0] != IO_URING_SPAWN_SIG_SETMASK || call.args[2] ||
	    call.args[3] != IO_URING_SPAWN_SIGSET_SIZE)
		return NULL;
	return (const sigset_t *)(uintptr_t)call.args[1];
}

/* Nothing is between CLONE and the request behind it that the mask could matter to. */
static bool mask_clone(struct ious_pack_sqes sqes)
{
	struct io_uring_sqe *clone = sqe_at(sqes, 0);
	const sigset_t *mask;

	if (sqes.nr < 2 || clone->opcode != IO_URING_SPAWN_OP_CLONE)
		return false;
	mask = whole_mask(sqe_at(sqes, 1));
	if (mask)
		io_uring_spawn_sqe_set_clone_mask(clone, mask);
	return mask;
}

void ious_pack(struct ious_pack *pack, struct ious_pack_sqes sqes, bool few)
{
	unsigned int i, call, nr;
	struct io_uring_sqe *to;

	pack->nr = 0;
	pack->nr_calls = 0;
	pack->nr_before = sqes.nr;
	pack->masked = few && mask_clone(sqes);
	if (pack->masked) {
		memset(pack->at, 0, 2);
		memset(pack->calls_of, 0, 2);
		pack->nr = 1;
	}
	for (i = pack->masked ? 2 : 0; i < sqes.nr; i += nr) {
		call = pack->nr_calls;
		pack->calls_of[i] = 0;
		nr = few ? add_row(pack, sqes, i) : 0;
		memset(&pack->at[i], pack->nr, nr ? nr : 1);
		to = sqe_at(sqes, pack->nr++);
		if (nr) {
			io_uring_spawn_prep_syscalls(to, &pack->calls[call],
						     pack->nr_calls - call);
			continue;
		}
		if (to != sqe_at(sqes, i))
			*to = *sqe_at(sqes, i);
		nr = 1;
	}
}

/* ---- results */

/*
 * Of the calls of one request in a row that gave @res; *@ended becomes true if the row
 * has ended with it.
 */
static int result_of(const struct io_uring_spawn_call *call, unsigned int nr,
		     int res, bool *ended)
{
	for (; nr; nr--, call++) {
		if (call->result != UNMADE && call->result >= 0)
			continue;
		if (call->result == UNMADE)
			*ended = true;
		else
			res = call->result;
		if (!(call->flags & IO_URING_SPAWN_CALL_IGNORE))
			*ended = true;
		return res;
	}
	return call[-1].result;
}

/* Every request went well, and with a row all of its calls that matter. */
static bool all_went_well(const struct ious_pack *pack, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (pack->res[i] < 0)
			return false;
	return nr == pack->nr;
}

static unsigned int good_results(const struct ious_pack *pack, int *res)
{
	unsigned int i, nr = pack->nr_before;

	for (i = 0; i < nr; i++)
		res[i] = pack->calls_of[i] ? 0 : pack->res[pack->at[i]];
	if (pack->masked)
		res[1] = 0;
	return nr;
}

unsigned int ious_pack_results(const struct ious_pack *pack, unsigned int nr,
			       int *res)
{
	const struct io_uring_spawn_call *call = pack->calls;
	bool ended = false;
	unsigned int i;

	if (all_went_well(pack, nr))
		return good_results(pack, res);
	for (i = 0; i < pack->nr_before && pack->at[i] < nr; i++) {
		if (!i || pack->at[i] != pack->at[i - 1])
			ended = false;
		if (!pack->calls_of[i])
			res[i] = pack->res[pack->at[i]];
		else if (ended)
			res[i] = -ECANCELED;
		else
			res[i] = result_of(call, pack->calls_of[i],
					   pack->res[pack->at[i]], &ended);
		call += pack->calls_of[i];
	}
	if (pack->masked && i > 1)
		res[1] = res[0] < 0 ? -ECANCELED : 0;
	return i;
}
