/* SPDX-License-Identifier: GPL-2.0 */
/* The rows of opcodes.c: a new opcode is a PREP() and a ROW(). */
#ifndef IOUS_OPCODES_H
#define IOUS_OPCODES_H

#include "test.h"

#include <linux/futex.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#define DIR	"/tmp/opcodes/"

/* What a CQE may say; other values are meant as they are. */
#define POSITIVE	ANY
#define REFUSED		(-EOPNOTSUPP)

/* Made anew for each chain. */
static struct {
	int pipe[2], pipe2[2], pair[2];
	int file, listener, client, epoll, socket;
	struct io_uring other;
} env;

static char buffer[4096] __attribute__((aligned(4096)));
static struct iovec iov = { buffer, 4 };
static struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
static struct sockaddr_in address;
static socklen_t address_len = sizeof(address);
static struct statx stx;
static struct open_how how = { .flags = O_RDONLY };
static struct epoll_event event = { .events = EPOLLIN };
static struct __kernel_timespec soon = { 0, 1000000 };
static struct futex_waitv waitv = { .flags = FUTEX_32 };
static siginfo_t info;
static unsigned int word;
static int fds[2];

/* One function for each row of the table. */
#define PREP(name, ...) \
	static void prep_##name(struct io_uring_sqe *sqe) { __VA_ARGS__; }

PREP(nop, io_uring_prep_nop(sqe))
PREP(readv, io_uring_prep_readv(sqe, env.pipe[0], &iov, 1, -1))
PREP(writev, io_uring_prep_writev(sqe, env.pipe[1], &iov, 1, -1))
PREP(fsync, io_uring_prep_fsync(sqe, env.file, 0))
PREP(read_fixed, io_uring_prep_read_fixed(sqe, env.pipe[0], buffer, 4, -1, 0))
PREP(write_fixed, io_uring_prep_write_fixed(sqe, env.pipe[1], buffer, 4, -1, 0))
PREP(poll_add, io_uring_prep_poll_add(sqe, env.pipe[0], POLLIN))
PREP(poll_remove, io_uring_prep_poll_remove(sqe, 77))
PREP(sync_file_range, io_uring_prep_sync_file_range(sqe, env.file, 4, 0, 0))
PREP(sendmsg, io_uring_prep_sendmsg(sqe, env.pair[1], &msg, 0))
PREP(recvmsg, io_uring_prep_recvmsg(sqe, env.pair[0], &msg, 0))
PREP(timeout, io_uring_prep_timeout(sqe, &soon, 0, 0))
PREP(timeout_remove, io_uring_prep_timeout_remove(sqe, 77, 0))
PREP(accept, io_uring_prep_accept(sqe, env.listener, NULL, NULL, 0))
PREP(async_cancel, io_uring_prep_cancel64(sqe, 77, 0))
PREP(connect, io_uring_prep_connect(sqe, env.socket, (void *)&address,
				    sizeof(address)))
PREP(fallocate, io_uring_prep_fallocate(sqe, env.file, 0, 0, 8192))
PREP(openat, io_uring_prep_openat(sqe, AT_FDCWD, DIR "file", O_RDONLY, 0))
PREP(close, io_uring_prep_close(sqe, env.file))
PREP(files_update, fds[0] = -1; io_uring_prep_files_update(sqe, fds, 1, 2))
PREP(statx, io_uring_prep_statx(sqe, AT_FDCWD, DIR "file", 0, STATX_SIZE, &stx))
PREP(read, io_uring_prep_read(sqe, env.pipe[0], buffer, 4, -1))
PREP(write, io_uring_prep_write(sqe, env.pipe[1], buffer, 4, -1))
PREP(fadvise, io_uring_prep_fadvise(sqe, env.file, 0, 4, POSIX_FADV_NORMAL))
PREP(madvise, io_uring_prep_madvise(sqe, buffer, 4096, MADV_NORMAL))
PREP(send, io_uring_prep_send(sqe, env.pair[1], buffer, 4, 0))
PREP(recv, io_uring_prep_recv(sqe, env.pair[0], buffer, 4, 0))
PREP(openat2, io_uring_prep_openat2(sqe, AT_FDCWD, DIR "file", &how))
PREP(epoll_ctl, io_uring_prep_epoll_ctl(sqe, env.epoll, env.pipe[0],
					EPOLL_CTL_ADD, &event))
PREP(splice, io_uring_prep_splice(sqe, env.pipe[0], -1, env.pipe2[1], -1, 4, 0))
PREP(provide_buffers, io_uring_prep_provide_buffers(sqe, buffer, 16, 4, 9, 0))
PREP(remove_buffers, io_uring_prep_remove_buffers(sqe, 1, 8))
PREP(tee, io_uring_prep_tee(sqe, env.pipe[0], env.pipe2[1], 4, 0))
PREP(shutdown, io_uring_prep_shutdown(sqe, env.pair[0], SHUT_RDWR))
PREP(renameat, io_uring_prep_renameat(sqe, AT_FDCWD, DIR "file", AT_FDCWD,
				      DIR "renamed", 0))
