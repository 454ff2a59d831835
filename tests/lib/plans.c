// SPDX-License-Identifier: GPL-2.0
#include "plans.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "stopped.h"
#include "test.h"

#define FIFO	"/tmp/ious-fifo"

struct ious_plan *plan;
struct ious_result result;

static int out[2];

void plans_setup(void)
{
	umask(022);
	if (pipe2(out, O_CLOEXEC | O_NONBLOCK))
		die("pipe");
}

void begin(void)
{
	if (ious_plan_new(&plan))
		die("plan");
}

void begin_output(void)
{
	begin();
	if (ious_plan_dup2(plan, out[1], 1) != 0)
		die("dup2");
}

void begin_script(const char *script)
{
	const char *const argv[] = { "sh", "-c", script, NULL };

	begin_output();
	if (ious_plan_path(plan, "/bin/sh") || ious_plan_argv(plan, argv))
		die("script");
}

void make_fifo(void)
{
	unlink(FIFO);
	if (mkfifo(FIFO, 0600))
		die("mkfifo");
}

void begin_blocked(const char *script)
{
	make_fifo();
	begin_script(script);
	ious_plan_open(plan, 0, FIFO, O_RDONLY, 0);
}

void unblock(void)
{
	eventually(has_reader, FIFO);
}

void end(bool good, const char *name)
{
	ok(good, "%s", name);
	ious_plan_free(plan);
}

int await(pid_t pid)
{
	int status = -1;
	pid_t ret;

	do
		ret = waitpid(pid, &status, 0);
	while (ret < 0 && errno == EINTR);
	return ret == pid ? status : -1;
}

bool says(const char *want)
{
	char text[4096];
	ssize_t length = read(out[0], text, sizeof(text) - 1);

	text[length > 0 ? length : 0] = 0;
	text[strcspn(text, "\r\n")] = 0;
	if (strcmp(text, want))
		note("it said \"%s\", not \"%s\"", text, want);
	return !strcmp(text, want);
}

bool no_child(void)
{
	char state;

	return !any_child(&state);
}

int files(void)
{
	int i, nr = 0;

	for (i = 0; i < 1024; i++)
		nr += fcntl(i, F_GETFD) >= 0;
	return nr;
}

bool spawned(const char *want)
{
	int ret = ious_spawn(plan, &result);

	if (ret)
		note("%s, in step %d", strerror(-ret), result.step);
	return !ret && result.pid > 0 && !result.error &&
	       result.step == IOUS_STEP_NONE && await(result.pid) == 0 &&
	       says(want);
}

bool fails(int error, int step)
{
	int ret = ious_spawn(plan, &result);

	if (ret != -error || result.step != step)
		note("returned %d, error %d in step %d", ret, result.error,
		     result.step);
	return ret == -error && result.error == error && result.step == step &&
	       result.pidfd == -1 && no_child();
}
