// SPDX-License-Identifier: MIT
/* The words of a command: {} in them, and the file that its name stands for. */
#include "command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *replace(const char *text, const char *line)
{
	const char *at, *from = text;
	char *copy, *to;
	size_t size = strlen(text) + 1;

	for (at = text; (at = strstr(at, "{}")); at += 2)
		size += strlen(line);
	copy = to = allocate(size);
	while ((at = strstr(from, "{}"))) {
		to = mempcpy(to, from, at - from);
		to = stpcpy(to, line);
		from = at + 2;
	}
	strcpy(to, from);
	return copy;
}

char **replace_all(char *const argv[], const char *line)
{
	bool used = false;
	char **copy;
	int i, nr = 0;

	while (argv[nr])
		used |= !!strstr(argv[nr++], "{}");
	copy = allocate((nr + 2) * sizeof(*copy));
	for (i = 0; i < nr; i++)
		copy[i] = replace(argv[i], line);
	if (!used)
		copy[nr] = replace("{}", line);
	return copy;
}

void free_words(char **words)
{
	int i;

	for (i = 0; words && words[i]; i++)
		free(words[i]);
	free(words);
}

static bool is_program(const struct options *o, const char *path)
{
	struct stat stat_;
	char *whole;
	bool ret;

	if (asprintf(&whole, "%s%s", o->chroot && *path == '/' ? o->chroot : "",
		     path) < 0)
		fail("no memory");
	ret = !access(whole, X_OK) && !stat(whole, &stat_) &&
	      S_ISREG(stat_.st_mode);
	free(whole);
	return ret;
}

char *find_program(const struct options *o, const char *name)
{
	const char *path = getenv("PATH"), *next;
	char *found;

	for (; path && !strchr(name, '/'); path = *next ? next + 1 : NULL) {
		next = strchrnul(path, ':');
		if (asprintf(&found, "%.*s%s%s", (int)(next - path), path,
			     next == path ? "" : "/", name) < 0)
			fail("no memory");
		if (is_program(o, found))
			return found;
		free(found);
	}
	return strdup(name);
}
