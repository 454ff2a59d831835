// SPDX-License-Identifier: MIT
#include "path.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool ious_path_needed(const char *file)
{
	/* an empty name is nowhere */
	return *file && !strchr(file, '/');
}

bool ious_path_goes_on(int err)
{
	switch (err) {
	case EACCES:
	case ENOENT:
	case ESTALE:
	case ENOTDIR:
	case ENODEV:
	case ETIMEDOUT:
		return true;
	default:
		return false;
	}
}

/* An empty directory is the current one; one that is too long is left out. */
static bool ious_path_add(struct ious_path *path, const char *dir, size_t length,
			  const char *file, char **end)
{
	size_t size = length + !!length + strlen(file) + 1;

	if (length >= PATH_MAX)
		return true;
	if (path->nr == IOUS_PATH_CANDIDATES ||
	    size > (size_t)(path->text + sizeof(path->text) - *end))
		return false;
	path->candidates[path->nr++] = *end;
	memcpy(*end, dir, length);
	*end += length;
	if (length)
		*(*end)++ = '/';
	strcpy(*end, file);
	*end += strlen(file) + 1;
	return true;
}

bool ious_path_split(struct ious_path *path, const char *file,
		     const char *search)
{
	const char *dir = search ? search : getenv("PATH");
	char *end = path->text;
	char fallback[64];
	size_t length;

	if (strlen(file) > NAME_MAX)
		return false;
	/* confstr(3) of glibc calls no malloc() */
	if (!dir) {
		if (confstr(_CS_PATH, fallback, sizeof(fallback)) > sizeof(fallback))
			return false;
		dir = fallback;
	}
	path->nr = 0;
	for (;; dir += length + 1) {
		length = strcspn(dir, ":");
		if (!ious_path_add(path, dir, length, file, &end))
			return false;
		if (!dir[length])
			return true;
	}
}
