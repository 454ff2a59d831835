// SPDX-License-Identifier: GPL-2.0
/*
 * A search in $PATH by one EXEC (IORING_EXEC_PATHS): which errors it goes on after and
 * what it says in the end, beside posix_spawnp() of the C library in the same guest; and
 * candidates that are not there, in memory.
 */
#include "blocked.h"
#include "filter.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define TINY	"/tests/tiny"
#define GONE	"/nonexistent"
#define DIR	"/tmp/search"
#define FIFTY	"12345678901234567890123456789012345678901234567890"
#define LONG	DIR "/" FIFTY FIFTY FIFTY
#define P(...)	((const char *const []){ __VA_ARGS__ })
#define PAGE	4096
#define MAX	IORING_EXEC_MAX_PATHS

static char *const argv[] = { "prog", NULL };

/* The result of EXEC with these candidates, and the end of the process. */
static int search(struct io_uring *ring, const void *paths, unsigned int nr)
{
	const struct step steps[] = {
		CLONE(L, 0), EXEC_PATHS(0, ANY, paths, nr, argv),
	};
	int results[3] = { 0 };

	queue_steps(ring, steps, 2);
	submit(ring);
	if (!collect(ring, results, 2) ||
	    !status_is(results[2] < 0 ? EXITED(127) : EXITED(0)))
		return -EBADMSG;
	return results[2];
}

/* ---- files, beside posix_spawnp() */

static void make_file(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);

	if (fd < 0 || write(fd, text, strlen(text)) < 0 || fchmod(fd, mode))
		die(path);
	close(fd);
}

static void make_files(void)
{
	mkdir(DIR, 0755);
	mkdir(DIR "/none", 0755);
	mkdir(DIR "/plain", 0755);
	mkdir(DIR "/loop", 0755);
	mkdir(DIR "/noformat", 0755);
	mkdir(DIR "/good", 0755);
	make_file(DIR "/plain/prog", "plain", 0644);
	make_file(DIR "/noformat/prog", "noformat", 0755);
	mkdir(DIR "/gone", 0755);
	mkdir(LONG, 0755);
	unlink(DIR "/loop/prog");
	unlink(DIR "/gone/prog");
	unlink(DIR "/good/prog");
	unlink(LONG "/prog");
	if (symlink("prog", DIR "/loop/prog") ||
	    symlink(GONE, DIR "/gone/prog") ||
	    symlink(TINY, DIR "/good/prog") || symlink(TINY, LONG "/prog"))
		die("symlink");
}

#define NONE_DIR	DIR "/none"
#define PLAIN		DIR "/plain"
#define FILE_DIR	DIR "/plain/prog"
#define LOOP		DIR "/loop"
#define NOFORMAT	DIR "/noformat"
#define DANGLING	DIR "/gone"
#define GOOD		DIR "/good"

static const struct {
	const char *name;
	/* up to a NULL */
	const char *dirs[5];
	int want;
} rows[] = {
	{ "the first", { GOOD, NONE_DIR }, 0 },
	{ "the last", { NONE_DIR, FILE_DIR, PLAIN, GOOD }, 3 },
	{ "nothing", { NONE_DIR, NONE_DIR }, -ENOENT },
	{ "nothing, and the last is below a file", { NONE_DIR, FILE_DIR },
	  -ENOTDIR },
	{ "one that may not be executed, then nothing", { PLAIN, NONE_DIR },
	  -EACCES },
	{ "one that may not be executed, then a loop of links",
	  { PLAIN, LOOP, GOOD }, -ELOOP },
	{ "a loop of links", { NONE_DIR, LOOP, GOOD }, -ELOOP },
	{ "one behind a link to nothing", { DANGLING, GOOD, NONE_DIR }, 1 },
	{ "one with a long path", { LONG "x", LONG, NONE_DIR }, 1 },
	{ "one that is no program", { PLAIN, NOFORMAT, GOOD }, -ENOEXEC },
};

/* A negated errno, 0 for any program. */
static int by_libc(const char *const *dirs, unsigned int nr)
{
	char path[1024] = "PATH=";
	unsigned int i;
	pid_t pid;
	int ret;

	for (i = 0; i < nr; i++)
		strcat(strcat(path, i ? ":" : ""), dirs[i]);
	putenv(path);
	ret = posix_spawnp(&pid, "prog", NULL, NULL, argv, environ);
	putenv("PATH=/bin");
	if (!ret && waitpid(pid, NULL, 0) != pid)
		die("waitpid");
	return -ret;
}

