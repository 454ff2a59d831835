// SPDX-License-Identifier: GPL-2.0
/*
 * A row of system calls in one request: what is written back, where it ends, how an
 * entry refers to results, memory that is not there.
 */
#include "blocked.h"

#include <sched.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define MADE	"/tmp/vector-made"
#define PLACE	"/tmp/vector-place"
/* The result of a call that was not made. */
#define UNMADE	(-5000)

/* _how: IORING_CALL_* */
#define ENTRY(_nr, _how, ...) \
	{ .nr = (_nr), .flags = (_how), .args = { __VA_ARGS__ }, \
	  .result = UNMADE }
/* Argument @_arg is the @_back-th result before. */
#define REFERS(_nr, _how, _arg, _back, ...) \
	{ .nr = (_nr), .flags = (_how), .arg = (_arg), .back = (_back), \
	  .args = { __VA_ARGS__ }, .result = UNMADE }
#define MAKE(_how) ENTRY(SYS_openat, _how, (unsigned long)AT_FDCWD, \
			 (unsigned long)MADE, O_CREAT | O_WRONLY, 0600)
#define IGNORE	IORING_CALL_IGNORE
#define UNLESS	IORING_CALL_UNLESS

_Static_assert(sizeof(struct io_uring_call) ==
	       sizeof(struct io_uring_spawn_call) &&
	       offsetof(struct io_uring_call, result) ==
	       offsetof(struct io_uring_spawn_call, result) &&
	       offsetof(struct io_uring_call, back) ==
	       offsetof(struct io_uring_spawn_call, back) &&
	       offsetof(struct io_uring_call, args) ==
	       offsetof(struct io_uring_spawn_call, args),
	       "the header's entry is not the kernel's");

static bool made(void)
{
	return !access(MADE, F_OK);
}

static bool results_are(const struct io_uring_call *calls, const long *want,
			unsigned int nr)
{
	bool good = true;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (calls[i].result == want[i] ||
		    (want[i] == ABOVE_0 && calls[i].result > 0))
			continue;
		note("call %u gave %lld, not %ld", i,
		     (long long)calls[i].result, want[i]);
		good = false;
	}
	return good;
}

/* CLONE -> @calls -> EXEC; @res is the row's CQE, @want its results. */
static bool row_gives(struct io_uring *ring, struct io_uring_call *calls,
		      unsigned int nr, int res, const long *want)
{
	const struct step steps[] = {
		CLONE(L, 0), VECTOR(L, res, calls, nr),
		EXEC(0, res < 0 ? -ECANCELED : 0, TRUE),
	};

	unlink(MADE);
	return TRY(ring, steps, EXITED(res < 0 ? 127 : 0)) &
	       results_are(calls, want, nr);
}

#define ROW(ring, kind, calls, res, want, text) \
	ok(row_gives(ring, calls, ARRAY_SIZE(calls), res, want), \
	   "%s: %s", (kind)->name, text)

static void test_order(struct io_uring *ring, const struct kind *kind)
{
	struct io_uring_call calls[] = {
		ENTRY(SYS_umask, 0, 077), ENTRY(SYS_umask, 0, 022),
		ENTRY(SYS_dup3, 0, 1, 177, 0), ENTRY(SYS_close, 0, 177),
		MAKE(0), ENTRY(SYS_setsid, 0),
	};
	const long want[] = { 022, 077, 177, 0, ABOVE_0, ABOVE_0 };
	struct stat st;

	ROW(ring, kind, calls, 6, want, "all results are written");
	ok(made() && !stat(MADE, &st) && st.st_mode == (S_IFREG | 0600),
	   "%s: the calls were made", kind->name);
	ok(umask(022) == 022, "%s: by the process alone", kind->name);
}

static void test_failure(struct io_uring *ring, const struct kind *kind)
{
	struct io_uring_call fails[] = {
		ENTRY(SYS_umask, 0, 077), ENTRY(SYS_close, 0, 190), MAKE(0),
	};
	struct io_uring_call refused[] = {
		ENTRY(SYS_clone, IGNORE), ENTRY(SYS_setpgid, IGNORE, 1),
		ENTRY(SYS_clone, 0), MAKE(0),
	};
	struct io_uring_call ignored[] = {
		ENTRY(SYS_close, IGNORE, 190), ENTRY(SYS_umask, 0, 077),
		ENTRY(SYS_chdir, IGNORE, (unsigned long)"/none"), MAKE(0),
		ENTRY(SYS_close, IGNORE, 190),
	};
	const long fails_want[] = { 022, -EBADF, UNMADE };
	const long refused_want[] = { -ENOSYS, -EINVAL, -ENOSYS, UNMADE };
	const long ignored_want[] = { -EBADF, 022, -ENOENT, ABOVE_0, -EBADF };

	ROW(ring, kind, fails, -EBADF, fails_want, "it ends at a failure");
	ok(!made(), "%s: what comes after it is not made", kind->name);
	ROW(ring, kind, refused, -ENOSYS, refused_want,
	    "what is not allowed is a failure");
	ROW(ring, kind, ignored, 5, ignored_want,
	    "a failure that is ignored does not end it");
	ok(made(), "%s: what comes after that is made", kind->name);
}

