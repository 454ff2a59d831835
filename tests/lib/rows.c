// SPDX-License-Identifier: GPL-2.0
/* See rows.h. */
#include "rows.h"
#include "records.h"

#include <linux/audit.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define SKIPPED	77

union outputs_page outputs_page __attribute__((aligned(4096)));

/* Also shared: what the forked child got, and why a row was skipped. */
static struct {
	int results[MAX_STEPS];
	int status, exec;
	char why[128];
} *shared;

struct run {
	const struct row *row;
	const struct kind *kind;
};

static char before[STATE_SIZE], after[STATE_SIZE], forked[STATE_SIZE],
	    chained[STATE_SIZE];
static char records[2][RECORDS_SIZE];

bool rows_recorded;

static unsigned int nr_steps(const struct row *row)
{
	unsigned int nr = 0;

	while (nr < MAX_STEPS && row->steps[nr].used)
		nr++;
	return nr;
}

static long by_call(const struct step *step, const int *results,
		    unsigned int i)
{
	unsigned long args[4];
	unsigned int n, k;

	for (n = 0; n < 4; n++) {
		k = step->rw_flags >> 8 * n & 0xff;
		args[n] = k ? (unsigned long)(long)results[i - k] :
			  step->args[n];
	}
	return syscall(step->len, args[0], args[1], args[2], args[3], 0, 0);
}

static int by_hand(const struct step *step, const int *results, unsigned int i)
{
	long ret;

	switch (step->op) {
	case IORING_OP_SYSCALL:
		ret = by_call(step, results, i);
		break;
	case IORING_OP_OPENAT:
		ret = openat(step->fd, step->addr, step->rw_flags, step->len);
		break;
	case IORING_OP_MKDIRAT:
		ret = mkdirat(step->fd, step->addr, step->len);
		break;
	case IORING_OP_SOCKET:
		ret = socket(step->fd, step->off, step->len);
		break;
	case IORING_OP_WRITE:
		ret = write(step->fd, step->addr, step->len);
		break;
	case IORING_OP_FALLOCATE:
		ret = fallocate(step->fd, step->len, step->off,
				(unsigned long)step->addr);
		break;
	case IORING_OP_CONNECT:
		ret = connect(step->fd, step->addr, step->off);
		break;
	case IORING_OP_DUP:
		ret = dup2(step->file_index ? results[i - step->file_index] :
					      step->fd, step->len);
		break;
	default:
		errno = ENOTSUP;
		ret = -1;
	}
	return ret < 0 ? -errno : ret;
}

/* What a chain does, without one. Does not return. */
static void do_by_hand(struct io_uring *ring, const struct row *row)
{
	unsigned int i, nr = nr_steps(row);

	/* as a chain's process has none of its ring */
	close(ring->ring_fd);
	outputs.pid = row->tell_pid ? getpid() : 0;
	for (i = 0; i < nr; i++) {
		shared->results[i] = by_hand(&row->steps[i], shared->results,
					     i);
		if (shared->results[i] < 0 && !(row->steps[i].flags & H))
			_exit(127);
	}
	syscall(SYS_execveat, EXE_FD, row->path ?: "", report_argv, environ,
		row->path ? 0 : AT_EMPTY_PATH);
	shared->exec = -errno;
	_exit(127);
}

/* Results that the table states must be those of the forked child. */
static bool table_is_right(const struct row *row, pid_t pid)
{
	unsigned int i, nr = nr_steps(row);
	bool good = true;

	for (i = 0; i < nr; i++) {
		int want = row->steps[i].want, res = shared->results[i];

		if (want == PID)
			want = pid;
		if (want == ANY || res == want || want == -ECANCELED ||
		    (want == ABOVE_0 && res > 0))
			continue;
		note("step %u: a forked child gets %d, the table has %d",
		     i + 1, res, want);
		good = false;
	}
	return good;
}

/* Why the forked child could not do it, if this kernel cannot. */
static bool lacks_call(const struct row *row)
{
	unsigned int i, nr = nr_steps(row);

	for (i = 0; i < nr; i++) {
		if (shared->results[i] != -ENOSYS)
			continue;
		snprintf(shared->why, sizeof(shared->why),
			 "this kernel has no system call %u",
			 row->steps[i].len);
		return true;
	}
	return false;
}

static void reset(void)
{
	memset(&outputs, 0, sizeof(outputs));
	state_read(chained);
}

static int fork_one(struct io_uring *ring, const struct row *row)
{
	int status;
	pid_t pid;

	reset();
	memset(shared, 0, sizeof(*shared));
	fflush(stdout);
	pid = fork();
	if (!pid)
		do_by_hand(ring, row);
	if (waitpid(pid, &status, 0) != pid)
		die("waitpid");
	state_read(forked);
	if (lacks_call(row))
		return SKIPPED;
	shared->status = status;
	if (!table_is_right(row, pid))
		return 1;
	if (row->exec != ANY && row->exec != shared->exec) {
		note("the forked child's exec gets %d", shared->exec);
		return 1;
	}
	if (row->status == ANY || status == row->status)
		return 0;
	note("the forked child's status is %#x", status);
	return 1;
}

