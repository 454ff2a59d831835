// SPDX-License-Identifier: GPL-2.0
/* The rules of a chain, on every kind of ring. */
#include "test.h"

#define TRUE	"/bin/true"
#define GONE	"/nonexistent"
#define LONG_4	"12345678901234567890123456789012345678901234567890123456789012345"
/* longer than a name may be */
#define LONG	"/" LONG_4 LONG_4 LONG_4 LONG_4
#define S	.len = IORING_EXEC_SEARCH
#define C	IOSQE_CQE_SKIP_SUCCESS

static char *const exit_7[] = { "sh", "-c", "exit 7", NULL };

struct rule {
	const char *name;
	struct step steps[8];
	int status;
	/* needs files, which a polled ring cannot do */
	bool files;
};

static const struct rule rules[] = {
	{ "a program is executed",
	  { CLONE(L, 0), EXEC(0, 0, TRUE) }, EXITED(0) },
	{ "its exit status is its own",
	  { CLONE(L, 0), EXEC(0, 0, "/bin/sh", .argv = exit_7) }, EXITED(7) },
	{ "CQEs come in the order of the chain",
	  { CLONE(L, 0), NOP(L, 0), NOP(H, 0), NOP(L, 0), EXEC(0, 0, TRUE) },
	  EXITED(0) },
	{ "a failure cancels the rest and the process exits with 127",
	  { CLONE(L, 0), EXEC(L, -ENOENT, GONE), NOP(L, -ECANCELED),
	    EXEC(0, -ECANCELED, TRUE) }, EXITED(127) },
	{ "a hard link goes on: a search for the program",
	  { CLONE(L, 0), EXEC(H, -ENOENT, GONE), EXEC(H, -EACCES, "/tmp"),
	    EXEC(H, 0, TRUE), EXEC(H, -ECANCELED, TRUE),
	    NOP(0, -ECANCELED) }, EXITED(0) },
	{ "a search as execvp does it goes on if the program is not here",
	  { CLONE(L, 0), EXEC(H, -ENOENT, GONE, S), EXEC(H, -EACCES, "/tmp", S),
	    EXEC(H, -ENOTDIR, TRUE "/true", S), EXEC(0, 0, TRUE, S) },
	  EXITED(0) },
	{ "and ends with any other failure",
	  { CLONE(L, 0), EXEC(H, -ENOENT, GONE, S),
	    EXEC(H, -ENAMETOOLONG, LONG, S), EXEC(H, -ECANCELED, TRUE, S),
	    NOP(0, -ECANCELED) }, EXITED(127) },
	{ "which does not end any other row of hard links",
	  { CLONE(L, 0), EXEC(H, -ENAMETOOLONG, LONG), EXEC(0, 0, TRUE) },
	  EXITED(0) },
	{ "a search that finds nothing exits with 127",
	  { CLONE(H, 0), EXEC(H, -ENOENT, GONE), EXEC(0, -ENOENT, GONE) },
	  EXITED(127) },
	{ "nothing runs after the exec, hard links or not",
	  { CLONE(L, 0), EXEC(H, 0, TRUE), NOP(H, -ECANCELED),
	    NOP(L, -ECANCELED), NOP(0, -ECANCELED) }, EXITED(0) },
	{ "no exec and no failure exits with 0",
	  { CLONE(L, 0), NOP(L, 0), NOP(0, 0) }, EXITED(0) },
	{ "no exec but a hard-linked failure exits with 127",
	  { CLONE(L, 0), EXEC(H, -ENOENT, GONE), NOP(0, 0) }, EXITED(127) },
	{ "the end of the submission closes a chain",
	  { CLONE(L, 0), NOP(L, 0), EXEC(L, 0, TRUE) }, EXITED(0) },
	{ "IOSQE_ASYNC on CLONE means nothing",
	  { CLONE(L | IOSQE_ASYNC, 0), EXEC(0, 0, TRUE) }, EXITED(0) },
	{ "IOSQE_ASYNC on steps means nothing",
	  { CLONE(L, 0), NOP(L | IOSQE_ASYNC, 0),
	    EXEC(IOSQE_ASYNC, 0, TRUE) }, EXITED(0) },
	{ "a drained chain runs after what came before",
	  { NOP(0, 0), CLONE(L | IOSQE_IO_DRAIN, 0), NOP(L, 0),
	    EXEC(0, 0, TRUE) }, EXITED(0) },
	{ "drain in the middle drains the chain",
	  { CLONE(L, 0), NOP(L | IOSQE_IO_DRAIN, 0), EXEC(0, 0, TRUE) },
	  EXITED(0) },
	{ "a request that drains waits for the chain",
	  { CLONE(L, 0), NOP(L, 0), EXEC(0, 0, TRUE),
	    NOP(IOSQE_IO_DRAIN, 0) }, EXITED(0) },
	{ "a drained, hard-linked search",
	  { CLONE(L | IOSQE_IO_DRAIN, 0), EXEC(H, -ENOENT, GONE),
	    EXEC(H, 0, TRUE), NOP(0, -ECANCELED) }, EXITED(0) },
	{ "a poll is refused",
	  { CLONE(L, 0), OP(IORING_OP_POLL_ADD, L, -EOPNOTSUPP, .fd = 0),
	    EXEC(0, -ECANCELED, TRUE) }, EXITED(127), .files = true },
	{ "a hard link goes on after what is refused",
	  { CLONE(L, 0), OP(IORING_OP_POLL_ADD, H, -EOPNOTSUPP, .fd = 0),
	    EXEC(0, 0, TRUE) }, EXITED(0), .files = true },
	{ "a cancellation is refused",
	  { CLONE(L, 0), OP(IORING_OP_ASYNC_CANCEL, L, -EOPNOTSUPP),
	    NOP(0, -ECANCELED) }, EXITED(127), .files = true },
	{ "a failed request of the core cancels the rest",
	  { CLONE(L, 0), OP(IORING_OP_CLOSE, L, -EBADF, .fd = 900),
	    EXEC(0, -ECANCELED, TRUE) }, EXITED(127), .files = true },
	{ "CLONE must be linked to something",
	  { CLONE(0, -EINVAL) }, NO_CHILD },
	{ "CLONE must be linked to something that comes",
	  { CLONE(L, -EINVAL) }, NO_CHILD },
	{ "EXEC must be in a chain",
	  { EXEC(0, -EINVAL, TRUE) }, NO_CHILD },
	{ "EXEC must be in a chain of ours",
	  { NOP(L, -ECANCELED), EXEC(0, -EINVAL, TRUE) }, NO_CHILD },
	{ "CLONE must come first",
	  { NOP(L, -ECANCELED), CLONE(L, -EINVAL),
	    EXEC(0, -ECANCELED, TRUE) }, NO_CHILD },
	{ "one CLONE a chain",
	  { CLONE(L, -ECANCELED), CLONE(L, -EINVAL),
	    EXEC(0, -ECANCELED, TRUE) }, NO_CHILD },
	{ "DUP is for chains",
	  { OP(IORING_OP_DUP, 0, -EINVAL) }, NO_CHILD },
	{ "SYSCALL is for chains",
	  { OP(IORING_OP_SYSCALL, 0, -EINVAL) }, NO_CHILD },
};

