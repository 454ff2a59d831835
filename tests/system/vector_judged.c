// SPDX-License-Identifier: GPL-2.0
/*
 * A row of calls in one request: filters and a supervisor see each call, and what is
 * done to the process from outside takes effect between two of them. audit.c has the
 * records.
 */
#include "blocked.h"
#include "cgroup.h"
#include "filter.h"
#include "held_page.h"
#include "stopped.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#define TINY	"/tests/tiny"
#define MADE	"/tmp/judged-made"
#define FIFO	"/tmp/judged-fifo"
#define GROUP	"ious-v"
#define IGNORE	IORING_CALL_IGNORE
#define UNMADE	(-5000)

static const struct kind *ring_kind;

/* The one in the middle is the one that is looked at. */
static struct io_uring_call calls[3];

static void set_call(unsigned int i, unsigned int nr, unsigned int flags,
		     unsigned long a, unsigned long b, unsigned long c,
		     unsigned long d)
{
	calls[i] = (struct io_uring_call){
		.nr = nr, .flags = flags, .args = { a, b, c, d },
		.result = UNMADE,
	};
}

static void set_make(unsigned int i)
{
	set_call(i, SYS_openat, 0, AT_FDCWD, (unsigned long)MADE,
		 O_CREAT | O_WRONLY, 0600);
}

static bool is_made(void *unused)
{
	(void)unused;
	return !access(MADE, F_OK);
}

/* umask, chdir, openat that makes a file. */
static void set_row(unsigned int flags)
{
	set_call(0, SYS_umask, 0, 022, 0, 0, 0);
	set_call(1, SYS_chdir, flags, (unsigned long)"/", 0, 0, 0);
	set_make(2);
	unlink(MADE);
}

/* ---- filters */

struct row {
	const char *name;
	unsigned int flags, action;
	/* the CQE of the row; the result of the second call, and of the third */
	int res;
	long second, third;
	int exec, status;
	/* of calls; 0: three */
	unsigned int nr;
};

static const struct row rows[] = {
	{ "nothing", 0, SECCOMP_RET_ALLOW, 3, 0, ABOVE_0, 0, EXITED(0) },
	{ "errno", 0, SECCOMP_RET_ERRNO | ERRNO, -ERRNO, -ERRNO, UNMADE,
	  NOT, EXITED(127) },
	{ "errno, ignored", IGNORE, SECCOMP_RET_ERRNO | ERRNO, 3, -ERRNO,
	  ABOVE_0, 0, EXITED(0) },
	{ "errno that means \"queued\"", 0, SECCOMP_RET_ERRNO | 529, -EINVAL,
	  -EINVAL, UNMADE, NOT, EXITED(127) },
	{ "errno that means \"call again\"", 0, SECCOMP_RET_ERRNO | 512,
	  -EINTR, -EINTR, UNMADE, NOT, EXITED(127) },
	{ "kill process", 0, SECCOMP_RET_KILL_PROCESS, -EPERM, -EPERM, UNMADE,
	  NOT, KILLED },
	{ "kill thread, ignored", IGNORE, SECCOMP_RET_KILL_THREAD, -EPERM,
	  -EPERM, UNMADE, NOT, KILLED },
	{ "trap, ignored", IGNORE, SECCOMP_RET_TRAP, -EPERM, -EPERM, UNMADE,
	  NOT, KILLED },
	{ "kill process, ignored, the last", IGNORE, SECCOMP_RET_KILL_PROCESS,
	  -EPERM, -EPERM, UNMADE, NOT, KILLED, 2 },
	{ "trap, ignored, the last", IGNORE, SECCOMP_RET_TRAP, -EPERM, -EPERM,
	  UNMADE, NOT, KILLED, 2 },
};

static bool result_is(unsigned int i, long want)
{
	if (calls[i].result == want ||
	    (want == ABOVE_0 && calls[i].result > 0))
		return true;
	note("call %u gave %lld, not %ld", i, (long long)calls[i].result, want);
	return false;
}

static bool row_gives(struct io_uring *ring, const struct row *row)
{
	const struct step steps[] = {
		CLONE(L, 0), VECTOR(L, row->res, calls, row->nr ? row->nr : 3),
		EXEC(0, row->exec, TINY),
	};

	set_row(row->flags);
	queue_steps(ring, steps, 3);
	submit(ring);
	return cqes_match(ring, steps, 3) &
	       ended_as(wait_status(), row->status) & result_is(0, 022) &
	       result_is(1, row->second) & result_is(2, row->third) &
	       (is_made(NULL) == (row->third == ABOVE_0));
}

