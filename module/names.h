/* SPDX-License-Identifier: GPL-2.0 */
/* Paths that a request has looked up in its submitter. */
#ifndef IOUS_NAMES_H
#define IOUS_NAMES_H

#include <linux/types.h>

struct io_kiocb;

/* Finds the places of the paths; 0, or -ENODEV with a line in the log. */
int ious_names_init(void);

/* May @req keep a path in an unknown place? Only on a kernel without BTF. */
bool ious_name_is_unknown(const struct io_kiocb *req);

/* Cuts the paths of @req off its submitter's audit records. */
void ious_forget_names(struct io_kiocb *req);

#endif
