/* SPDX-License-Identifier: MIT */
/* The candidates of a search in $PATH, as execvp(3) of glibc has them. */
#ifndef IOUS_PATH_H
#define IOUS_PATH_H

#include <stdbool.h>
#include <stddef.h>

/* A walk through them. It must not move, and what it began with must stay. */
struct ious_path {
	const char *file;
	/* what is left of the search, NULL at its end */
	const char *dirs;
	/* room for confstr(3) */
	char fallback[64];
};

/* Is there a search for @file at all? */
bool ious_path_needed(const char *file);

/*
 * Begins a walk through @search, or $PATH of this moment if that is NULL. 0, or
 * -ENAMETOOLONG if @file is too long for a name.
 */
int ious_path_begin(struct ious_path *path, const char *file,
		    const char *search);

/*
 * The size of the next candidate with its NUL, 0 if there is none. It is in @to if
 * it has room in @size bytes.
 */
size_t ious_path_next(struct ious_path *path, char *to, size_t size);

/* Does the search go on after this errno? IORING_EXEC_SEARCH has the same. */
bool ious_path_goes_on(int err);

#endif