static int run_row(const void *arg)
{
	const struct row *row = arg;
	struct io_uring ring;

	if (open_ring(&ring, ring_kind, 8))
		die("ring");
	filter(0, SYS_chdir, 0, row->action);
	return !row_gives(&ring, row);
}

/* A filter that one call installs judges the next. */
static int own_filter(const void *unused)
{
	struct sock_filter code[] =
		FILTER_OF(SYS_chdir, SECCOMP_RET_ERRNO | ERRNO);
	const struct sock_fprog program = { ARRAY_SIZE(code), code };
	const struct step steps[] = {
		CLONE(L, 0), VECTOR(L, -ERRNO, calls, 3), EXEC(0, NOT, TINY),
	};
	struct io_uring ring;

	(void)unused;
	if (open_ring(&ring, ring_kind, 8))
		die("ring");
	set_row(0);
	set_call(0, SYS_seccomp, 0, SECCOMP_SET_MODE_FILTER, 0,
		 (unsigned long)&program, 0);
	return !(TRY(&ring, steps, EXITED(127)) & result_is(0, 0) &
		 result_is(1, -ERRNO) & result_is(2, UNMADE));
}

struct supervisor {
	int listener, error;
	bool good;
};

/* The first call has been made when it is asked, the third has not. */
static void *supervise(void *arg)
{
	struct supervisor *super = arg;
	struct pollfd poll_fd = { super->listener, POLLIN, 0 };
	struct seccomp_notif notif = { };
	struct seccomp_notif_resp resp = { .error = super->error };

	if (poll(&poll_fd, 1, DEADLINE * 1000) != 1 ||
	    ioctl(super->listener, SECCOMP_IOCTL_NOTIF_RECV, &notif))
		return NULL;
	super->good = notif.data.nr == SYS_chdir &&
		      notif.data.args[0] == calls[1].args[0] &&
		      result_is(0, 022) && result_is(1, UNMADE) &&
		      !is_made(NULL);
	resp.id = notif.id;
	if (!super->error)
		resp.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	super->good &= !ioctl(super->listener, SECCOMP_IOCTL_NOTIF_SEND,
			      &resp);
	return NULL;
}

static int ask(const void *arg)
{
	const int *error = arg;
	const struct row row = {
		.res = *error ? *error : 3, .second = *error,
		.third = *error ? UNMADE : ABOVE_0, .exec = *error ? NOT : 0,
		.status = EXITED(*error ? 127 : 0),
	};
	struct supervisor super = { .error = *error };
	struct io_uring ring;
	pthread_t thread;
	bool good;

	if (open_ring(&ring, ring_kind, 8))
		die("ring");
	set_row(0);
	super.listener = filter(SECCOMP_FILTER_FLAG_NEW_LISTENER, SYS_chdir, 0,
				SECCOMP_RET_USER_NOTIF);
	if (pthread_create(&thread, NULL, supervise, &super))
		die("thread");
	good = row_gives(&ring, &row);
	pthread_join(thread, NULL);
	return !(good && super.good);
}

static void test_filters(const struct kind *kind)
{
	static const int answers[] = { 0, -ERRNO };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		ok(!in_process(run_row, &rows[i]), "%s: the second call: %s",
		   kind->name, rows[i].name);
	ok(!in_process(own_filter, NULL), "%s: a filter of the row's own",
	   kind->name);
	for (i = 0; i < ARRAY_SIZE(answers); i++)
		ok(!in_process(ask, &answers[i]), "%s: a supervisor: %s",
		   kind->name, i ? "no" : "yes");
}

/* ---- from outside */

/* The second call sleeps, its failure is ignored, the third makes a file. */
static void start_sleeping(struct io_uring *ring)
{
	const struct step steps[] = {
		CLONE(L, 0), VECTOR(L, 0, calls, 3), EXEC(0, 0, TINY),
	};

	set_row(IGNORE);
	set_call(1, SYS_openat, IGNORE, AT_FDCWD, (unsigned long)FIFO,
		 O_RDONLY, 0);
	queue_steps(ring, steps, 3);
	submit(ring);
}

static bool second_sleeps(void *unused)
{
	char state = 0;

	(void)unused;
	return calls[0].result != UNMADE && any_child(&state) && state == 'S';
}