static bool chain_one(struct io_uring *ring, const struct row *row)
{
	static struct clone_args args = { .flags = CLONE_PARENT_SETTID,
					  .exit_signal = SIGCHLD };
	struct step steps[MAX_STEPS + 2] = { CLONE(L, 0) };
	const struct step with_pid = CLONE_WITH(L, PID, &args);
	const struct step program = REPORT(0, 0);
	unsigned int i, nr = nr_steps(row);
	bool good;

	reset();
	args.parent_tid = (unsigned long)&outputs.pid;
	if (row->tell_pid)
		steps[0] = with_pid;
	for (i = 0; i < nr; i++) {
		steps[i + 1] = row->steps[i];
		if (row->steps[i].want == ANY)
			steps[i + 1].want = shared->results[i];
	}
	steps[nr + 1] = program;
	if (row->path) {
		steps[nr + 1].addr = row->path;
		steps[nr + 1].rw_flags = 0;
	}
	if (row->exec)
		steps[nr + 1].want = shared->exec;
	else if (row->status)
		steps[nr + 1].want = -ECANCELED;
	good = try_chain(ring, steps, nr + 2, shared->status);
	state_read(chained);
	return good;
}

static bool wrote_the_same(const struct written *first)
{
	struct written second = outputs;

	second.pid = first->pid;
	if (!memcmp(first, &second, sizeof(second)))
		return true;
	note("what the calls wrote differs");
	return false;
}

static bool shows(const struct row *row)
{
	bool good = true;
	char key[32];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(row->shows) && row->shows[i]; i++) {
		if (state_has(chained, row->shows[i]))
			continue;
		note("the program does not report \"%s\", but", row->shows[i]);
		snprintf(key, sizeof(key), "%.*s",
			 (int)strcspn(row->shows[i], ":"), row->shows[i]);
		state_note(chained, key);
		good = false;
	}
	if (row->fresh && !state_differs(chained, before, row->fresh)) {
		note("\"%s\" is still that of the submitter", row->fresh);
		good = false;
	}
	return good;
}

static bool makes_calls_only(const struct row *row)
{
	unsigned int i, nr = nr_steps(row);

	for (i = 0; i < nr; i++)
		if (row->steps[i].op != IORING_OP_SYSCALL)
			return false;
	return true;
}

/* SELinux's and AppArmor's have the first number, Landlock's this one. */
#define LAST_DECISION	1423

static void read_records(char *text)
{
	if (rows_recorded)
		records_read(text);
}

static bool recorded_the_same(const struct row *row)
{
	unsigned int i;

	if (!rows_recorded)
		return true;
	for (i = 0; i < 2 && !makes_calls_only(row); i++)
		records_keep(records[i], AUDIT_AVC, LAST_DECISION);
	if (!strcmp(records[0], records[1]) &&
	    (!row->recorded || strstr(records[1], row->recorded)))
		return true;
	if (row->recorded)
		note("wanted is %s", row->recorded);
	records_note("by hand", records[0]);
	records_note("chain", records[1]);
	return false;
}

/* The submitter of one row. */
static int run_row(const void *arg)
{
	const struct run *run = arg;
	const struct row *row = run->row;
	struct written written;
	struct io_uring ring;
	const char *why;
	bool good;
	int ret;

	why = row->setup ? row->setup() : NULL;
	if (why) {
		snprintf(shared->why, sizeof(shared->why), "%s", why);
		return SKIPPED;
	}
	if (open_ring(&ring, run->kind, 32))
		die("ring");
	state_print(before);
	read_records(records[0]);
	ret = fork_one(&ring, row);
	if (ret)
		return ret;
	read_records(records[0]);
	written = outputs;
	good = chain_one(&ring, row);
	read_records(records[1]);
	good &= recorded_the_same(row);
	state_print(after);
	good &= wrote_the_same(&written);
	if (!row->status)
		good &= state_same(forked, chained, before, NULL) & shows(row);
	if (!state_same(before, after, NULL, row->creds ? "dumpable" : NULL)) {
		note("that was the submitter, before and after");
		good = false;
	}
	return !good;
}

static const struct row *all_rows;
static unsigned int nr_rows;

static void run_rows(struct io_uring *ring, const struct kind *kind)
{
	struct run run = { .kind = kind };
	unsigned int i;
	int ret;

	(void)ring;
	if (rows_recorded && kind->flags & ~IORING_SETUP_SQPOLL)
		return;
	for (i = 0; i < nr_rows; i++) {
		run.row = &all_rows[i];
		ret = in_process(run_row, &run);
		if (ret == SKIPPED)
			skip(shared->why, "%s: %s", kind->name, run.row->name);
		else
			ok(!ret, "%s: %s", kind->name, run.row->name);
	}
}

static void open_as(int number, const char *path, int flags)
{
	int fd = open(path, flags, 0600);

	if (fd < 0 || dup3(fd, number, flags & O_CLOEXEC) != number)
		die(path);
	close(fd);
}

void rows_program(const char *path)
{
	int fd = open(path, O_PATH);

	if (fd < 0 || dup2(fd, EXE_FD) != EXE_FD)
		die(path);
	close(fd);
}

void rows_setup(void)
{
	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED ||
	    mmap(&outputs_page, 4096, PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		die("mmap");
	mkdir(ROWS, 0755);
	mkdir(ROWS "/dir", 0755);
	mkdir(ROWS "/jail", 0755);
	open_as(FILE_FD, ROWS "/file", O_RDWR | O_CREAT);
	open_as(CLOEXEC_FD, ROWS "/file", O_RDWR | O_CLOEXEC);
	state_setup();
}

void rows_run(const struct row *rows, unsigned int nr, const char *what)
{
	all_rows = rows;
	nr_rows = nr;
	for_main_kinds(run_rows, what);
}

int rows_main(const struct row *rows, unsigned int nr)
{
	alarm(500);
	rows_setup();
	rows_run(rows, nr, "system calls");
	return done();
}
