// SPDX-License-Identifier: GPL-2.0
/*
 * Chains that sleep in the kernel for ever, on memory that userfaultfd holds
 * back or a file that does not answer: the submitter is not held up, whoever
 * may end the chain can, soon, and the module stays loaded meanwhile.
 */
#include "blocked.h"
#include "held_page.h"

#include <errno.h>
#include <linux/fuse.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>

#define TINY	"/tests/tiny"
#define FIFO	"/tmp/window.fifo"
#define MOUNT	"/tmp/window.fuse"

static int fuse;

static void hold_page(void)
{
	if (!page_hold())
		die("userfaultfd");
}

/* A file system of this process, which answers one request and no more. */
static void hold_files(void)
{
	struct { struct fuse_in_header head; char rest[8192]; } in;
	struct {
		struct fuse_out_header head;
		struct fuse_init_out init;
	} out = {
		.head.len = sizeof(out),
		.init = { .major = 7, .minor = 31, .max_write = 4096 },
	};
	char options[80];

	fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	mkdir(MOUNT, 0755);
	sprintf(options, "fd=%d,rootmode=40755,user_id=0,group_id=0", fuse);
	if (mount("window", MOUNT, "fuse", 0, options) ||
	    read(fuse, &in, sizeof(in)) < 0)
		die("fuse");
	out.head.unique = in.head.unique;
	if (write(fuse, &out, sizeof(out)) != sizeof(out))
		die("fuse");
}

static bool was_asked(void)
{
	struct pollfd input = { .fd = fuse, .events = POLLIN };

	return poll(&input, 1, DEADLINE * 1000) == 1 && input.revents == POLLIN;
}

static void hold_fifo(void)
{
	unlink(FIFO);
	if (mkfifo(FIFO, 0600))
		die("mkfifo");
}

static bool sleeps(void)
{
	wait_for_read();
	return true;
}

/* What a chain is stuck in, between CLONE and EXEC, or as the EXEC. */
static struct stuck {
	const char *name;
	void (*hold)(void);
	struct step step;
	bool (*is_stuck)(void);
	/* the step's path, or an argument of the program, is the page */
	bool path, argument;
} stucks[] = {
	{ "the path of EXEC", hold_page, EXEC(0, 0, NULL), page_wanted, true },
	{ "an argument", hold_page, EXEC(0, 0, TINY), page_wanted,
	  .argument = true },
	{ "the path of chdir", hold_page,
	  CALL(L, 0, __NR_chdir, 0, 0, 0, 0), page_wanted, true },
	{ "READ's buffer", hold_page,
	  OP(IORING_OP_READ, L, 0, .len = 1), page_wanted, true },
	{ "a FIFO", hold_fifo, OPEN(L, 0, FIFO, O_RDONLY), sleeps },
	{ "FUSE", hold_files, EXEC(0, 0, MOUNT "/x"), was_asked },
};

/* CLONE -> the step, perhaps with a timeout, 4 -> EXEC, 3 */
static void start_stuck(struct io_uring *ring, const struct stuck *stuck,
			bool timed)
{
	/* longer than a slow machine takes to be stuck */
	static struct __kernel_timespec limit = { .tv_sec = 2 };
	static char *argv[] = { NULL, NULL };
	const struct step first = CLONE(L, 0), last = EXEC(0, 0, TINY);
	const struct step timeout = OP(IORING_OP_LINK_TIMEOUT, L, 0,
				       .addr = &limit, .len = 1);
	struct step step = stuck->step;

	stuck->hold();
	argv[0] = stuck->argument ? page : (char *)TINY;
	if (step.op == IORING_OP_EXEC)
		step.argv = argv;
	if (stuck->path && step.op == IORING_OP_SYSCALL)
		step.args[0] = (unsigned long)page;
	else if (stuck->path)
		step.addr = page;
	if (step.op == IORING_OP_READ)
		step.fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	step.flags = L;
	queue_step(ring, &first, 1);
	queue_step(ring, &step, 2);
	if (timed)
		queue_step(ring, &timeout, 4);
	queue_step(ring, &last, 3);
	submit(ring);
	if (!stuck->is_stuck())
		die("it is not stuck");
}

