// SPDX-License-Identifier: GPL-2.0
/*
 * The table of methods is at the end. Each starts the program and returns when the
 * call that starts it has: the parent waits for it elsewhere.
 */
#include "methods.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROGRAM		"first"
#define STACK_SIZE	65536
#define DIRECTORIES	7		/* of $PATH */
#define MAY_FAIL	1		/* user_data of a step */

static char program[4096];
static char candidates[DIRECTORIES][sizeof(program)];
static int out;
static char *const args[] = { program, NULL };
static const int defaults[] = { SIGINT, SIGQUIT, SIGPIPE };
static sigset_t no_signals, default_signals;

/* ---- by hand */

static void execute(void)
{
	execve(program, args, environ);
	_exit(127);
}

static void start_fork(struct spawner *s, unsigned int children)
{
	pid_t pid = fork();

	(void)s;
	(void)children;
	if (!pid)
		execute();
	if (pid < 0)
		fail("fork");
}

static void start_vfork(struct spawner *s, unsigned int children)
{
	pid_t pid = vfork();

	(void)s;
	(void)children;
	if (!pid)
		execute();
	if (pid < 0)
		fail("vfork");
}

static int execute_on_stack(void *unused)
{
	(void)unused;
	execute();
	return 0;
}

/* The child may still be on the stack when the parent goes on. */
static void start_clone(struct spawner *s, unsigned int children)
{
	(void)children;
	while (__atomic_load_n(&s->stack_used, __ATOMIC_ACQUIRE))
		sched_yield();
	s->stack_used = 1;
	if (clone(execute_on_stack, s->stack + STACK_SIZE,
		  CLONE_VM | CLONE_CHILD_CLEARTID | SIGCHLD, NULL, NULL, NULL,
		  &s->stack_used) < 0)
		fail("clone");
}

/* ---- without a program, and with many: the least that anything costs */

static void start_nothing(struct spawner *s, unsigned int children)
{
	pid_t pid = vfork();

	(void)s;
	(void)children;
	if (!pid)
		_exit(0);
	if (pid < 0)
		fail("vfork");
}

static void start_again(struct spawner *s, unsigned int children)
{
	static char times[] = "q";	/* 16 more */
	static char *const again[] = { program, times, NULL };
	pid_t pid = vfork();

	(void)s;
	(void)children;
	if (!pid) {
		execve(program, again, environ);
		_exit(127);
	}
	if (pid < 0)
		fail("vfork");
}

/* ---- glibc */

static void spawned(int err)
{
	if (err) {
		fprintf(stderr, "posix_spawn: %s\n", strerror(err));
		exit(1);
	}
}

static void start_posix(struct spawner *s, unsigned int children)
{
	pid_t pid;

	(void)s;
	while (children--)
		spawned(posix_spawn(&pid, program, NULL, NULL, args, environ));
}

static void start_posix_path(struct spawner *s, unsigned int children)
{
	pid_t pid;

	(void)s;
	(void)children;
	spawned(posix_spawnp(&pid, PROGRAM, NULL, NULL, args, environ));
}

static void start_posix_redirected(struct spawner *s, unsigned int children)
{
	pid_t pid;

	(void)children;
	spawned(posix_spawn(&pid, program, &s->redirections, NULL, args, environ));
}

static void start_posix_set_up(struct spawner *s, unsigned int children)
{
	pid_t pid;

	(void)children;
	spawned(posix_spawn(&pid, program, &s->setup, &s->attr, args, environ));
}

static void add_redirections(posix_spawn_file_actions_t *actions)
{
	posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(actions, out, 1);
	posix_spawn_file_actions_addopen(actions, 2, "/dev/null", O_WRONLY, 0);
}

static void init_posix(struct spawner *s)
{
	posix_spawn_file_actions_init(&s->redirections);
	add_redirections(&s->redirections);

	posix_spawn_file_actions_init(&s->setup);
	posix_spawn_file_actions_addchdir_np(&s->setup, "/");
	add_redirections(&s->setup);
	posix_spawn_file_actions_addclosefrom_np(&s->setup, 3);

	posix_spawnattr_init(&s->attr);
	posix_spawnattr_setflags(&s->attr, POSIX_SPAWN_SETSIGDEF |
				 POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
	posix_spawnattr_setsigdefault(&s->attr, &default_signals);
	posix_spawnattr_setsigmask(&s->attr, &no_signals);
}

/* ---- chains */

/* The next request, linked to the one before. */
static struct io_uring_sqe *step(struct spawner *s)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&s->ring);

	if (!sqe)
		fail("no SQE");
	if (s->last && !(s->last->flags & IOSQE_IO_HARDLINK))
		s->last->flags |= IOSQE_IO_LINK;
	sqe->user_data = 0;
	s->last = sqe;
	s->steps++;
	return sqe;
}

