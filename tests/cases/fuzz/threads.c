// SPDX-License-Identifier: GPL-2.0
/*
 * What the threads of a round do beside their chains: take other credentials each
 * for itself, sleep in vfork(), give requests one name, cancel those of others.
 */
#include "fuzz.h"
#include "filter.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/prctl.h>

/* --- credentials ---------------------------------------------------------- */

static void filter_getppid(struct session *s)
{
	struct sock_filter filter[] =
		FILTER_OF(SYS_getppid, SECCOMP_RET_ERRNO | EXDEV);
	struct sock_fprog program = { ARRAY_SIZE(filter), filter };

	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program))
		die("filter");
	s->filtered = true;
}

/* By raw calls: those of the library are for all threads. */
static void change_creds(struct session *s)
{
	if (one_in(&s->state, 3))
		syscall(SYS_unshare, CLONE_FS | (one_in(&s->state, 2) ?
						 CLONE_NEWUTS : CLONE_FILES));
	if (one_in(&s->state, 3))
		filter_getppid(s);
	if (one_in(&s->state, 3)) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		s->no_new_privs = true;
	}
	if (one_in(&s->state, 2)) {
		if (syscall(SYS_setresgid, 1000, 1000, 1000) ||
		    syscall(SYS_setresuid, 1000, 1000, 1000))
			die("setresuid");
		s->is_user = true;
	}
	if (verbose)
		note("ring %u:%s%s%s", s->index, s->is_user ? " user" : "",
		     s->no_new_privs ? " no_new_privs" : "",
		     s->filtered ? " filter" : "");
}

const struct hazard hazard_creds = {
	.name = "credentials", .weight = 40, .takes = TAKES_REFUSAL,
	.kind_without = IORING_SETUP_SQPOLL, .threads = 2, .leavers = true,
	.enter = change_creds,
};

/* Made by a thread of the kernel, for the one that made the ring. */
const struct hazard hazard_creds_sqpoll = {
	.name = "credentials SQPOLL", .weight = 30, .takes = TAKES_REFUSAL,
	.kind_flags = IORING_SETUP_SQPOLL, .threads = 2, .leavers = true,
	.enter = change_creds,
};

/* --- vfork ---------------------------------------------------------------- */

/* In the child, which shares this memory while its parent sleeps. */
static int publish(void *arg)
{
	struct session *s = arg;

	submit_all(s);
	doze(&s->state, 20000);
	syscall(SYS_exit_group, 0);
	return 0;
}

static void submit_in_vfork(struct session *s)
{
	static char stacks[MAX_THREADS][1 << 16]
		__attribute__((aligned(16)));
	pid_t pid = clone(publish, stacks[s->index] + sizeof(stacks[0]),
			  CLONE_VM | CLONE_VFORK | SIGCHLD, s);

	/* a signal must not leave it among the children that are counted */
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

const struct hazard hazard_vfork = {
	.name = "vfork", .weight = 40, .kind_flags = IORING_SETUP_SQPOLL,
	.submit = submit_in_vfork,
};

/* --- timers --------------------------------------------------------------- */

static void use_same_names(struct session *s)
{
	s->same_names = true;
}

const struct hazard hazard_timers = {
	.name = "same names", .weight = 80, .enter = use_same_names,
};

/* --- cancellers ----------------------------------------------------------- */

/* What is cancelled: one of these alone, or several of its kind. */
static void choose_victim(struct session *s, unsigned long *state,
			  struct io_uring_sync_cancel_reg *reg, int *chain)
{
	static const __u8 opcodes[] = {
		IORING_OP_READ, IORING_OP_CLONE, IORING_OP_EXEC, IORING_OP_NOP,
		IORING_OP_FILES_UPDATE, IORING_OP_SYSCALL,
	};
	unsigned int i, j;

	*chain = -1;
	reg->fd = -1;
	switch (below(state, 4)) {
	case 0:
		reg->flags = IORING_ASYNC_CANCEL_ANY;
		break;
	case 1:
		reg->flags = IORING_ASYNC_CANCEL_FD;
		reg->fd = s->place.block[0];
		break;
	case 2:
		reg->flags = IORING_ASYNC_CANCEL_OP;
		reg->opcode = opcodes[below(state, ARRAY_SIZE(opcodes))];
		break;
	default:
		i = below(state, s->nr);
		j = below(state, s->chains[i].nr);
		reg->addr = name_of(s, i, j);
		/* one that cannot have ended by itself was ended by this */
		if (s->chains[i].steps[j].request &&
		    s->chains[i].steps[j].request->outcome == BLOCKS)
			*chain = i;
	}
	if (one_in(state, 2))
		reg->flags |= IORING_ASYNC_CANCEL_ALL;
}

struct canceller {
	struct session *s;
	unsigned long state;
	atomic_bool done;
};

static void *cancel_others(void *arg)
{
	struct canceller *c = arg;
	unsigned int i;

	for (i = 0; i < 12; i++) {
		struct io_uring_sync_cancel_reg reg = {
			.timeout.tv_nsec = below(&c->state, 3000000),
		};
		int chain;

		choose_victim(c->s, &c->state, &reg, &chain);
		doze(&c->state, 1500);
		if (!io_uring_register_sync_cancel(&c->s->ring, &reg) &&
		    chain >= 0 && !(reg.flags & IORING_ASYNC_CANCEL_ALL))
			c->s->chains[chain].cancelled = true;
	}
	c->done = true;
	return NULL;
}

/* Nothing that blocks is released before all of them are done. */
static void cancel_by_threads(struct session *s)
{
	struct canceller cancellers[2] = { 0 };
	pthread_t threads[2];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		cancellers[i].s = s;
		cancellers[i].state = next_random(&s->state);
		threads[i] = start_thread(cancel_others, &cancellers[i]);
	}
	while (!cancellers[0].done || !cancellers[1].done) {
		collect_for(s, 2);
		usleep(500);
	}
	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
}

const struct hazard hazard_cancellers = {
	.name = "cancellers", .weight = 60, .takes = TAKES_CUT,
	.submitted = cancel_by_threads,
};
