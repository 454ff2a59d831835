/* SPDX-License-Identifier: GPL-2.0 */
/* Paths that a request has looked up in its submitter. */
#ifndef IOUS_NAMES_H
#define IOUS_NAMES_H

#include <linux/types.h>

struct io_kiocb;

/* Finds the places of the paths; 0, or -ENODEV with a line in the log. */
int ious_names_init(void);

/* May @req keep a path, and nobody knows where? Only on a kernel without BTF. */
bool ious_name_is_unknown(const struct io_kiocb *req);

/* Nothing that @req has taken points to its submitter's audit records any more. */
void ious_forget_names(struct io_kiocb *req);

#endif
