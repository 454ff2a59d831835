// SPDX-License-Identifier: GPL-2.0
#include "held_page.h"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "test.h"

char *page;

static int faults = -1;

bool page_hold(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = {
		.range.len = HELD_SIZE, .mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	page = mmap(NULL, HELD_SIZE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	range.range.start = (unsigned long)page;
	faults = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	return page != MAP_FAILED && faults >= 0 &&
	       !ioctl(faults, UFFDIO_API, &api) &&
	       !ioctl(faults, UFFDIO_REGISTER, &range);
}

bool page_wanted(void)
{
	struct pollfd input = { .fd = faults, .events = POLLIN };

	return poll(&input, 1, DEADLINE * 1000) == 1 && input.revents == POLLIN;
}

bool page_give(const char *text)
{
	static char there[HELD_SIZE];
	struct uffdio_copy copy = {
		.dst = (unsigned long)page, .src = (unsigned long)there,
		.len = sizeof(there),
	};

	strcpy(there, text);
	return !ioctl(faults, UFFDIO_COPY, &copy);
}

void page_unmap(void)
{
	struct uffdio_range range = { (unsigned long)page, HELD_SIZE };

	/* which alone wakes nobody */
	munmap(page, HELD_SIZE);
	ioctl(faults, UFFDIO_WAKE, &range);
}
