// SPDX-License-Identifier: GPL-2.0
/* libio_uring_spawn: ious_capture() and ious_stop(). */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <time.h>

#include "plans.h"

#define BOTH	(IOUS_CAPTURE_STDOUT | IOUS_CAPTURE_STDERR)

static struct ious_output output;

static struct ious_plan *script_plan(const char *script)
{
	const char *const argv[] = { "sh", "-c", script, NULL };

	begin();
	if (ious_plan_path(plan, "/bin/sh") || ious_plan_argv(plan, argv))
		die("script");
	return plan;
}

/* It runs, and ends with that status and for that reason. */
static bool ran(const char *script, const struct ious_capture *run, int status,
		int why)
{
	int ret = ious_capture(script_plan(script), run, &output);
	bool good = !ret && output.status == status && output.end == why &&
		    output.result.pid > 0 && output.result.pidfd == -1 &&
		    no_child();

	if (!good)
		note("returned %d, status %#x, end %d, step %d", ret,
		     output.status, output.end, output.result.step);
	ious_plan_free(plan);
	return good;
}

static bool is(const char *text, size_t size, const char *want)
{
	bool good = text && size == strlen(want) && !strcmp(text, want);

	if (!good)
		note("%zu bytes: %.60s", size, text ? text : "(none)");
	return good;
}

/* ---- output and input */

static void test_output(void)
{
	struct ious_capture run = { .flags = BOTH };

	ok(ran("echo out; echo err >&2; exit 3", &run, 3 << 8, IOUS_END_ITSELF) &&
	   is(output.out, output.out_size, "out\n") &&
	   is(output.err, output.err_size, "err\n"), "both outputs");
	ious_output_free(&output);
	ok(ran("kill -USR1 $$", &run, SIGUSR1, IOUS_END_ITSELF) &&
	   is(output.out, output.out_size, "") &&
	   is(output.err, output.err_size, ""), "no output, a signal");
	ious_output_free(&output);
	run.flags = IOUS_CAPTURE_STDOUT | IOUS_CAPTURE_MERGE;
	ok(ran("echo out; echo err >&2", &run, 0, IOUS_END_ITSELF) &&
	   is(output.out, output.out_size, "out\nerr\n") && !output.err,
	   "one for both");
	ious_output_free(&output);
	run.flags = IOUS_CAPTURE_STDOUT;
	ok(ran("head -c 3000000 /dev/zero", &run, 0, IOUS_END_ITSELF) &&
	   output.out_size == 3000000, "3,000,000 bytes");
	ious_output_free(&output);
	run.flags = 0;
	ok(ran("exit 4", &run, 4 << 8, IOUS_END_ITSELF) && !output.out &&
	   !output.err, "nothing is kept");
	ious_output_free(&output);
}

static void test_input(void)
{
	static char data[2000000];
	struct ious_capture run = {
		.flags = IOUS_CAPTURE_STDOUT, .input = data,
		.input_size = sizeof(data),
	};

	memset(data, 'x', sizeof(data));
	ok(ran("cat", &run, 0, IOUS_END_ITSELF) &&
	   output.out_size == sizeof(data) &&
	   !memcmp(output.out, data, sizeof(data)), "2,000,000 bytes through cat");
	ious_output_free(&output);
	ok(ran("exec <&-; echo closed", &run, 0, IOUS_END_ITSELF) &&
	   is(output.out, output.out_size, "closed\n"), "input that nobody reads");
	ious_output_free(&output);
	run.input_size = 0;
	ok(ran("wc -c", &run, 0, IOUS_END_ITSELF) &&
	   is(output.out, output.out_size, "0\n"), "an empty input");
	ious_output_free(&output);
}

/* Of the caller, which has none of the three. */
static int without_standard(const void *arg)
{
	struct ious_capture run = {
		.flags = BOTH, .input = "in\n", .input_size = 3,
	};

	(void)arg;
	close(0);
	close(1);
	close(2);
	return ious_capture(script_plan("cat; echo err >&2"), &run, &output) ||
	       strcmp(output.out, "in\n") || strcmp(output.err, "err\n");
}

