/* SPDX-License-Identifier: GPL-2.0 */
/* The callers of hooked functions; a part of verify.h. */
#ifndef IOUS_VERIFY_TEXT_H
#define IOUS_VERIFY_TEXT_H

int ious_verify_text(void);

#endif
