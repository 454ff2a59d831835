// SPDX-License-Identifier: GPL-2.0
/* See test.h: TAP, processes, files. */
#include "test.h"

#include <dirent.h>
#include <signal.h>
#include <sys/utsname.h>
#include <time.h>

static unsigned int nr_tests, nr_failed;

static void line(const char *what, const char *why, const char *fmt,
		 va_list args)
{
	printf("%s %u - ", what, ++nr_tests);
	vprintf(fmt, args);
	if (why)
		printf(" # SKIP %s", why);
	printf("\n");
	fflush(stdout);
}

bool vok(bool good, const char *fmt, va_list args)
{
	line(good ? "ok" : "not ok", NULL, fmt, args);
	nr_failed += !good;
	return good;
}

bool ok(bool good, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vok(good, fmt, args);
	va_end(args);
	return good;
}

void skip(const char *why, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	line("ok", why, fmt, args);
	va_end(args);
}

void note(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	printf("# ");
	vprintf(fmt, args);
	printf("\n");
	va_end(args);
	fflush(stdout);
}

int done(void)
{
	printf("1..%u\n", nr_tests);
	return nr_failed > 0;
}

void die(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(1);
}

int in_process(int (*test)(const void *arg), const void *arg)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		alarm(3 * DEADLINE);
		status = test(arg);
		fflush(stdout);
		_exit(status);
	}
	if (waitpid(pid, &status, 0) != pid)
		die("waitpid");
	if (!WIFEXITED(status)) {
		note("the process of the test died, status %#x", status);
		return -1;
	}
	return WEXITSTATUS(status);
}

bool release_begins(const char *text)
{
	struct utsname name;

	if (uname(&name))
		die("uname");
	return !strncmp(name.release, text, strlen(text));
}

bool eventually(bool (*cond)(void *arg), void *arg)
{
	time_t end = time(NULL) + DEADLINE;

	while (!cond(arg)) {
		if (time(NULL) > end)
			return false;
		usleep(2000);
	}
	return true;
}

long read_number(const char *path)
{
	FILE *file = fopen(path, "r");
	long number;

	if (!file)
		return -1;
	if (fscanf(file, "%ld", &number) != 1)
		number = -1;
	fclose(file);
	return number;
}

int write_string(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY), ret;

	if (fd < 0)
		return -errno;
	ret = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

pid_t any_child_of(pid_t parent, pid_t but, char *state)
{
	char path[64], text[128], *end;
	struct dirent *entry;
	DIR *proc = opendir("/proc");
	pid_t found = 0;
	ssize_t len;
	int fd, ppid, pid;

	while (!found && (entry = readdir(proc))) {
		snprintf(path, sizeof(path), "/proc/%.20s/stat", entry->d_name);
		fd = open(path, O_RDONLY);
		if (fd < 0)
			continue;
		len = read(fd, text, sizeof(text) - 1);
		text[len > 0 ? len : 0] = 0;
		end = strrchr(text, ')');
		pid = atoi(entry->d_name);
		if (end && sscanf(end, ") %c %d", state, &ppid) == 2 &&
		    ppid == parent && pid != but)
			found = pid;
		close(fd);
	}
	closedir(proc);
	return found;
}

pid_t any_child(char *state)
{
	return any_child_of(getpid(), 0, state);
}
