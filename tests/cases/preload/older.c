// SPDX-License-Identifier: GPL-2.0
/* older ABI PROGRAM [ARGUMENT...]: the program, with a module of that version. */
#include "older.h"
#include "test.h"

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	older_module(atoi(argv[1]));
	execv(argv[2], argv + 2);
	die(argv[2]);
}