static void test_limit(void)
{
	struct ious_capture run = {
		.flags = BOTH, .limit = 1000, .kill_after = DEADLINE * 1000,
	};

	ok(ran("exec yes", &run, SIGTERM, IOUS_END_SIZE) &&
	   output.out_size == 1000 && strlen(output.out) == 1000,
	   "more than the limit");
	ious_output_free(&output);
	ok(ran("head -c 1000 /dev/zero", &run, 0, IOUS_END_ITSELF) &&
	   output.out_size == 1000, "as much as the limit");
	ious_output_free(&output);
	run.kill_after = 200;
	ok(ran("trap '' TERM; while :; do echo y; done", &run, SIGKILL,
	       IOUS_END_SIZE) && output.out_size == 1000,
	   "one that ignores SIGTERM and goes on");
	ious_output_free(&output);
}

/* ---- time */

static bool is_gone(void *pid)
{
	return kill(*(pid_t *)pid, 0) && errno == ESRCH;
}

static void test_time(void)
{
	struct ious_capture run = {
		.flags = IOUS_CAPTURE_STDOUT, .timeout = 300,
		.kill_after = DEADLINE * 1000,
	};
	pid_t pid;

	ok(ran("exec sleep 1000", &run, SIGTERM, IOUS_END_TIME), "a timeout");
	ious_output_free(&output);
	ok(ran("kill -STOP $$", &run, SIGTERM, IOUS_END_TIME), "of one that is stopped");
	ious_output_free(&output);
	run.timeout = 2000;
	ok(ran("trap 'echo bye; exit 5' TERM; sleep 1000 & wait", &run, 5 << 8,
	       IOUS_END_TIME) && is(output.out, output.out_size, "bye\n"),
	   "one that has something to say");
	ious_output_free(&output);
	ok(ran("sleep 1000 & echo $!; exit 6", &run, 6 << 8, IOUS_END_TIME),
	   "a process of the group that holds the output");
	pid = output.out ? atoi(output.out) : 0;
	ok(pid > 0 && eventually(is_gone, &pid), "is ended as well");
	ious_output_free(&output);
	run.kill_after = 100;
	ok(ran("setsid sleep 5 & exit 7", &run, 7 << 8, IOUS_END_TIME),
	   "one that has left the group is not waited for");
	ious_output_free(&output);
	ok(ran("trap '' TERM; while :; do sleep 1; done", &run, SIGKILL,
	       IOUS_END_TIME), "SIGKILL for one that ignores SIGTERM");
	ious_output_free(&output);
	run.kill_after = 0;
	ok(ran("exec sleep 1000", &run, SIGKILL, IOUS_END_TIME), "SIGKILL at once");
	ious_output_free(&output);
	run.timeout = DEADLINE * 1000;
	ok(ran("echo in time", &run, 0, IOUS_END_ITSELF), "and one that is in time");
	ious_output_free(&output);
}

static void nothing(int sig)
{
	(void)sig;
}

static void test_signals(void)
{
	const struct itimerval often = { { 0, 1000 }, { 0, 1000 } }, none = { 0 };
	struct sigaction action = { .sa_handler = nothing };
	struct ious_capture run = { .flags = IOUS_CAPTURE_STDOUT };

	sigaction(SIGPROF, &action, NULL);
	setitimer(ITIMER_PROF, &often, NULL);
	ok(ran("head -c 500000 /dev/zero", &run, 0, IOUS_END_ITSELF) &&
	   output.out_size == 500000, "signals of the caller");
	setitimer(ITIMER_PROF, &none, NULL);
	ious_output_free(&output);
}

/* ---- the plan */

