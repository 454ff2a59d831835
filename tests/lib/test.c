// SPDX-License-Identifier: GPL-2.0
/* See test.h. */
#include "test.h"

#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <time.h>

static unsigned int nr_tests, nr_failed;

static void line(const char *what, const char *why, const char *fmt,
		 va_list args)
{
	printf("%s %u - ", what, ++nr_tests);
	vprintf(fmt, args);
	if (why)
		printf(" # SKIP %s", why);
	printf("\n");
	fflush(stdout);
}

bool ok(bool good, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	line(good ? "ok" : "not ok", NULL, fmt, args);
	va_end(args);
	nr_failed += !good;
	return good;
}

void skip(const char *why, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	line("ok", why, fmt, args);
	va_end(args);
}

void note(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	printf("# ");
	vprintf(fmt, args);
	printf("\n");
	va_end(args);
	fflush(stdout);
}

int done(void)
{
	printf("1..%u\n", nr_tests);
	return nr_failed > 0;
}

void die(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(1);
}

#ifndef IORING_SETUP_CQE_MIXED
#define IORING_SETUP_CQE_MIXED	(1U << 18)
#endif
#ifndef IORING_SETUP_SQ_REWIND
#define IORING_SETUP_SQ_REWIND	(1U << 20)
#endif

const struct kind kinds[] = {
	{ "default", .main = true },
	{ "SUBMIT_ALL", IORING_SETUP_SUBMIT_ALL },
	{ "SQPOLL", IORING_SETUP_SQPOLL, .main = true },
	{ "SQPOLL,SUBMIT_ALL", IORING_SETUP_SQPOLL | IORING_SETUP_SUBMIT_ALL },
	{ "COOP_TASKRUN", IORING_SETUP_COOP_TASKRUN },
	{ "COOP_TASKRUN,TASKRUN_FLAG",
	  IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG },
	{ "SINGLE_ISSUER", IORING_SETUP_SINGLE_ISSUER },
	{ "DEFER_TASKRUN",
	  IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
	  .main = true },
	{ "SQE128", IORING_SETUP_SQE128, .main = true },
	{ "CQE32", IORING_SETUP_CQE32 },
	{ "SQE128,CQE32,DEFER_TASKRUN",
	  IORING_SETUP_SQE128 | IORING_SETUP_CQE32 |
	  IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN },
	{ "IOPOLL", IORING_SETUP_IOPOLL, .polled = true },
	{ "R_DISABLED", IORING_SETUP_R_DISABLED },
	{ "SQ array", .array = true },
	{ "SQ array,SQE128", IORING_SETUP_SQE128, .array = true },
	{ "SQ array,SQPOLL", IORING_SETUP_SQPOLL, .array = true },
	{ "NO_SQARRAY", IORING_SETUP_NO_SQARRAY },
	{ "NO_MMAP", IORING_SETUP_NO_MMAP, .own_memory = true },
	{ "SQE_MIXED", IORING_SETUP_SQE_MIXED },
	{ "CQE_MIXED", IORING_SETUP_CQE_MIXED },
	{ "SQ_REWIND", IORING_SETUP_SQ_REWIND | IORING_SETUP_NO_SQARRAY },
};
const unsigned int nr_kinds = ARRAY_SIZE(kinds);

static void *ring_memory;
#define RING_MEMORY	(1 << 20)

/* liburing's own way to a ring asks for NO_SQARRAY. */
static int open_with_array(struct io_uring *ring, struct io_uring_params *p,
			   unsigned int entries)
{
	int ret, fd = io_uring_setup(entries, p);
	unsigned int i;

	if (fd < 0)
		return fd;
	ret = io_uring_queue_mmap(fd, p, ring);
	if (ret) {
		close(fd);
		return ret;
	}
	ring->features = p->features;
	for (i = 0; i < ring->sq.ring_entries; i++)
		ring->sq.array[i] = i;
	return 0;
}

int open_ring(struct io_uring *ring, const struct kind *kind,
	      unsigned int entries)
{
	struct io_uring_params p = { .flags = kind->flags };
	int ret;

	if (kind->own_memory) {
		ring_memory = mmap(NULL, RING_MEMORY, PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE,
				   -1, 0);
		if (ring_memory == MAP_FAILED)
			die("mmap");
		ret = io_uring_queue_init_mem(entries, ring, &p, ring_memory,
					      RING_MEMORY);
		if (ret > 0)
			ret = 0;
		if (ret)
			munmap(ring_memory, RING_MEMORY);
	} else if (kind->array) {
		ret = open_with_array(ring, &p, entries);
	} else {
		ret = io_uring_queue_init_params(entries, ring, &p);
	}
	if (!ret && kind->flags & IORING_SETUP_R_DISABLED)
		ret = io_uring_enable_rings(ring);
	return ret;
}

void close_ring(struct io_uring *ring, const struct kind *kind)
{
	io_uring_queue_exit(ring);
	if (kind->own_memory)
		munmap(ring_memory, RING_MEMORY);
}

