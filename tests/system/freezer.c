// SPDX-License-Identifier: GPL-2.0
/*
 * Freezers: the process of a chain that is to be frozen does nothing until it is
 * let go, and goes on then as if nothing had been: only the request that was in
 * progress has failed. By control groups of both versions, and by a suspend.
 */
#include "blocked.h"
#include "cgroup.h"

#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define TINY	"/tests/tiny"
#define GROUP	"ious-f"
#define V1	"/tmp/freezer"
#define MADE	"/tmp/made"

struct freezer {
	const char *name;
	void (*enter)(pid_t pid);
	bool (*freeze)(void);
	bool (*is_frozen)(void);
	void (*thaw)(void);
};

static void write_pid(const char *path, pid_t pid)
{
	char text[24];

	snprintf(text, sizeof(text), "%d", pid);
	if (write_string(path, text))
		die(path);
}

static void enter_v2(pid_t pid)
{
	write_pid("/sys/fs/cgroup/" GROUP "/cgroup.procs", pid);
}

static bool freeze_v2(void)
{
	return !cgroup_write(GROUP, "cgroup.freeze", "1") &&
	       cgroup_becomes(GROUP, "cgroup.events", "frozen", 1);
}

static bool is_frozen_v2(void)
{
	return cgroup_event(GROUP, "cgroup.events", "frozen") == 1;
}

static void thaw_v2(void)
{
	cgroup_write(GROUP, "cgroup.freeze", "0");
}

static void enter_v1(pid_t pid)
{
	write_pid(V1 "/" GROUP "/cgroup.procs", pid);
}

static bool has_frozen_v1(void *unused)
{
	FILE *file = fopen(V1 "/" GROUP "/freezer.state", "r");
	char state[16] = "";
	bool good = file && fscanf(file, "%15s", state) == 1;

	(void)unused;
	if (file)
		fclose(file);
	return good && !strcmp(state, "FROZEN");
}

static bool freeze_v1(void)
{
	return !write_string(V1 "/" GROUP "/freezer.state", "FROZEN") &&
	       eventually(has_frozen_v1, NULL);
}

static bool is_frozen_v1(void)
{
	return has_frozen_v1(NULL);
}

static void thaw_v1(void)
{
	write_string(V1 "/" GROUP "/freezer.state", "THAWED");
}

static const struct freezer v2 = {
	"cgroup.freeze", enter_v2, freeze_v2, is_frozen_v2, thaw_v2,
};

static const struct freezer v1 = {
	"freezer.state", enter_v1, freeze_v1, is_frozen_v1, thaw_v1,
};

#define READ(_flags, _want) OP(IORING_OP_READ, _flags, _want, \
			       .fd = pipes[0], .addr = buffer, .len = 1)
#define MAKE(_flags) OPEN(_flags, ANY, MADE, O_CREAT | O_WRONLY, .len = 0600)

static bool is_made(void *unused)
{
	(void)unused;
	return !access(MADE, F_OK);
}

static bool child_sleeps(void *unused)
{
	char state = 0;

	(void)unused;
	return any_child(&state) && state == 'S';
}

/* For a moment: nothing is to come. */
static bool stays_frozen(const struct freezer *freezer)
{
	char state = 0;
	bool good;

	usleep(200000);
	good = freezer->is_frozen() && any_child(&state) && state != 'Z';
	if (!good)
		note("frozen %d, state %c", freezer->is_frozen(), state);
	if (is_made(NULL))
		note("the chain has gone on");
	return good && !is_made(NULL);
}

/* Frozen in the middle of a READ. */
static bool freeze_in_read(struct io_uring *ring, const struct freezer *freezer,
			   const struct step *steps, unsigned int nr)
{
	char state;

	unlink(MADE);
	queue_steps(ring, steps, nr);
	submit(ring);
	wait_for_read();
	freezer->enter(any_child(&state));
	return freezer->freeze() & stays_frozen(freezer);
}