static void test_row(struct io_uring *ring, const struct kind *kind,
		     unsigned int row)
{
	char names[5][256];
	const char *paths[5] = { NULL };
	unsigned int nr;
	int res, libc;

	for (nr = 0; rows[row].dirs[nr]; nr++) {
		snprintf(names[nr], sizeof(names[nr]), "%s/prog",
			 rows[row].dirs[nr]);
		paths[nr] = names[nr];
	}
	res = search(ring, paths, nr);
	libc = by_libc(rows[row].dirs, nr);
	if (!ok(res == rows[row].want && libc == (res > 0 ? 0 : res),
		"%s: a search finds %s, as posix_spawnp() does", kind->name,
		rows[row].name))
		note("chain %d, libc %d, not %d", res, libc, rows[row].want);
}

/* ---- every error, beside posix_spawnp() */

/* Answers the first call with an error and lets the others be made. */
struct teller {
	int listener, error;
	unsigned int calls;
};

static void *tell(void *arg)
{
	struct seccomp_notif_resp resp;
	struct seccomp_notif notif;
	struct teller *teller = arg;

	for (;;) {
		memset(&notif, 0, sizeof(notif));
		if (ioctl(teller->listener, SECCOMP_IOCTL_NOTIF_RECV, &notif)) {
			if (errno == EINTR || errno == ENOENT)
				continue;
			return NULL;
		}
		resp = (struct seccomp_notif_resp){ .id = notif.id };
		if (teller->calls++)
			resp.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
		else
			resp.error = -teller->error;
		ioctl(teller->listener, SECCOMP_IOCTL_NOTIF_SEND, &resp);
	}
}

/* What there is behind the candidate that gets the error. */
static const char *const behind[2][2] = {
	{ DIR "/good/prog", DIR "/none/prog" }, { GOOD, NONE_DIR },
};

struct answer {
	int res;
	unsigned int calls;
};

static struct answer ask(struct io_uring *ring, struct teller *teller, int miss)
{
	const char *const paths[] = { DIR "/none/prog", behind[0][miss] };
	const char *const dirs[] = { NONE_DIR, behind[1][miss] };
	struct answer answer;

	teller->calls = 0;
	answer.res = ring ? search(ring, paths, 2) : by_libc(dirs, 2);
	if (answer.res > 0)
		answer.res = 0;
	answer.calls = teller->calls;
	return answer;
}

static bool agree(int error, const struct answer *chain,
		  const struct answer *libc)
{
	if (chain->res == libc->res && chain->calls == libc->calls)
		return true;
	note("errno %d: chain %d after %u calls, libc %d after %u", error,
	     chain->res, chain->calls, libc->res, libc->calls);
	return false;
}

/* The C library calls execve(): each has a process with a filter of its own. */
static int tells(const void *arg)
{
	const unsigned int nr = *(const unsigned int *)arg;
	static struct answer answers[2][134];
	struct teller teller = { 0 };
	int error, miss, good = 1;
	struct io_uring ring;
	pthread_t thread;
	FILE *file;

	if (open_ring(&ring, &kinds[0], 8))
		return -1;
	teller.listener = filter(SECCOMP_FILTER_FLAG_NEW_LISTENER, nr, 0,
				 SECCOMP_RET_USER_NOTIF);
	if (pthread_create(&thread, NULL, tell, &teller))
		return -1;
	for (miss = 0; miss < 2; miss++)
		for (error = 1; error < 134; error++) {
			teller.error = error;
			answers[miss][error] =
				ask(nr == SYS_execveat ? &ring : NULL, &teller,
				    miss);
		}
	if (nr == SYS_execve) {
		file = fopen(DIR "/answers", "w");
		return file && fwrite(answers, sizeof(answers), 1, file) == 1 &&
		       !fclose(file);
	}
	static struct answer libc[2][134];

	file = fopen(DIR "/answers", "r");
	if (!file || fread(libc, sizeof(libc), 1, file) != 1)
		return -1;
	for (miss = 0; miss < 2; miss++)
		for (error = 1; error < 134; error++)
			good &= agree(error, &answers[miss][error],
				      &libc[miss][error]);
	return good;
}

static void test_errors(void)
{
	static const unsigned int libc = SYS_execve, chain = SYS_execveat;

	ok(in_process(tells, &libc) == 1 && in_process(tells, &chain) == 1,
	   "after every errno of a candidate a search does what posix_spawnp() does");
}

/* ---- seccomp between two candidates */

