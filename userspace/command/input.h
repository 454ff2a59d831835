/* SPDX-License-Identifier: MIT */
#ifndef IOUS_INPUT_H
#define IOUS_INPUT_H

#include <stdbool.h>
#include <stddef.h>

struct input {
	int fd;
	char separator;
	char *buffer;
	size_t start, fill, size;
	bool ended;
	/* the last line has a null byte in it */
	bool null;
};

/* "-": the standard input. Fails as the command does. */
void input_open(struct input *input, const char *path, char separator);
/* Reads more, when poll(2) says that there is some, or the end; a negated errno. */
int input_read(struct input *input);
/* The next line that is complete, until the next input_read(); or NULL. */
char *input_line(struct input *input);
/* There will be no more. */
bool input_finished(const struct input *input);

#endif