static void for_kinds(void (*test)(struct io_uring *ring,
				   const struct kind *kind),
		      const char *what, bool all)
{
	struct io_uring ring;
	unsigned int i;
	int ret;

	for (i = 0; i < nr_kinds; i++) {
		if (!all && !kinds[i].main)
			continue;
		ret = open_ring(&ring, &kinds[i], 256);
		if (ret) {
			skip("this kernel has no such ring", "%s: %s (%s)",
			     what, kinds[i].name, strerror(-ret));
			continue;
		}
		test(&ring, &kinds[i]);
		close_ring(&ring, &kinds[i]);
	}
}

void for_each_kind(void (*test)(struct io_uring *ring, const struct kind *kind),
		   const char *what)
{
	for_kinds(test, what, true);
}

void for_main_kinds(void (*test)(struct io_uring *ring,
				 const struct kind *kind), const char *what)
{
	for_kinds(test, what, false);
}

struct io_uring_sqe *queue_step(struct io_uring *ring, const struct step *step,
				unsigned long user_data)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);
	char **argv = NULL;

	if (!sqe)
		die("io_uring_get_sqe");
	io_uring_prep_nop(sqe);
	switch (step->op) {
	case IORING_OP_CLONE:
		io_uring_prep_clone(sqe);
		sqe->addr = (unsigned long)step->addr;
		sqe->len = step->len;
		sqe->file_index = step->file_index;
		break;
	case IORING_OP_EXEC:
		/* must outlive the chain: leaked on purpose */
		if (!step->argv) {
			argv = calloc(2, sizeof(*argv));
			argv[0] = (char *)step->addr;
		}
		io_uring_prep_execveat(sqe, step->fd, step->addr,
				       step->argv ? step->argv : argv, environ,
				       step->rw_flags);
		sqe->file_index = step->file_index;
		sqe->len = step->len;
		break;
	case IORING_OP_SYSCALL:
		sqe->opcode = step->op;
		sqe->fd = step->fd;
		sqe->len = step->len;
		sqe->off = step->args[0];
		sqe->addr = step->args[1];
		sqe->addr3 = step->args[2];
		sqe->__pad2[0] = step->args[3];
		sqe->rw_flags = step->rw_flags;
		sqe->file_index = step->file_index;
		break;
	default:
		sqe->opcode = step->op;
		sqe->fd = step->fd;
		sqe->addr = (unsigned long)step->addr;
		sqe->len = step->len;
		sqe->off = step->off;
		sqe->rw_flags = step->rw_flags;
		sqe->file_index = step->file_index;
		if (step->op == IORING_OP_READ || step->op == IORING_OP_WRITE)
			sqe->off = -1;
	}
	sqe->flags = step->flags;
	sqe->personality = step->personality;
	sqe->user_data = user_data;
	return sqe;
}

void queue_steps(struct io_uring *ring, const struct step *steps,
		 unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		queue_step(ring, &steps[i], i + 1);
}

int submit_some(struct io_uring *ring)
{
	int ret;

	if (!(ring->flags & IORING_SETUP_SQ_REWIND))
		return io_uring_submit(ring);
	/* no head and no tail: the kernel begins with the first SQE */
	ret = io_uring_enter(ring->ring_fd, ring->sq.sqe_tail, 0, 0, NULL);
	ring->sq.sqe_head = ring->sq.sqe_tail = 0;
	return ret;
}

void submit(struct io_uring *ring)
{
	int want = io_uring_sq_ready(ring), ret = submit_some(ring);

	/* an SQPOLL thread may have taken some before they are counted */
	if (ret != want && (ret < 0 || !(ring->flags & IORING_SETUP_SQPOLL))) {
		note("submitted %d of %d", ret, want);
		errno = ret < 0 ? -ret : EAGAIN;
		die("io_uring_submit");
	}
}

static bool wait_cqe(struct io_uring *ring, struct io_uring_cqe **cqe,
		     unsigned int ms)
{
	struct __kernel_timespec ts = {
		.tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000ll,
	};
	time_t end = time(NULL) + DEADLINE;
	int ret;

	/* An IOPOLL ring cannot wait with a time. */
	if (ring->flags & IORING_SETUP_IOPOLL) {
		do {
			ret = io_uring_enter(ring->ring_fd, 0, 0,
					     IORING_ENTER_GETEVENTS, NULL);
			if (!io_uring_peek_cqe(ring, cqe))
				return true;
			usleep(1000);
		} while ((ret >= 0 || ret == -EINTR || ret == -EAGAIN) &&
			 ms > 1000 && time(NULL) < end);
		return false;
	}
	do {
		ret = io_uring_wait_cqe_timeout(ring, cqe, &ts);
	} while (ret == -EINTR && time(NULL) < end);
	return !ret;
}

bool next_cqe(struct io_uring *ring, unsigned long *user_data, int *res)
{
	struct io_uring_cqe *cqe;

	if (!wait_cqe(ring, &cqe, DEADLINE * 1000))
		return false;
	*user_data = cqe->user_data;
	*res = cqe->res;
	io_uring_cqe_seen(ring, cqe);
	return true;
}