PREP(unlinkat, io_uring_prep_unlinkat(sqe, AT_FDCWD, DIR "file", 0))
PREP(mkdirat, io_uring_prep_mkdirat(sqe, AT_FDCWD, DIR "dir", 0700))
PREP(symlinkat, io_uring_prep_symlinkat(sqe, "file", AT_FDCWD, DIR "symlink"))
PREP(linkat, io_uring_prep_linkat(sqe, AT_FDCWD, DIR "file", AT_FDCWD,
				  DIR "link", 0))
PREP(msg_ring, io_uring_prep_msg_ring(sqe, env.other.ring_fd, 1, 2, 0))
PREP(fsetxattr, io_uring_prep_fsetxattr(sqe, env.file, "trusted.a", "b", 0, 1))
PREP(setxattr, io_uring_prep_setxattr(sqe, "trusted.a", "b", DIR "file", 0, 1))
PREP(fgetxattr, io_uring_prep_fgetxattr(sqe, env.file, "trusted.x", buffer, 4))
PREP(getxattr, io_uring_prep_getxattr(sqe, "trusted.x", buffer, DIR "file", 4))
PREP(socket, io_uring_prep_socket(sqe, AF_UNIX, SOCK_STREAM, 0, 0))
PREP(uring_cmd, io_uring_prep_cmd_sock(sqe, SOCKET_URING_OP_SIOCINQ,
				       env.pair[0], 0, 0, NULL, 0))
PREP(send_zc, io_uring_prep_send_zc(sqe, env.client, buffer, 4, 0, 0))
PREP(sendmsg_zc, io_uring_prep_sendmsg_zc(sqe, env.client, &msg, 0))
PREP(read_multishot, io_uring_prep_read_multishot(sqe, env.pipe[0], 0, -1, 7))
PREP(waitid, io_uring_prep_waitid(sqe, P_ALL, 0, &info, WEXITED | WNOHANG, 0))
PREP(futex_wait, io_uring_prep_futex_wait(sqe, &word, 0, FUTEX_BITSET_MATCH_ANY,
					  FUTEX2_SIZE_U32, 0))
PREP(futex_wake, io_uring_prep_futex_wake(sqe, &word, 1, FUTEX_BITSET_MATCH_ANY,
					  FUTEX2_SIZE_U32, 0))
PREP(futex_waitv, waitv.uaddr = (unsigned long)&word;
     io_uring_prep_futex_waitv(sqe, &waitv, 1, 0))
PREP(fixed_fd_install, io_uring_prep_fixed_fd_install(sqe, 0, 0))
PREP(ftruncate, io_uring_prep_ftruncate(sqe, env.file, 1))
PREP(bind, address.sin_port = 0;
     io_uring_prep_bind(sqe, env.socket, (void *)&address, sizeof(address)))
PREP(listen, io_uring_prep_listen(sqe, env.socket, 1))
PREP(epoll_wait, io_uring_prep_epoll_wait(sqe, env.epoll, &event, 1, 0))
PREP(readv_fixed, io_uring_prep_readv_fixed(sqe, env.pipe[0], &iov, 1, -1, 0, 0))
PREP(writev_fixed, io_uring_prep_writev_fixed(sqe, env.pipe[1], &iov, 1, -1, 0,
					      0))
PREP(pipe, io_uring_prep_pipe(sqe, fds, 0))
PREP(nop128, io_uring_prep_nop128(sqe))
PREP(uring_cmd128, io_uring_prep_uring_cmd128(sqe, SOCKET_URING_OP_SIOCINQ,
					      env.pair[0]))
/* The same opcodes in forms that make a difference. */
PREP(accept_multishot, io_uring_prep_multishot_accept(sqe, env.listener, NULL,
						      NULL, 0))
PREP(recv_multishot, io_uring_prep_recv_multishot(sqe, env.pair[0], NULL, 0, 0);
     sqe->flags |= IOSQE_BUFFER_SELECT; sqe->buf_group = 7)
PREP(read_select, io_uring_prep_read(sqe, env.pipe[0], NULL, 4, -1);
     sqe->flags |= IOSQE_BUFFER_SELECT; sqe->buf_group = 7)
PREP(read_nonblock, fcntl(env.pipe2[0], F_SETFL, O_NONBLOCK);
     io_uring_prep_read(sqe, env.pipe2[0], buffer, 4, -1))
PREP(read_direct, fcntl(env.file, F_SETFL, O_DIRECT);
     io_uring_prep_read(sqe, env.file, buffer, 4096, 0))
PREP(openat_direct, io_uring_prep_openat_direct(sqe, AT_FDCWD, DIR "file",
						O_RDONLY, 0, 1))
PREP(close_direct, io_uring_prep_close_direct(sqe, 0))