/* Silent requests turn drain off for the ring: theirs is a ring of its own. */
static const struct rule silent_rules[] = {
	{ "success can be silent",
	  { CLONE(L | C, NONE), NOP(L | C, NONE), EXEC(0, 0, TRUE) },
	  EXITED(0) },
	{ "all of it",
	  { CLONE(L | C, NONE), EXEC(C, NONE, TRUE) }, EXITED(0) },
	{ "a failure is not, and silences what it cancels",
	  { CLONE(L | C, NONE), EXEC(L | C, -ENOENT, GONE), NOP(L, NONE),
	    NOP(0, NONE) }, EXITED(127) },
	{ "a loud failure makes silent ones heard",
	  { CLONE(L, 0), EXEC(L, -ENOENT, GONE), NOP(C, -ECANCELED) },
	  EXITED(127) },
	{ "what an exec cancels is heard",
	  { CLONE(L | C, NONE), EXEC(L | C, NONE, TRUE), NOP(C, -ECANCELED) },
	  EXITED(0) },
};

static unsigned int nr_steps(const struct rule *rule)
{
	unsigned int nr = 0;

	while (nr < ARRAY_SIZE(rule->steps) && rule->steps[nr].used)
		nr++;
	return nr;
}

static void test_table(struct io_uring *ring, const struct kind *kind,
		       const struct rule *table, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (table[i].files && kind->polled) {
			skip("polled rings take no such request", "%s: %s",
			     kind->name, table[i].name);
			continue;
		}
		run_chain(ring, table[i].steps, nr_steps(&table[i]),
			  table[i].status, "%s: %s", kind->name,
			  table[i].name);
	}
}

static void test_rules(struct io_uring *ring, const struct kind *kind)
{
	test_table(ring, kind, rules, ARRAY_SIZE(rules));
}

static void test_silent(struct io_uring *ring, const struct kind *kind)
{
	test_table(ring, kind, silent_rules, ARRAY_SIZE(silent_rules));
}

int main(void)
{
	alarm(500);
	for_each_kind(test_rules, "rules");
	for_each_kind(test_silent, "silent CQEs");
	return done();
}
