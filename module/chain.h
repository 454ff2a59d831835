/* SPDX-License-Identifier: GPL-2.0 */
/* The beginning and the end of a chain; requests that it does not run are failed. */
#ifndef IOUS_CHAIN_H
#define IOUS_CHAIN_H

#include "state.h"

/*
 * The chain that @req is the CLONE of, registered, with one reference; an
 * ERR_PTR(), -ECANCELED if the submitter waits for the end of all of its own.
 */
struct ious_chain *ious_chain_new(struct io_kiocb *req);

void ious_chain_put(struct ious_chain *chain);

/*
 * Fails CLONE, which the caller has claimed, and the rest with it. Takes the
 * caller's reference.
 */
void ious_chain_fail_all(struct ious_chain *chain, int ret);

/* The drop of the last reference to the request that ran fails the rest. */
void ious_fail_rest(struct ious_chain *chain);

/* Fails what is left of a chain, in order, as a failed link is. */
void ious_cancel_rest(struct io_kiocb *first);

/* The result of the @k-th request before the one that runs, in *res. */
int ious_chain_result(const struct ious_chain *chain, u32 k, s32 *res);

/*
 * If @req refers to a result, puts that in *fd: 0, -EINVAL if there is no such
 * request, -EBADF if it failed.
 */
int ious_chain_fd(struct io_kiocb *req, int *fd);

#endif
