/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What auditd would get from the kernel, as lines "type=N field...", without
 * what always differs between two processes that do the same.
 */
#ifndef IOUS_RECORDS_H
#define IOUS_RECORDS_H

#include <stdbool.h>

#define RECORDS_SIZE	16384

/* This process is auditd from now on; false if the kernel has no audit. */
bool records_start(void);
void records_stop(void);
/* AUDIT_ADD_RULE or AUDIT_DEL_RULE for a call that fails or succeeds. */
void records_rule(int type, unsigned int nr, bool failures);
/* All that was recorded until now and not yet read. */
void records_read(char *text);
/* Keeps the lines of these types only. */
void records_keep(char *text, int first, int last);
/* Notes each line. */
void records_note(const char *what, char *text);

#endif
