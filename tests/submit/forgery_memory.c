// SPDX-License-Identifier: GPL-2.0
/*
 * The ring's memory is the user's, and another thread writes to it while chains
 * are submitted. Whatever that does, a process is made by a CLONE whose CQE says
 * so, by no other request, and every request has one CQE.
 */
#include "forge.h"

#include <pthread.h>
#include <sys/mman.h>

#define TINY		"/tests/tiny"
#define ENTRIES		8
#define ROUNDS		80
#define MAX_PIDS	4096

static _Atomic bool stop;

/* Numbers of processes, that CQEs told and that were waited for. */
struct pids {
	unsigned int nr;
	pid_t pid[MAX_PIDS];
};

static struct pids told, waited;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void add_pid(struct pids *pids, pid_t pid)
{
	pthread_mutex_lock(&lock);
	if (pids->nr < MAX_PIDS)
		pids->pid[pids->nr++] = pid;
	pthread_mutex_unlock(&lock);
}

static int compare(const void *a, const void *b)
{
	return *(const pid_t *)a - *(const pid_t *)b;
}

static bool same_pids(void)
{
	qsort(told.pid, told.nr, sizeof(pid_t), compare);
	qsort(waited.pid, waited.nr, sizeof(pid_t), compare);
	if (told.nr == waited.nr &&
	    !memcmp(told.pid, waited.pid, told.nr * sizeof(pid_t)))
		return true;
	note("%u processes were told of, %u were made", told.nr, waited.nr);
	return false;
}

static unsigned int sqe_step(const struct io_uring *ring)
{
	return 1 << !!(ring->flags & IORING_SETUP_SQE128);
}

/* A thread that writes; the ring, a random number. */
typedef void disturb_fn(struct io_uring *ring, unsigned int n);

/* Where the kernel says how things are: it does not ask there. */
static void disturb_header(struct io_uring *ring, unsigned int n)
{
	static const unsigned int values[] = { 0, 1, ~0u, 0x80000000, 240 };
	unsigned int *const words[] = {
		ring->sq.khead, ring->sq.kring_mask, ring->sq.kring_entries,
		ring->sq.kdropped, ring->sq.kflags,
	};

	*(volatile unsigned int *)words[n % 5] = n & 64 ? n : values[n / 8 % 5];
}

static void disturb_tail(struct io_uring *ring, unsigned int n)
{
	*(volatile unsigned int *)ring->sq.ktail += n & 1 ? n : -(n & 15);
}

/* Valid, twice the same, none. */
static void disturb_array(struct io_uring *ring, unsigned int n)
{
	ring->sq.array[n / 16 % ENTRIES] = n & 7 ? n % ENTRIES : n;
}

/* Only what gives no process, but CLONE and what is ours inside a chain. */
static void disturb_opcode(struct io_uring *ring, unsigned int n)
{
	static const unsigned char opcodes[] = {
		IORING_OP_FILES_UPDATE, IORING_OP_CLONE, IORING_OP_EXEC, 255,
		IORING_OP_CLONE, IORING_OP_NOP,
	};
	struct io_uring_sqe *sqe;

	sqe = &ring->sq.sqes[n / 16 % ENTRIES * sqe_step(ring)];
	*(volatile __u8 *)&sqe->opcode = opcodes[n % ARRAY_SIZE(opcodes)];
}

static void disturb_flags(struct io_uring *ring, unsigned int n)
{
	static const unsigned char flags[] = {
		0, L, H, IOSQE_ASYNC | L, IOSQE_FIXED_FILE | L, 0x80,
		IOSQE_BUFFER_SELECT | L,
	};
	struct io_uring_sqe *sqe;

	sqe = &ring->sq.sqes[n / 16 % ENTRIES * sqe_step(ring)];
	*(volatile __u8 *)&sqe->flags = flags[n % ARRAY_SIZE(flags)];
	*(volatile __u16 *)&sqe->personality = n & 0x700 ? 0 : n;
	*(volatile __u16 *)&sqe->ioprio = n & 0x3800 ? 0 : n;
}

struct attack {
	const char *name;
	disturb_fn *disturb;
	bool needs_array;
};

static const struct attack attacks[] = {
	{ "the SQ's header", disturb_header },
	{ "the tail", disturb_tail },
	{ "the array", disturb_array, true },
	{ "opcodes", disturb_opcode },
	{ "flags", disturb_flags },
};

struct writer {
	struct io_uring *ring;
	disturb_fn *disturb;
};