static void step_exec(struct spawner *s)
{
	io_uring_prep_exec(step(s), program, args, environ);
	s->last = NULL;
}

static void take(struct spawner *s)
{
	struct io_uring_cqe *cqe;

	for (; s->steps; s->steps--) {
		if (io_uring_wait_cqe(&s->ring, &cqe))
			fail("CQE");
		if (cqe->res < 0 && cqe->user_data != MAY_FAIL) {
			fprintf(stderr, "a step: %s\n", strerror(-cqe->res));
			exit(1);
		}
		io_uring_cqe_seen(&s->ring, cqe);
	}
}

static void submit(struct spawner *s)
{
	if (io_uring_submit_and_wait(&s->ring, s->steps) < 0)
		fail("submit");
	take(s);
}

static void start_chain(struct spawner *s, unsigned int children)
{
	while (children--) {
		io_uring_prep_clone(step(s));
		step_exec(s);
	}
	submit(s);
}

/*
 * For who only minds how the program ends: no CQE is waited for before that. With
 * DEFER_TASKRUN none wakes the parent, either. Those of one spawn are taken by the
 * next.
 */
static void take_owed(struct spawner *s)
{
	struct io_uring_cqe *cqe;

	for (; s->owed; s->owed--) {
		if (io_uring_wait_cqe(&s->deferred, &cqe) || cqe->res < 0)
			fail("CQE");
		io_uring_cqe_seen(&s->deferred, cqe);
	}
}

static void start_exit_first(struct spawner *s, unsigned int children)
{
	struct io_uring_sqe *sqe;

	take_owed(s);
	while (children--) {
		sqe = io_uring_get_sqe(&s->deferred);
		io_uring_prep_clone(sqe);
		sqe->flags = IOSQE_IO_LINK;
		sqe = io_uring_get_sqe(&s->deferred);
		io_uring_prep_exec(sqe, program, args, environ);
		s->owed += 2;
	}
	if (io_uring_submit(&s->deferred) != (int)s->owed)
		fail("submit");
}

static void start_pristine(struct spawner *s, unsigned int children)
{
	struct clone_args clone = {
		.flags = CLONE_FILES, .exit_signal = SIGCHLD,
	};

	(void)children;
	io_uring_prep_clone_args(step(s), &clone, sizeof(clone));
	io_uring_prep_spawn_keep(step(s), 3);
	step_exec(s);
	submit(s);
}

void start_on_rings(struct io_uring *rings, unsigned int nr)
{
	struct spawner s = { 0 };
	unsigned int i, steps = 0;

	for (i = 0; i < nr; i++) {
		s.ring = rings[i];
		s.steps = 0;
		io_uring_prep_clone(step(&s));
		step_exec(&s);
		if (io_uring_submit(&s.ring) != (int)s.steps)
			fail("submit");
		rings[i] = s.ring;
		steps = s.steps;
	}
	for (i = 0; i < nr; i++) {
		s.ring = rings[i];
		s.steps = steps;
		take(&s);
		rings[i] = s.ring;
	}
}

static void start_chain_path(struct spawner *s, unsigned int children)
{
	unsigned int i;

	(void)children;
	io_uring_prep_clone(step(s));
	for (i = 0; i < DIRECTORIES - 1; i++) {
		io_uring_prep_exec(step(s), candidates[i], args, environ);
		s->last->flags |= IOSQE_IO_HARDLINK;
		s->last->user_data = MAY_FAIL;
	}
	step_exec(s);
	submit(s);
}

static void steps_redirect(struct spawner *s)
{
	io_uring_prep_openat(step(s), AT_FDCWD, "/dev/null", O_RDONLY, 0);
	io_uring_prep_dup_result(step(s), 1, 0, IORING_DUP_MOVE);
	io_uring_prep_dup(step(s), out, 1, 0);
	io_uring_prep_openat(step(s), AT_FDCWD, "/dev/null", O_WRONLY, 0);
	io_uring_prep_dup_result(step(s), 1, 2, IORING_DUP_MOVE);
}

