/* SPDX-License-Identifier: GPL-2.0 */
/* Our opcodes, and the requests that carry them. */
#ifndef IOUS_OPS_H
#define IOUS_OPS_H

#include <linux/io_uring_types.h>

struct ious_chain;

/*
 * The opcode that ours have for the core. Its row in the kernel's table asks for
 * no file, no audit record and no preparation, and suits IOPOLL rings, as NOP's
 * does; unlike NOP it is on nobody's fast path, who would pay for the hooks.
 */
#define IOUS_CARRIER	IORING_OP_FILES_UPDATE

/*
 * What every request of ours keeps at the start of the 64 bytes that the core
 * gives to each opcode; the opcode's own structure begins with it. The file is
 * the mark: one of our anonymous files, which nothing in user space can have,
 * and which the core drops wherever the request ends.
 */
struct ious_cmd {
	struct file *file;
	/* the chain that runs the request; NULL before */
	struct ious_chain *chain;
	u8 opcode;
	/* IOSQE_FIXED_FILE: fd is a direct descriptor */
	bool fixed;
	u16 flags;
	/* which request before this one gives fd, 0: none; SYSCALL: see there */
	u32 ref;
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
 * Puts the result that @req refers to, if it does to one, in *fd: 0, -EINVAL if
 * there is no such request, -EBADF if it failed.
 */
int ious_op_fd(struct io_kiocb *req, int *fd);

/*
 * The file of direct descriptor @slot, which stays as long as @req does. NULL
 * if there is none.
 */
struct file *ious_op_fixed_file(struct io_kiocb *req, int slot,
				unsigned int issue_flags);

/* Creates and drops the files that mark requests; dropping waits for none. */
int ious_marks_get(void);
void ious_marks_put(void);

/* CLONEs that have not become a chain, or a failure. */
unsigned long ious_nr_clones(void);

/* Requests of ours that are not done. */
unsigned long ious_nr_requests(void);

/* What user space is told of @res, if that is one of "call again". */
int ious_fixup_restart(int res);

void ious_submit_init(void);

int ious_clone_prep(struct io_kiocb *req, const struct io_uring_sqe *sqe);
int ious_clone(struct io_kiocb *req, unsigned int issue_flags);
int ious_exec_prep(struct io_kiocb *req, const struct io_uring_sqe *sqe);
int ious_exec(struct io_kiocb *req, unsigned int issue_flags);
/* May a hard link that has failed be gone on after? Of any request. */
bool ious_exec_goes_on(struct io_kiocb *req);
int ious_dup_prep(struct io_kiocb *req, const struct io_uring_sqe *sqe);
int ious_dup(struct io_kiocb *req, unsigned int issue_flags);
int ious_syscall_prep(struct io_kiocb *req, const struct io_uring_sqe *sqe);
int ious_syscall(struct io_kiocb *req, unsigned int issue_flags);

#endif
