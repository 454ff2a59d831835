// SPDX-License-Identifier: MIT
/* Lines as they come, without waiting for them. */
#include "input.h"

#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK	65536

void input_open(struct input *input, const char *path, char separator)
{
	*input = (struct input){ .fd = STDIN_FILENO, .separator = separator };
	if (strcmp(path, "-"))
		input->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (input->fd < 0)
		fail("%s: %s", path, strerror(errno));
}

/* What is not used yet goes to the front. */
static void make_room(struct input *input)
{
	memmove(input->buffer, input->buffer + input->start,
		input->fill - input->start);
	input->fill -= input->start;
	input->start = 0;
	if (input->size - input->fill > CHUNK)
		return;
	input->size += 2 * CHUNK;
	input->buffer = realloc(input->buffer, input->size);
	if (!input->buffer)
		fail("no memory");
}

int input_read(struct input *input)
{
	ssize_t length;

	make_room(input);
	length = read(input->fd, input->buffer + input->fill, CHUNK);
	if (length < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : -errno;
	if (length > 0)
		input->fill += length;
	if (!length)
		input->ended = true;
	return 0;
}

/* The last one need not have its end. */
char *input_line(struct input *input)
{
	char *line = input->buffer + input->start, *end = NULL;
	size_t left = input->fill - input->start;

	if (left)
		end = memchr(line, input->separator, left);
	if (!end && (!input->ended || !left))
		return NULL;
	if (!end)
		end = line + left;
	/* it would be cut there in silence */
	input->null = input->separator && memchr(line, 0, end - line);
	*end = 0;
	input->start = end - input->buffer + 1;
	if (input->start > input->fill)
		input->start = input->fill;
	return line;
}

bool input_finished(const struct input *input)
{
	return input->ended && input->start == input->fill;
}