/* How it ends; from EXIT on this process does not live to see it. */
enum end { CANCEL, TIMEOUT, CLOSE, UNMAP, EXIT, KILL, EXECS, THREAD_EXECS };

static const char *const ends[] = {
	[CANCEL] = "is cancelled", [TIMEOUT] = "times out",
	[CLOSE] = "the ring is closed", [UNMAP] = "the page goes",
	[EXIT] = "the submitter exits", [KILL] = "the submitter is killed",
	[EXECS] = "the submitter execs",
	[THREAD_EXECS] = "another thread execs",
};

static void *exec_tiny(void *unused)
{
	execl(TINY, "tiny", NULL);
	return unused;
}

static void cancel(struct io_uring *ring)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	io_uring_prep_cancel64(sqe, 2, 0);
	sqe->user_data = 0;
	submit(ring);
}

static void end_it(struct io_uring *ring, enum end end)
{
	pthread_t thread;

	switch (end) {
	case CANCEL:
		cancel(ring);
		break;
	case TIMEOUT:
		break;
	case CLOSE:
		io_uring_queue_exit(ring);
		break;
	case UNMAP:
		page_unmap();
		break;
	case EXIT:
		_exit(0);
	case KILL:
		raise(SIGKILL);
		break;
	case EXECS:
		exec_tiny(NULL);
		_exit(1);
	case THREAD_EXECS:
		if (pthread_create(&thread, NULL, exec_tiny, NULL))
			die("thread");
		/* de_thread() ends this one, which submitted */
		pause();
	}
}

/* A ring whose chain is stuck takes other requests. */
static bool is_free(struct io_uring *ring)
{
	const struct step nop = NOP(0, 0);
	unsigned long user_data;
	int res;

	if (!next_cqe(ring, &user_data, &res) || user_data != 1 || res)
		return false;
	queue_step(ring, &nop, 9);
	submit(ring);
	return next_cqe(ring, &user_data, &res) && user_data == 9 && !res;
}

/* In a process of its own; 0 if all is well. */
static int submitter(const struct kind *kind, const struct stuck *stuck,
		     enum end end)
{
	int res[5] = {}, status, want = end == UNMAP ? EXITED(127) : SIGKILL;
	struct io_uring ring;
	bool good;

	alarm(DEADLINE);
	if (open_ring(&ring, kind, 16))
		die("ring");
	start_stuck(&ring, stuck, end == TIMEOUT);
	if (!is_free(&ring))
		return 2;
	end_it(&ring, end);
	status = wait_status();
	if (end == CLOSE)
		return status != want;
	good = collect(&ring, res, end == CANCEL || end == TIMEOUT ? 3 : 2) &&
	       step_is(res, 3, -ECANCELED) && status == want;
	if (end == TIMEOUT)
		good &= step_is(res, 4, -ETIME);
	if (!good)
		note("%d, status %#x", res[2], status);
	return !good;
}

static bool is_known(const struct stuck *stuck)
{
	return stuck->hold != hold_files || !access("/dev/fuse", R_OK);
}

static void test_ends(const struct kind *kind, const struct stuck *stuck)
{
	int status, want, orphan;
	unsigned int end;
	pid_t pid;

	for (end = CANCEL; end <= THREAD_EXECS; end++) {
		if (end == UNMAP && stuck->hold != hold_page)
			continue;
		fflush(stdout);
		pid = fork();
		if (!pid)
			_exit(submitter(kind, stuck, end));
		want = end == KILL ? SIGKILL : 0;
		waitpid(pid, &status, 0);
		orphan = end >= EXIT ? wait_status() : SIGKILL;
		umount2(MOUNT, MNT_DETACH);
		ok(status == want && orphan == SIGKILL,
		   "%s, stuck in %s: %s (%#x, %#x)", kind->name, stuck->name,
		   ends[end], status, orphan);
	}
}

/* Once the page is there, the chain goes on. */
static int resolved(const void *stuck)
{
	int res[5] = {};
	struct io_uring ring;

	if (io_uring_queue_init(8, &ring, 0))
		die("ring");
	start_stuck(&ring, stuck, false);
	if (!page_give("/"))
		die("UFFDIO_COPY");
	return !(collect(&ring, res, 3) && step_is(res, 1, 0) &&
		 step_is(res, 2, 0) && step_is(res, 3, 0) &&
		 status_is(EXITED(0)));
}

