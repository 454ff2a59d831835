// SPDX-License-Identifier: GPL-2.0
/*
 * Up to Linux 6.x, a request copies its path when it is submitted, and audit notes
 * the path then: filename->aname points to the note, which belongs to the audit
 * context of the submitter, and is freed with the end of its system call or with
 * the submitter. The path's lookup writes there. A worker is gone before its
 * submitter; a chain's process may not be. Without the pointer, audit looks among
 * the notes of the process and makes a new one: the record is the process's.
 *
 * Linux 7 makes the note when it issues the request: there is nothing to cut.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/io_uring_types.h>
#include <linux/minmax.h>

#include "compat.h"
#include "ious.h"
#include "names.h"
#include "symbols.h"
#include "verify_btf.h"

/* A member of the opcode's own part of its request: a struct filename pointer. */
struct ious_name {
	u8 opcode;
	const char *type, *member;
	/* from the request's cmd, which begins with a file; 0: no such pointer */
	unsigned int offset;
};

static struct ious_name ious_names[] = {
	{ IORING_OP_OPENAT,	"io_open",	"filename" },
	{ IORING_OP_OPENAT2,	"io_open",	"filename" },
	{ IORING_OP_STATX,	"io_statx",	"filename" },
	{ IORING_OP_RENAMEAT,	"io_rename",	"oldpath" },
	{ IORING_OP_RENAMEAT,	"io_rename",	"newpath" },
	{ IORING_OP_UNLINKAT,	"io_unlink",	"filename" },
	{ IORING_OP_MKDIRAT,	"io_mkdir",	"filename" },
	{ IORING_OP_SYMLINKAT,	"io_link",	"oldpath" },
	{ IORING_OP_SYMLINKAT,	"io_link",	"newpath" },
	{ IORING_OP_LINKAT,	"io_link",	"oldpath" },
	{ IORING_OP_LINKAT,	"io_link",	"newpath" },
	{ IORING_OP_SETXATTR,	"io_xattr",	"filename" },
	{ IORING_OP_GETXATTR,	"io_xattr",	"filename" },
	/* these have no path, and NULL there */
	{ IORING_OP_FSETXATTR,	"io_xattr",	"filename" },
	{ IORING_OP_FGETXATTR,	"io_xattr",	"filename" },
};

/* Without BTF their places are unknown: requests that may have one are refused. */
static bool ious_names_known;

bool ious_name_is_unknown(const struct io_kiocb *req)
{
	unsigned int i;

	if (likely(ious_names_known))
		return false;
	for (i = 0; i < ARRAY_SIZE(ious_names); i++)
		if (ious_names[i].opcode == req->opcode)
			return true;
	return false;
}

int ious_names_init(void)
{
	struct ious_name *name;
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(ious_names); i++) {
		name = &ious_names[i];
		ret = ious_btf_member(name->type, name->member, "filename");
		if (ret == -ENOENT || ious_refused(name->type)) {
			pr_err("refusing this kernel: it has no %s.%s\n",
			       name->type, name->member);
			return -ENODEV;
		}
		name->offset = max(ret, 0);
	}
	ious_names_known = true;
	return 0;
}

/* Two requests of a submission may share one note; neither needs it. */
static void ious_forget_name(const struct io_kiocb *req, unsigned int offset)
{
	struct filename *name = *(struct filename **)((char *)&req->cmd +
						      offset);

	if (!IS_ERR_OR_NULL(name))
		WRITE_ONCE(name->aname, NULL);
}

void ious_forget_names(struct io_kiocb *req)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ious_names); i++)
		if (ious_names[i].opcode == req->opcode &&
		    ious_names[i].offset)
			ious_forget_name(req, ious_names[i].offset);
}