/* The request fails and succeeds as others do. */
static void test_links(struct io_uring *ring, const struct kind *kind)
{
	struct io_uring_call fails[] = { ENTRY(SYS_close, 0, 190) };
	struct io_uring_call ignored[] = { ENTRY(SYS_close, IGNORE, 190) };
	const struct step hard[] = {
		CLONE(L, 0), VECTOR(H, -EBADF, fails, 1), EXEC(0, 0, TRUE),
	};
	const struct step soft[] = {
		CLONE(L, 0), VECTOR(L, -EBADF, fails, 1), NOP(L, -ECANCELED),
		EXEC(0, -ECANCELED, TRUE),
	};
	const struct step silent[] = {
		CLONE(L, 0), VECTOR(L | IOSQE_CQE_SKIP_SUCCESS, NONE, ignored, 1),
		EXEC(0, 0, TRUE),
	};
	const struct step result[] = {
		CLONE(L, 0), VECTOR(L, 1, ignored, 1),
		CALL(L, 022, SYS_umask, 0, 0, 0, 0, .rw_flags = BACK(0, 1)),
		CALL(L, 1, SYS_umask, 022, 0, 0, 0), EXEC(0, 0, TRUE),
	};

	RUN(ring, hard, EXITED(0), "%s: a hard link goes on", kind->name);
	RUN(ring, soft, EXITED(127), "%s: a soft link ends", kind->name);
	RUN(ring, silent, EXITED(0), "%s: a success without CQE", kind->name);
	RUN(ring, result, EXITED(0), "%s: its result is the number of calls",
	    kind->name);
}

/* As the file actions of posix_spawn() open a file: @nr is the number. */
#define OPEN_AT(_nr) \
	ENTRY(SYS_close, IGNORE, (_nr)), MAKE(0), \
	REFERS(SYS_dup3, UNLESS, 0, 1, (_nr), (_nr), 0), \
	REFERS(SYS_close, UNLESS, 0, 2, (_nr))

static bool opens_at(struct io_uring *ring, unsigned int nr, bool there)
{
	struct io_uring_call calls[] = { OPEN_AT(nr) };
	const long want[] = { -EBADF, there ? nr : ABOVE_0, there ? 0 : nr, 0 };
	const struct step steps[] = {
		CLONE(L, 0), VECTOR(L, 4, calls, 4),
		OP(IORING_OP_WRITE, L, 3, .fd = nr, .addr = "abc", .len = 3),
		EXEC(0, 0, TRUE),
	};
	struct stat st;

	unlink(MADE);
	return TRY(ring, steps, EXITED(0)) & results_are(calls, want, 4) &&
	       !stat(MADE, &st) && st.st_size == 3;
}

static void test_results(struct io_uring *ring, const struct kind *kind)
{
	struct io_uring_call opens[] = { MAKE(0) };
	const long above[] = { ABOVE_0 };
	struct io_uring_call failed[] = {
		ENTRY(SYS_close, IGNORE, 190),
		REFERS(SYS_umask, IGNORE, 0, 1, 0),
		REFERS(SYS_umask, 0, 0, 4, 0), MAKE(0),
	};
	const long failed_want[] = { -EBADF, -EINVAL, -EINVAL, UNMADE };
	struct io_uring_call before[] = {
		ENTRY(SYS_getpid, 0), REFERS(SYS_dup3, 0, 0, 2, 99, 177, 0),
		REFERS(SYS_fcntl, 0, 0, 3, 99, F_GETFD),
		REFERS(SYS_fcntl, 0, 0, 2, 99, F_SETFD, FD_CLOEXEC),
	};
	const long before_want[] = { ABOVE_0, 177, 0, 0 };
	const struct step steps[] = {
		CLONE(L, 0), OPEN(L, ABOVE_0, "/dev/null", O_RDONLY),
		VECTOR(L, 4, before, 4), EXEC(0, 0, TRUE),
	};

	ok(opens_at(ring, 190, false), "%s: a file is opened at a number",
	   kind->name);
	ok(row_gives(ring, opens, 1, 1, above) &&
	   opens_at(ring, opens[0].result, true),
	   "%s: and at the number that it has already", kind->name);
	ROW(ring, kind, failed, -EINVAL, failed_want,
	    "an error is no result, nor is what is before the chain");
	ok(TRY(ring, steps, EXITED(0)) & results_are(before, before_want, 4),
	   "%s: the result of a request before it", kind->name);
}