static void test_kill(struct io_uring *ring, const struct kind *kind)
{
	int results[4] = { 0 };
	char state;
	bool good;

	start_sleeping(ring);
	good = eventually(second_sleeps, NULL) &&
	       !kill(any_child(&state), SIGKILL);
	good &= collect(ring, results, 3) && step_is(results, 2, -EINTR) &&
		step_is(results, 3, -ECANCELED) &&
		ended_as(wait_status(), SIGKILL);
	ok(good && result_is(1, -EINTR) && result_is(2, UNMADE) &&
	   !is_made(NULL), "%s: killed in the second call", kind->name);

	start_sleeping(ring);
	good = eventually(second_sleeps, NULL) &&
	       !io_uring_spawn_cancel_all(ring);
	good &= collect(ring, results, 3) && step_is(results, 2, -EINTR) &&
		ended_as(wait_status(), SIGKILL);
	ok(good && result_is(2, UNMADE) && !is_made(NULL),
	   "%s: cancelled in the second call", kind->name);
}

/* It stays where it is, and its call begins again. */
static void test_freezer(struct io_uring *ring, const struct kind *kind)
{
	int results[4] = { 0 };
	char text[24], state;
	bool good;

	start_sleeping(ring);
	good = eventually(second_sleeps, NULL);
	snprintf(text, sizeof(text), "%d", any_child(&state));
	good &= !cgroup_write(GROUP, "cgroup.procs", text) &&
		!cgroup_write(GROUP, "cgroup.freeze", "1") &&
		cgroup_becomes(GROUP, "cgroup.events", "frozen", 1);
	usleep(200000);
	good &= !is_made(NULL) &&
		cgroup_event(GROUP, "cgroup.events", "frozen") == 1;
	cgroup_write(GROUP, "cgroup.freeze", "0");
	good &= eventually(has_reader, FIFO);
	good &= collect(ring, results, 3) && step_is(results, 2, 3) &&
		step_is(results, 3, 0) && status_is(EXITED(0));
	ok(good && result_is(1, ABOVE_0) && is_made(NULL),
	   "%s: frozen in the second call", kind->name);
}

/* The process closes the ring when it has a table of its own, not at the next request. */
static int ring_is_closed(const void *unused)
{
	struct clone_args args = {
		.flags = CLONE_FILES, .exit_signal = SIGCHLD,
	};
	const struct step steps[] = {
		CLONE_WITH(L, ABOVE_0, &args), VECTOR(L, 0, calls, 3),
		EXEC(0, 0, TINY),
	};
	struct io_uring ring;

	(void)unused;
	if (open_ring(&ring, ring_kind, 8))
		die("ring");
	set_row(IGNORE);
	set_call(0, SYS_close_range, 0, 900, ~0U, CLOSE_RANGE_UNSHARE, 0);
	set_call(1, SYS_openat, IGNORE, AT_FDCWD, (unsigned long)FIFO,
		 O_RDONLY, 0);
	queue_steps(&ring, steps, 3);
	submit(&ring);
	if (!eventually(second_sleeps, NULL))
		return 1;
	close_ring(&ring, ring_kind);
	return !(ended_as(wait_status(), SIGKILL) && !is_made(NULL));
}

/* An entry, or its result, in memory that somebody else has to give. */
static void test_held(struct io_uring *ring, const struct kind *kind)
{
	int results[4] = { 0 };
	bool good;

	if (!page_hold()) {
		skip("no userfaultfd", "%s: memory that is held back",
		     kind->name);
		return;
	}
	{
		const struct step steps[] = {
			CLONE(L, 0), VECTOR(L, 0, page, 3), EXEC(0, 0, TINY),
		};

		queue_steps(ring, steps, 3);
	}
	submit(ring);
	good = page_wanted() && !io_uring_spawn_cancel_all(ring);
	good &= collect(ring, results, 3) &&
		step_is(results, 2, -EINTR) &&
		step_is(results, 3, -ECANCELED) &&
		ended_as(wait_status(), SIGKILL);
	ok(good, "%s: cancelled while an entry is held back", kind->name);
	page_unmap();
}

static void test_all(struct io_uring *ring, const struct kind *kind)
{
	ring_kind = kind;
	test_filters(kind);
	test_kill(ring, kind);
	test_freezer(ring, kind);
	if (release_begins("6.1."))
		skip("a ring that is not registered has no CLONE_FILES",
		     "%s: the ring is closed", kind->name);
	else if (kind->flags & IORING_SETUP_SQPOLL)
		skip("its thread holds the ring", "%s: the ring is closed",
		     kind->name);
	else
		ok(!in_process(ring_is_closed, NULL), "%s: the ring is closed",
		   kind->name);
	test_held(ring, kind);
}

int main(void)
{
	const char *why = cgroup_setup();

	alarm(550);
	if (why)
		die(why);
	cgroup_make(GROUP);
	umask(022);
	if (mkfifo(FIFO, 0600))
		die(FIFO);
	for_main_kinds(test_all, "rows of calls, judged");
	unlink(FIFO);
	unlink(MADE);
	cgroup_remove(GROUP);
	return done();
}
