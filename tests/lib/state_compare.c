// SPDX-License-Identifier: GPL-2.0
/* See state.h: the side of the test. */
#include "state.h"
#include "test.h"

#include <sys/mman.h>

static void place(int fd, int number)
{
	if (fd < 0 || dup2(fd, number) != number)
		die("a descriptor of the report");
	close(fd);
}

void state_setup(void)
{
	place(memfd_create("report", 0), OUT_FD);
	place(open("/tests/report", O_RDONLY), EXE_FD);
	place(open("/proc", O_RDONLY | O_DIRECTORY), PROC_FD);
}

void state_read(char *text)
{
	ssize_t len = pread(OUT_FD, text, STATE_SIZE - 1, 0);

	text[len > 0 ? len : 0] = 0;
	if (ftruncate(OUT_FD, 0))
		die("ftruncate");
}

bool state_has(const char *text, const char *line)
{
	size_t len = strlen(line);
	const char *at = text;

	while ((at = strstr(at, line))) {
		if (at > text && at[-1] == '\n' && at[len] == '\n')
			return true;
		at++;
	}
	return false;
}

/* The line of a key, the empty string if there is none. */
static void find(const char *text, const char *key, char *line, size_t size)
{
	char start[128];
	const char *at;

	snprintf(start, sizeof(start), "\n%s:", key);
	at = strstr(text, start);
	line[0] = 0;
	if (at)
		snprintf(line, size, "%.*s", (int)strcspn(at + 1, "\n"),
			 at + 1);
}

bool state_differs(const char *a, const char *b, const char *key)
{
	char in_a[512], in_b[512];

	find(a, key, in_a, sizeof(in_a));
	find(b, key, in_b, sizeof(in_b));
	return strcmp(in_a, in_b);
}

static bool is_nameless(const char *key)
{
	return !strncmp(key, "ns.", 3) || !strcmp(key, "keyring");
}

static bool agree(const char *a, const char *b, const char *base,
		  const char *key)
{
	if (!state_differs(a, b, key))
		return true;
	return base && is_nameless(key) && state_differs(a, base, key) &&
	       state_differs(b, base, key);
}

/* What @a has and @b has not, or has otherwise. */
static bool covers(const char *a, const char *b, const char *base,
		   const char *but)
{
	char key[128], in_a[512], in_b[512];
	const char *at, *colon;
	bool same = true;

	for (at = a + 1; a[0] && *at; at += strcspn(at, "\n") + 1) {
		colon = strchr(at, ':');
		if (!colon)
			break;
		snprintf(key, sizeof(key), "%.*s", (int)(colon - at), at);
		if ((but && !strcmp(key, but)) || agree(a, b, base, key))
			continue;
		find(a, key, in_a, sizeof(in_a));
		find(b, key, in_b, sizeof(in_b));
		note("one has \"%s\", the other \"%s\"", in_a, in_b);
		same = false;
	}
	return same;
}

bool state_same(const char *a, const char *b, const char *base,
		const char *but)
{
	if (!a[0] || !b[0]) {
		note("there is no report");
		return false;
	}
	return covers(a, b, base, but) & covers(b, a, base, but);
}

void state_note(const char *text, const char *prefix)
{
	const char *at = text;

	while (*at) {
		int len = strcspn(at, "\n");

		if (!strncmp(at, prefix, strlen(prefix)))
			note("%.*s", len, at);
		at += len + !!at[len];
	}
}
