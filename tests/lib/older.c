// SPDX-License-Identifier: GPL-2.0
#include "older.h"

#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "filter.h"

#define PROBE_OPS	256

struct probe {
	struct io_uring_probe probe;
	struct io_uring_probe_op ops[PROBE_OPS];
};

/* What the kernel says of any ring, with another version; 0 or an errno. */
static int answer(struct io_uring *ring, const struct seccomp_notif *call,
		  unsigned int abi)
{
	unsigned int nr = call->data.args[3];
	struct probe probe = { 0 };
	struct iovec from = { &probe, sizeof(probe.probe) + nr * sizeof(*probe.ops) };
	struct iovec to = { (void *)call->data.args[2], from.iov_len };
	__u32 *version = &probe.ops[IO_URING_SPAWN_OP_CLONE].resv2;

	if (nr > PROBE_OPS)
		return EINVAL;
	if (syscall(SYS_io_uring_register, ring->ring_fd, IORING_REGISTER_PROBE,
		    &probe, nr))
		return errno;
	if (*version > abi)
		*version = abi;
	return process_vm_writev(call->pid, &from, 1, &to, 1, 0) ==
	       (ssize_t)from.iov_len ? 0 : EFAULT;
}

static void supervise(int listener, unsigned int abi)
{
	struct pollfd ready = { .fd = listener, .events = POLLIN };
	struct seccomp_notif_resp reply;
	struct seccomp_notif call;
	struct io_uring ring;

	if (io_uring_queue_init(1, &ring, 0))
		die("ring");
	while (poll(&ready, 1, -1) == 1 && !(ready.revents & POLLHUP)) {
		memset(&call, 0, sizeof(call));
		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call))
			continue;
		reply = (struct seccomp_notif_resp){
			.id = call.id, .error = -answer(&ring, &call, abi),
		};
		ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &reply);
	}
}

static int install(void)
{
	struct sock_filter code[] =
		FILTER_OF_ARG(SYS_io_uring_register, 1, IORING_REGISTER_PROBE,
			      SECCOMP_RET_USER_NOTIF);
	struct sock_fprog program = { ARRAY_SIZE(code), code };
	int listener;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
			   SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
	if (listener < 0)
		die("seccomp");
	return listener;
}

/* @fd: tells the number of the listener in @pid, and is told that it is taken. */
static void outside(int fd, pid_t pid, unsigned int abi)
{
	int listener;

	alarm(1000);
	if (read(fd, &listener, sizeof(listener)) != sizeof(listener))
		die("listener");
	listener = syscall(SYS_pidfd_getfd, syscall(SYS_pidfd_open, pid, 0),
			   listener, 0);
	if (listener < 0 || write(fd, "", 1) != 1)
		die("listener");
	/* what tests look at is not to be held here */
	dup2(listener, 0);
	close_range(1, ~0U, 0);
	supervise(0, abi);
	_exit(0);
}

void older_module(unsigned int abi)
{
	pid_t pid, self = getpid();
	int fds[2], listener;
	char taken;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
		die("socketpair");
	/* no child of this one */
	pid = fork();
	if (!pid) {
		if (!fork())
			outside(fds[1], self, abi);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	listener = install();
	if (write(fds[0], &listener, sizeof(listener)) != sizeof(listener) ||
	    read(fds[0], &taken, 1) != 1)
		die("listener");
	close(listener);
	close(fds[0]);
	close(fds[1]);
}
