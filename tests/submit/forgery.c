// SPDX-License-Identifier: GPL-2.0
/*
 * Nothing that a user writes makes an ordinary request one of ours. A request is
 * ours by the opcode byte of its SQE at submission, and by a file that user
 * space never gets: so whatever else an SQE says, its CQE must be the one that
 * the kernel gives without the module. Each forged SQE is submitted twice, on
 * the same kind of ring: with the module disarmed, and armed.
 */
#include "blocked.h"
#include "forge.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

#define TINY		"/tests/tiny"
#define MAX_FORGED	1200

/* What came of one forged SQE, and of the request behind it. */
struct outcome {
	int nr, res, behind_nr, behind_res;
};

/* Disarmed and armed, of a ring of each kind. */
static struct outcome (*outcomes[2])[MAX_FORGED];
static bool armed;
static int zero_fd;

/* user_data of the first request, and of the one behind it */
#define BEHIND	(FORGED + MAX_FORGED)

static void take(struct outcome *all, unsigned int i, unsigned long user_data,
		 int res)
{
	if (user_data >= BEHIND && user_data < BEHIND + MAX_FORGED) {
		all[user_data - BEHIND].behind_nr++;
		all[user_data - BEHIND].behind_res = res;
		return;
	}
	/* another one's may come late; one that is nobody's was forged, too */
	if (user_data >= FORGED && user_data < FORGED + MAX_FORGED)
		i = user_data - FORGED;
	all[i].nr++;
	all[i].res = res;
}

/* What is refused ends a submission: as often as needed. */
static void submit_all(struct io_uring *ring)
{
	int ret = 1;

	while (ret > 0 && io_uring_sq_ready(ring))
		ret = submit_some(ring);
}

/* A missing CQE is a finding, but one of many: half a second. */
static bool comes_soon(struct io_uring *ring)
{
	int i;

	for (i = 0; i < 25 && no_cqe(ring); i++)
		;
	return i < 25;
}

/*
 * The forged SQE, and behind it what would need CLONE before it, if it is linked
 * to something. A silent success has no CQE: one is waited for a moment only.
 */
static void submit_forged(struct io_uring *ring, unsigned int i,
			  struct outcome *all)
{
	static const struct step behind[] = {
		EXEC(0, 0, TINY), DUP(0, 0, 0, 90, 0),
		CALL(0, 0, SYS_getpid, 0, 0, 0, 0),
	};
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);
	bool silent, linked;
	unsigned long user_data;
	int res;

	memset(sqe, 0, sizeof(*sqe) << !!(ring->flags & IORING_SETUP_SQE128));
	forge(sqe, i);
	silent = sqe->flags & IOSQE_CQE_SKIP_SUCCESS;
	linked = sqe->flags & (L | H);
	if (linked)
		queue_step(ring, &behind[i % 3], BEHIND + i);
	submit_all(ring);
	if (silent && no_cqe(ring))
		return;
	while (!all[i].nr || (linked && !all[i].behind_nr)) {
		if (!comes_soon(ring) || !next_cqe(ring, &user_data, &res)) {
			note("no CQE of %s", forged_name(i));
			break;
		}
		take(all, i, user_data, res);
	}
}

/*
 * An opcode that is unknown is refused before its flags are looked at: what is
 * behind it is not in its link, and a drain on a ring that gave that up is not
 * what is wrong with it. Armed, ours are known.
 */
static bool as_known(unsigned int i, int disarmed, int is)
{
	struct io_uring_sqe sqe = { 0 };

	forge(&sqe, i);
	return disarmed == -EINVAL && is == -EOPNOTSUPP &&
	       sqe.opcode >= IORING_OP_CLONE && sqe.flags & IOSQE_IO_DRAIN;
}

static bool same_outcome(const struct outcome *a, const struct outcome *b,
			 unsigned int i)
{
	if (a->nr == b->nr && a->behind_nr == b->behind_nr &&
	    (a->res == b->res || as_known(i, a->res, b->res)) &&
	    (a->behind_res == b->behind_res ||
	     (a->behind_res == -EINVAL && b->behind_res == -ECANCELED)))
		return true;
	note("%s: disarmed %d CQE %d, then %d CQE %d", forged_name(i), a->nr,
	     a->res, a->behind_nr, a->behind_res);
	note("armed %d CQE %d, then %d CQE %d", b->nr, b->res, b->behind_nr,
	     b->behind_res);
	return false;
}

static void test_forged(struct io_uring *ring, const struct kind *kind)
{
	struct outcome *all = outcomes[armed][kind - kinds];
	struct outcome *first = outcomes[0][kind - kinds];
	unsigned int i, good = 0, nr = forged_nr();
	unsigned long user_data;
	int res;

	for (i = 0; i < nr; i++)
		submit_forged(ring, i, all);
	while (!no_cqe(ring) && next_cqe(ring, &user_data, &res))
		take(all, nr, user_data, res);
	for (i = 0; i < nr; i++)
		good += same_outcome(&first[i], &all[i], i);
	ok(good == nr && nothing_was_made(), "%s: %u of %u forged SQEs, %s",
	   kind->name, good, nr,
	   armed ? "what they are without the module" : "disarmed");
}

