// SPDX-License-Identifier: GPL-2.0
/*
 * A supervisor of seccomp that is asked about CLONE, and puts another file at the
 * ring's descriptor of its submitter, which is in io_uring_enter() by it. Linux 6.1
 * holds no reference to the ring then, unless another thread has the same table of
 * descriptors: there CLONE is refused without asking.
 */
#include "filter.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>

#define TINY	"/tests/tiny"

struct how {
	const struct kind *kind;
	/* another thread has the table; the ring is registered */
	bool threads, registered;
};

/* In the submitter's memory, in a process and with a table of its own. */
static struct {
	struct io_uring *ring;
	int listener, null;
	/* 1: it was asked, -1: it was not, or could not do its work */
	volatile int asked;
	volatile bool stop;
	char stack[65536];
} super;

static int put_null(unsigned long long id)
{
	struct seccomp_notif_addfd add = {
		.id = id, .flags = SECCOMP_ADDFD_FLAG_SETFD,
		.srcfd = super.null, .newfd = super.ring->ring_fd,
	};

	return ioctl(super.listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add);
}

/* No printf() and no malloc(): the memory is another one's. */
static int supervise(void *unused)
{
	struct pollfd poll_fd = { super.listener, POLLIN, 0 };
	struct seccomp_notif notif = { };
	struct seccomp_notif_resp resp = { .error = -EPERM };

	(void)unused;
	while (poll(&poll_fd, 1, 20) != 1)
		if (super.stop)
			_exit(0);
	if (ioctl(super.listener, SECCOMP_IOCTL_NOTIF_RECV, &notif))
		_exit(1);
	super.asked = put_null(notif.id) == super.ring->ring_fd ? 1 : -1;
	resp.id = notif.id;
	ioctl(super.listener, SECCOMP_IOCTL_NOTIF_SEND, &resp);
	_exit(0);
}

static void watch_clone(void)
{
	struct sock_filter code[] =
		FILTER_OF_ARG(SYS_clone, 0, CLONE_VM | SIGCHLD,
			      SECCOMP_RET_USER_NOTIF);
	struct sock_fprog program = { ARRAY_SIZE(code), code };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	super.listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
				 SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
	if (super.listener < 0)
		die("seccomp");
}

static void *sleeper(void *unused)
{
	pause();
	return unused;
}

static bool is_light(const struct how *how)
{
	return release_begins("6.1.") && !how->threads &&
	       !(how->kind->flags & IORING_SETUP_SQPOLL);
}

/* The descriptor is not the ring's any more: CQEs are only looked at. */
static bool has_cqes(void *ring)
{
	return io_uring_cq_ready(ring) >= 2;
}

static int try(const void *arg)
{
	const struct step steps[] = { CLONE(L, ANY), EXEC(0, -ECANCELED, TINY) };
	const struct how *how = arg;
	bool refused = is_light(how), good;
	struct io_uring_cqe *cqe = NULL;
	struct io_uring ring;
	pthread_t thread;
	int res;

	super.null = open("/dev/null", O_RDWR);
	super.ring = &ring;
	watch_clone();
	if (open_ring(&ring, how->kind, 8))
		die("ring");
	if (how->registered && io_uring_register_ring_fd(&ring) != 1)
		die("register");
	if (how->threads && pthread_create(&thread, NULL, sleeper, NULL))
		die("thread");
	if (clone(supervise, super.stack + sizeof(super.stack), CLONE_VM, 0) < 0)
		die("clone");
	queue_steps(&ring, steps, 2);
	submit_some(&ring);
	if (!eventually(has_cqes, &ring) || io_uring_peek_cqe(&ring, &cqe))
		return 1;
	res = cqe->res;
	super.stop = true;
	waitpid(-1, NULL, __WALL);
	good = refused ? res == -EOPNOTSUPP && !super.asked :
			 res == -EPERM && super.asked == 1;
	if (!good)
		note("CLONE gives %d, the supervisor was%s asked", res,
		     super.asked ? "" : " not");
	return !good;
}

static void test_all(struct io_uring *ring, const struct kind *kind)
{
	static const char *const threads[] = { "one thread", "two threads" };
	unsigned int i;

	(void)ring;
	/* takes its CQEs in io_uring_enter(), which finds no ring there */
	if (kind->flags & IORING_SETUP_DEFER_TASKRUN)
		return;
	for (i = 0; i < 4; i++) {
		struct how how = { kind, i & 1, i & 2 };

		ok(!in_process(try, &how), "%s: %s%s: whether a supervisor is asked",
		   kind->name, threads[i & 1],
		   i & 2 ? ", a registered ring" : "");
	}
}

int main(void)
{
	alarm(300);
	for_main_kinds(test_all, "the table of the submitter");
	return done();
}
