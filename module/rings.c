// SPDX-License-Identifier: GPL-2.0
/*
 * Descriptors of rings in the table of the process: those that must go for the
 * ring to be closed when its owner closes it, and those that must not.
 */
#include <linux/fdtable.h>
#include <linux/fs.h>
#include <linux/sched.h>

#include "chain.h"
#include "compat.h"
#include "rings.h"
#include "symbols.h"

static int ious_is_of_ctx(const void *ctx, struct file *file, unsigned int fd)
{
	return file->private_data == ctx ? fd + 1 : 0;
}

/*
 * A chain ends when its ring is closed. The process got a copy of the ring's
 * descriptor with the others; as long as it is open nothing would be closed.
 * With CLONE_FILES it is the submitter's own descriptor, until a request of the
 * chain makes a copy of the table.
 */
void ious_close_ring(struct ious_chain *chain)
{
	const struct io_ring_ctx *ctx = chain->ctx;
	int fd = 0;

	if (chain->ring_closed || current->files == chain->files)
		return;
	while ((fd = iterate_fd(current->files, fd, ious_is_of_ctx, ctx)))
		close_fd(fd - 1);
	chain->ring_closed = true;
}

static int ious_is_ring(const void *last, struct file *file, unsigned int fd)
{
	if (fd > *(const u32 *)last)
		return -1;
	return ious_call(io_is_uring_fops)(file);
}

/*
 * Where a submitter of one thread comes into the kernel without a reference to
 * its ring, nobody who shares the table may close the descriptor by which it
 * came: as IORING_OP_CLOSE does not. Nothing else is held so while a process
 * is made, and no ring can come to such a descriptor before the submitter is
 * back and finds its table shared; so nothing is lost by looking early.
 */
bool ious_may_close(u32 first, u32 last)
{
	struct files_struct *files = current->files;

	if (!IOUS_RING_HELD_LIGHTLY || atomic_read(&files->count) == 1)
		return true;
	return iterate_fd(files, first, ious_is_ring, &last) <= 0;
}
