// SPDX-License-Identifier: GPL-2.0
/* CLONE's signal mask: IORING_CLONE_SIGMASK. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>

#define BIT(sig)	(1ul << ((sig) - 1))

static int pipes[2];

static unsigned long own_mask(void)
{
	unsigned long mask = 0;

	if (syscall(SYS_rt_sigprocmask, SIG_SETMASK, NULL, &mask, sizeof(mask)))
		die("sigprocmask");
	return mask;
}

static void set_own_mask(unsigned long mask)
{
	if (syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof(mask)))
		die("sigprocmask");
}

/* The program that is executed: does it block what its argument says? */
static int program(const char *text)
{
	return own_mask() != strtoul(text, NULL, 16);
}

#define MASKED(_mask) OP(IORING_OP_CLONE, L, 0, .off = (_mask), \
			 .rw_flags = IORING_CLONE_SIGMASK)

static void test_program(struct io_uring *ring, const struct kind *kind,
			 unsigned long mask, unsigned long want,
			 const char *what)
{
	static char text[24];
	static char *const argv[] = { "clone_sigmask", text, NULL };
	const struct step steps[] = {
		MASKED(mask), EXEC(0, 0, "/proc/self/exe", .argv = argv),
	};

	snprintf(text, sizeof(text), "%lx", want);
	RUN(ring, steps, EXITED(0), "%s: %s", kind->name, what);
}

static bool child_sleeps(void *state)
{
	return any_child(state) && *(char *)state == 'S';
}

/* The signal comes while the process waits in READ. */
static bool signal_in_read(struct io_uring *ring, const struct step *steps,
			   unsigned int nr)
{
	char state;

	queue_steps(ring, steps, nr);
	submit(ring);
	return eventually(child_sleeps, &state) &&
	       !kill(any_child(&state), SIGTERM);
}

static void test_signal(struct io_uring *ring, const struct kind *kind)
{
	static char byte;
	const struct step steps[] = {
		MASKED(0),
		OP(IORING_OP_READ, L, -EINTR, .fd = pipes[0], .addr = &byte,
		   .len = 1),
		EXEC(0, -ECANCELED, "/bin/true"),
	};
	bool good = signal_in_read(ring, steps, ARRAY_SIZE(steps));

	good &= cqes_match(ring, steps, ARRAY_SIZE(steps));
	ok(good & status_is(SIGTERM),
	   "%s: a signal that only the submitter blocks ends the chain",
	   kind->name);
}

static void test_blocked(struct io_uring *ring, const struct kind *kind)
{
	static const unsigned long none;
	static char byte;
	const struct step steps[] = {
		MASKED(BIT(SIGTERM)),
		OP(IORING_OP_READ, L, 1, .fd = pipes[0], .addr = &byte,
		   .len = 1),
		CALL(L, 0, SYS_rt_sigprocmask, SIG_SETMASK, &none, 0,
		     sizeof(none)),
		EXEC(0, ANY, "/bin/true"),
	};
	bool good = signal_in_read(ring, steps, ARRAY_SIZE(steps));

	if (write(pipes[1], "x", 1) != 1)
		die("write");
	good &= cqes_match(ring, steps, ARRAY_SIZE(steps));
	ok(good & status_is(SIGTERM),
	   "%s: one that the process blocks waits until it does not",
	   kind->name);
}

static void test_masks(struct io_uring *ring, const struct kind *kind)
{
	const unsigned long submitters = BIT(SIGUSR1) | BIT(SIGTERM);

	set_own_mask(submitters);
	test_program(ring, kind, 0, 0, "nothing is blocked");
	test_program(ring, kind, BIT(SIGHUP), BIT(SIGHUP), "one signal is");
	test_program(ring, kind, ~0ul, ~(BIT(SIGKILL) | BIT(SIGSTOP)),
		     "all that can be");
	ok(own_mask() == submitters, "%s: the submitter's is as it was",
	   kind->name);
	test_signal(ring, kind);
	test_blocked(ring, kind);
	set_own_mask(0);
}

int main(int argc, char *argv[])
{
	if (argc > 1)
		return program(argv[1]);
	alarm(200);
	if (pipe2(pipes, O_CLOEXEC))
		die("pipe");
	for_main_kinds(test_masks, "signal masks");
	return done();
}