static void start_chain_redirected(struct spawner *s, unsigned int children)
{
	(void)children;
	io_uring_prep_clone(step(s));
	steps_redirect(s);
	step_exec(s);
	submit(s);
}

static void start_chain_set_up(struct spawner *s, unsigned int children)
{
	unsigned int i;

	(void)children;
	io_uring_prep_clone(step(s));
	for (i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
		io_uring_prep_spawn_sigdefault(step(s), defaults[i]);
	io_uring_prep_spawn_sigmask(step(s), &no_signals);
	io_uring_prep_spawn_setpgid(step(s), 0);
	io_uring_prep_spawn_chdir(step(s), "/");
	steps_redirect(s);
	io_uring_prep_spawn_closefrom(step(s), 3);
	step_exec(s);
	submit(s);
}

const struct method methods[] = {
	{ "vfork, no program", 1, 0, false, start_nothing },
	{ "vfork, execve 17 times", 1, 17, true, start_again },
	{ "fork, execve", 1, 1, false, start_fork },
	{ "vfork, execve", 1, 1, false, start_vfork },
	{ "posix_spawn", 1, 1, false, start_posix },
	{ "clone(CLONE_VM), execve", 1, 1, false, start_clone },
	{ "chain", 1, 1, false, start_chain },
	{ "chain, CQEs after the exit", 1, 1, false, start_exit_first },
	{ "chain, pristine", 1, 1, false, start_pristine },
	{ "seventh of $PATH: posix_spawnp", 1, 1, true, start_posix_path },
	{ "seventh of $PATH: chain", 1, 1, true, start_chain_path },
	{ "3 redirections: posix_spawn", 1, 1, true, start_posix_redirected },
	{ "3 redirections: chain", 1, 1, true, start_chain_redirected },
	{ "full set-up: posix_spawn", 1, 1, false, start_posix_set_up },
	{ "full set-up: chain", 1, 1, false, start_chain_set_up },
	{ "64 at once: posix_spawn", 64, 1, true, start_posix },
	{ "8 at once: chains", 8, 1, true, start_chain },
	{ "64 at once: chains", 64, 1, true, start_chain },
	{ "64 at once: chains, CQEs after the exits", 64, 1, true,
	  start_exit_first },
	{ "256 at once: chains", MAX_BATCH, 1, true, start_chain },
};
const unsigned int nr_methods = sizeof(methods) / sizeof(methods[0]);

void methods_init(const char *directory, int pipe)
{
	char path[2 * sizeof(program)] = "";
	unsigned int i;

	for (i = 0; i < DIRECTORIES; i++) {
		char name[32];

		snprintf(name, sizeof(name), "/nowhere/%u", i);
		snprintf(candidates[i], sizeof(candidates[i]), "%s/" PROGRAM,
			 name);
		if (i < DIRECTORIES - 1)
			strcat(strcat(path, name), ":");
	}
	snprintf(program, sizeof(program), "%s/" PROGRAM, directory);
	strncat(path, directory, sizeof(program));
	setenv("PATH", path, 1);
	out = pipe;
	sigemptyset(&no_signals);
	sigemptyset(&default_signals);
	for (i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
		sigaddset(&default_signals, defaults[i]);
}

void spawner_init(struct spawner *s, unsigned int ring_flags)
{
	memset(s, 0, sizeof(*s));
	s->stack = malloc(STACK_SIZE);
	if (!s->stack ||
	    io_uring_queue_init(2 * MAX_BATCH, &s->ring, ring_flags) ||
	    io_uring_queue_init(2 * MAX_BATCH, &s->deferred,
				IORING_SETUP_SINGLE_ISSUER |
				IORING_SETUP_DEFER_TASKRUN))
		fail("ring");
	init_posix(s);
}

void spawner_exit(struct spawner *s)
{
	while (__atomic_load_n(&s->stack_used, __ATOMIC_ACQUIRE))
		sched_yield();
	io_uring_queue_exit(&s->ring);
	/* a chain whose ring is closed early is killed */
	take_owed(s);
	io_uring_queue_exit(&s->deferred);
	posix_spawn_file_actions_destroy(&s->redirections);
	posix_spawn_file_actions_destroy(&s->setup);
	posix_spawnattr_destroy(&s->attr);
	free(s->stack);
}
