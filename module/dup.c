// SPDX-License-Identifier: GPL-2.0
/*
 * IORING_OP_DUP: puts an open file at a chosen descriptor number of the new
 * process: dup3(2), with two differences. The file may be a direct descriptor
 * of the ring; and old and new may be the same, which only sets or clears
 * close-on-exec.
 */
#include <linux/fcntl.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/mutex.h>

#include <linux/io_uring_spawn.h>

#include "chain.h"
#include "compat.h"
#include "ious.h"
#include "request.h"
#include "symbols.h"

struct ious_dup {
	struct ious_cmd cmd;
	s32 fd;
	u32 to;
};

static struct ious_dup *ious_dup_of(struct io_kiocb *req)
{
	return io_kiocb_to_cmd(req, struct ious_dup);
}

int ious_dup_prep(struct io_kiocb *req, const struct io_uring_sqe *sqe)
{
	struct ious_dup *dup = ious_dup_of(req);
	u32 flags = READ_ONCE(sqe->rw_flags);

	if (READ_ONCE(sqe->off) || READ_ONCE(sqe->addr) ||
	    READ_ONCE(sqe->buf_index) || READ_ONCE(sqe->addr3) ||
	    READ_ONCE(sqe->__pad2[0]) || req->flags & REQ_F_CREDS ||
	    flags & ~(IORING_DUP_CLOEXEC | IORING_DUP_MOVE))
		return -EINVAL;

	dup->cmd.flags = flags;
	dup->cmd.ref = READ_ONCE(sqe->file_index);
	dup->fd = READ_ONCE(sqe->fd);
	dup->to = READ_ONCE(sqe->len);
	return 0;
}

/*
 * replace_fd() returned the number where it returns 0 now, even in the first
 * releases of stable series that corrected this later.
 */
static int ious_dup_to(struct file *file, u32 to, bool cloexec)
{
	int ret = ious_call(replace_fd)(to, file, cloexec ? O_CLOEXEC : 0);

	return min(ret, 0);
}

/*
 * The descriptor is open: its bit is there. With CLONE_FILES another task may
 * close it just now; then the bit means nothing until it is set anew.
 */
static int ious_dup_same(u32 fd, bool cloexec)
{
	ious_call(set_close_on_exec)(fd, cloexec);
	return 0;
}

static int ious_dup_plain(struct ious_dup *dup, int fd)
{
	bool cloexec = dup->cmd.flags & IORING_DUP_CLOEXEC;
	bool move = dup->cmd.flags & IORING_DUP_MOVE && fd != dup->to;
	struct file *file;
	int ret;

	file = fget_raw(fd);
	if (!file)
		return -EBADF;
	if (fd == dup->to)
		ret = ious_dup_same(fd, cloexec);
	else
		ret = ious_dup_to(file, dup->to, cloexec);
	fput(file);
	if (!ret && move)
		close_fd(fd);
	return ret;
}

/* If the slot has got another file meanwhile, that one is closed: as by CLOSE. */
static void ious_dup_empty_slot(struct io_kiocb *req, int slot)
{
	mutex_lock(&req->ctx->uring_lock);
	ious_call(io_fixed_fd_remove)(req->ctx, slot);
	mutex_unlock(&req->ctx->uring_lock);
}

static int ious_dup_fixed(struct io_kiocb *req, int slot,
			  unsigned int issue_flags)
{
	struct ious_dup *dup = ious_dup_of(req);
	struct file *file = ious_req_fixed_file(req, slot, issue_flags);
	int ret;

	if (!file)
		return -EBADF;
	/* the process may not have had the file before */
	ret = ious_call(security_file_receive)(file);
	if (ret)
		return ret;
	ret = ious_dup_to(file, dup->to,
			  dup->cmd.flags & IORING_DUP_CLOEXEC);
	if (!ret && dup->cmd.flags & IORING_DUP_MOVE)
		ious_dup_empty_slot(req, slot);
	return ret;
}

int ious_dup(struct io_kiocb *req, unsigned int issue_flags)
{
	struct ious_dup *dup = ious_dup_of(req);
	int fd = dup->fd, ret;

	ret = ious_chain_fd(req, &fd);
	if (ret)
		return ret;
	if (dup->cmd.fixed)
		ret = ious_dup_fixed(req, fd, issue_flags);
	else
		ret = ious_dup_plain(dup, fd);
	return ret < 0 ? ret : dup->to;
}
