/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IOUS_SYSCALL_H
#define IOUS_SYSCALL_H

/* The number of arguments that an SQE has room for. */
#define IOUS_SYSCALL_ARGS	4

/* Finds the functions of the calls on the list; a kernel may lack some. */
void ious_syscall_init(void);

#endif
