/* SPDX-License-Identifier: GPL-2.0 */
/* EXEC, for the runner. */
#ifndef IOUS_EXEC_H
#define IOUS_EXEC_H

#include <linux/types.h>

struct io_kiocb;

/* May the chain go on after @req, a hard link that has failed? Of any opcode. */
bool ious_exec_goes_on(struct io_kiocb *req);

#endif
