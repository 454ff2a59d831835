/* SPDX-License-Identifier: GPL-2.0 */
/* Values that the build knows by name; a part of verify.h. */
#ifndef IOUS_VERIFY_VALUES_H
#define IOUS_VERIFY_VALUES_H

int ious_verify_values(void);

#endif
