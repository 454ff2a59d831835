// SPDX-License-Identifier: MIT
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void say(const char *fmt, va_list args)
{
	fputs("io_uring_spawn: ", stderr);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
}

void error(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(fmt, args);
	va_end(args);
}

void fail(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(fmt, args);
	va_end(args);
	exit(EXIT_OWN_FAILURE);
}

void *allocate(size_t size)
{
	void *memory = calloc(1, size);

	if (!memory)
		fail("no memory");
	return memory;
}

void end(int status)
{
	int failed = ferror(stdout);

	/* a disk that is full may be told by the close alone */
	if (fclose(stdout) || failed)
		fail("write error: %s", strerror(errno ? errno : EIO));
	exit(status);
}

/*
 * No descriptor of ours may land where a command expects its standard ones. What
 * was closed is closed for a command, too, and is an error where we use it: the
 * input can be written only, the output read only.
 */
static void open_standard(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
		if (!fd) {
			close(fd);
			fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
		}
		/* there is no room anywhere, thus none there */
		if (fd < 0 && errno == EMFILE)
			return;
		if (fd < 0)
			fail("/dev/null: %s", strerror(errno));
	} while (fd <= STDERR_FILENO);
	close(fd);
}

int main(int argc, char **argv)
{
	struct options options;

	open_standard();
	options_parse(&options, argc, argv);
	if (options.explain)
		end(explain(&options));
	return run(&options);
}
