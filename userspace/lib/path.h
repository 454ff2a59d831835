/* SPDX-License-Identifier: MIT */
/* The candidates of a search in $PATH, as execvp(3) of glibc has them. */
#ifndef IOUS_PATH_H
#define IOUS_PATH_H

#include <stdbool.h>

#define IOUS_PATH_CANDIDATES	64
#define IOUS_PATH_SIZE		4096

struct ious_path {
	unsigned int nr;
	const char *candidates[IOUS_PATH_CANDIDATES];
	char text[IOUS_PATH_SIZE];
};

/* Is there a search for @file at all? */
bool ious_path_needed(const char *file);

/*
 * Splits @search, or $PATH of this moment if that is NULL. False if there is no room
 * or @file is too long for a name.
 */
bool ious_path_split(struct ious_path *path, const char *file,
		     const char *search);

/* Does the search go on after this errno? IORING_EXEC_SEARCH has the same. */
bool ious_path_goes_on(int err);

#endif
