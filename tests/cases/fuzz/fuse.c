// SPDX-License-Identifier: GPL-2.0
/*
 * FUSE: the program and the memory behind requests' pointers are files of a server
 * that answers soon, late, not before its limit, or goes away instead.
 */
#include "fuzz.h"

#include <linux/fuse.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define PROGRAM_FILE	FUSE_MOUNT "/mark"
#define PAGES_FILE	FUSE_MOUNT "/pages"

enum node { ROOT = FUSE_ROOT_ID, PROGRAM, PAGES, NR_NODES };

static struct {
	const char *name, *data;
	size_t size;
	unsigned int mode;
} nodes[NR_NODES] = {
	[ROOT] = { "", NULL, 0, S_IFDIR | 0755 },
	[PROGRAM] = { "mark", NULL, 0, S_IFREG | 0755 },
	[PAGES] = { "pages", NULL, NR_PAGES * PAGE, S_IFREG | 0644 },
};

static int fuse = -1;

static bool has_fuse(void)
{
	return !access("/dev/fuse", R_OK | W_OK);
}

static void load_program(void)
{
	int fd = open(MARK, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (nodes[PROGRAM].data)
		return;
	if (fd < 0 || fstat(fd, &st))
		die(MARK);
	nodes[PROGRAM].size = st.st_size;
	nodes[PROGRAM].data = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE,
				   fd, 0);
	nodes[PAGES].data = shadow;
	close(fd);
}

static void mount_it(struct round *round)
{
	char options[96];

	(void)round;
	load_program();
	fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	mkdir(FUSE_MOUNT, 0755);
	snprintf(options, sizeof(options),
		 "fd=%d,rootmode=40755,user_id=0,group_id=0,allow_other", fuse);
	if (fuse < 0 || mount("fuzz", FUSE_MOUNT, "fuse", 0, options))
		die("fuse");
}

static bool unmount_it(struct round *round)
{
	(void)round;
	return !umount2(FUSE_MOUNT, MNT_DETACH);
}

/* When the server is gone, the file system is: nobody else holds it. */
static void leave_it(struct round *round, pid_t pid)
{
	(void)round;
	(void)pid;
	close(fuse);
}

static void map_pages(const struct round *round)
{
	int fd;

	(void)round;
	close(fuse);
	fd = open(PAGES_FILE, O_RDONLY | O_CLOEXEC);
	pages = mmap(NULL, NR_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE,
		     fd, 0);
	if (fd < 0 || pages == MAP_FAILED)
		die(PAGES_FILE);
	madvise(pages, NR_PAGES * PAGE, MADV_RANDOM);
	close(fd);
	shared->begun = true;
}

/* The program is a file of the server's, too. */
static void queue_fuse(struct session *s, struct io_uring_sqe *sqe)
{
	static char program[] = PROGRAM_FILE;

	if (sqe->opcode == IORING_OP_EXEC &&
	    !(sqe->len & IORING_EXEC_PATHS) && sqe->addr > PAGE &&
	    !strcmp((char *)sqe->addr, MARK) && one_in(&s->state, 2))
		sqe->addr = (unsigned long)program;
	pages_queued(s, sqe);
}

/* --- the server ----------------------------------------------------------- */

union answer {
	struct fuse_out_header head;
	char bytes[1 << 17];
};

struct question {
	bool used;
	struct fuse_in_header head;
	/* of READ */
	unsigned long offset, size;
	char name[16];
};

static struct question questions[MAX_LATER];

static void set_attr(struct fuse_attr *attr, unsigned long node)
{
	attr->ino = node;
	attr->mode = nodes[node].mode;
	attr->nlink = 1;
	attr->size = nodes[node].size;
	attr->blksize = PAGE;
}

static int answer_lookup(const struct question *q, struct fuse_entry_out *out)
{
	unsigned int i;

	for (i = ROOT + 1; i < NR_NODES; i++)
		if (!strcmp(q->name, nodes[i].name))
			break;
	if (i == NR_NODES)
		return -ENOENT;
	out->nodeid = i;
	set_attr(&out->attr, i);
	return sizeof(*out);
}

