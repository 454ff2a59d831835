// SPDX-License-Identifier: GPL-2.0
/* libio_uring_spawn: the program of a plan, its environment, arguments and search. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "plans.h"

static void test_environment(void)
{
	static const char *const env[] = { "A=b", NULL };

	begin_script("echo $A");
	ious_plan_envp(plan, env);
	end(spawned("b"), "an environment");

	setenv("B", "c", 1);
	begin_script("echo $B");
	setenv("B", "d", 1);
	end(spawned("d"), "the environment of the moment");
}

static void test_argv(void)
{
	static const char *const argv[] = { "echo", "found", NULL };
	int fd = open("/bin/busybox", O_PATH | O_CLOEXEC);

	begin_output();
	ious_plan_at(plan, fd, "", AT_EMPTY_PATH);
	ious_plan_argv(plan, argv);
	end(spawned("found"), "a program by descriptor");
	close(fd);

	begin_output();
	ious_plan_path(plan, "/bin/pwd");
	ious_plan_chdir(plan, "/proc");
	end(spawned("/proc"), "a program without arguments has its name");

	begin_output();
	ious_plan_path(plan, "/nowhere");
	ious_plan_file(plan, "nowhere", "/:/tmp");
	ious_plan_path(plan, "/bin/echo");
	ious_plan_argv(plan, argv);
	end(spawned("found"), "the last of several programs");
}

/* A program that says its directory, where there is one. */
#define SCRIPT	"#!/bin/sh\necho ${0%/*}\n"

static void put(const char *path, mode_t mode)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0700);

	if (fd < 0 || write(fd, SCRIPT, strlen(SCRIPT)) < 0 ||
	    fchmod(fd, mode))
		die(path);
	close(fd);
}

static char hundred[101 * 8 + 1], thousand[1000 * 8 + 9];

/*
 * As glibc's execvp(): an empty directory is the current one, /tmp/one; SAID is by
 * spawned(), a number by fails() in IOUS_STEP_EXEC.
 */
static const struct {
	const char *file, *path, *said;
	int error;
	const char *name;
} searches[] = {
	{ "prog", "/tmp/none:/tmp/one:/tmp/two", "/tmp/one", 0, "a search" },
	{ "prog", "/tmp/two:/tmp/one", "/tmp/two", 0, "in the order of $PATH" },
	{ "prog", "/tmp/none:", "prog", 0, "an empty directory at the end" },
	{ "prog", ":/tmp/two", "prog", 0, "at the beginning" },
	{ "prog", "/tmp/none::/tmp/two", "prog", 0, "in the middle" },
	{ "prog", "", "prog", 0, "and nothing else" },
	{ "prog", hundred, "/tmp/two", 0, "a hundred directories" },
	{ "prog", thousand, "/tmp/two", 0, "a thousand" },
	{ "/tmp/two/prog", "/tmp/one", "/tmp/two", 0, "no search by path" },
	{ "../two/prog", "/tmp/one", "../two", 0, "none by relative path" },
	{ "none", "/tmp/one:/tmp/two", NULL, ENOENT, "nothing found" },
	{ "", "/tmp/one", NULL, ENOENT, "an empty name" },
	{ "denied", "/tmp/one:/tmp/none", NULL, EACCES,
	  "a denial is remembered" },
	{ "denied", "/tmp/one:/tmp/two", "/tmp/two", 0,
	  "and does not end the search" },
	{ "prog", "/tmp/one/denied:/tmp/two", "/tmp/two", 0,
	  "nor does a directory that is none" },
	{ "empty", "/tmp/one:/tmp/two", NULL, ENOEXEC,
	  "what is no program does" },
};

static void test_search(void)
{
	unsigned int i;
	bool good;

	mkdir("/tmp/one", 0755);
	mkdir("/tmp/two", 0755);
	put("/tmp/one/prog", 0755);
	put("/tmp/two/prog", 0755);
	put("/tmp/one/denied", 0600);
	put("/tmp/two/denied", 0755);
	put("/tmp/two/empty", 0755);
	close(open("/tmp/one/empty", O_CREAT | O_WRONLY, 0755));
	for (i = 0; i < 100; i++)
		sprintf(hundred + 8 * i, "/tmp/%02u:", i);
	strcpy(hundred + 800, "/tmp/two");
	for (i = 0; i < 1000; i++)
		sprintf(thousand + 8 * i, "/tmp/%02u:", i % 100);
	strcpy(thousand + 8000, "/tmp/two");
	if (chdir("/tmp/one"))
		die("chdir");
	for (i = 0; i < ARRAY_SIZE(searches); i++) {
		begin_output();
		good = !ious_plan_file(plan, searches[i].file,
				       searches[i].path);
		good = good && (searches[i].said ?
				spawned(searches[i].said) :
				fails(searches[i].error, IOUS_STEP_EXEC));
		end(good, searches[i].name);
	}
	begin_output();
	ious_plan_file(plan, "prog", thousand);
	end(ious_plan_requests(plan) < 20, "a thousand candidates in a few requests");
	if (chdir("/"))
		die("chdir");
}

static void test_path(void)
{
	static const char *const argv[] = { "echo", "found", NULL };
	char *path = strdup(getenv("PATH")), name[300], dir[5000];

	memset(name, 'x', sizeof(name));
	name[256] = 0;
	memset(dir, 'x', sizeof(dir));
	dir[4999] = 0;
	begin();
	ok(ious_plan_file(plan, name, "/bin") == -ENAMETOOLONG,
	   "a name that is too long");
	ok(ious_plan_file(plan, "sh", dir) == -ENAMETOOLONG &&
	   ious_spawn(plan, &result) == -EINVAL, "a directory that is");
	memcpy(dir + 4096, ":/bin", 6);
	ok(!ious_plan_file(plan, "true", dir) && !ious_spawn(plan, &result) &&
	   await(result.pid) == 0, "is left out");
	ious_plan_free(plan);

	setenv("PATH", "/tmp:/bin", 1);
	begin_output();
	ious_plan_file(plan, "echo", NULL);
	ious_plan_argv(plan, argv);
	setenv("PATH", "/tmp", 1);
	end(spawned("found"), "$PATH of the time when it is named");
	unsetenv("PATH");
	begin_output();
	ious_plan_file(plan, "echo", NULL);
	ious_plan_argv(plan, argv);
	end(spawned("found"), "no $PATH");
	setenv("PATH", path, 1);
	free(path);
}

int main(void)
{
	alarm(500);
	plans_setup();
	test_environment();
	test_argv();
	test_search();
	test_path();
	return done();
}
