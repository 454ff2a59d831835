// SPDX-License-Identifier: MIT
#include "command.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void fail(const char *fmt, ...)
{
	va_list args;

	fputs("io_uring_spawn: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	exit(EXIT_OWN_FAILURE);
}

int main(int argc, char **argv)
{
	struct options options;

	options_parse(&options, argc, argv);
	return run(&options);
}
