// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that is not there before it is asked for, under every pointer that a
 * request has; and a userfaultfd, behind which a process fills the pages in soon,
 * late, or not before its limit.
 */
#include "fuzz.h"

#include <linux/sched.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#define PER_THREAD	(NR_PAGES / MAX_THREADS)

/* The memory, and what is to be found there: the same page of both. */
char *pages, *shadow;
static unsigned int used[MAX_THREADS];

/* @data in a page of its own; where it is if there are no more. */
static void *put(struct session *s, void *data, size_t len)
{
	size_t offset;

	if (used[s->index] == PER_THREAD)
		return data;
	offset = (s->index * PER_THREAD + used[s->index]++) * PAGE;
	memcpy(shadow + offset, data, len);
	return pages + offset;
}

/* Some pointers stay as they are; those that are bad do. */
static unsigned long move(struct session *s, unsigned long data, size_t len)
{
	if (data < PAGE || one_in(&s->state, 2))
		return data;
	return (unsigned long)put(s, (void *)data, len);
}

static unsigned long move_text(struct session *s, unsigned long text)
{
	return text < PAGE ? text : move(s, text, strlen((char *)text) + 1);
}

/* What is changed must not stay on this stack. */
static unsigned long move_argv(struct session *s, unsigned long address)
{
	char **argv = (char **)address, *moved[4] = { NULL };
	void *there;
	unsigned int i;

	if (address < PAGE)
		return address;
	for (i = 0; i < ARRAY_SIZE(moved) - 1 && argv[i]; i++)
		moved[i] = (char *)move_text(s, (unsigned long)argv[i]);
	there = put(s, moved, sizeof(moved));
	return there == moved ? address : (unsigned long)there;
}

static unsigned long move_clone(struct session *s, unsigned long address)
{
	struct clone_args args;
	void *there;

	if (address < PAGE)
		return address;
	args = *(struct clone_args *)address;
	args.pidfd = move(s, args.pidfd, sizeof(int));
	there = put(s, &args, sizeof(args));
	return there == &args ? address : (unsigned long)there;
}

/* Those that have been filled in with this program's own memory. */
void pages_queued(struct session *s, struct io_uring_sqe *sqe)
{
	switch (sqe->opcode) {
	case IORING_OP_CLONE:
		sqe->addr = move_clone(s, sqe->addr);
		break;
	case IORING_OP_EXEC:
		/* candidates are as many as arguments can be */
		sqe->addr = sqe->len & IORING_EXEC_PATHS ?
			    move_argv(s, sqe->addr) : move_text(s, sqe->addr);
		sqe->addr2 = move_argv(s, sqe->addr2);
		break;
	case IORING_OP_SYSCALL:
		if (sqe->len == __NR_chdir)
			sqe->off = move_text(s, sqe->off);
		break;
	case IORING_OP_OPENAT:
	case IORING_OP_MKDIRAT:
		sqe->addr = move_text(s, sqe->addr);
		break;
	case IORING_OP_READ:
	case IORING_OP_WRITE:
		sqe->addr = move(s, sqe->addr, 1);
		break;
	case IORING_OP_LINK_TIMEOUT:
	case IORING_OP_TIMEOUT:
		sqe->addr = move(s, sqe->addr,
				 sizeof(struct __kernel_timespec));
	}
}

static bool has_faults(void)
{
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);

	close(fd);
	return fd >= 0;
}

static void hold_pages(const struct round *round)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = {
		.range.len = NR_PAGES * PAGE,
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int faults = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	(void)round;
	pages = mmap(NULL, NR_PAGES * PAGE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	range.range.start = (unsigned long)pages;
	if (pages == MAP_FAILED || faults < 0 ||
	    ioctl(faults, UFFDIO_API, &api) ||
	    ioctl(faults, UFFDIO_REGISTER, &range))
		die("userfaultfd");
	shared->first_page = range.range.start;
	shared->faults = faults;
}

/* The page of ours; the memory begins at any of the kernel's. */
static unsigned long page_of(unsigned long address)
{
	unsigned long offset = address - shared->first_page;

	return shared->first_page + offset / PAGE * PAGE;
}

static void fill_in(int faults, unsigned long address)
{
	struct uffdio_copy copy = {
		.dst = address, .len = PAGE,
		.src = (unsigned long)shadow + address - shared->first_page,
	};
	struct uffdio_range range = { address, PAGE };

	/* it may be there, if two asked, or the round's process be gone */
	if (ioctl(faults, UFFDIO_COPY, &copy))
		ioctl(faults, UFFDIO_WAKE, &range);
}

static void answer_faults(struct round *round, pid_t pid)
{
	struct pollfd fd = { .events = POLLIN };
	struct later later;
	struct uffd_msg msg;
	unsigned long what;

	later_begin(&later, round);
	fd.fd = get_fd(pid, &shared->faults);
	for (;;) {
		poll(&fd, 1, 2);
		while (read(fd.fd, &msg, sizeof(msg)) == sizeof(msg))
			if (msg.event == UFFD_EVENT_PAGEFAULT)
				later_add(&later, &round->state,
					  page_of(msg.arg.pagefault.address));
		while (later_take(&later, &what))
			fill_in(fd.fd, what);
	}
}

const struct hazard hazard_faults = {
	.name = "userfaultfd", .weight = 60,
	.is_there = has_faults, .begin = hold_pages, .party = answer_faults,
	.queued = pages_queued,
};
