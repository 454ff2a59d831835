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

struct file *ious_marks[IOUS_NR_MARKS];

int ious_marks_get(void)
{
	struct file *file;
	unsigned int i;

	for (i = 0; i < IOUS_NR_MARKS; i++) {
		file = anon_inode_getfile("[io_uring_spawn]", &generic_ro_fops,
					  NULL, O_RDONLY);
		if (IS_ERR(file)) {
			ious_marks_put();
			return PTR_ERR(file);
		}
		WRITE_ONCE(ious_marks[i], file);
	}
	return 0;
}

void ious_marks_put(void)
{
	struct file *file;
	unsigned int i;

	for (i = 0; i < IOUS_NR_MARKS; i++) {
		file = ious_marks[i];
		WRITE_ONCE(ious_marks[i], NULL);
		if (file)
			fput(file);
	}
}

static unsigned long ious_mark_count(unsigned int i)
{
	struct file *file = ious_marks[i];

	return file ? file_count(file) - 1 : 0;
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

struct file *ious_mark(bool inside)
{
	return get_file(ious_marks[inside ? IOUS_MARK_INSIDE : IOUS_MARK_CLONE]);
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
