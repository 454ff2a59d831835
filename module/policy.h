/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IOUS_POLICY_H
#define IOUS_POLICY_H

/* May the current task start a process by a chain? 0 or -EPERM. */
int ious_policy_check(void);

#endif
