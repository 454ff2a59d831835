// SPDX-License-Identifier: MIT
/*
 * What a command writes is kept in a file without a name, and copied when the
 * command has ended. A pipe would have to be read until all who have it have
 * closed it, which may be never.
 */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int output_open(void)
{
	const char *directory = getenv("TMPDIR");
	int fd;

	fd = open(directory ? directory : "/tmp",
		  O_TMPFILE | O_RDWR | O_APPEND | O_CLOEXEC, 0600);
	/* no such directory, or a file system that cannot */
	if (fd < 0 && !is_shortage(errno))
		fd = memfd_create("output", MFD_CLOEXEC);
	return fd;
}

/* Another process may have made ours non-blocking, which is shared. */
static bool may_write_again(int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLOUT };

	if (errno == EAGAIN)
		poll(&poll_fd, 1, -1);
	else if (errno != EINTR)
		return false;
	return true;
}

static bool write_all(int fd, const char *data, size_t size)
{
	ssize_t ret;

	for (; size; data += ret, size -= ret) {
		ret = write(fd, data, size);
		if (ret < 0) {
			if (!may_write_again(fd))
				return false;
			ret = 0;
		}
	}
	return true;
}

/* The tag in front of each line, of which some may have begun before. */
static bool write_tagged(int fd, const char *tag, const char *data, size_t size,
			 bool *begins)
{
	const char *end = data + size, *next;

	for (; data < end; data = next) {
		next = memchr(data, '\n', end - data);
		next = next ? next + 1 : end;
		if (*begins && (!write_all(fd, tag, strlen(tag)) ||
				!write_all(fd, "\t", 1)))
			return false;
		if (!write_all(fd, data, next - data))
			return false;
		*begins = next[-1] == '\n';
	}
	return true;
}

/* Not by the offset, which is that of all who still write. */
static bool copy(const struct runner *r, const struct job *job, int from, int to)
{
	static char buffer[65536];
	bool begins = true, ok = true;
	off_t at = 0;
	ssize_t size;

	while (ok && (size = pread(from, buffer, sizeof(buffer), at)) > 0) {
		if (r->options->tag && job->line)
			ok = write_tagged(to, job->line, buffer, size, &begins);
		else
			ok = write_all(to, buffer, size);
		at += size;
	}
	return ok;
}

void output_end(struct runner *r, struct job *job)
{
	int i;

	for (i = 0; i < 2; i++) {
		if (job->output[i] < 0)
			continue;
		progress_clear(r);
		if (!r->broken && !copy(r, job, job->output[i], i + 1))
			give_up(r, "write error: %s", strerror(errno));
		close(job->output[i]);
		job->output[i] = -1;
	}
}

static bool on_terminal(const struct runner *r)
{
	return r->options->progress && isatty(STDERR_FILENO);
}

void progress_clear(const struct runner *r)
{
	if (on_terminal(r))
		fputs("\r\033[K", stderr);
}

void progress(const struct runner *r, bool last)
{
	if (!on_terminal(r))
		return;
	progress_clear(r);
	fprintf(stderr, "%u done, %u failed, %u running%s", r->done, r->failed,
		r->running, last ? "\n" : "");
}
