/* SPDX-License-Identifier: GPL-2.0 */
/* Our opcodes, carried by NOP requests. */
#ifndef IOUS_OPS_H
#define IOUS_OPS_H

#include <linux/io_uring_types.h>

struct ious_chain;

/*
 * What a request of ours keeps in the 64 bytes that the core gives to each
 * opcode. The file is the mark: one of our anonymous files, whose f_op nothing
 * in user space can make up, which the core drops wherever the request ends.
 */
struct ious_cmd {
	struct file *file;
	/* the chain that runs the request; NULL before */
	struct ious_chain *chain;
	u8 opcode;
	/* EXEC */
	bool fixed_dfd;
	u16 flags;
	s32 dfd;
	/* which request before this one gave the dfd, 0: none */
	u32 dfd_from;
	u64 path;
	u64 argv;
	u64 envp;
};

static inline struct ious_cmd *ious_cmd(struct io_kiocb *req)
{
	return io_kiocb_to_cmd(req, struct ious_cmd);
}

bool ious_req_is_ours(const struct io_kiocb *req);

/* Prep of @opcode, one of ours; under uring_lock. 0 or a negative errno. */
int ious_op_prep(u8 opcode, struct io_kiocb *req,
		 const struct io_uring_sqe *sqe);

/*
 * The end of each issue function: completes @req with @res by the core's
 * rules. Errors take this way too. Returning them to the core instead would
 * post them from the submitter's task work, behind later successes.
 */
int ious_op_done(struct io_kiocb *req, int res);

/* Creates and drops the file that marks requests; dropping waits for none. */
int ious_marker_get(void);
void ious_marker_put(void);

/* Requests of ours that exist anywhere. */
unsigned long ious_nr_requests(void);

void ious_submit_init(void);

int ious_clone_prep(struct io_kiocb *req, const struct io_uring_sqe *sqe);
int ious_clone(struct io_kiocb *req, unsigned int issue_flags);
int ious_exec_prep(struct io_kiocb *req, const struct io_uring_sqe *sqe);
int ious_exec(struct io_kiocb *req, unsigned int issue_flags);

#endif
