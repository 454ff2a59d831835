// SPDX-License-Identifier: GPL-2.0
/*
 * What memory the kernel needs for a chain that waits, and for a process of
 * clone(CLONE_VM) that does: of each cache, page by page, for one of many.
 */
#include "measure.h"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define CHAINS		1000
#define MAX_CACHES	400
#define STACK_SIZE	4096

struct cache {
	char name[64];
	long bytes;
};

struct memory {
	struct cache caches[MAX_CACHES];
	unsigned int nr;
};

static void add(struct memory *m, const char *name, long bytes)
{
	struct cache *cache = &m->caches[m->nr];

	if (m->nr == MAX_CACHES)
		return;
	strncpy(cache->name, name, sizeof(cache->name) - 1);
	cache->bytes = bytes;
	m->nr++;
}

/* "name active objects size per-slab pages : ... : slabdata active slabs shared" */
static void add_slabs(struct memory *m, char *line)
{
	char *fields[16], *next = strtok(line, " \n");
	unsigned int i;

	for (i = 0; i < 16 && next; i++) {
		fields[i] = next;
		next = strtok(NULL, " \n");
	}
	if (i == 16 && fields[0][0] != '#')
		add(m, fields[0], number(fields[14]) * number(fields[5]) * 4096);
}

/* "Name:   number kB" */
static void add_meminfo(struct memory *m, char *line)
{
	const char *name = strtok(line, ": "), *kib = strtok(NULL, ": ");

	if (name && kib && (!strcmp(name, "KernelStack") ||
			    !strcmp(name, "PageTables") ||
			    !strcmp(name, "Percpu")))
		add(m, name, number(kib) * 1024);
}

static void each_line(struct memory *m, const char *path,
		      void (*add_line)(struct memory *m, char *line))
{
	FILE *file = fopen(path, "re");
	char line[512];

	if (!file)
		fail(path);
	while (fgets(line, sizeof(line), file))
		add_line(m, line);
	fclose(file);
}

static void look(struct memory *m)
{
	m->nr = 0;
	/* what has just been done is counted: the kernel frees some of it later */
	sleep(1);
	each_line(m, "/proc/slabinfo", add_slabs);
	each_line(m, "/proc/meminfo", add_meminfo);
}

static void print(const char *way, const struct memory *before,
		  const struct memory *after)
{
	unsigned int i;
	long each;

	for (i = 0; i < after->nr && i < before->nr; i++) {
		each = (after->caches[i].bytes - before->caches[i].bytes) / CHAINS;
		if (each >= 16)
			fprintf(report, "memory|%s|%s|%ld\n", way,
				after->caches[i].name, each);
	}
	fflush(report);
}

/* All of them read a byte of this pipe, before anything else. */
static int fds[2];
static struct memory before, after;

static void let_go(void)
{
	static char bytes[CHAINS];

	if (write(fds[1], bytes, sizeof(bytes)) != sizeof(bytes))
		fail("write");
	reap(CHAINS);
}

static void block_chains(void)
{
	static char byte;
	struct io_uring_sqe *sqe;
	struct io_uring_cqe *cqe;
	struct io_uring ring;
	unsigned int i;

	make_ring(&ring, 4096, false);
	look(&before);
	for (i = 0; i < CHAINS; i++) {
		sqe = io_uring_get_sqe(&ring);
		io_uring_prep_clone(sqe);
		sqe->flags = IOSQE_IO_LINK;
		sqe = io_uring_get_sqe(&ring);
		io_uring_prep_read(sqe, fds[0], &byte, 1, 0);
		sqe->flags = IOSQE_IO_LINK;
		io_uring_prep_exec(io_uring_get_sqe(&ring), program.path,
				   program.args, environ);
	}
	if (io_uring_submit(&ring) != 3 * CHAINS)
		fail("submit");
	look(&after);
	print("chain", &before, &after);
	let_go();
	last_stamp(CHAINS);
	for (i = 0; i < 3 * CHAINS; i++) {
		if (io_uring_wait_cqe(&ring, &cqe) || cqe->res < 0)
			fail("CQE");
		io_uring_cqe_seen(&ring, cqe);
	}
	io_uring_queue_exit(&ring);
}

static int wait_for_byte(void *unused)
{
	char byte;

	(void)unused;
	_exit(read(fds[0], &byte, 1) != 1);
}

static void block_clones(void)
{
	char *stacks = mmap(NULL, CHAINS * STACK_SIZE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	unsigned int i;

	if (stacks == MAP_FAILED)
		fail("stacks");
	look(&before);
	for (i = 1; i <= CHAINS; i++)
		if (clone(wait_for_byte, stacks + i * STACK_SIZE,
			  CLONE_VM | SIGCHLD, NULL) < 0)
			fail("clone");
	look(&after);
	print("clone(CLONE_VM)", &before, &after);
	let_go();
	munmap(stacks, CHAINS * STACK_SIZE);
}

void run_blocked(void)
{
	if (pipe2(fds, O_CLOEXEC))
		fail("pipe");
	/* the first time, caches are filled that stay */
	block_clones();
	block_chains();
	block_clones();
	block_chains();
}
