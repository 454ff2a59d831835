// SPDX-License-Identifier: MIT
/*
 * Prints what a program sees of io_uring that has never heard of the module: for
 * visible.sh to compare. With the argument "armed", run where there is no module, it
 * prints what is to be seen with it: all differences that are promised are here.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <liburing.h>

#include <linux/io_uring_spawn.h>

static bool as_armed;

static union {
	struct io_uring_probe probe;
	char room[sizeof(struct io_uring_probe) +
		  256 * sizeof(struct io_uring_probe_op)];
} u;

/* The promised difference: last_op, and the rows that the kernel has not. */
static void arm_probe(unsigned int nr)
{
	struct io_uring_probe_op *ops = u.probe.ops;
	int i;

	if (nr < 244)
		return;
	for (i = u.probe.ops_len; i < 244; i++) {
		ops[i].op = i;
		ops[i].flags = i < 240 ? 0 : IO_URING_OP_SUPPORTED;
	}
	ops[240].resv2 = IORING_SPAWN_ABI;
	u.probe.last_op = 243;
}

static void show_probe(struct io_uring *ring, unsigned int nr)
{
	unsigned int i;
	int ret;

	memset(&u, 0, sizeof(u));
	ret = io_uring_register_probe(ring, &u.probe, nr);
	if (as_armed && !ret)
		arm_probe(nr);
	printf("probe of %u: %d, last_op %u, ops_len %u\n", nr, ret,
	       u.probe.last_op, u.probe.ops_len);
	for (i = 0; i < 256; i++)
		printf("probe of %u: row %u: %u %u %u %u\n", nr, i,
		       u.probe.ops[i].op, u.probe.ops[i].resv,
		       u.probe.ops[i].flags, u.probe.ops[i].resv2);
}

static void show_probes(void)
{
	static const unsigned int nrs[] = { 0, 1, 49, 64, 239, 240, 243, 244, 255, 256, 257 };
	struct io_uring ring;
	unsigned int i;

	if (io_uring_queue_init(8, &ring, 0))
		return;
	for (i = 0; i < sizeof(nrs) / sizeof(nrs[0]); i++)
		show_probe(&ring, nrs[i]);
	memset(&u, 0xff, sizeof(u));
	printf("probe with garbage: %d\n",
	       io_uring_register_probe(&ring, &u.probe, 256));
	io_uring_queue_exit(&ring);
}

static const struct kind {
	const char *name;
	unsigned int flags;
	/* IORING_SETUP_R_DISABLED: allow NOP, or everything */
	bool restricted;
} kinds[] = {
	{ "plain", 0, false },
	{ "SQE128", IORING_SETUP_SQE128, false },
	{ "NO_SQARRAY", 1U << 16, false },
	{ "SQPOLL", IORING_SETUP_SQPOLL, false },
	{ "IOPOLL", IORING_SETUP_IOPOLL, false },
	{ "DEFER", IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN, false },
	{ "MIXED", 1U << 19, false },
	{ "SUBMIT_ALL", IORING_SETUP_SUBMIT_ALL, false },
	{ "disabled", IORING_SETUP_R_DISABLED, false },
	{ "restricted", IORING_SETUP_R_DISABLED, true },
};

/* How each is put between two NOPs. */
static const struct shape {
	const char *name;
	unsigned int before, flags, ioprio, personality;
} shapes[] = {
	{ "alone", 0, 0, 0, 0 },
	{ "in a link", IOSQE_IO_LINK, IOSQE_IO_LINK, 0, 0 },
	{ "in a hard link", IOSQE_IO_HARDLINK, IOSQE_IO_HARDLINK, 0, 0 },
	{ "last of a link", IOSQE_IO_LINK, 0, 0, 0 },
	{ "drained", 0, IOSQE_IO_DRAIN, 0, 0 },
	{ "async", 0, IOSQE_ASYNC, 0, 0 },
	{ "silent", 0, IOSQE_CQE_SKIP_SUCCESS, 0, 0 },
	{ "fixed", 0, IOSQE_FIXED_FILE, 0, 0 },
	{ "with a buffer", 0, IOSQE_BUFFER_SELECT, 0, 0 },
	{ "with flag 0x80", 0, 0x80, 0, 0 },
	{ "with ioprio", 0, 0, 1, 0 },
	{ "with a personality", 0, 0, 0, 7 },
};

static bool is_ours(int opcode)
{
	return opcode >= IORING_OP_CLONE && opcode <= IORING_OP_SYSCALL;
}

static void fill(struct io_uring *ring, int opcode, const struct shape *shape,
		 struct io_uring_sqe **sqe)
{
	unsigned int i;

	for (i = 0; i < 3; i++) {
		sqe[i] = io_uring_get_sqe(ring);
		io_uring_prep_nop(sqe[i]);
		sqe[i]->user_data = i;
	}
	sqe[0]->flags = shape->before;
	sqe[1]->opcode = opcode;
	sqe[1]->flags = shape->flags;
	sqe[1]->ioprio = shape->ioprio;
	sqe[1]->personality = shape->personality;
}

