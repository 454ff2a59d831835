// SPDX-License-Identifier: GPL-2.0
/*
 * Descriptors of rings in the table of the process: a ring is closed only when these
 * are closed, too.
 */
#include <linux/fdtable.h>
#include <linux/fs.h>
#include <linux/sched.h>

#include "compat.h"
#include "rings.h"
#include "state.h"
#include "symbols.h"

/* The number of descriptors to look at in one go: a table may have a billion. */
#define IOUS_RING_BATCH	1024

/*
 * The first descriptor of @ctx's ring from @fd on and before @end in the table of the
 * process, which nobody shares; -1: there is none. With many open files the time
 * matters: iterate_fd() takes three times as long.
 */
static int ious_find_ring(const struct io_ring_ctx *ctx, unsigned int fd,
			  unsigned int end)
{
	const struct fdtable *fdt = rcu_dereference(current->files->fdt);
	struct file __rcu **files = fdt->fd;
	const struct file *file;

	end = min(fdt->max_fds, end);
	for (; fd < end; fd++) {
		file = rcu_dereference(files[fd]);
		if (file && file->private_data == ctx)
			return fd;
	}
	return -1;
}

/* Closes those of the ring in one batch; false: the table ends before it. */
static bool ious_close_batch(const struct io_ring_ctx *ctx, unsigned int fd)
{
	unsigned int max, next = fd;
	int found;

	do {
		rcu_read_lock();
		max = rcu_dereference(current->files->fdt)->max_fds;
		found = ious_find_ring(ctx, next, fd + IOUS_RING_BATCH);
		rcu_read_unlock();
		if (found >= 0)
			close_fd(found);
		next = found + 1;
	} while (found >= 0);
	return fd < max;
}

/*
 * A chain ends when its ring is closed. The process got a copy of the ring's
 * descriptor with the others; as long as that is open, the ring is not closed.
 * With CLONE_FILES it is the submitter's own descriptor, until a request of the
 * chain makes a copy of the table. A request may close that one as any other, even
 * while the submitter is in a system call with it: see ious_table_is_held().
 */
void ious_close_ring(struct ious_chain *chain)
{
	unsigned int fd = 0;

	if (chain->ring_closed || current->files == chain->files)
		return;
	for (; ious_close_batch(chain->ctx, fd); fd += IOUS_RING_BATCH)
		cond_resched();
	chain->ring_closed = true;
}