static void test_plan(void)
{
	struct ious_capture run = {
		.flags = IOUS_CAPTURE_STDOUT, .timeout = DEADLINE * 1000,
	};
	int step, ret;

	script_plan("cd /proc/self/fd; echo *");
	ious_plan_keep(plan, 0, NULL);
	ret = ious_capture(plan, &run, &output);
	end(!ret && is(output.out, output.out_size, "0 1 2 3\n"),
	    "a plan that keeps few descriptors");
	ious_output_free(&output);

	script_plan("cut -d ' ' -f 5,6 /proc/self/stat; echo $$ $$");
	ious_plan_setsid(plan);
	ret = ious_capture(plan, &run, &output);
	ok(!ret && output.out, "a plan with a session of its own");
	if (output.out) {
		char *second = strchr(output.out, '\n');

		ok(second && !strncmp(output.out, second + 1,
				      second - output.out), "has it");
	}
	ious_plan_free(plan);
	ious_output_free(&output);

	script_plan("true");
	ious_plan_chdir(plan, "/");
	step = ious_plan_chdir(plan, "/nowhere");
	ret = ious_capture(plan, &run, &output);
	end(ret == -ENOENT && output.result.error == ENOENT &&
	    output.result.step == step && !output.out && no_child(),
	    "a step that fails");
	script_plan("true");
	ious_plan_path(plan, "/nowhere");
	ret = ious_capture(plan, &run, &output);
	end(ret == -ENOENT && output.result.step == IOUS_STEP_EXEC,
	    "a program that is not there");
}

static void test_mistakes(void)
{
	struct ious_capture run = { .flags = 8 };
	struct rlimit limit, few;
	int ret;

	script_plan("true");
	ok(ious_capture(plan, &run, &output) == -EINVAL, "an unknown flag");
	run.flags = IOUS_CAPTURE_STDERR | IOUS_CAPTURE_MERGE;
	ok(ious_capture(plan, &run, &output) == -EINVAL, "flags that exclude each other");
	run.flags = 0;
	run.reserved[4] = 1;
	ok(ious_capture(plan, &run, &output) == -EINVAL, "what is reserved");
	run.reserved[4] = 0;
	run.input_size = 1;
	ok(ious_capture(plan, &run, &output) == -EINVAL, "an input that is not there");
	run.input_size = 0;
	run.flags = BOTH;
	getrlimit(RLIMIT_NOFILE, &limit);
	few = limit;
	few.rlim_cur = files() + 3;
	setrlimit(RLIMIT_NOFILE, &few);
	ret = ious_capture(plan, &run, &output);
	setrlimit(RLIMIT_NOFILE, &limit);
	end(ret == -EMFILE && output.result.step == IOUS_STEP_NONE,
	    "descriptors that lack");
	ok(ious_version() == IOUS_VERSION_NUMBER, "the version");
}

/* ---- ious_stop() */

static pid_t started(const char *script)
{
	char byte;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC))
		die("pipe");
	script_plan(script);
	ious_plan_setpgid(plan, 0);
	ious_plan_dup2(plan, fds[1], 1);
	if (ious_spawn(plan, &result))
		die("spawn");
	ious_plan_free(plan);
	close(fds[1]);
	/* it says that it is ready */
	if (read(fds[0], &byte, 1) != 1)
		die("read");
	close(fds[0]);
	return result.pid;
}

static void test_stop(void)
{
	int status = -1;
	pid_t pid, group;

	pid = started("echo; exec sleep 1000");
	ok(!ious_stop(pid, DEADLINE * 1000, &status) && status == SIGTERM,
	   "a child is stopped");
	ok(ious_stop(pid, 0, &status) == -ECHILD && ious_stop(0, 0, NULL) == -ECHILD &&
	   ious_stop(-1, 0, NULL) == -ECHILD, "once; no other, and not all");
	pid = started("trap '' TERM; echo; while :; do sleep 1; done");
	ok(!ious_stop(pid, 100, &status) && status == SIGKILL, "by SIGKILL");
	pid = started("trap '' TERM; (trap '' TERM; sleep 1000) & echo; exec sleep 1000");
	group = -pid;
	ok(!ious_stop(pid, 100, NULL) && eventually(is_gone, &group) &&
	   no_child(), "and its group");
	pid = started("echo; exit 9");
	ok(!ious_stop(pid, DEADLINE * 1000, &status) &&
	   (status == 9 << 8 || status == SIGTERM), "one that ends by itself");
}

int main(void)
{
	int before;

	alarm(500);
	plans_setup();
	script_plan("true");
	end(!ious_spawn(plan, &result) && await(result.pid) == 0, "one spawn");
	before = files();
	test_output();
	test_input();
	ok(!in_process(without_standard, NULL), "a caller without 0, 1 and 2");
	test_limit();
	test_time();
	test_signals();
	test_plan();
	test_mistakes();
	test_stop();
	ok(files() == before && no_child(), "nothing is left");
	return done();
}