static int denied(const void *arg)
{
	const unsigned int action = *(const unsigned int *)arg;
	/* two names that differ in a bit that a filter can see */
	static char names[2][4096] __attribute__((aligned(8192)));
	const char *const paths[] = { names[0], names[1], TINY };
	const struct step steps[] = {
		CLONE(L, 0), EXEC_PATHS(0, -EPERM, paths, 3, argv),
	};
	struct io_uring ring;

	strcpy(names[0], GONE);
	strcpy(names[1], TINY);
	if (open_ring(&ring, &kinds[0], 8))
		return -1;
	/* the second argument is the path */
	filter_second(SYS_execveat, 4096, action);
	queue_steps(&ring, steps, 2);
	submit(&ring);
	return cqes_match(&ring, steps, 2) &
	       ended_as(wait_status(), action == SECCOMP_RET_KILL_PROCESS ?
				       SIGSYS : EXITED(127));
}

static void test_denied(void)
{
	static const unsigned int error = SECCOMP_RET_ERRNO | EPERM,
				  kill = SECCOMP_RET_KILL_PROCESS;

	ok(in_process(denied, &error) == 1,
	   "seccomp: the second candidate is refused: the search ends");
	ok(in_process(denied, &kill) == 1,
	   "seccomp: the second candidate kills");
}

/* ---- memory */

/* An array whose end is where nothing is mapped. */
static const char **array_at_end(const char *last)
{
	char *two = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const char **array = (const char **)(two + PAGE) - 1;

	munmap(two + PAGE, PAGE);
	*array = last;
	return array;
}

static void test_memory(struct io_uring *ring, const struct kind *kind)
{
	static const char *many[MAX];
	unsigned int i;

	ok(search(ring, (void *)8, 1) == -EFAULT,
	   "%s: an array that is nowhere", kind->name);
	ok(search(ring, (void *)-4096UL, 1) == -EFAULT,
	   "%s: an array in the kernel", kind->name);
	ok(search(ring, array_at_end(GONE), 2) == -EFAULT,
	   "%s: an array whose second pointer is nowhere", kind->name);
	ok(search(ring, array_at_end(TINY), 2) == 0,
	   "%s: which is not read after a hit", kind->name);
	ok(search(ring, P(GONE, (char *)8, TINY), 3) == -EFAULT,
	   "%s: a candidate that is nowhere ends the search", kind->name);
	ok(search(ring, P(GONE, NULL, TINY), 3) == -EFAULT,
	   "%s: and so does a null pointer", kind->name);
	ok(search(ring, P("", TINY), 2) == 1,
	   "%s: an empty candidate does not", kind->name);
	for (i = 0; i < MAX; i++)
		many[i] = i + 1 < MAX ? GONE : TINY;
	ok(search(ring, many, MAX) == MAX - 1,
	   "%s: the last of as many as there may be", kind->name);
}

/* ---- in a chain */

static void test_chain(struct io_uring *ring, const struct kind *kind)
{
	const char *const none[] = { GONE, GONE }, *const fd[] = { "none", "tiny" };
	const char *const bad[] = { DIR "/loop/prog" };
	int dir = open("/tests", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct step two_rows[] = {
		CLONE(L, 0), EXEC_PATHS(H, -ENOENT, none, 2, argv),
		EXEC_PATHS(H, 1, P(GONE, TINY), 2, argv),
		NOP(0, -ECANCELED),
	};
	const struct step both[] = {
		CLONE(L, 0), EXEC_PATHS(H, -ELOOP, bad, 1, argv,
			.len = IORING_EXEC_PATHS | IORING_EXEC_SEARCH),
		EXEC(0, -ECANCELED, TINY),
	};
	const struct step below[] = {
		CLONE(L, 0), EXEC_PATHS(0, 1, fd, 2, argv, .fd = dir),
	};
	const struct step result[] = {
		CLONE(L, 0), OPEN(L, ANY, "/tests", O_PATH | O_DIRECTORY),
		EXEC_PATHS(0, 1, fd, 2, argv, .file_index = 1),
	};

	RUN(ring, two_rows, EXITED(0), "%s: a hard link goes on after a search",
	    kind->name);
	RUN(ring, both, EXITED(127),
	    "%s: but not after one that has ended, with both flags", kind->name);
	RUN(ring, below, EXITED(0), "%s: candidates below a directory",
	    kind->name);
	RUN(ring, result, EXITED(0), "%s: below one that was opened",
	    kind->name);
	close(dir);
}

static void test_kind(struct io_uring *ring, const struct kind *kind)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		test_row(ring, kind, i);
	test_memory(ring, kind);
	if (!kind->polled)
		test_chain(ring, kind);
}

int main(void)
{
	alarm(500);
	make_files();
	for_main_kinds(test_kind, "searches");
	test_errors();
	test_denied();
	return done();
}
