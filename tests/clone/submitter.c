// SPDX-License-Identifier: GPL-2.0
/*
 * Whose process it is on a ring with an SQPOLL thread: that of the thread that
 * made the ring, with all that this thread has for itself, or nobody's. Threads
 * take their credentials by the calls themselves: libc's change those of all.
 */
#include "state.h"
#include "test.h"
#include "filter.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

#define TINY	"/tests/tiny"

static const struct kind polled = { "SQPOLL", IORING_SETUP_SQPOLL };

static char by_hand[STATE_SIZE], report[STATE_SIZE], others[STATE_SIZE];
static struct io_uring ring;
/* the thread that made the ring says that it has, and is told to go on */
static int ready[2], go[2];

static void tell(const int *pipe_fds)
{
	if (write(pipe_fds[1], "x", 1) != 1)
		die("write");
}

static void hear(const int *pipe_fds)
{
	char c;

	if (read(pipe_fds[0], &c, 1) != 1)
		die("read");
}

static pthread_t start(void *(*function)(void *))
{
	pthread_t thread;

	if (pipe(ready) || pipe(go) ||
	    pthread_create(&thread, NULL, function, NULL))
		die("thread");
	hear(ready);
	return thread;
}

/* A chain of which CLONE gives @want. */
static bool chain_is(int want)
{
	const struct step steps[] = {
		CLONE(L, want), EXEC(0, want ? -ECANCELED : 0, TINY),
	};

	return TRY(&ring, steps, want ? NO_CHILD : EXITED(0));
}

static void open_polled(void)
{
	if (open_ring(&ring, &polled, 8))
		die("ring");
}

static void become(uid_t uid)
{
	if (syscall(SYS_setresuid, uid, uid, uid))
		die("setresuid");
}

/* All that a thread can have for itself. */
static void restrict_thread(void)
{
	struct sock_filter code[] =
		FILTER_OF(SYS_mkdirat, SECCOMP_RET_ERRNO | EXDEV);
	struct sock_fprog program = { ARRAY_SIZE(code), code };

	if (unshare(CLONE_NEWUTS | CLONE_NEWIPC | CLONE_FS) ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) ||
	    chdir("/tmp"))
		die("restrict");
	become(1000);
}

static bool report_by_hand(void)
{
	pid_t pid = fork();

	if (!pid) {
		syscall(SYS_execveat, EXE_FD, "", report_argv, environ,
			AT_EMPTY_PATH);
		_exit(1);
	}
	if (!status_is(EXITED(0)))
		return false;
	state_read(by_hand);
	return true;
}

/* Is the program of a chain what it was by hand? */
static bool is_the_thread(void)
{
	static const char *const keys[] = {
		"Uid", "Gid", "CapEff", "CapPrm", "NoNewPrivs", "Seccomp",
		"ns.uts", "ns.ipc", "ns.mnt", "cwd", "umask",
	};
	const struct step steps[] = { CLONE(L, 0), REPORT(0, 0) };
	bool good = TRY(&ring, steps, EXITED(0));
	unsigned int i;

	state_read(report);
	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		if (!state_differs(report, by_hand, keys[i]))
			continue;
		note("%s differs", keys[i]);
		good = false;
	}
	return good;
}

static bool own_good;

static void *restricted(void *unused)
{
	restrict_thread();
	own_good = report_by_hand();
	open_polled();
	own_good &= is_the_thread();
	tell(ready);
	hear(go);
	return unused;
}

/* The thread submits, and then another one does that has all rights. */
static int maker(const void *unused)
{
	pthread_t thread = start(restricted);
	bool good;

	(void)unused;
	state_print(others);
	good = own_good && state_differs(others, by_hand, "Uid") &&
	       state_differs(others, by_hand, "ns.uts");
	good &= is_the_thread();
	tell(go);
	pthread_join(thread, NULL);
	return !good;
}

static void *makes_ring(void *unused)
{
	open_polled();
	tell(ready);
	hear(go);
	return unused;
}

/* @registered: another thread is known to the ring, and lives. */
static int gone(const void *registered)
{
	pthread_t thread = start(makes_ring);
	bool good = chain_is(0);

	if (registered && io_uring_register_ring_fd(&ring) != 1)
		die("register");
	good &= chain_is(0);
	tell(go);
	pthread_join(thread, NULL);
	return !(good & chain_is(-EPERM) & chain_is(-EPERM));
}

static void *changes(void *unused)
{
	open_polled();
	own_good = chain_is(0);
	become(1000);
	own_good &= chain_is(-EPERM);
	tell(ready);
	hear(go);
	return unused;
}

/* The ring is still that of root, the thread that made it is not. */
static int changed(const void *unused)
{
	pthread_t thread = start(changes);
	bool good = own_good & chain_is(-EPERM);

	(void)unused;
	tell(go);
	pthread_join(thread, NULL);
	return !good;
}

/* The other way round: root came later. */
static void *drops_first(void *unused)
{
	become(1000);
	open_polled();
	own_good = report_by_hand();
	tell(ready);
	hear(go);
	return unused;
}

static int one_cred(const void *unused)
{
	pthread_t thread = start(drops_first);
	bool good = own_good & is_the_thread();

	(void)unused;
	tell(go);
	pthread_join(thread, NULL);
	return !(good & chain_is(-EPERM));
}