static void *write_on(void *arg)
{
	const struct writer *writer = arg;
	unsigned int n = 12345;

	while (!stop) {
		n = n * 1103515245 + 12345;
		writer->disturb(writer->ring, n >> 8);
	}
	return NULL;
}

static struct clone_args args = { .exit_signal = SIGCHLD };

/* CLONE and EXEC by turns, in all of the SQ. */
static void fill(struct io_uring *ring, unsigned int seed)
{
	static char *const argv[] = { TINY, NULL };
	struct io_uring_sqe *sqe;
	unsigned int i;

	for (i = 0; i < ENTRIES; i++) {
		sqe = &ring->sq.sqes[i * sqe_step(ring)];
		memset(sqe, 0, sizeof(*sqe));
		if ((i ^ seed) & 1) {
			io_uring_prep_exec(sqe, TINY, argv, environ);
		} else {
			io_uring_prep_clone(sqe);
			sqe->addr = (unsigned long)&args;
			sqe->len = sizeof(args);
			sqe->flags = L;
		}
		if (!(ring->flags & IORING_SETUP_NO_SQARRAY))
			ring->sq.array[i] = i;
	}
}

static unsigned int take_cqes(struct io_uring *ring)
{
	struct io_uring_cqe *cqe;
	unsigned int nr = 0;

	while (!io_uring_peek_cqe(ring, &cqe)) {
		if (cqe->res > 0)
			add_pid(&told, cqe->res);
		io_uring_cqe_seen(ring, cqe);
		nr++;
	}
	return nr;
}

static void take_children(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		add_pid(&waited, pid);
}

/* With DEFER_TASKRUN, requests whose CQEs have come are freed in there only. */
static bool is_quiet(void *ring)
{
	io_uring_get_events(ring);
	return !read_number(PARAMETERS "chains") &&
	       !read_number(PARAMETERS "requests");
}

/*
 * Submits ROUNDS times, without liburing, which believes the header. What was
 * left, behind an invalid index or a refused request, is submitted again; where
 * the head is not to be believed, nothing is.
 */
static bool submit_on(struct io_uring *ring, bool believe)
{
	unsigned int i, tail = *ring->sq.khead, sent = 0, got = 0;
	time_t end;
	int ret;

	for (i = 0; i < ROUNDS; i++) {
		fill(ring, 0);
		if (believe)
			tail = *ring->sq.khead;
		tail += ENTRIES;
		io_uring_smp_store_release(ring->sq.ktail, tail);
		ret = io_uring_enter(ring->ring_fd, ENTRIES, 0, 0, NULL);
		if (ret > 0)
			sent += ret;
		got += take_cqes(ring);
		take_children();
	}
	for (end = time(NULL) + DEADLINE; got < sent && time(NULL) < end;) {
		io_uring_get_events(ring);
		got += take_cqes(ring);
		take_children();
	}
	if (got != sent)
		note("%u requests, %u CQEs", sent, got);
	return got == sent && sent;
}

static bool settle(struct io_uring *ring)
{
	bool good = eventually(is_quiet, ring);
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, 0)) > 0)
		add_pid(&waited, pid);
	return same_pids() & good & nothing_was_made();
}

static void forget_pids(void)
{
	told.nr = waited.nr = 0;
}

static void test_attack(const struct kind *kind, const struct attack *attack)
{
	struct io_uring ring;
	struct writer writer = { &ring, attack->disturb };
	pthread_t thread;
	bool good;

	if (open_ring(&ring, kind, ENTRIES))
		die("ring");
	forget_pids();
	stop = false;
	if (pthread_create(&thread, NULL, write_on, &writer))
		die("pthread_create");
	good = submit_on(&ring, attack->disturb != disturb_header);
	stop = true;
	pthread_join(thread, NULL);
	good &= settle(&ring);
	ok(good, "%s: another thread writes to %s; %u processes", kind->name,
	   attack->name, told.nr);
	close_ring(&ring, kind);
}

static void test_attacks(struct io_uring *ring, const struct kind *kind)
{
	unsigned int i;

	/* kinds that find their SQEs each in another way; SQPOLL has no call */
	if (kind->flags & IORING_SETUP_SQPOLL ||
	    !(kind->main || kind->array || kind->own_memory ||
	      kind->flags & IORING_SETUP_SQE_MIXED))
		return;
	for (i = 0; i < ARRAY_SIZE(attacks); i++)
		if (!(attacks[i].needs_array &&
		      ring->flags & IORING_SETUP_NO_SQARRAY))
			test_attack(kind, &attacks[i]);
}

int main(void)
{
	alarm(1500);
	for_each_kind(test_attacks, "memory");
	return done();
}
