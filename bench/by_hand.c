// SPDX-License-Identifier: GPL-2.0
/* fork(), vfork() and clone(), with what the child does written by hand. */
#include "methods.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define STACKS		64
#define STACK_SIZE	16384

/* ---- in the child, which may share the memory of its parent */

static void execute(void)
{
	execve(program.path, program.args, environ);
}

static void search(void)
{
	unsigned int i;

	for (i = 0; i < DIRECTORIES; i++)
		execve(program.candidates[i], program.args, environ);
}

static void redirect(void)
{
	int fd = open("/dev/null", O_RDONLY);

	dup2(fd, 0);
	close(fd);
	dup2(program.out, 1);
	fd = open("/dev/null", O_WRONLY);
	dup2(fd, 2);
	close(fd);
}

static void redirect_execute(void)
{
	redirect();
	execute();
}

static void close_execute(void)
{
	dup2(program.out, 1);
	syscall(SYS_close_range, 3, ~0U, 0);
	execute();
}

static void set_up_execute(void)
{
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, &program.no_signals, NULL);
	setpgid(0, 0);
	if (chdir("/"))
		return;
	redirect();
	syscall(SYS_close_range, 3, ~0U, 0);
	execute();
}

static void (*const works[WORKS])(void) = {
	[PLAIN] = execute,
	[PATH] = search,
	[REDIRECTED] = redirect_execute,
	[CLOSED] = close_execute,
	[SET_UP] = set_up_execute,
};

/* ---- in the parent */

void start_fork(struct spawner *s, const struct method *m)
{
	pid_t pid = fork();

	(void)s;
	if (!pid) {
		works[m->work]();
		_exit(127);
	}
	if (pid < 0)
		fail("fork");
}

static void vfork_once(void (*work)(void))
{
	pid_t pid = vfork();

	if (!pid) {
		work();
		_exit(127);
	}
	if (pid < 0)
		fail("vfork");
}

void start_vfork(struct spawner *s, const struct method *m)
{
	unsigned int i;

	(void)s;
	for (i = 0; i < batch_of(m); i++)
		vfork_once(works[m->work]);
}

static int on_stack(void *work)
{
	(*(void (*const *)(void))work)();
	return 127;
}

/* A child may still be on its stack when the parent goes on. */
void start_clone(struct spawner *s, const struct method *m)
{
	unsigned int i;

	for (i = 0; i < batch_of(m); i++) {
		while (__atomic_load_n(&s->stack_used[i], __ATOMIC_ACQUIRE))
			sched_yield();
		s->stack_used[i] = 1;
		if (clone(on_stack, s->stacks + (i + 1) * STACK_SIZE,
			  CLONE_VM | CLONE_CHILD_CLEARTID | SIGCHLD,
			  (void *)&works[m->work], NULL, NULL,
			  &s->stack_used[i]) < 0)
			fail("clone");
	}
}

/* Without a program: the least that a process costs. */
void start_nothing(struct spawner *s, const struct method *m)
{
	pid_t pid = vfork();

	(void)s;
	(void)m;
	if (!pid)
		_exit(0);
	if (pid < 0)
		fail("vfork");
}

/* With many of them: the least that a program costs. */
void start_again(struct spawner *s, const struct method *m)
{
	static char times[] = "q";	/* 16 more */
	static char *const again[] = { program.path, times, NULL };
	pid_t pid = vfork();

	(void)s;
	(void)m;
	if (!pid) {
		execve(program.path, again, environ);
		_exit(127);
	}
	if (pid < 0)
		fail("vfork");
}

void by_hand_init(struct spawner *s)
{
	s->stacks = malloc(STACKS * STACK_SIZE);
	s->stack_used = calloc(STACKS, sizeof(*s->stack_used));
	if (!s->stacks || !s->stack_used)
		fail("stacks");
}

void by_hand_exit(struct spawner *s)
{
	unsigned int i;

	for (i = 0; i < STACKS; i++)
		while (__atomic_load_n(&s->stack_used[i], __ATOMIC_ACQUIRE))
			sched_yield();
	free(s->stacks);
	free(s->stack_used);
}
