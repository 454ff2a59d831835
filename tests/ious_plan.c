// SPDX-License-Identifier: GPL-2.0
/* libio_uring_spawn: plans, at once, in a queue, and in a ring of one's own. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <ious.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

static struct ious_plan *plan;
static struct ious_result result;
static int out[2];

/* ---- helpers */

static bool no_child(void)
{
	char state;

	return !any_child(&state);
}

static void begin(void)
{
	if (ious_plan_new(&plan))
		die("plan");
}

/* /bin/sh -c @script, whose output goes into the pipe. */
static void begin_script(const char *script)
{
	const char *const argv[] = { "sh", "-c", script, NULL };

	begin();
	if (ious_plan_path(plan, "/bin/sh") || ious_plan_argv(plan, argv) ||
	    ious_plan_dup2(plan, out[1], 1) != 0)
		die("script");
}

static int await(pid_t pid)
{
	int status = -1;

	return waitpid(pid, &status, 0) == pid ? status : -1;
}

static const char *output(void)
{
	static char text[4096];
	ssize_t length = read(out[0], text, sizeof(text) - 1);

	text[length > 0 ? length : 0] = 0;
	text[strcspn(text, "\r\n")] = 0;
	return text;
}

static bool says(const char *want)
{
	const char *text = output();

	if (strcmp(text, want))
		note("it said \"%s\", not \"%s\"", text, want);
	return !strcmp(text, want);
}

/* Spawns the plan, which ends well, having said @want. */
static bool spawned(const char *want)
{
	int ret = ious_spawn(plan, &result);

	if (ret)
		note("%s, in step %d", strerror(-ret), result.step);
	return !ret && result.pid > 0 && !result.error &&
	       result.step == IOUS_STEP_NONE && await(result.pid) == 0 &&
	       says(want);
}

/* Spawns the plan, which fails, and there is no child. */
static bool fails(int error, int step)
{
	int ret = ious_spawn(plan, &result);

	if (ret != -error || result.step != step)
		note("returned %d, error %d in step %d", ret, result.error,
		     result.step);
	return ret == -error && result.error == error && result.step == step &&
	       no_child();
}

static void end(bool good, const char *name)
{
	ok(good, "%s", name);
	ious_plan_free(plan);
}

static int files(void)
{
	int i, nr = 0;

	for (i = 0; i < 256; i++)
		nr += fcntl(i, F_GETFD) >= 0;
	return nr;
}

/* ---- at once */

static void test_steps(void)
{
	struct rlimit limit = { 99, 100 };
	gid_t groups[] = { 5, 6 };
	sigset_t set;
	bool good;

	begin_script("pwd; exit 0");
	good = ious_plan_chdir(plan, "/proc") == 1;
	end(good && spawned("/proc"), "chdir");

	begin_script("umask");
	ious_plan_umask(plan, 027);
	end(spawned("0027"), "umask");

	begin_script("ulimit -n");
	ious_plan_rlimit(plan, RLIMIT_NOFILE, &limit);
	end(spawned("99"), "rlimit");

	begin_script("id -u; id -g >/dev/null");
	ious_plan_user(plan, 77, 78, 2, groups);
	end(spawned("77"), "user");

	begin_script("id -G");
	ious_plan_user(plan, 77, 78, 2, groups);
	end(spawned("78 5 6"), "groups");

	begin_script("read a </tmp/ious; echo $a; echo x >&3");
	ious_plan_open(plan, 3, "/tmp/ious", O_CREAT | O_TRUNC | O_RDWR, 0600);
	ious_plan_write(plan, 3, "from the plan\n", 14);
	end(spawned("from the plan"), "open and write");

	begin_script("ls /proc/self/fd | tr '\\n' ' '");
	ious_plan_closefrom(plan, 3);
	end(spawned("0 1 2 3 "), "closefrom");

	begin_script("[ -e /proc/self/fd/0 ] || echo closed");
	ious_plan_close(plan, 0);
	ious_plan_close(plan, 200);
	end(spawned("closed"), "close, also of what is not open");

	begin_script("cut -d ' ' -f 6 /proc/$$/stat | sed s/$$/own/");
	ious_plan_setsid(plan);
	end(spawned("own"), "setsid");

	begin_script("cut -d ' ' -f 19 /proc/$$/stat");
	ious_plan_nice(plan, 7);
	end(spawned("7"), "nice");

	/* the shell ignores some itself */
	begin_script("ign=$(grep SigIgn /proc/$$/status | cut -f 2); "
		     "echo $((0x$ign & 0x200))");
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	ious_plan_sigignore(plan, &set);
	end(spawned("512"), "sigignore");

	begin_script("grep NoNewPrivs /proc/$$/status | cut -f 2");
	ious_plan_no_new_privs(plan);
	end(spawned("1"), "no_new_privs");
}