/* What comes after a READ that failed waits; the next READ does not fail. */
static void test_goes_on(struct io_uring *ring, const struct kind *kind,
			 const struct freezer *freezer)
{
	const struct step steps[] = {
		CLONE(L, 0), READ(H, -EINTR), MAKE(L), READ(L, 1),
		EXEC(0, 0, TINY),
	};
	int results[6] = { 0 };
	bool good = freeze_in_read(ring, freezer, steps, 5);

	freezer->thaw();
	good &= eventually(is_made, NULL) && eventually(child_sleeps, NULL);
	if (write(pipes[1], "x", 1) != 1)
		die("write");
	good &= collect(ring, results, 5) && step_is(results, 2, -EINTR) &&
		step_is(results, 4, 1) && step_is(results, 5, 0);
	good &= status_is(EXITED(0));
	ok(good, "%s, %s: a chain stays where it is, and goes on", kind->name,
	   freezer->name);
	/* where the second READ failed, the byte is left */
	if (!good && results[4] != 1 && read(pipes[0], buffer, 1) != 1)
		die("read");
}

/* Nor does a process exit whose chain has failed. */
static void test_ends(struct io_uring *ring, const struct kind *kind,
		      const struct freezer *freezer)
{
	const struct step steps[] = {
		CLONE(L, 0), READ(L, -EINTR), EXEC(0, -ECANCELED, TINY),
	};
	bool good = freeze_in_read(ring, freezer, steps, 3);
	int results[4];

	freezer->thaw();
	good &= collect(ring, results, 3) && step_is(results, 2, -EINTR) &&
		step_is(results, 3, -ECANCELED);
	ok(good & status_is(EXITED(127)),
	   "%s, %s: a chain that has failed ends when it may", kind->name,
	   freezer->name);
}

/* Frozen and thawed while nothing is in progress that it could break off. */
static void test_born(struct io_uring *ring, const struct kind *kind)
{
	struct clone_args args = {
		.flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD,
		.cgroup = open("/sys/fs/cgroup/" GROUP,
			       O_RDONLY | O_DIRECTORY),
	};
	const struct step steps[] = {
		CLONE_WITH(L, ABOVE_0, &args), MAKE(L), READ(L, 1),
		EXEC(0, 0, TINY),
	};
	unsigned long user_data;
	bool good;
	int res;

	unlink(MADE);
	cgroup_write(GROUP, "cgroup.freeze", "1");
	queue_steps(ring, steps, 4);
	submit(ring);
	good = next_cqe(ring, &user_data, &res) && user_data == 1 && res > 0 &&
	       cgroup_becomes(GROUP, "cgroup.events", "frozen", 1);
	good &= stays_frozen(&v2);
	v2.thaw();
	good &= eventually(is_made, NULL) && eventually(child_sleeps, NULL);
	if (write(pipes[1], "x", 1) != 1)
		die("write");
	for (int step = 2; step <= 4; step++)
		good &= next_cqe(ring, &user_data, &res) &&
			user_data == (unsigned long)step && res >= 0;
	ok(good & status_is(EXITED(0)), "%s: born in a frozen group",
	   kind->name);
	close(args.cgroup);
}

/* Who ends a chain need not wait until its group is thawed. */
static void test_cancel(struct io_uring *ring, const struct kind *kind)
{
	const struct step steps[] = {
		CLONE(L, 0), READ(H, -EINTR), MAKE(L),
		EXEC(0, -ECANCELED, TINY),
	};
	const struct step cancel = OP(IORING_OP_ASYNC_CANCEL, 0, 0,
				      .addr = (void *)3);
	bool good = freeze_in_read(ring, &v2, steps, 4);
	int results[6];

	queue_step(ring, &cancel, 5);
	submit(ring);
	good &= collect(ring, results, 5) && step_is(results, 2, -EINTR) &&
		step_is(results, 3, -ECANCELED) &&
		step_is(results, 4, -ECANCELED) && step_is(results, 5, 0);
	ok(good & status_is(SIGKILL) && !is_made(NULL),
	   "%s: cancelled while it is frozen", kind->name);
	v2.thaw();
}

/*
 * Its submitter stops, and completes no request until it is continued. The
 * process waits for that without sleeping in a request.
 */
static int stops(const void *kind)
{
	const struct step steps[] = {
		CLONE(L, 0), READ(L, 1),
		OP(IORING_OP_READ, H, -EBADF, .fd = 9999, .addr = buffer,
		   .len = 1),
		MAKE(0),
	};
	struct io_uring ring;
	int results[5];

	if (open_ring(&ring, kind, 8))
		die("ring");
	queue_steps(&ring, steps, 4);
	submit(&ring);
	wait_for_read();
	raise(SIGSTOP);
	return !(collect(&ring, results, 4) && step_is(results, 2, 1) &&
		 step_is(results, 3, -EBADF) && status_is(EXITED(127)));
}

