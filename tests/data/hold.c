// SPDX-License-Identifier: GPL-2.0
/*
 * Holds a ring with an SQ array, until it is killed. Linux 6.13 and later patch
 * io_submit_sqes() when the first such ring comes and the last one goes, which
 * an emulated machine of several CPUs may not survive: see docs/vm-harness.md.
 */
#include "call.h"

void _start(void)
{
	/* struct io_uring_params */
	static char params[120];

	call(SYS_io_uring_setup, 1, params, 0);
	for (;;)
		call(SYS_ppoll, 0, 0, 0);
}