static int answer_read(const struct question *q, char *to)
{
	size_t size = nodes[q->head.nodeid].size, len = q->size;

	if (q->offset >= size)
		return 0;
	if (len > size - q->offset)
		len = size - q->offset;
	memcpy(to, nodes[q->head.nodeid].data + q->offset, len);
	return len;
}

/* The length of the answer, or a negated errno. */
static int answer_to(const struct question *q, char *to)
{
	struct fuse_init_out *init = (void *)to;
	struct fuse_attr_out *attr = (void *)to;

	switch (q->head.opcode) {
	case FUSE_INIT:
		init->major = FUSE_KERNEL_VERSION;
		init->minor = 31;
		init->max_write = PAGE;
		return sizeof(*init);
	case FUSE_LOOKUP:
		return answer_lookup(q, (void *)to);
	case FUSE_GETATTR:
		set_attr(&attr->attr, q->head.nodeid);
		return sizeof(*attr);
	case FUSE_OPEN:
	case FUSE_OPENDIR:
		return sizeof(struct fuse_open_out);
	case FUSE_READ:
		return answer_read(q, to);
	case FUSE_RELEASE:
	case FUSE_RELEASEDIR:
	case FUSE_FLUSH:
		return 0;
	}
	return -ENOSYS;
}

static void answer(const struct question *q)
{
	static union answer out;
	int ret;

	memset(&out, 0, PAGE);
	ret = q->head.nodeid < NR_NODES ?
	      answer_to(q, out.bytes + sizeof(out.head)) : -ESTALE;
	out.head.unique = q->head.unique;
	out.head.len = sizeof(out.head) + (ret > 0 ? ret : 0);
	out.head.error = ret < 0 ? ret : 0;
	/* whoever asked may be gone */
	if (write(fuse, &out, out.head.len) < 0)
		return;
}

static struct question *read_question(void)
{
	static union {
		struct fuse_in_header head;
		char bytes[1 << 17];
	} in;
	struct fuse_read_in *read_in = (void *)(in.bytes + sizeof(in.head));
	struct question *q = questions;

	if (read(fuse, &in, sizeof(in)) < (ssize_t)sizeof(in.head))
		return NULL;
	/* these have no answer */
	if (in.head.opcode == FUSE_FORGET ||
	    in.head.opcode == FUSE_BATCH_FORGET ||
	    in.head.opcode == FUSE_INTERRUPT)
		return NULL;
	while (q->used)
		if (++q == questions + MAX_LATER)
			die("too many questions");
	*q = (struct question) { .used = true, .head = in.head };
	if (in.head.opcode == FUSE_READ) {
		q->offset = read_in->offset;
		q->size = read_in->size;
	}
	if (in.head.opcode == FUSE_LOOKUP)
		snprintf(q->name, sizeof(q->name), "%.15s",
			 in.bytes + sizeof(in.head));
	return q;
}

static void serve(struct round *round, pid_t pid)
{
	bool dies = one_in(&round->state, 4), begun = false;
	struct pollfd fd = { .fd = fuse, .events = POLLIN };
	struct later later = { 0 };
	unsigned long what, limit = now_ms() + 2 * LIMIT;
	struct question *q;

	(void)pid;
	for (;;) {
		poll(&fd, 1, 2);
		if (!begun && shared->begun) {
			begun = true;
			limit = now_ms() + LIMIT;
			later.limit = limit;
		}
		while ((q = read_question()))
			if (begun) {
				later_add(&later, &round->state, q - questions);
			} else {
				answer(q);
				q->used = false;
			}
		if (begun && dies && now_ms() > limit)
			_exit(0);
		while (later_take(&later, &what)) {
			answer(&questions[what]);
			questions[what].used = false;
		}
	}
}

const struct hazard hazard_fuse = {
	.name = "fuse", .weight = 40, .takes = TAKES_BREAKS,
	.is_there = has_fuse, .prepare = mount_it, .clean = unmount_it,
	.party = serve, .meanwhile = leave_it, .begin = map_pages,
	.queued = queue_fuse,
};
