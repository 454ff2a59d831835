// SPDX-License-Identifier: GPL-2.0
/* Chains, written with liburing and io_uring_spawn.h. */
#include "methods.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- steps */

/* The next request, linked to the one before. */
static struct io_uring_sqe *step(struct chains *c)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&c->ring);

	if (!sqe)
		fail("no SQE");
	if (c->last)
		c->last->flags |= IOSQE_IO_LINK;
	sqe->user_data = 0;
	c->last = sqe;
	c->steps++;
	return sqe;
}

static void step_clone(struct chains *c, bool pristine)
{
	static struct clone_args args = {
		.flags = CLONE_FILES, .exit_signal = SIGCHLD,
	};

	if (!pristine) {
		io_uring_prep_clone(step(c));
		return;
	}
	io_uring_prep_clone_args(step(c), &args, sizeof(args));
	io_uring_prep_spawn_keep(step(c), 3);
}

static void step_exec(struct chains *c)
{
	io_uring_prep_exec(step(c), program.path, program.args, environ);
	c->last = NULL;
}

/* All candidates in one request. */
static void step_search(struct chains *c)
{
	static const char *paths[DIRECTORIES];
	unsigned int i;

	for (i = 0; i < DIRECTORIES; i++)
		paths[i] = program.candidates[i];
	io_uring_prep_exec_paths(step(c), paths, DIRECTORIES, program.args, environ);
	c->last = NULL;
}

static void steps_redirect(struct chains *c)
{
	io_uring_prep_openat(step(c), AT_FDCWD, "/dev/null", O_RDONLY, 0);
	io_uring_prep_dup_result(step(c), 1, 0, IORING_DUP_MOVE);
	io_uring_prep_dup(step(c), program.out, 1, 0);
	io_uring_prep_openat(step(c), AT_FDCWD, "/dev/null", O_WRONLY, 0);
	io_uring_prep_dup_result(step(c), 1, 2, IORING_DUP_MOVE);
}

static void steps_close(struct chains *c)
{
	io_uring_prep_dup(step(c), program.out, 1, 0);
	io_uring_prep_spawn_closefrom(step(c), 3);
}

static void steps_set_up(struct chains *c)
{
	io_uring_prep_spawn_sigdefault(step(c), SIGINT);
	io_uring_prep_spawn_sigdefault(step(c), SIGQUIT);
	io_uring_prep_spawn_sigdefault(step(c), SIGPIPE);
	io_uring_prep_spawn_sigmask(step(c), &program.no_signals);
	io_uring_prep_spawn_setpgid(step(c), 0);
	io_uring_prep_spawn_chdir(step(c), "/");
	steps_redirect(c);
	io_uring_prep_spawn_closefrom(step(c), 3);
}

static void (*const works[WORKS])(struct chains *c) = {
	[REDIRECTED] = steps_redirect,
	[CLOSED] = steps_close,
	[SET_UP] = steps_set_up,
};

/* ---- the same in one request: a row of system calls */

#define MAX_CALLS	16

struct row {
	/* the kernel writes the results: one chain at a time */
	struct io_uring_spawn_call calls[MAX_CALLS];
	unsigned int nr;
};

static struct row rows[WORKS];

static void add_call(struct row *row, const struct io_uring_sqe *sqe)
{
	io_uring_spawn_call_of(&row->calls[row->nr++], sqe);
}

/* Takes the lowest number, which is @fd as long as all below it are open. */
static void row_open(struct row *row, int fd, int flags)
{
	struct io_uring_sqe sqe;

	io_uring_prep_spawn_close(&sqe, fd);
	add_call(row, &sqe);
	io_uring_prep_syscall(&sqe, SYS_openat, AT_FDCWD,
			      (unsigned long)"/dev/null", flags, 0);
	add_call(row, &sqe);
}

static void row_dup(struct row *row)
{
	struct io_uring_sqe sqe;

	io_uring_prep_syscall(&sqe, SYS_dup3, program.out, 1, 0, 0);
	add_call(row, &sqe);
}

static void row_redirect(struct row *row)
{
	row_open(row, 0, O_RDONLY);
	row_dup(row);
	row_open(row, 2, O_WRONLY);
}