static void test_wrong(struct io_uring *ring, const struct kind *kind)
{
	static const struct {
		const char *name;
		unsigned int flags, arg, back;
	} wrong[] = {
		{ "flag 4", 4 | IGNORE, 0, 0 },
		{ "flag 1 << 15", 1 << 15 | IGNORE, 0, 0 },
		{ "argument 6", IGNORE, 6, 1 },
		{ "argument 255", IGNORE, 255, 1 },
		{ "an argument that is no result", IGNORE, 1, 0 },
		{ "UNLESS and no result", IGNORE | UNLESS, 0, 0 },
	};
	const long want[] = { 022, -EINVAL, UNMADE };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct io_uring_call calls[] = {
			ENTRY(SYS_umask, 0, 022), ENTRY(SYS_umask, 0, 022),
			MAKE(0),
		};

		calls[1].flags = wrong[i].flags;
		calls[1].arg = wrong[i].arg;
		calls[1].back = wrong[i].back;
		ok(row_gives(ring, calls, 3, -EINVAL, want) && !made(),
		   "%s: an entry with %s", kind->name, wrong[i].name);
	}
}

static void test_many(struct io_uring *ring, const struct kind *kind)
{
	struct io_uring_call *calls = calloc(IORING_SYSCALL_MAX, sizeof(*calls));
	const struct step steps[] = {
		CLONE(L, 0),
		VECTOR(L, IORING_SYSCALL_MAX, calls, IORING_SYSCALL_MAX),
		EXEC(0, 0, TRUE),
	};
	unsigned int i;
	bool good;

	for (i = 0; i < IORING_SYSCALL_MAX; i++)
		calls[i] = (struct io_uring_call)ENTRY(SYS_umask, 0, i + 1);
	/* the farthest result that there is */
	calls[255] = (struct io_uring_call)REFERS(SYS_umask, 0, 0, 255, 0);
	good = TRY(ring, steps, EXITED(0)) && calls[0].result == 022;
	for (i = 1; i < IORING_SYSCALL_MAX; i++)
		good &= calls[i].result == i;
	ok(good, "%s: as many calls as there may be", kind->name);
	free(calls);
}

/* Two pages; the second one is not there. */
static char *pages;

static void make_pages(void)
{
	pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED || munmap(pages + 4096, 4096))
		die("mmap");
}

/* The row ends as memory of it is not there. */
static bool faults(struct io_uring *ring, const void *calls, unsigned int nr)
{
	const struct step steps[] = {
		CLONE(L, 0), VECTOR(L, -EFAULT, calls, nr),
		EXEC(0, -ECANCELED, TRUE),
	};

	unlink(MADE);
	return TRY(ring, steps, EXITED(127));
}

static void test_memory(struct io_uring *ring, const struct kind *kind)
{
	const struct io_uring_call entry = MAKE(0);
	struct io_uring_call *calls = (void *)(pages + 4096 - sizeof(*calls));
	struct io_uring_call *half = (void *)(pages + 4096 - 60);

	ok(faults(ring, (void *)8, 1), "%s: no memory", kind->name);
	ok(faults(ring, (void *)~0xfffUL, 1), "%s: memory of the kernel",
	   kind->name);
	*calls = entry;
	ok(faults(ring, calls, 2) && calls->result > 0 && made(),
	   "%s: memory that ends after the first entry", kind->name);
	memcpy(half, &entry, 60);
	ok(faults(ring, half, 1) && !made(),
	   "%s: memory that ends within an entry", kind->name);
}

/* The call was made, but nobody can be told of it. */
static void test_read_only(struct io_uring *ring, const struct kind *kind)
{
	struct io_uring_call *calls = (void *)pages;
	const struct io_uring_call fill[] = {
		MAKE(0), ENTRY(SYS_close, 0, 190), ENTRY(SYS_umask, 0, 0),
		ENTRY(SYS_close, IGNORE, 190), MAKE(0),
	};
	const struct step failure[] = {
		CLONE(L, 0), VECTOR(L, -EBADF, calls + 1, 1),
		EXEC(0, -ECANCELED, TRUE),
	};
	bool good;

	memcpy(calls, fill, sizeof(fill));
	mprotect(pages, 4096, PROT_READ);
	good = faults(ring, calls, 3) && made();
	ok(good && calls[0].result == UNMADE && calls[1].result == UNMADE,
	   "%s: a result that cannot be written ends it", kind->name);
	RUN(ring, failure, EXITED(127), "%s: a failure is one all the same",
	    kind->name);
	ok(faults(ring, calls + 3, 2) && !made(),
	   "%s: one that is ignored as well", kind->name);
	mprotect(pages, 4096, PROT_READ | PROT_WRITE);
}