static void test_program(void)
{
	static const char *const env[] = { "A=b", NULL };
	static const char *const argv[] = { "echo", "found", NULL };
	int fd;

	begin_script("echo $A");
	ious_plan_envp(plan, env);
	end(spawned("b"), "an environment");

	setenv("B", "c", 1);
	begin_script("echo $B");
	setenv("B", "d", 1);
	end(spawned("d"), "the environment of the moment");

	begin();
	ious_plan_file(plan, "echo", "/nowhere:/tmp:/bin");
	ious_plan_argv(plan, argv);
	ious_plan_dup2(plan, out[1], 1);
	end(spawned("found"), "a search");

	begin();
	ious_plan_file(plan, "no-such-program", "/bin:/tmp");
	end(fails(ENOENT, IOUS_STEP_EXEC), "a search for nothing");

	close(open("/tmp/denied", O_CREAT, 0600));
	begin();
	ious_plan_file(plan, "denied", "/tmp:/bin");
	end(fails(EACCES, IOUS_STEP_EXEC), "a search remembers a denial");

	fd = open("/bin/busybox", O_PATH | O_CLOEXEC);
	begin();
	ious_plan_at(plan, fd, "", AT_EMPTY_PATH);
	ious_plan_argv(plan, argv);
	ious_plan_dup2(plan, out[1], 1);
	end(spawned("found"), "a program by descriptor");
	close(fd);
}

static void test_failures(void)
{
	int before = files(), i;
	bool good = true;

	begin();
	ok(ious_spawn(plan, &result) == -EINVAL, "no program");
	ok(ious_plan_chdir(plan, NULL) == -EINVAL &&
	   ious_plan_path(plan, NULL) == -EINVAL &&
	   ious_plan_argv(plan, NULL) == -EINVAL, "NULL");
	ious_plan_free(plan);
	ious_plan_free(NULL);

	begin_script("true");
	ious_plan_chdir(plan, "/");
	i = ious_plan_chdir(plan, "/nowhere");
	end(fails(ENOENT, i) && i == 2 &&
	    !strcmp(ious_plan_step(plan, i), "chdir /nowhere"),
	    "which step failed");

	begin_script("true");
	ious_plan_open(plan, 5, "/dev/null", O_RDONLY, 0);
	i = ious_plan_open(plan, 6, "/nowhere", O_RDONLY, 0);
	end(fails(ENOENT, i) && i == 2, "a step of several requests");

	begin_script("true");
	i = ious_plan_write(plan, 250, "x", 1);
	end(fails(EBADF, i), "a write to nothing");

	begin();
	ious_plan_path(plan, "/nowhere");
	ious_plan_want_pidfd(plan, 1);
	for (i = 0; i < 100; i++)
		good &= fails(ENOENT, IOUS_STEP_EXEC) && result.pidfd == -1;
	end(good && files() == before, "100 failures leave nothing");

	begin_script("true");
	for (i = 0; i < 200; i++)
		ious_plan_dup2(plan, 1, 1);
	ok(ious_spawn(plan, &result) == -E2BIG, "too many steps at once");
	ious_plan_free(plan);
}

