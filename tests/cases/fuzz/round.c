// SPDX-License-Identifier: GPL-2.0
/* A round's process: all that it does follows from the seed. */
#include "fuzz.h"

#include <grp.h>

unsigned long next_random(unsigned long *state)
{
	unsigned long x = *state += 0x9e3779b97f4a7c15;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return x ^ (x >> 31);
}

unsigned int below(unsigned long *state, unsigned int n)
{
	return next_random(state) % n;
}

bool one_in(unsigned long *state, unsigned int n)
{
	return !below(state, n);
}

void doze(unsigned long *state, unsigned int us)
{
	usleep(below(state, us));
}

unsigned long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void choose_round(struct round *round, unsigned long seed)
{
	unsigned long state = seed;

	*round = (struct round) {
		.seed = seed,
		.nr = 1 + below(&state, MAX_THREADS),
		.verb = choose_action(&state),
		.restart = one_in(&state, 2),
		.inside = choose_inside(&state),
		.outside = choose_outside(&state),
		.state = next_random(&state),
		.own = next_random(&state),
	};
	round->action = round->verb->action;
	if (round->action == REWRITE)
		round->inside = NULL;
	/*
	 * A chain without its CLONE is a link of the core's. Its worker looks a path up
	 * by a name that belongs to the submitter's audit context: before Linux 7 it may
	 * use one that was freed, without any module.
	 */
	if (round->action == REWRITE && round->outside == &hazard_audit)
		round->outside = NULL;
	if (round->inside) {
		round->takes |= round->inside->takes;
		if (round->nr < round->inside->threads)
			round->nr = round->inside->threads;
	}
	if (round->outside)
		round->takes |= round->outside->takes;
	if (round->action == GETS_KILLED)
		round->takes |= TAKES_DEATH;
}

static const struct kind *choose_kind(struct round *round)
{
	const struct hazard *inside = round->inside;
	unsigned int want = inside ? inside->kind_flags : 0,
		     without = inside ? inside->kind_without : 0;
	const struct kind *kind;

	do {
		kind = &kinds[below(&round->own, nr_kinds)];
	} while (kind->polled || (kind->own_memory && round->nr > 1) ||
		 (kind->flags & want) != want || kind->flags & without);
	return kind;
}

static void on_signal(int sig)
{
	(void)sig;
}

/*
 * A process whose last CQE has come may still be on its way out, where closing
 * its ring, or the end of its submitter, would kill it: children first.
 */
static pthread_barrier_t all_collected, all_reaped;

static void *session_thread(void *arg)
{
	struct session *s = arg;

	run_session(s);
	if (s->leaves)
		return NULL;
	pthread_barrier_wait(&all_collected);
	pthread_barrier_wait(&all_reaped);
	return NULL;
}

static unsigned int set_sessions(struct round *round, struct session *sessions)
{
	unsigned int i, staying = round->nr;

	for (i = 0; i < round->nr; i++) {
		struct session *s = &sessions[i];

		s->round = round;
		s->index = i;
		s->state = next_random(&round->own);
		s->action = round->action;
		s->kind = choose_kind(round);
		open_place(s);
		s->leaves = i > 0 && round->inside && round->inside->leavers &&
			    one_in(&round->own, 3);
		staying -= s->leaves;
		if (verbose)
			note("ring %u: %s, %s%s", i, s->kind->name,
			     round->verb->name, s->leaves ? ", leaves" : "");
	}
	return staying;
}

static void become(const struct round *round)
{
	struct sigaction handler = {
		.sa_handler = on_signal,
		.sa_flags = round->restart ? SA_RESTART : 0,
	};

	alarm(PATIENCE);
	/* the parent's has been there from the start */
	sigaction(SIGUSR1, &handler, NULL);
	if (round->action == REWRITE &&
	    (setgroups(0, NULL) || setgid(1000) || setuid(1000)))
		die("setuid");
	if (round->inside && round->inside->begin)
		round->inside->begin(round);
}

int round_process(const struct round *chosen)
{
	static struct session sessions[MAX_THREADS];
	struct round round = *chosen;
	unsigned int i, nr = round.nr, staying;
	pthread_t threads[MAX_THREADS];
	bool good;

	become(&round);
	staying = set_sessions(&round, sessions);
	pthread_barrier_init(&all_collected, NULL, staying);
	pthread_barrier_init(&all_reaped, NULL, staying);
	for (i = 1; i < nr; i++)
		threads[i] = start_thread(session_thread, &sessions[i]);
	run_session(&sessions[0]);
	pthread_barrier_wait(&all_collected);
	for (i = 1; i < nr; i++)
		if (sessions[i].leaves)
			pthread_join(threads[i], NULL);
	good = check_children(sessions, nr);
	for (i = 0; i < nr; i++)
		check_marks(&sessions[i]);
	pthread_barrier_wait(&all_reaped);
	for (i = 0; i < nr; i++) {
		if (i && !sessions[i].leaves)
			pthread_join(threads[i], NULL);
		if (sessions[i].open)
			close_ring(&sessions[i].ring, sessions[i].kind);
		/* of a kind that the kernel has not: nothing to say */
		good &= sessions[i].good || !sessions[i].nr;
	}
	return !good;
}
