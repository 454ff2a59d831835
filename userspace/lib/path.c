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

int ious_path_begin(struct ious_path *path, const char *file,
		    const char *search)
{
	if (strlen(file) > NAME_MAX)
		return -ENAMETOOLONG;
	path->file = file;
	path->dirs = search ? search : getenv("PATH");
	if (path->dirs)
		return 0;
	/* confstr(3) of glibc calls no malloc() */
	if (confstr(_CS_PATH, path->fallback, sizeof(path->fallback)) >
	    sizeof(path->fallback))
		return -ENAMETOOLONG;
	path->dirs = path->fallback;
	return 0;
}

/* The next directory; one that is too long is left out. */
static const char *next_dir(struct ious_path *path, size_t *length)
{
	const char *dir;

	do {
		dir = path->dirs;
		if (!dir)
			return NULL;
		*length = strcspn(dir, ":");
		path->dirs = dir[*length] ? dir + *length + 1 : NULL;
	} while (*length >= PATH_MAX);
	return dir;
}

size_t ious_path_next(struct ious_path *path, char *to, size_t size)
{
	size_t length, needed;
	const char *dir = next_dir(path, &length);

	if (!dir)
		return 0;
	/* an empty directory is the current one */
	needed = length + !!length + strlen(path->file) + 1;
	if (needed > size)
		return needed;
	to = mempcpy(to, dir, length);
	if (length)
		*to++ = '/';
	strcpy(to, path->file);
	return needed;
}