static void test_pidfd(void)
{
	struct pollfd end_of = { .events = POLLIN };

	begin_script("echo here");
	ious_plan_want_pidfd(plan, 1);
	end_of.fd = ious_spawn(plan, &result) ? -1 : result.pidfd;
	end(end_of.fd >= 0 && poll(&end_of, 1, DEADLINE * 1000) == 1 &&
	    await(result.pid) == 0 && says("here"), "a pidfd");
	close(end_of.fd);
}

static void *thread(void *arg)
{
	struct ious_result mine;
	long i, bad = 0;

	for (i = 0; i < 20; i++)
		bad += ious_spawn(arg, &mine) || await(mine.pid);
	return (void *)bad;
}

static void test_threads(void)
{
	pthread_t threads[6];
	bool good = true;
	void *ret;
	int i;

	begin();
	ious_plan_path(plan, "/bin/true");
	for (i = 0; i < 6; i++)
		good &= !pthread_create(&threads[i], NULL, thread, plan);
	for (i = 0; i < 6; i++)
		good &= !pthread_join(threads[i], &ret) && !ret;
	end(good, "six threads spawn the same plan");
}

/* ---- queues */

static int next(struct ious_queue *queue, struct ious_event *event)
{
	int ret;

	do
		ret = ious_queue_wait(queue, event, 1, DEADLINE * 1000);
	while (ret == -EINTR);
	return ret;
}

/* @nr of the plan, more than have room in the ring at once, end with @status. */
static bool queued(unsigned int nr, int status)
{
	struct ious_queue *queue;
	struct ious_event event;
	unsigned int i, started = 0, exited = 0;

	if (ious_queue_new(&queue, 32))
		die("queue");
	for (i = 0; i < nr; i++)
		if (ious_queue_add(queue, plan, &started, NULL))
			die("add");
	if (ious_queue_submit(queue) <= 0)
		die("submit");
	while (exited < nr && next(queue, &event) == 1) {
		started += event.kind == IOUS_STARTED;
		if (event.kind == IOUS_FAILED) {
			note("%s", strerror(event.result.error));
			break;
		}
		if (event.kind == IOUS_EXITED && event.status == status &&
		    event.data == &started)
			exited++;
	}
	ious_queue_free(queue);
	return started == nr && exited == nr;
}

static void test_queue(void)
{
	int before = files();

	begin_script("exit 9");
	end(queued(100, 9 << 8), "100 in a queue, with their exits");
	begin_script("kill -TERM $$");
	end(queued(3, SIGTERM), "those that a signal ends");
	ok(files() == before && no_child(), "nothing is left of them");
}

static void test_queue_failure(void)
{
	struct ious_queue *queue;
	struct ious_event event;
	int step;

	begin_script("true");
	step = ious_plan_chdir(plan, "/nowhere");
	if (ious_queue_new(&queue, 16) || ious_queue_add(queue, plan, plan, NULL))
		die("queue");
	ious_queue_submit(queue);
	ok(next(queue, &event) == 1 && event.kind == IOUS_FAILED &&
	   event.result.error == ENOENT && event.result.step == step &&
	   event.data == plan && no_child(), "a failure in a queue");
	ok(ious_queue_wait(queue, &event, 1, 20) == 0, "and nothing more comes");
	ious_queue_free(queue);
	ious_plan_free(plan);
}

/* A plan that waits in its first step until the pipe has a writer. */
static void begin_blocked(void)
{
	unlink("/tmp/fifo");
	if (mkfifo("/tmp/fifo", 0600))
		die("mkfifo");
	begin_script("true");
	ious_plan_open(plan, 0, "/tmp/fifo", O_RDONLY, 0);
}

static void test_cancel(void)
{
	struct ious_queue *queue;
	struct ious_event event;
	struct ious_job *blocked, *late;
	bool good;

	begin_blocked();
	if (ious_queue_new(&queue, 8) ||
	    ious_queue_add(queue, plan, NULL, &blocked) ||
	    ious_queue_add(queue, plan, NULL, &late))
		die("queue");
	good = ious_queue_submit(queue) == 1 &&
	       ious_queue_wait(queue, &event, 1, 100) == 0;
	ok(good, "a chain that blocks");
	ok(ious_job_kill(blocked, SIGTERM) == -ESRCH,
	   "has no program to be killed");
	ok(!ious_job_cancel(blocked) && next(queue, &event) == 1 &&
	   event.kind == IOUS_FAILED && event.job == blocked &&
	   event.result.error, "is cancelled");
	ok(!ious_job_cancel(late), "as is one that has just begun");
	ok(next(queue, &event) == 1 && event.kind == IOUS_FAILED &&
	   event.job == late, "and that is told");
	ious_queue_free(queue);
	ious_plan_free(plan);
	ok(no_child(), "no process is left");
}

