/* SPDX-License-Identifier: GPL-2.0 */
/* The process of a chain. */
#ifndef IOUS_CHILD_H
#define IOUS_CHILD_H

struct ious_chain;

/* The new process's function, with a chain. */
int ious_child_main(void *data);

/* The result of CLONE; in the new process, once. */
int ious_child_result(const struct ious_chain *chain);

#endif
