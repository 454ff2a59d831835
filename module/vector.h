/* SPDX-License-Identifier: GPL-2.0 */
/* The calls of an array in the submitter's memory, in one request. */
#ifndef IOUS_VECTOR_H
#define IOUS_VECTOR_H

#include <linux/types.h>

struct io_kiocb;
struct ious_call_args;
struct ious_chain;

/* Makes a call for a request in the current process, and gives its result. */
typedef long ious_make_fn(struct io_kiocb *req,
			  const struct ious_call_args *call);

/*
 * Between two calls of a request a process does what it does between two requests.
 * False if it must not go on.
 */
bool ious_between_calls(struct ious_chain *chain);

/*
 * The @nr calls of the array of struct io_uring_call at @addr, one after the
 * other, by @make. Returns @nr, or the error that ended them. In the process of the
 * chain that @req is of; no lock is held.
 */
int ious_vector_run(struct io_kiocb *req, u64 addr, unsigned int nr,
		    ious_make_fn *make);

#endif