struct row {
	int op;
	const char *name;
	void (*prep)(struct io_uring_sqe *sqe);
	int want;
	/* posts another CQE, later */
	bool notifies;
	/* takes two SQEs */
	bool is_double;
	/* the flag, not the opcode, may be unknown to the kernel: -EINVAL */
	bool maybe_invalid;
};

#define ROW(_op, _prep, _want, ...) \
	{ .op = IORING_OP_##_op, .name = #_op, .prep = prep_##_prep, \
	  .want = (_want), ##__VA_ARGS__ }
#define FORM(_op, _name, _prep, _want, ...) \
	{ .op = IORING_OP_##_op, .name = _name, .prep = prep_##_prep, \
	  .want = (_want), ##__VA_ARGS__ }

static const struct row rows[] = {
	ROW(NOP, nop, 0),
	ROW(READV, readv, 4),
	ROW(WRITEV, writev, 4),
	ROW(FSYNC, fsync, 0),
	ROW(READ_FIXED, read_fixed, 4),
	ROW(WRITE_FIXED, write_fixed, 4),
	ROW(POLL_ADD, poll_add, REFUSED),
	ROW(POLL_REMOVE, poll_remove, REFUSED),
	ROW(SYNC_FILE_RANGE, sync_file_range, 0),
	ROW(SENDMSG, sendmsg, 4),
	ROW(RECVMSG, recvmsg, 4),
	ROW(TIMEOUT, timeout, REFUSED),
	ROW(TIMEOUT_REMOVE, timeout_remove, REFUSED),
	ROW(ACCEPT, accept, POSITIVE),
	ROW(ASYNC_CANCEL, async_cancel, REFUSED),
	ROW(CONNECT, connect, 0),
	ROW(FALLOCATE, fallocate, 0),
	ROW(OPENAT, openat, POSITIVE),
	ROW(CLOSE, close, 0),
	ROW(FILES_UPDATE, files_update, 1),
	ROW(STATX, statx, 0),
	ROW(READ, read, 4),
	ROW(WRITE, write, 4),
	ROW(FADVISE, fadvise, 0),
	ROW(MADVISE, madvise, 0),
	ROW(SEND, send, 4),
	ROW(RECV, recv, 4),
	ROW(OPENAT2, openat2, POSITIVE),
	ROW(EPOLL_CTL, epoll_ctl, 0),
	ROW(SPLICE, splice, 4),
	ROW(PROVIDE_BUFFERS, provide_buffers, POSITIVE),
	ROW(REMOVE_BUFFERS, remove_buffers, 1),
	ROW(TEE, tee, 4),
	ROW(SHUTDOWN, shutdown, 0),
	ROW(RENAMEAT, renameat, 0),
	ROW(UNLINKAT, unlinkat, 0),
	ROW(MKDIRAT, mkdirat, 0),
	ROW(SYMLINKAT, symlinkat, 0),
	ROW(LINKAT, linkat, 0),
	ROW(MSG_RING, msg_ring, 0),
	ROW(FSETXATTR, fsetxattr, 0),
	ROW(SETXATTR, setxattr, 0),
	ROW(FGETXATTR, fgetxattr, 1),
	ROW(GETXATTR, getxattr, 1),
	ROW(SOCKET, socket, POSITIVE),
	ROW(URING_CMD, uring_cmd, REFUSED),
	ROW(SEND_ZC, send_zc, 4, .notifies = true),
	ROW(SENDMSG_ZC, sendmsg_zc, 4, .notifies = true),
	ROW(READ_MULTISHOT, read_multishot, REFUSED),
	ROW(WAITID, waitid, REFUSED),
	ROW(FUTEX_WAIT, futex_wait, REFUSED),
	ROW(FUTEX_WAKE, futex_wake, 0),
	ROW(FUTEX_WAITV, futex_waitv, REFUSED),
	ROW(FIXED_FD_INSTALL, fixed_fd_install, POSITIVE),
	ROW(FTRUNCATE, ftruncate, 0),
	ROW(BIND, bind, 0),
	ROW(LISTEN, listen, 0),
	ROW(EPOLL_WAIT, epoll_wait, REFUSED),
	ROW(READV_FIXED, readv_fixed, 4),
	ROW(WRITEV_FIXED, writev_fixed, 4),
	ROW(PIPE, pipe, 0),
	ROW(NOP128, nop128, 0, .is_double = true),
	ROW(URING_CMD128, uring_cmd128, REFUSED, .is_double = true),

	FORM(ACCEPT, "ACCEPT, multishot", accept_multishot, REFUSED),
	FORM(RECV, "RECV, multishot", recv_multishot, REFUSED),
	FORM(READ, "READ into a provided buffer", read_select, 4),
	FORM(READ, "READ, O_NONBLOCK and empty", read_nonblock, -EAGAIN),
	FORM(READ, "READ, O_DIRECT", read_direct, POSITIVE,
	     .maybe_invalid = true),
	FORM(OPENAT, "OPENAT, direct descriptor", openat_direct, 0),
	FORM(CLOSE, "CLOSE, direct descriptor", close_direct, 0),
};

#endif