/* A ring on the SQPOLL thread of another ring. */
static int attached(const void *unused)
{
	struct io_uring_params params = {
		.flags = IORING_SETUP_SQPOLL | IORING_SETUP_ATTACH_WQ,
	};
	struct io_uring second;
	bool good;

	(void)unused;
	open_polled();
	params.wq_fd = ring.ring_fd;
	if (io_uring_queue_init_params(8, &second, &params))
		die("attach");
	good = chain_is(0);
	ring = second;
	return !(good & chain_is(-EOPNOTSUPP));
}

static bool is_renamed_to(pid_t thread, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/task/%d/comm", thread);
	return !write_string(path, name);
}

/* The number of a thread of this process whose name begins with @name. */
static pid_t thread_called(const char *name)
{
	DIR *tasks = opendir("/proc/self/task");
	char path[64], comm[32];
	struct dirent *entry;
	pid_t pid = 0;
	FILE *file;

	while (tasks && !pid && (entry = readdir(tasks))) {
		snprintf(path, sizeof(path), "/proc/self/task/%.16s/comm",
			 entry->d_name);
		file = fopen(path, "r");
		if (file && fgets(comm, sizeof(comm), file) &&
		    !strncmp(comm, name, strlen(name)))
			pid = atoi(entry->d_name);
		if (file)
			fclose(file);
	}
	closedir(tasks);
	return pid;
}

/* The same, when it has given itself that name. */
static pid_t wait_for_thread(const char *name)
{
	int tries = 1000;
	pid_t pid;

	while (!(pid = thread_called(name)) && --tries)
		usleep(10000);
	if (!pid)
		die(name);
	return pid;
}

/* A worker of this process, which waits in a read. */
static void make_worker(void)
{
	static struct io_uring other;
	static char buffer[1];
	struct io_uring_sqe *sqe;
	int fds[2];

	if (pipe(fds) || io_uring_queue_init(4, &other, 0))
		die("worker");
	sqe = io_uring_get_sqe(&other);
	io_uring_prep_read(sqe, fds[0], buffer, 1, 0);
	sqe->flags = IOSQE_ASYNC;
	if (io_uring_submit(&other) != 1)
		die("worker");
}

/*
 * The SQPOLL thread gets the name that one would have which an older thread of the
 * kernel's had made: that makes no process, whatever it may do.
 */
static int renamed(const void *name)
{
	char text[32];
	pid_t older;

	if (!strcmp(name, "iou-wrk"))
		make_worker();
	else
		open_polled();
	older = wait_for_thread(name);
	/* so that only the other one has such a name */
	if (!is_renamed_to(older, "older"))
		die("comm");
	open_polled();
	snprintf(text, sizeof(text), "iou-sqp-%d", older);
	if (!is_renamed_to(wait_for_thread("iou-sqp"), text))
		die("comm");
	return !chain_is(-EPERM);
}

static void *in_peace(void *fd)
{
	unsigned long long one = 1;

	open_polled();
	own_good = chain_is(0) & chain_is(0);
	if (write(*(int *)fd, &one, sizeof(one)) != sizeof(one))
		die("eventfd");
	return NULL;
}

/* A thread that has nothing to do with the ring sleeps on. */
static int undisturbed(const void *unused)
{
	struct epoll_event event = { .events = EPOLLIN };
	int fd = eventfd(0, 0), epoll = epoll_create1(0), ret;
	pthread_t thread;

	(void)unused;
	if (fd < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) ||
	    pthread_create(&thread, NULL, in_peace, &fd))
		die("epoll");
	ret = epoll_wait(epoll, &event, 1, DEADLINE * 1000);
	if (ret != 1)
		note("epoll_wait: %d, %s", ret, strerror(errno));
	pthread_join(thread, NULL);
	return !(own_good && ret == 1);
}

static void *beside_vfork(void *unused)
{
	hear(ready);
	open_polled();
	own_good = chain_is(0);
	tell(go);
	return unused;
}

/* The leader of the process can do nothing: it waits for its vfork()'s child. */
static int vforked(const void *unused)
{
	volatile pid_t child;
	pthread_t thread;

	(void)unused;
	if (pipe(ready) || pipe(go) ||
	    pthread_create(&thread, NULL, beside_vfork, NULL))
		die("thread");
	child = vfork();
	if (!child) {
		tell(ready);
		hear(go);
		_exit(0);
	}
	pthread_join(thread, NULL);
	return !own_good;
}

int main(void)
{
	static const struct {
		const char *name;
		int (*test)(const void *arg);
		const void *arg;
	} rows[] = {
		{ "all that its thread has", maker, NULL },
		{ "its thread is gone", gone, NULL },
		{ "its thread is gone, another has registered it", gone, "" },
		{ "its thread has given up root", changed, NULL },
		{ "root submits, its thread is not", one_cred, NULL },
		{ "on the SQPOLL thread of another ring", attached, NULL },
		{ "named after another SQPOLL thread", renamed, "iou-sqp" },
		{ "named after a worker", renamed, "iou-wrk" },
		{ "no other thread is disturbed", undisturbed, NULL },
		{ "beside a leader in vfork()", vforked, NULL },
	};
	unsigned int i;

	alarm(300);
	state_setup();
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		ok(!in_process(rows[i].test, rows[i].arg), "SQPOLL: %s",
		   rows[i].name);
	return done();
}
