// SPDX-License-Identifier: GPL-2.0
/*
 * soak N: N chains in ten parts, most of which execute a program; others are
 * cancelled, lose their ring, or their process. After each part, with nothing
 * in flight, a line says what the kernel holds; it has to be the same in the
 * end as after the first part.
 */
#include "test.h"

#include <poll.h>
#include <pthread.h>
#include <sys/prctl.h>

#define PARTS	10
#define THREADS	2
#define BATCH	32

enum { MEMORY, SLAB, STACKS, TABLES, PROCESSES, FILES, CHAINS, REQUESTS, NR };

static const struct {
	const char *name;
	/* how much more it may be; memory in KiB */
	long slack;
} columns[NR] = {
	[MEMORY]	= { "available", 32768 },
	[SLAB]		= { "slab", 8192 },
	[STACKS]	= { "stacks", 512 },
	[TABLES]	= { "page tables", 1024 },
	[PROCESSES]	= { "processes", 8 },
	[FILES]		= { "files", 256 },
	[CHAINS]	= { "chains", 0 },
	[REQUESTS]	= { "requests", 0 },
};

static int never[2];
static char byte;

static long meminfo(const char *key)
{
	FILE *file = fopen("/proc/meminfo", "r");
	char line[128];
	long value = -1;

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, key, strlen(key)))
			value = atol(line + strlen(key));
	if (file)
		fclose(file);
	return value;
}

static long processes(void)
{
	char text[64] = "";
	int fd = open("/proc/loadavg", O_RDONLY);

	if (read(fd, text, sizeof(text) - 1) <= 0 || !strchr(text, '/'))
		die("/proc/loadavg");
	close(fd);
	return atol(strchr(text, '/') + 1);
}

static void measure(long *row)
{
	/* what RCU and task work free comes a little later */
	sleep(2);
	write_string("/proc/sys/vm/drop_caches", "3");
	write_string("/sys/kernel/slab/io_kiocb/shrink", "1");
	sleep(1);
	row[MEMORY] = meminfo("MemAvailable:");
	row[SLAB] = meminfo("SUnreclaim:");
	row[STACKS] = meminfo("KernelStack:");
	row[TABLES] = meminfo("PageTables:");
	row[PROCESSES] = processes();
	row[FILES] = read_number("/proc/sys/fs/file-nr");
	row[CHAINS] = read_number(PARAMETERS "chains");
	row[REQUESTS] = read_number(PARAMETERS "requests");
}

static void queue_batch(struct io_uring *ring, bool blocks)
{
	struct step steps[] = {
		CLONE(L, 0), NOP(L, 0), EXEC(0, 0, "/tests/tiny"),
	};
	static char *const argv[] = { "tiny", NULL };
	int i;

	steps[2].argv = argv;
	if (blocks)
		steps[1] = (struct step)OP(IORING_OP_READ, L, ANY,
					   .fd = never[0], .addr = &byte,
					   .len = 1);
	for (i = 0; i < BATCH; i++)
		queue_steps(ring, steps, 3);
	submit(ring);
}

static void cancel_all(struct io_uring *ring)
{
	struct io_uring_sqe *sqe;
	int i;

	for (i = 0; i < BATCH; i++) {
		sqe = io_uring_get_sqe(ring);
		io_uring_prep_cancel64(sqe, 0, IORING_ASYNC_CANCEL_ANY);
	}
	submit(ring);
}

static void take(struct io_uring *ring, int nr)
{
	unsigned long user_data;
	int res;

	while (nr--)
		if (!next_cqe(ring, &user_data, &res))
			die("a CQE is missing");
}

/* A submitter that is killed in the middle of its chains. */
static void lose_process(void)
{
	struct io_uring ring;
	pid_t pid = fork();

	if (!pid) {
		io_uring_queue_init(4 * BATCH, &ring, 0);
		queue_batch(&ring, true);
		raise(SIGKILL);
	}
}

static void *spawn(void *arg)
{
	long left = *(long *)arg, i;
	struct io_uring ring;

	if (io_uring_queue_init(4 * BATCH, &ring, 0))
		die("ring");
	for (i = 0; left > 0; i++, left -= BATCH) {
		bool blocks = i % 8 == 7;

		if (i % 64 == 63) {
			lose_process();
			continue;
		}
		queue_batch(&ring, blocks);
		if (i % 32 == 31) {
			io_uring_queue_exit(&ring);
			if (io_uring_queue_init(4 * BATCH, &ring, 0))
				die("ring");
			continue;
		}
		if (blocks)
			cancel_all(&ring);
		take(&ring, blocks ? 4 * BATCH : 3 * BATCH);
	}
	io_uring_queue_exit(&ring);
	return NULL;
}

static volatile bool stop;

static void *reap(void *unused)
{
	(void)unused;
	while (!stop)
		if (waitpid(-1, NULL, 0) < 0)
			usleep(1000);
	while (waitpid(-1, NULL, 0) > 0)
		;
	return NULL;
}

static void run_part(long nr)
{
	pthread_t threads[THREADS], reaper;
	int i;

	stop = false;
	pthread_create(&reaper, NULL, reap, NULL);
	for (i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, spawn, &nr);
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	stop = true;
	pthread_join(reaper, NULL);
}

static void print_row(long chains, const long *row)
{
	char text[256];
	int i, len = 0;

	for (i = 0; i < NR; i++)
		len += snprintf(text + len, sizeof(text) - len, " | %ld",
				row[i]);
	note("| %ld%s |", chains, text);
}

int main(int argc, char *argv[])
{
	long total = argc == 2 ? atol(argv[1]) : 0, first[NR], row[NR];
	int i;

	if (!total || pipe2(never, O_CLOEXEC))
		return 2;
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	note("| chains | available | slab | stacks | page tables | processes | files | chains in flight | requests |");
	note("|---|---|---|---|---|---|---|---|---|");
	for (i = 1; i <= PARTS; i++) {
		run_part(total / PARTS / THREADS);
		measure(row);
		print_row(total / PARTS * i, row);
		/* caches fill first, and KASAN keeps freed memory for a while */
		if (i == 2)
			memcpy(first, row, sizeof(first));
	}
	for (i = 0; i < NR; i++)
		ok(i == MEMORY ? row[i] >= first[i] - columns[i].slack :
				 row[i] <= first[i] + columns[i].slack,
		   "%ld chains: %s", total, columns[i].name);
	return done();
}
