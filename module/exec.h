/* SPDX-License-Identifier: GPL-2.0 */
/* EXEC, for the runner. */
#ifndef IOUS_EXEC_H
#define IOUS_EXEC_H

#include <linux/types.h>

#include "execing.h"

struct io_kiocb;
struct ious_chain;

/*
 * An exec whose CQE need not wait for its end: on the stack of the process, until the
 * kernel's function for the call returns.
 */
struct ious_exec_call {
	struct ious_chain *chain;
	/* what the CQE is to say */
	int result;
	struct ious_execing execing;
};

/* That of the current task; NULL: it has none. In any context of the task. */
struct ious_exec_call *ious_exec_call(void);

/* May the chain go on after @req, a hard link that has failed? Of any opcode. */
bool ious_exec_goes_on(struct io_kiocb *req);

#endif