/* In whatever order they are done; no process is made. */
static bool are_ordinary(struct io_uring *ring, const struct step *steps,
			 unsigned int nr)
{
	int results[16];
	bool good;
	unsigned int i;

	queue_steps(ring, steps, nr);
	submit(ring);
	good = collect(ring, results, nr);
	for (i = 0; good && i < nr; i++)
		good = step_is(results, i + 1, steps[i].want);
	return good & status_is(NO_CHILD);
}
#define ORDINARY(ring, steps)	are_ordinary(ring, steps, ARRAY_SIZE(steps))

/*
 * A request's memory is used again as it is. What was one of ours, whatever
 * became of it, is an ordinary request then, also with the same user_data.
 */
static bool after_chains(struct io_uring *ring, bool polled)
{
	static const struct step fine[] = {
		CLONE(L, 0), NOP(L, 0), CALL(L, ANY, SYS_getpid, 0, 0, 0, 0),
		DUP(L, 90, 0, 90, 0), EXEC(0, 0, TINY),
	};
	static const struct step fails[] = {
		CLONE(L, 0), EXEC(H, -ENOENT, "/none"),
		EXEC(L, -ENOENT, "/none"), DUP(L, -ECANCELED, 0, 90, 0),
		CALL(0, -ECANCELED, SYS_getpid, 0, 0, 0, 0),
	};
	static const struct step refused[] = {
		CLONE(L, -ECANCELED), EXEC(L, -ECANCELED, TINY),
		CALL(L, -ECANCELED, SYS_getpid, 0, 0, 0, 0),
		DUP(0, -EINVAL, 0, 90, 0x100),
	};
	static const struct step ordinary[] = {
		NOP(0, 0), NOP(L, 0), NOP(L | IOSQE_ASYNC, 0), NOP(0, 0),
		NOP(H | IOSQE_IO_DRAIN, 0), NOP(H, 0), NOP(0, 0), NOP(0, 0),
	};
	const struct step reads[] = {
		OP(IORING_OP_READ, L, 4, .fd = zero_fd, .addr = buffer,
		   .len = 4),
		NOP(L, 0),
		OP(IORING_OP_READ, 0, 4, .fd = zero_fd, .addr = buffer,
		   .len = 4),
	};
	bool good;

	good = TRY(ring, fine, EXITED(0)) & ORDINARY(ring, ordinary);
	good &= TRY(ring, fails, EXITED(127)) & ORDINARY(ring, ordinary);
	good &= TRY(ring, refused, NO_CHILD) & ORDINARY(ring, ordinary);
	return good & (polled || ORDINARY(ring, reads));
}

static void test_recycled(struct io_uring *ring, const struct kind *kind)
{
	bool good = true;
	int i;

	for (i = 0; i < 5; i++)
		good &= after_chains(ring, kind->polled);
	ok(good && nothing_was_made(),
	   "%s: memory of chains makes ordinary requests", kind->name);
}

/* By number, when nobody is there to know them. */
static void test_disarmed(struct io_uring *ring, const struct kind *kind)
{
	static const struct step chain[] = {
		CLONE(L, -EINVAL), EXEC(0, -EINVAL, TINY),
	};
	static const struct step hard[] = {
		CLONE(H, -EINVAL), CALL(H, -EINVAL, SYS_getpid, 0, 0, 0, 0),
		DUP(H, -EINVAL, 0, 90, 0), EXEC(0, -EINVAL, TINY),
	};

	RUN(ring, chain, NO_CHILD, "%s: disarmed, a chain is unknown opcodes",
	    kind->name);
	RUN(ring, hard, NO_CHILD, "%s: disarmed, hard-linked", kind->name);
}

static void test_rearmed(struct io_uring *ring, const struct kind *kind)
{
	static const struct step chain[] = {
		CLONE(L, 0), EXEC(0, 0, TINY),
	};

	RUN(ring, chain, EXITED(0), "%s: armed again, a chain is one",
	    kind->name);
}

static void arm(const char *value)
{
	int ret = write_string(PARAMETERS "armed", value);

	if (!ok(!ret, "armed = %s", value))
		die("armed");
	armed = *value == '1';
}

/* NOP can be told to look at a file: none that can be had is our mark. */
static void open_files(void)
{
	sigset_t set;

	sigemptyset(&set);
	forge_file(eventfd(0, 0));
	forge_file(epoll_create1(0));
	forge_file(timerfd_create(CLOCK_MONOTONIC, 0));
	forge_file(signalfd(-1, &set, 0));
	forge_file(memfd_create("forged", 0));
	forge_file(syscall(SYS_pidfd_open, getpid(), 0));
	forge_file(open("/proc/self/exe", O_RDONLY));
	forge_file(open(PARAMETERS "armed", O_RDONLY));
	forge_file(open("/tmp", O_PATH));
}

int main(void)
{
	unsigned int i;

	alarm(2000);
	for (i = 0; i < 2; i++)
		outcomes[i] = calloc(nr_kinds, sizeof(*outcomes[i]));
	open_files();
	zero_fd = open("/dev/zero", O_RDONLY);
	if (forged_nr() >= MAX_FORGED)
		die("MAX_FORGED");
	arm("0");
	for_each_kind(test_forged, "forged SQEs");
	for_main_kinds(test_disarmed, "disarmed");
	arm("1");
	for_each_kind(test_forged, "forged SQEs");
	for_each_kind(test_recycled, "recycled");
	for_main_kinds(test_rearmed, "armed again");
	return done();
}
