// SPDX-License-Identifier: GPL-2.0
/* nonblock COMMAND...: its standard output is non-blocking, as other programs may make it. */
#include <err.h>
#include <fcntl.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int flags = fcntl(STDOUT_FILENO, F_GETFL);

	if (argc < 2 || fcntl(STDOUT_FILENO, F_SETFL, flags | O_NONBLOCK))
		err(1, "O_NONBLOCK");
	execvp(argv[1], argv + 1);
	err(1, "%s", argv[1]);
}