/* What one call does is there for the next: rights, files that are closed. */
static void test_between(struct io_uring *ring, const struct kind *kind)
{
	struct io_uring_call rights[] = {
		ENTRY(SYS_setgroups, 0, 0, 0), ENTRY(SYS_setresgid, 0, 9, 9, 9),
		ENTRY(SYS_setresuid, 0, 9, 9, 9),
		ENTRY(SYS_setresuid, IGNORE, 0, 0, 0),
		ENTRY(SYS_chroot, 0, (unsigned long)"/tmp"), MAKE(0),
	};
	const long rights_want[] = { 0, 0, 0, -EPERM, -EPERM, UNMADE };
	struct io_uring_call place[] = {
		ENTRY(SYS_unshare, 0, CLONE_NEWNS),
		ENTRY(SYS_mount, 0, 0, (unsigned long)"/", 0,
		      MS_REC | MS_PRIVATE),
		ENTRY(SYS_mount, 0, (unsigned long)"none", (unsigned long)PLACE,
		      (unsigned long)"tmpfs", 0),
		ENTRY(SYS_openat, 0, (unsigned long)AT_FDCWD,
		      (unsigned long)PLACE "/file", O_CREAT | O_RDWR, 0600),
		ENTRY(SYS_umask, 0, 022),
		/* unlike close(2), this leaves the rest to task work */
		REFERS(SYS_dup3, 0, 1, 2, 1, 99, 0),
		ENTRY(SYS_umount2, 0, (unsigned long)PLACE, 0),
	};
	const long place_want[] = { 0, 0, 0, ABOVE_0, 022, ABOVE_0, 0 };

	ROW(ring, kind, rights, -EPERM, rights_want,
	    "a call has the rights that the one before has left");
	ok(!getuid() && !made(), "%s: the submitter has its own", kind->name);
	ROW(ring, kind, place, 7, place_want,
	    "a file that a call has closed is closed for the next");
}

static void test_helpers(struct io_uring *ring, const struct kind *kind)
{
	struct io_uring_spawn_call calls[2];
	struct io_uring_sqe *sqe, scratch;
	const struct step steps[] = {
		CLONE(L, 0), VECTOR(L, 2, calls, 2), EXEC(0, 0, TRUE),
	};
	bool good;

	io_uring_prep_spawn_umask(&scratch, 077);
	io_uring_spawn_call_of(&calls[0], &scratch);
	io_uring_prep_syscall(&scratch, SYS_openat, (__u64)AT_FDCWD,
			      (unsigned long)MADE, O_CREAT | O_WRONLY, 0666);
	io_uring_spawn_call_of(&calls[1], &scratch);
	queue_step(ring, &steps[0], 1);
	sqe = queue_step(ring, &steps[1], 2);
	memset(sqe, 0xff, offsetof(struct io_uring_sqe, user_data));
	memset(&sqe->personality, 0xff,
	       sizeof(*sqe) - offsetof(struct io_uring_sqe, personality));
	io_uring_prep_syscalls(sqe, calls, 2);
	sqe->flags = L;
	queue_step(ring, &steps[2], 3);
	unlink(MADE);
	submit(ring);
	good = cqes_match(ring, steps, 3) & status_is(EXITED(0));
	ok(good && calls[0].result == 022 && calls[1].result > 0 && made(),
	   "%s: the header's functions", kind->name);
}

static void test_all(struct io_uring *ring, const struct kind *kind)
{
	test_order(ring, kind);
	test_failure(ring, kind);
	test_links(ring, kind);
	test_results(ring, kind);
	test_wrong(ring, kind);
	test_many(ring, kind);
	test_memory(ring, kind);
	test_read_only(ring, kind);
	test_between(ring, kind);
	test_helpers(ring, kind);
}

int main(void)
{
	alarm(500);
	umask(022);
	make_pages();
	mkdir(PLACE, 0700);
	for_main_kinds(test_all, "rows of calls");
	unlink(MADE);
	rmdir(PLACE);
	return done();
}
