/* SPDX-License-Identifier: GPL-2.0 */
/* Submissions with ours among the entries. */
#ifndef IOUS_SUBMIT_H
#define IOUS_SUBMIT_H

void ious_submit_init(void);

#endif
