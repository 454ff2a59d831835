// SPDX-License-Identifier: GPL-2.0
/*
 * The marks of our requests, and how such a request is completed. A mark is
 * taken under uring_lock, and dropped by the last code that looks at the request.
 */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>

#include "request.h"
#include "symbols.h"

struct ious_marks ious_marks[1 << IOUS_MARK_BITS];

static int ious_mark_new(struct file **mark)
{
	struct file *file = anon_inode_getfile("[io_uring_spawn]",
					       &generic_ro_fops, NULL, O_RDONLY);

	if (IS_ERR(file))
		return PTR_ERR(file);
	WRITE_ONCE(*mark, file);
	return 0;
}

int ious_marks_get(void)
{
	unsigned int i, k;
	int ret = 0;

	for (i = 0; !ret && i < ARRAY_SIZE(ious_marks); i++)
		for (k = 0; !ret && k < IOUS_NR_MARKS; k++)
			ret = ious_mark_new(&ious_marks[i].files[k]);
	if (ret)
		ious_marks_put();
	return ret;
}

static void ious_mark_put(struct file **mark)
{
	struct file *file = *mark;

	WRITE_ONCE(*mark, NULL);
	if (file)
		fput(file);
}

void ious_marks_put(void)
{
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(ious_marks); i++)
		for (k = 0; k < IOUS_NR_MARKS; k++)
			ious_mark_put(&ious_marks[i].files[k]);
}

/* Nobody sees all of them at one moment: what is counted, each says of its own rings. */
static unsigned long ious_mark_count(unsigned int k)
{
	unsigned long nr = 0;
	struct file *file;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ious_marks); i++) {
		file = ious_marks[i].files[k];
		if (file)
			nr += file_count(file) - 1;
	}
	return nr;
}

unsigned long ious_nr_clones(void)
{
	return ious_mark_count(IOUS_MARK_CLONE);
}

unsigned long ious_nr_requests(void)
{
	return ious_mark_count(IOUS_MARK_CLONE) +
	       ious_mark_count(IOUS_MARK_INSIDE);
}

struct file *ious_mark(const struct io_ring_ctx *ctx, bool inside)
{
	return get_file(ious_marks_of(ctx)->files[inside ? IOUS_MARK_INSIDE :
							   IOUS_MARK_CLONE]);
}

void ious_unmark(struct io_kiocb *req)
{
	if (!ious_req_is_ours(req))
		return;
	fput(req->file);
	req->file = NULL;
}

void ious_unmark_all(struct io_kiocb *first)
{
	struct io_kiocb *req;

	for (req = first; req; req = req->link)
		ious_unmark(req);
}

/* Codes that mean "call again" are not for user space; 7.2 lets them out. */
int ious_fixup_restart(int res)
{
	switch (res) {
	case -ERESTARTSYS:
	case -ERESTARTNOINTR:
	case -ERESTARTNOHAND:
	case -ERESTART_RESTARTBLOCK:
		return -EINTR;
	default:
		return res;
	}
}

int ious_req_done(struct io_kiocb *req, int res)
{
	res = ious_fixup_restart(res);
	if (res < 0) {
		/* req_set_fail() of the core */
		req->flags |= REQ_F_FAIL;
		if (req->flags & REQ_F_CQE_SKIP) {
			req->flags &= ~REQ_F_CQE_SKIP;
			req->flags |= REQ_F_SKIP_LINK_CQES;
		}
	}
	req->cqe.res = res;
	req->cqe.flags = 0;
	return IOUS_ISSUE_DONE;
}

struct file *ious_req_fixed_file(struct io_kiocb *req, int slot,
				 unsigned int issue_flags)
{
	return ious_call(io_file_get_fixed)(req, slot, issue_flags);
}