/* One for each that was submitted, as they all come; nothing is silent that fails. */
static void show_cqes(struct io_uring *ring, int nr)
{
	struct __kernel_timespec wait = { .tv_sec = 10 };
	struct io_uring_cqe *cqe;

	while (nr-- > 0 && !io_uring_wait_cqe_timeout(ring, &cqe, &wait)) {
		printf(" %llu:%d:%u", (unsigned long long)cqe->user_data,
		       cqe->res, cqe->flags);
		io_uring_cqe_seen(ring, cqe);
	}
	if (!io_uring_peek_cqe(ring, &cqe))
		printf(" and more");
}

/* SQPOLL's thread tells of the head when it has done all. */
static unsigned int head_of(struct io_uring *ring, const struct kind *kind)
{
	unsigned int head, tries = 10000;

	do {
		head = io_uring_smp_load_acquire(ring->sq.khead);
	} while (kind->flags & IORING_SETUP_SQPOLL && head < 3 && --tries &&
		 !usleep(1000));
	return head;
}

static void show_fdinfo(struct io_uring *ring)
{
	char name[64], line[512];
	FILE *file;

	snprintf(name, sizeof(name), "/proc/self/fdinfo/%d", ring->ring_fd);
	file = fopen(name, "r");
	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, "Sq", 2) && strncmp(line, "ino:", 4))
			printf("fdinfo: %s", line);
	if (file)
		fclose(file);
}

static bool open_kind(struct io_uring *ring, const struct kind *kind)
{
	struct io_uring_restriction allow[] = {
		{ .opcode = IORING_RESTRICTION_SQE_OP, .sqe_op = IORING_OP_NOP },
		{ .opcode = IORING_RESTRICTION_SQE_FLAGS_ALLOWED, .sqe_flags = 0x7f },
	};
	int ret = io_uring_queue_init(8, ring, kind->flags);

	if (ret) {
		printf("%s: %d\n", kind->name, ret);
		return false;
	}
	if (kind->restricted)
		io_uring_register_restrictions(ring, allow, 2);
	if (kind->flags & IORING_SETUP_R_DISABLED)
		io_uring_enable_rings(ring);
	return true;
}

static void show(const struct kind *kind, int opcode, const struct shape *shape)
{
	struct io_uring_sqe *sqe[3];
	struct io_uring ring;
	int ret;

	if (!open_kind(&ring, kind))
		return;
	printf("%s, %d %s:", kind->name, opcode, shape->name);
	fill(&ring, opcode, shape, sqe);
	ret = io_uring_submit(&ring);
	/* what liburing says is what SQPOLL's thread has not taken yet */
	if (kind->flags & IORING_SETUP_SQPOLL && ret >= 0)
		ret = 3;
	show_cqes(&ring, ret);
	printf(" submitted %d, head %u, dropped %u, overflow %u, byte %u\n",
	       ret, head_of(&ring, kind), *ring.sq.kdropped, *ring.cq.koverflow,
	       sqe[1]->opcode);
	io_uring_queue_exit(&ring);
}

static void show_pending(const struct kind *kind, int opcode)
{
	struct io_uring_sqe *sqe[3];
	struct io_uring ring;

	if (kind->flags & IORING_SETUP_SQPOLL || !open_kind(&ring, kind))
		return;
	printf("%s, %d pending\n", kind->name, opcode);
	fill(&ring, opcode, &shapes[0], sqe);
	io_uring_smp_store_release(ring.sq.ktail, ring.sq.sqe_tail);
	show_fdinfo(&ring);
	io_uring_queue_exit(&ring);
}

static void show_restrictions(int opcode)
{
	struct io_uring_restriction allow = {
		.opcode = IORING_RESTRICTION_SQE_OP, .sqe_op = opcode,
	};
	struct io_uring ring;

	if (io_uring_queue_init(8, &ring, IORING_SETUP_R_DISABLED))
		return;
	printf("to allow %d: %d\n", opcode,
	       io_uring_register_restrictions(&ring, &allow, 1));
	io_uring_queue_exit(&ring);
}

static void show_file(const char *name)
{
	char line[512];
	FILE *file = fopen(name, "r");

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(name, "/proc/self/limits", 17) ||
		    !strncmp(line, "Sig", 3) || !strncmp(line, "Cap", 3) ||
		    !strncmp(line, "Threads", 7) || !strncmp(line, "Sec", 3) ||
		    !strncmp(line, "NoNew", 5) || !strncmp(line, "FDSize", 6))
			printf("%s: %s", name, line);
	if (file)
		fclose(file);
}

int main(int argc, char **argv)
{
	static const int opcodes[] = { 100, 239, 244, 255, 240, 241, 242, 243 };
	unsigned int k, o, s;

	as_armed = argc > 1 && !strcmp(argv[1], "armed");
	alarm(400);
	show_probes();
	for (o = 100; o < 256; o += o < 236 ? 20 : 1)
		show_restrictions(o);
	for (k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
		for (o = 0; o < sizeof(opcodes) / sizeof(opcodes[0]); o++) {
			show_pending(&kinds[k], opcodes[o]);
			for (s = 0; s < sizeof(shapes) / sizeof(shapes[0]); s++)
				if (!is_ours(opcodes[o]))
					show(&kinds[k], opcodes[o], &shapes[s]);
		}
	show_file("/proc/self/status");
	show_file("/proc/self/limits");
	return 0;
}
