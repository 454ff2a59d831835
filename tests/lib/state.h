/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What can be seen of a process from inside, as lines "key: value": of the
 * submitter before and after a chain, of the program that the chain executed
 * (data/report.c), and of the same program executed by a forked child.
 */
#ifndef IOUS_STATE_H
#define IOUS_STATE_H

#include <stdbool.h>
#include <stddef.h>

#define STATE_SIZE	65536

/*
 * Descriptors that the program needs, whatever its root, its directory and its
 * table have become: where it reports to, itself, and /proc.
 */
enum {
	OUT_FD = 200,
	EXE_FD = 201,
	PROC_FD = 202,
};

/* Opens them. */
void state_setup(void);

/* The last step of a chain whose program reports. */
extern char *const report_argv[];
#define REPORT(_flags, _want) \
	EXEC(_flags, _want, "", .fd = EXE_FD, .rw_flags = AT_EMPTY_PATH, \
	     .argv = report_argv)

/* Of this process. */
void state_print(char *text);
/* What a program has reported; the next one begins anew. "" if none has. */
void state_read(char *text);

/* Has it this line? */
bool state_has(const char *text, const char *line);
/* Does the value of this key differ, or has one of them no such line? */
bool state_differs(const char *a, const char *b, const char *key);
/*
 * Are they the same? Differences are noted, but for the key @but (or NULL). The
 * names of what a process makes for itself, a namespace or a keyring, are never
 * the same: those agree if both are those of @base (or NULL), or neither.
 */
bool state_same(const char *a, const char *b, const char *base,
		const char *but);
/* Notes all of it: for a test that failed. */
void state_note(const char *text, const char *prefix);

#endif
