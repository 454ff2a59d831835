// SPDX-License-Identifier: GPL-2.0
/*
 * Descriptors of rings in the table of the process: a ring is closed only when these
 * are closed, too.
 */
#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/fdtable.h>
#include <linux/fs.h>
#include <linux/math.h>
#include <linux/sched.h>

#include "compat.h"
#include "rings.h"
#include "state.h"
#include "symbols.h"

/* The number of descriptors to look at in one go: a table may have a billion. */
#define IOUS_RING_BATCH	1024

/*
 * The first descriptor of @ctx's ring among those of @fd's word of the bitmap that are
 * not before @fd; -1: there is none. One that is open may have no file yet.
 */
static int ious_find_in_word(const struct io_ring_ctx *ctx,
			     const struct fdtable *fdt, unsigned int fd)
{
	unsigned long open = fdt->open_fds[BIT_WORD(fd)] & BITMAP_FIRST_WORD_MASK(fd);
	unsigned int first = round_down(fd, BITS_PER_LONG);
	const struct file *file;

	for (; open; open &= open - 1) {
		fd = first + __ffs(open);
		file = rcu_dereference(fdt->fd[fd]);
		if (file && file->private_data == ctx)
			return fd;
	}
	return -1;
}

/*
 * The same from @fd on and before @end, in the table of the process, which nobody
 * shares. Every chain pays for this, and those of a process with many open files the
 * most.
 */
static int ious_find_ring(const struct io_ring_ctx *ctx, unsigned int fd,
			  unsigned int end)
{
	const struct fdtable *fdt = rcu_dereference(current->files->fdt);
	int found;

	end = min(fdt->max_fds, end);
	for (; fd < end; fd = round_down(fd, BITS_PER_LONG) + BITS_PER_LONG) {
		found = ious_find_in_word(ctx, fdt, fd);
		if (found >= 0)
			return found;
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
