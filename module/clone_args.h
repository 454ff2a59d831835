/* SPDX-License-Identifier: GPL-2.0 */
/* CLONE's own part of the request, and its copy of a struct clone_args. */
#ifndef IOUS_CLONE_ARGS_H
#define IOUS_CLONE_ARGS_H

#include <linux/types.h>

#include "call.h"
#include "request.h"

struct io_kiocb;
struct io_uring_sqe;
struct kernel_clone_args;

/* In ious_cmd.flags of CLONE: it came with credentials, or a signal mask, of its own. */
#define IOUS_PERSONALITY	1
#define IOUS_SIGMASK		2

struct ious_clone {
	struct ious_cmd cmd;
	/* the credentials of the submitter or its SQPOLL thread, at prep */
	const struct cred *lent;
	/* IOUS_SIGMASK: the signals that the process blocks */
	u64 sigmask;
};

static inline struct ious_clone *ious_clone_of(struct io_kiocb *req)
{
	return io_kiocb_to_cmd(req, struct ious_clone);
}

/* A copy of the structure of the SQE; belongs to the request, as async data. */
struct ious_clone_args {
	u64 flags;
	int __user *pidfd;
	int __user *parent_tid;
	int exit_signal;
	int cgroup;
	/* the address and the size of the original */
	u64 from;
	u32 size;
	/* the direct descriptor for the pidfd, as in the SQE; 0: none */
	u32 file_index;
	u32 set_tid_size;
	pid_t set_tid[];
};

/* CLONE's copy; NULL if it has none. */
struct ious_clone_args *ious_clone_args(const struct io_kiocb *req);

/* Makes and checks the copy at prep, under uring_lock. 0 or a negative errno. */
int ious_clone_args_prep(struct io_kiocb *req, const struct io_uring_sqe *sqe);

/* Adds the arguments to @kargs. */
void ious_clone_args_fill(const struct ious_clone_args *args,
			  struct kernel_clone_args *kargs);

/* The system call that CLONE stands for. */
void ious_clone_call(const struct io_kiocb *req, struct ious_call_args *call);

/* Must a thread make the process as task work? It is slow, or needs uring_lock free. */
bool ious_clone_args_defer(const struct ious_clone_args *args);

#endif
