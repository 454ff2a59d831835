/* SPDX-License-Identifier: GPL-2.0 */
/* EXEC, to those who run it. */
#ifndef IOUS_EXEC_H
#define IOUS_EXEC_H

#include <linux/types.h>

struct io_kiocb;

/* May a hard link that has failed be gone on after? Of any request. */
bool ious_exec_goes_on(struct io_kiocb *req);

#endif