static void test_kill(void)
{
	struct ious_queue *queue;
	struct ious_event event;
	struct ious_job *job;

	begin_script("exec sleep 100");
	if (ious_queue_new(&queue, 8) ||
	    ious_queue_add(queue, plan, NULL, &job))
		die("queue");
	ious_queue_submit(queue);
	ok(next(queue, &event) == 1 && event.kind == IOUS_STARTED,
	   "a program runs");
	ok(ious_job_cancel(job) == -EALREADY, "and cannot be cancelled");
	ok(!ious_job_kill(job, SIGUSR1) && next(queue, &event) == 1 &&
	   event.kind == IOUS_EXITED && event.status == SIGUSR1, "but killed");
	ious_queue_free(queue);
	ious_plan_free(plan);
}

static void *submitter(void *queue)
{
	struct ious_event event;

	ious_queue_submit(queue);
	if (next(queue, &event) != 1 || event.kind != IOUS_STARTED)
		note("it does not start");
	return NULL;
}

/* Its polls end with it, the programs do not. */
static void test_other_thread(void)
{
	struct ious_queue *queue;
	struct ious_event event;
	pthread_t other;

	begin_script("sleep 1; exit 3");
	if (ious_queue_new(&queue, 8) ||
	    ious_queue_add(queue, plan, NULL, NULL) ||
	    pthread_create(&other, NULL, submitter, queue))
		die("queue");
	pthread_join(other, NULL);
	ok(next(queue, &event) == 1 && event.kind == IOUS_EXITED &&
	   event.status == 3 << 8, "the thread that submitted ends");
	ious_queue_free(queue);
	ious_plan_free(plan);
}

/* ---- a ring of one's own */

static void test_own_ring(void)
{
	struct io_uring_cqe *cqe;
	struct ious_chain *chain;
	struct io_uring ring;
	int i, ret, nr;

	if (io_uring_queue_init(16, &ring, 0))
		die("ring");
	begin_script("echo own");
	nr = ious_plan_requests(plan);
	ok(!ious_plan_prep(plan, &ring, 1000, &chain) &&
	   io_uring_submit(&ring) == nr && nr == 3, "SQEs in a ring");
	for (i = ret = 0; i < nr; i++) {
		if (io_uring_wait_cqe(&ring, &cqe))
			die("CQE");
		ret = ret * 10 + ious_chain_cqe(chain, cqe, &result);
		io_uring_cqe_seen(&ring, cqe);
	}
	end(ret == 1 && !result.error && await(result.pid) == 0 && says("own"),
	    "and what their CQEs mean");
	begin_script("true");
	for (i = 0; i < 20; i++)
		ious_plan_dup2(plan, 1, 1);
	ok(ious_plan_prep(plan, &ring, 0, &chain) == -EAGAIN &&
	   !io_uring_sq_ready(&ring), "no room in the ring");
	ious_plan_free(plan);
	io_uring_queue_exit(&ring);
}

int main(void)
{
	alarm(500);
	umask(022);
	if (pipe2(out, O_CLOEXEC))
		die("pipe");
	begin();
	ious_plan_path(plan, "/bin/true");
	/* the thread's ring, whose memory has its page by now */
	ok(!ious_spawn(plan, &result) && await(result.pid) == 0, "one spawn");
	ious_plan_free(plan);
	test_steps();
	test_program();
	test_failures();
	test_pidfd();
	test_threads();
	test_queue();
	test_queue_failure();
	test_cancel();
	test_kill();
	test_other_thread();
	test_own_ring();
	return done();
}
