// SPDX-License-Identifier: GPL-2.0
/*
 * Every opcode of the kernel, once inside a chain: it works, and the chain
 * goes on to EXEC, or it is refused, and the chain ends. docs/opcodes.md says
 * so for each kernel; tests/cases/opcodes.sh compares.
 */
#include "opcodes.h"

#define TINY	"/tests/tiny"
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
