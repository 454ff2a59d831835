// SPDX-License-Identifier: GPL-2.0
/*
 * Every opcode of the kernel, once inside a chain: it works, and the chain
 * goes on to EXEC, or it is refused, and the chain ends. docs/opcodes.md says
 * so for each kernel; tests/cases/opcodes.sh compares.
 */
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

#define TINY	"/tests/tiny"
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

static void make_network(void)
{
	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = 0;
	env.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	env.client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	env.socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(env.listener, (void *)&address, sizeof(address)) ||
	    listen(env.listener, 5) ||
	    getsockname(env.listener, (void *)&address, &address_len) ||
	    connect(env.client, (void *)&address, sizeof(address)))
		die("network");
}

static void make_env(void)
{
	if (pipe2(env.pipe, O_CLOEXEC) || pipe2(env.pipe2, O_CLOEXEC) ||
	    write(env.pipe[1], "data", 4) != 4 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, env.pair) ||
	    write(env.pair[1], "data", 4) != 4 ||
	    system("rm -rf " DIR) || mkdir(DIR, 0700))
		die("environment");
	env.file = open(DIR "file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (write(env.file, buffer, sizeof(buffer)) != sizeof(buffer) ||
	    fsetxattr(env.file, "trusted.x", "y", 1, 0))
		die(DIR "file");
	env.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (io_uring_queue_init(4, &env.other, 0))
		die("another ring");
	make_network();
}

static void drop_env(void)
{
	int i;

	for (i = 0; i < 2; i++) {
		close(env.pipe[i]);
		close(env.pipe2[i]);
		close(env.pair[i]);
	}
	close(env.file);
	close(env.epoll);
	close(env.listener);
	close(env.client);
	close(env.socket);
	io_uring_queue_exit(&env.other);
}

/* A direct descriptor 0, free slots, a registered buffer, provided buffers. */
static void equip(struct io_uring *ring)
{
	static char provided[2][16];
	int table[4] = { env.file, -1, -1, -1 };
	struct iovec all = { buffer, sizeof(buffer) };
	struct io_uring_sqe *sqe;
	unsigned long user_data;
	int i, res;

	if (io_uring_register_files(ring, table, 4) ||
	    io_uring_register_buffers(ring, &all, 1))
		die("register");
	for (i = 0; i < 2; i++) {
		sqe = io_uring_get_sqe(ring);
		io_uring_prep_provide_buffers(sqe, provided[i], 16, 1, 7 + i, 0);
	}
	submit(ring);
	for (i = 0; i < 2; i++)
		if (!next_cqe(ring, &user_data, &res) || res < 0)
			die("provided buffers");
}

static void queue_row(struct io_uring *ring, const struct row *row)
{
	static char *const argv[] = { "tiny", NULL };
	struct io_uring_sqe *sqe;

	sqe = io_uring_get_sqe(ring);
	io_uring_prep_clone(sqe);
	sqe->flags = IOSQE_IO_LINK;
	sqe->user_data = 1;

	sqe = row->is_double ? io_uring_get_sqe128(ring) :
			       io_uring_get_sqe(ring);
	row->prep(sqe);
	sqe->flags |= IOSQE_IO_LINK;
	sqe->user_data = 2;

	sqe = io_uring_get_sqe(ring);
	io_uring_prep_exec(sqe, TINY, argv, environ);
	sqe->user_data = 3;
}

/* Results of the three, each of which must come once. */
static bool results_of(struct io_uring *ring, const struct row *row, int *res)
{
	int i, seen[4] = { 0 }, got, more = 0;
	unsigned long user_data;

	for (i = 0; i < 3 + more; i++) {
		if (!next_cqe(ring, &user_data, &got))
			return false;
		if (seen[user_data & 3]++) {
			/* the notification of a zero-copy send */
			if (user_data != 2 || !row->notifies)
				return false;
			continue;
		}
		res[user_data & 3] = got;
		if (user_data == 2 && row->notifies && got >= 0)
			more = 1;
	}
	return no_cqe(ring);
}

static bool is_as_wanted(int res, const struct row *row)
{
	return row->want == POSITIVE ? res >= 0 : res == row->want;
}

static void test_row(struct io_uring *ring, const struct row *row,
		     const char *kind, bool known)
{
	int res[4] = { 0 };
	bool good, goes_on;

	queue_row(ring, row);
	submit(ring);
	good = results_of(ring, row, res);
	/* tiny exits with 0 */
	goes_on = res[2] >= 0;
	if (!known || (row->maybe_invalid && res[2] == -EINVAL)) {
		good &= res[2] == -EINVAL;
		/* refused by prep: no process; by the file: one that ends */
		good &= res[1] == -ECANCELED ? status_is(NO_CHILD) :
					       status_is(EXITED(127));
		ok(good, "%s: %s: unknown here", kind, row->name);
		return;
	}
	good &= res[1] == 0 && is_as_wanted(res[2], row) &&
		res[3] == (goes_on ? 0 : -ECANCELED);
	if (!good)
		note("CLONE %d, %s %d, EXEC %d", res[1], row->name, res[2],
		     res[3]);
	good &= status_is(EXITED(goes_on ? 0 : 127));
	ok(good, "%s: %s: %s", kind, row->name,
	   row->want == REFUSED ? "refused" :
	   row->want < 0 ? strerror(-row->want) : "works");
}

static void test_kind(unsigned int flags, const char *kind, bool doubles)
{
	struct io_uring_probe *probe;
	struct io_uring ring;
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].is_double != doubles)
			continue;
		make_env();
		ret = io_uring_queue_init(16, &ring, flags);
		if (ret) {
			skip(strerror(-ret), "opcodes: %s", kind);
			drop_env();
			return;
		}
		equip(&ring);
		probe = io_uring_get_probe_ring(&ring);
		test_row(&ring, &rows[i], kind,
			 io_uring_opcode_supported(probe, rows[i].op));
		io_uring_free_probe(probe);
		io_uring_queue_exit(&ring);
		drop_env();
	}
}

int main(void)
{
	alarm(500);
	signal(SIGPIPE, SIG_IGN);
	test_kind(0, "default", false);
	test_kind(IORING_SETUP_SQPOLL, "SQPOLL", false);
	test_kind(IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
		  "DEFER_TASKRUN", false);
	test_kind(IORING_SETUP_SQE_MIXED, "SQE_MIXED", true);
	skip("needs a zero-copy receive queue of a network card",
	     "default: RECV_ZC: refused");
	return done();
}