static void row_close(struct row *row)
{
	struct io_uring_sqe sqe;

	io_uring_prep_spawn_closefrom(&sqe, 3);
	add_call(row, &sqe);
}

static void row_set_up(struct row *row)
{
	static const int signals[] = { SIGINT, SIGQUIT, SIGPIPE };
	struct io_uring_sqe sqe;
	unsigned int i;

	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		io_uring_prep_spawn_sigdefault(&sqe, signals[i]);
		add_call(row, &sqe);
	}
	io_uring_prep_spawn_sigmask(&sqe, &program.no_signals);
	add_call(row, &sqe);
	io_uring_prep_spawn_setpgid(&sqe, 0);
	add_call(row, &sqe);
	io_uring_prep_spawn_chdir(&sqe, "/");
	add_call(row, &sqe);
	row_redirect(row);
	row_close(row);
}

void rows_init(void)
{
	row_redirect(&rows[REDIRECTED]);
	row_dup(&rows[CLOSED]);
	row_close(&rows[CLOSED]);
	row_set_up(&rows[SET_UP]);
}

/* ---- chains */

static void take(struct chains *c)
{
	struct io_uring_cqe *cqe;

	for (; c->steps; c->steps--) {
		if (io_uring_wait_cqe(&c->ring, &cqe))
			fail("CQE");
		if (cqe->res < 0) {
			fprintf(stderr, "a step: %s\n", strerror(-cqe->res));
			exit(1);
		}
		io_uring_cqe_seen(&c->ring, cqe);
	}
}

static void submit(struct chains *c)
{
	if (io_uring_submit(&c->ring) != (int)c->steps)
		fail("submit");
}

void start_chain(struct spawner *s, const struct method *m)
{
	struct chains *c = m->how & PLAIN_RING ? &s->plain : &s->own;
	unsigned int i;

	for (i = 0; i < batch_of(m); i++) {
		step_clone(c, m->how & PRISTINE);
		if (m->how & ROW)
			io_uring_prep_syscalls(step(c), rows[m->work].calls,
					       rows[m->work].nr);
		else if (works[m->work])
			works[m->work](c);
		if (m->work == PATH)
			step_search(c);
		else
			step_exec(c);
	}
	if (m->how & NO_WAIT) {
		submit(c);
		return;
	}
	if (io_uring_submit_and_wait(&c->ring, c->steps) < 0)
		fail("submit");
	take(c);
}

void settle(struct spawner *s)
{
	take(&s->own);
	take(&s->plain);
}

void start_on_rings(struct io_uring *rings, unsigned int nr)
{
	struct chains c = { 0 };
	unsigned int i, steps = 0;

	for (i = 0; i < nr; i++) {
		c.ring = rings[i];
		c.steps = 0;
		step_clone(&c, false);
		step_exec(&c);
		submit(&c);
		rings[i] = c.ring;
		steps = c.steps;
	}
	for (i = 0; i < nr; i++) {
		c.ring = rings[i];
		c.steps = steps;
		take(&c);
		rings[i] = c.ring;
	}
}

/* As thread_ring.c of the library, or as a program that sets no flags. */
void make_ring(struct io_uring *ring, unsigned int entries, bool plain)
{
	if (io_uring_queue_init(entries, ring,
				plain ? 0 : IORING_SETUP_SUBMIT_ALL |
					    IORING_SETUP_SINGLE_ISSUER |
					    IORING_SETUP_DEFER_TASKRUN))
		fail("ring");
}

void by_chain_init(struct spawner *s)
{
	make_ring(&s->own.ring, 2 * MAX_BATCH, false);
	if (io_uring_register_ring_fd(&s->own.ring) != 1)
		fail("registered ring");
	/* Linux 6.1 does not have all that liburing wants for that */
	io_uring_close_ring_fd(&s->own.ring);
	make_ring(&s->plain.ring, 2 * MAX_BATCH, true);
}

/* A chain whose ring is closed early is killed. */
void by_chain_exit(struct spawner *s)
{
	settle(s);
	io_uring_queue_exit(&s->own.ring);
	io_uring_queue_exit(&s->plain.ring);
}