static bool is_idle(void *pid)
{
	char path[64], state = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", *(pid_t *)pid);
	file = fopen(path, "r");
	if (!file || fscanf(file, "%*d %*s %c", &state) != 1)
		state = 0;
	if (file)
		fclose(file);
	return state == 'I';
}

static void test_stopped(const struct kind *kind)
{
	pid_t submitter, pid;
	char state;
	bool good;
	int status;

	unlink(MADE);
	fflush(stdout);
	submitter = fork();
	if (!submitter) {
		alarm(3 * DEADLINE);
		_exit(stops(kind));
	}
	if (waitpid(submitter, &status, WUNTRACED) != submitter ||
	    !WIFSTOPPED(status))
		die("the submitter");
	pid = any_child_of(submitter, 0, &state);
	v2.enter(pid);
	if (write(pipes[1], "x", 1) != 1)
		die("write");
	good = eventually(is_idle, &pid) && v2.freeze();
	kill(submitter, SIGCONT);
	good &= stays_frozen(&v2);
	v2.thaw();
	ok(waitpid(submitter, &status, 0) == submitter && status == EXITED(0) &&
	   good && is_made(NULL), "%s: frozen while it waits for its submitter",
	   kind->name);
}

/*
 * All but this process are frozen for a second, in which the kernel only turns
 * round, then the suspend is given up.
 */
static void test_suspend(struct io_uring *ring, const struct kind *kind)
{
	const struct step steps[] = {
		CLONE(L, 0), READ(H, -EINTR), MAKE(L), READ(L, 1),
		EXEC(0, 0, TINY),
	};
	int results[6] = { 0 };
	bool good;

	if (write_string("/sys/module/suspend/parameters/pm_test_delay", "1") ||
	    write_string("/sys/power/pm_test", "freezer")) {
		skip("this kernel cannot try it", "%s: suspend", kind->name);
		return;
	}
	unlink(MADE);
	queue_steps(ring, steps, 5);
	submit(ring);
	wait_for_read();
	good = !write_string("/sys/power/state", "freeze");
	if (!good)
		note("not all were frozen");
	good &= eventually(is_made, NULL) && eventually(child_sleeps, NULL);
	if (write(pipes[1], "x", 1) != 1)
		die("write");
	good &= collect(ring, results, 5) && step_is(results, 2, -EINTR) &&
		step_is(results, 4, 1) && step_is(results, 5, 0);
	ok(good & status_is(EXITED(0)), "%s: suspend", kind->name);
	write_string("/sys/power/pm_test", "none");
}

static bool mount_v1(void)
{
	mkdir(V1, 0755);
	if (mount("freezer", V1, "cgroup", 0, "freezer"))
		return false;
	mkdir(V1 "/" GROUP, 0755);
	return !access(V1 "/" GROUP "/freezer.state", F_OK);
}

static bool unmount_v1(void *unused)
{
	(void)unused;
	rmdir(V1 "/" GROUP);
	return !umount(V1);
}

static void test_all(struct io_uring *ring, const struct kind *kind)
{
	test_goes_on(ring, kind, &v2);
	test_ends(ring, kind, &v2);
	test_born(ring, kind);
	test_cancel(ring, kind);
}

static void test_v1(struct io_uring *ring, const struct kind *kind)
{
	test_goes_on(ring, kind, &v1);
	test_ends(ring, kind, &v1);
}

int main(void)
{
	struct io_uring ring;

	alarm(600);
	make_pipe();
	cgroup_make(GROUP);
	for_main_kinds(test_all, "a group that is frozen");
	test_stopped(&kinds[0]);
	cgroup_remove(GROUP);
	if (mount_v1())
		for_main_kinds(test_v1, "a group that is frozen");
	else
		skip("no such controller", "freezer.state");
	eventually(unmount_v1, NULL);
	if (open_ring(&ring, &kinds[0], 8))
		die("ring");
	test_suspend(&ring, &kinds[0]);
	close_ring(&ring, &kinds[0]);
	unlink(MADE);
	return done();
}