/* Both answer in bounded time, and nothing has changed. */
static bool stays_loaded(void)
{
	time_t start = time(NULL);
	int module = syscall(SYS_delete_module, "io_uring_spawn", O_NONBLOCK);
	int error = errno, armed = write_string(PARAMETERS "armed", "0");

	if (!module || armed != -EBUSY)
		note("rmmod %d (%d), disarm %d", module, error, armed);
	return module < 0 && (error == EWOULDBLOCK || error == EBUSY) &&
	       armed == -EBUSY && time(NULL) - start < DEADLINE &&
	       read_number(PARAMETERS "chains") == 1;
}

static int unloaded(const void *stuck)
{
	struct io_uring ring;
	bool good;

	if (io_uring_queue_init(8, &ring, 0))
		die("ring");
	start_stuck(&ring, stuck, false);
	good = stays_loaded();
	io_uring_queue_exit(&ring);
	return !(good && wait_status() == SIGKILL);
}

/* The state of a process of the chain, whoever's child it is now. */
static bool is_child_in(void *state)
{
	char now = 0;

	return any_child(&now) && now == *(char *)state;
}

/* Its chain is stuck in a file system of another process; it execs when told. */
static pid_t fork_asker(void)
{
	const struct step steps[] = {
		CLONE(L, 0), EXEC(0, 0, MOUNT "/x"),
	};
	struct io_uring ring;
	sigset_t told;
	pid_t pid;
	int sig;

	sigemptyset(&told);
	sigaddset(&told, SIGUSR1);
	sigprocmask(SIG_BLOCK, &told, NULL);
	fflush(stdout);
	pid = fork();
	if (pid)
		return pid;
	close(fuse);
	if (io_uring_queue_init(8, &ring, 0))
		die("ring");
	queue_steps(&ring, steps, 2);
	submit(&ring);
	sigwait(&told, &sig);
	exec_tiny(NULL);
	_exit(1);
}

/*
 * A server that has taken the request and does not answer: FUSE waits for it,
 * whatever signals come, until the server is gone.
 */
static void test_server(bool execs)
{
	static char request[1 << 16];
	char state = 'D';
	int status;
	pid_t pid;

	hold_files();
	pid = fork_asker();
	if (!was_asked() || read(fuse, request, sizeof(request)) < 0)
		die("no request");
	kill(pid, execs ? SIGUSR1 : SIGKILL);
	if (execs) {
		usleep(300000);
		ok(!waitpid(pid, &status, WNOHANG), "FUSE has the request: "
		   "a submitter that execs waits, as for a worker's");
	} else {
		status = wait_status();
		ok(status == SIGKILL && waited_pid == pid,
		   "FUSE has the request: a submitter that is killed is gone "
		   "(%#x of %d)", status, waited_pid);
		ok(eventually(is_child_in, &state),
		   "FUSE has the request: but its chain is not");
	}
	ok(stays_loaded(), "FUSE has the request: rmmod refuses, and is back");
	close(fuse);
	umount2(MOUNT, MNT_DETACH);
	if (execs && waitpid(pid, &status, 0) == pid)
		ok(!status, "the server is gone: the exec is done (%#x)",
		   status);
	status = wait_status();
	ok(status == SIGKILL, "the server is gone: so is the chain (%#x of %d)",
	   status, waited_pid);
}

int main(void)
{
	static const struct kind poll_thread = {
		"SQPOLL", IORING_SETUP_SQPOLL,
	};
	struct stuck *stuck;

	alarm(1500);
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	for (stuck = stucks; stuck < stucks + ARRAY_SIZE(stucks); stuck++) {
		if (!is_known(stuck)) {
			skip("no /dev/fuse: a module here", "%s", stuck->name);
			continue;
		}
		test_ends(&kinds[0], stuck);
		ok(!in_process(unloaded, stuck),
		   "stuck in %s: rmmod refuses, and is back", stuck->name);
		umount2(MOUNT, MNT_DETACH);
	}
	test_ends(&poll_thread, &stucks[0]);
	/* "/" is a directory, and good for chdir() */
	ok(!in_process(resolved, &stucks[2]), "a page comes: the chain goes on");
	if (is_known(&stucks[5])) {
		test_server(false);
		test_server(true);
	}
	return done();
}
