// SPDX-License-Identifier: GPL-2.0
/* Reports what it is: see lib/state.h. And as what it was started. */
#include "state.h"

#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

static char text[STATE_SIZE];

/* A descriptor 0 or none: neither is given by the kernel here. */
static void print_start(char **argv, char *to, size_t left)
{
	int i, len;

	len = snprintf(to, left, "execfn: %s\nexecfd: %lu\n",
		       (const char *)getauxval(AT_EXECFN),
		       getauxval(AT_EXECFD));
	for (i = 0; argv[i] && len > 0 && (size_t)len < left; i++)
		len += snprintf(to + len, left - len, "argv.%d: %s\n", i,
				argv[i]);
}

int main(int argc, char **argv)
{
	size_t len;

	(void)argc;
	state_print(text);
	len = strlen(text);
	print_start(argv, text + len, sizeof(text) - len);
	return pwrite(OUT_FD, text, strlen(text), 0) < 0;
}