bool no_cqe(struct io_uring *ring)
{
	struct io_uring_cqe *cqe;

	return !wait_cqe(ring, &cqe, 20);
}

pid_t cqe_pid, waited_pid;

static bool is_wanted(int res, int want)
{
	if (want == PID) {
		if (!cqe_pid)
			cqe_pid = res;
		return res > 0 && res == cqe_pid;
	}
	if (want == ABOVE_0)
		return res > 0;
	return want == ANY || res == want;
}

bool cqes_match(struct io_uring *ring, const struct step *steps,
		unsigned int nr)
{
	unsigned long user_data;
	bool good = true;
	unsigned int i;
	int res;

	cqe_pid = 0;
	for (i = 0; i < nr; i++) {
		if (steps[i].want == NONE)
			continue;
		if (!next_cqe(ring, &user_data, &res)) {
			note("step %u: no CQE", i + 1);
			return false;
		}
		if (user_data != i + 1 || !is_wanted(res, steps[i].want)) {
			note("step %u wants %d, got step %lu with %d", i + 1,
			     steps[i].want, user_data, res);
			good = false;
		}
	}
	if (!no_cqe(ring)) {
		note("one CQE too many");
		good = false;
	}
	return good;
}

/* A chain without CQEs on an SQPOLL ring: its child may be yet to come. */
static int wait_child(bool comes)
{
	time_t end = time(NULL) + DEADLINE;
	int status;
	pid_t pid;

	while (((pid = waitpid(-1, &status, WNOHANG)) == 0 ||
		(pid < 0 && comes)) && time(NULL) <= end)
		usleep(1000);
	if (!pid)
		note("a child still runs");
	waited_pid = pid;
	return pid > 0 ? status : NO_CHILD;
}

int wait_status(void)
{
	return wait_child(false);
}

bool status_is(int want)
{
	int status = wait_child(want != NO_CHILD);

	if (status != want)
		note("status %#x, wanted %#x", status, want);
	return status == want;
}

bool try_chain(struct io_uring *ring, const struct step *steps,
	       unsigned int nr, int status)
{
	bool good;

	queue_steps(ring, steps, nr);
	submit(ring);
	good = cqes_match(ring, steps, nr);
	good &= status_is(status);
	if (good && cqe_pid && status != NO_CHILD && cqe_pid != waited_pid) {
		note("pid %d was told, it was %d", cqe_pid, waited_pid);
		good = false;
	}
	return good;
}

bool run_chain(struct io_uring *ring, const struct step *steps,
	       unsigned int nr, int status, const char *fmt, ...)
{
	bool good = try_chain(ring, steps, nr, status);
	va_list args;

	va_start(args, fmt);
	line(good ? "ok" : "not ok", NULL, fmt, args);
	va_end(args);
	nr_failed += !good;
	return good;
}

int in_process(int (*test)(const void *arg), const void *arg)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		alarm(3 * DEADLINE);
		status = test(arg);
		fflush(stdout);
		_exit(status);
	}
	if (waitpid(pid, &status, 0) != pid)
		die("waitpid");
	if (!WIFEXITED(status)) {
		note("the process of the test died, status %#x", status);
		return -1;
	}
	return WEXITSTATUS(status);
}

bool release_begins(const char *text)
{
	struct utsname name;

	if (uname(&name))
		die("uname");
	return !strncmp(name.release, text, strlen(text));
}

bool eventually(bool (*cond)(void *arg), void *arg)
{
	time_t end = time(NULL) + DEADLINE;

	while (!cond(arg)) {
		if (time(NULL) > end)
			return false;
		usleep(2000);
	}
	return true;
}

long read_number(const char *path)
{
	FILE *file = fopen(path, "r");
	long number;

	if (!file)
		return -1;
	if (fscanf(file, "%ld", &number) != 1)
		number = -1;
	fclose(file);
	return number;
}

int write_string(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY), ret;

	if (fd < 0)
		return -errno;
	ret = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

pid_t any_child_of(pid_t parent, pid_t but, char *state)
{
	char path[64], text[128], *end;
	struct dirent *entry;
	DIR *proc = opendir("/proc");
	pid_t found = 0;
	ssize_t len;
	int fd, ppid, pid;

	while (!found && (entry = readdir(proc))) {
		snprintf(path, sizeof(path), "/proc/%.20s/stat", entry->d_name);
		fd = open(path, O_RDONLY);
		if (fd < 0)
			continue;
		len = read(fd, text, sizeof(text) - 1);
		text[len > 0 ? len : 0] = 0;
		end = strrchr(text, ')');
		pid = atoi(entry->d_name);
		if (end && sscanf(end, ") %c %d", state, &ppid) == 2 &&
		    ppid == parent && pid != but)
			found = pid;
		close(fd);
	}
	closedir(proc);
	return found;
}

pid_t any_child(char *state)
{
	return any_child_of(getpid(), 0, state);
}
