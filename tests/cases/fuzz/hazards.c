// SPDX-License-Identifier: GPL-2.0
/*
 * What can stand beside the chains of a round: one thing inside its process and
 * one outside it, at rates that leave most of the time to the chains.
 */
#include "fuzz.h"

#include <sys/mman.h>
#include <sys/prctl.h>

/* Inside: something that the round's own process does or meets. */
static const struct hazard *const inside[] = {
	&hazard_supervisor, &hazard_supervisor_ring, &hazard_faults,
	&hazard_fuse, &hazard_creds, &hazard_creds_sqpoll, &hazard_vfork,
	&hazard_timers, &hazard_cancellers,
};

/* Outside: something that others do to it. */
static const struct hazard *const outside[] = {
	&hazard_freezer, &hazard_tracer, &hazard_audit, &hazard_disarm,
};

static bool is_missing(const struct hazard *hazard)
{
	return hazard->is_there && !hazard->is_there();
}

static const struct hazard *choose(const struct hazard *const *table,
				   unsigned int nr, unsigned long *state)
{
	unsigned int i, left = below(state, 1000);

	for (i = 0; i < nr; i++) {
		if (left < table[i]->weight)
			return is_without(table[i]->name) ||
			       is_missing(table[i]) ? NULL : table[i];
		left -= table[i]->weight;
	}
	return NULL;
}

const struct hazard *choose_inside(unsigned long *state)
{
	return choose(inside, ARRAY_SIZE(inside), state);
}

const struct hazard *choose_outside(unsigned long *state)
{
	return choose(outside, ARRAY_SIZE(outside), state);
}

static void skip_missing(const struct hazard *const *table, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (is_missing(table[i]))
			skip("not on this kernel", "hazard: %s",
			     table[i]->name);
}

void find_hazards(void)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	shadow = mmap(NULL, NR_PAGES * PAGE, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED || shadow == MAP_FAILED)
		die("mmap");
	skip_missing(inside, ARRAY_SIZE(inside));
	skip_missing(outside, ARRAY_SIZE(outside));
}

/* --- for parties ---------------------------------------------------------- */

struct shared *shared;

int get_fd(pid_t pid, atomic_int *number)
{
	int pidfd, fd;

	while (!*number)
		usleep(500);
	pidfd = syscall(SYS_pidfd_open, pid, 0);
	fd = syscall(SYS_pidfd_getfd, pidfd, *number, 0);
	close(pidfd);
	return fd;
}

/* Who is about to be killed need not be answered at all. */
void later_begin(struct later *l, const struct round *round)
{
	l->nr = 0;
	l->limit = now_ms() + (round->action == GETS_KILLED ?
			       1000 * PATIENCE : LIMIT);
}

void later_add(struct later *l, unsigned long *state, unsigned long what)
{
	unsigned long due = now_ms();

	switch (below(state, 6)) {
	case 0:
		due += 1 + below(state, 20);
		break;
	case 1:
		due = l->limit;
	}
	if (due > l->limit)
		due = l->limit;
	if (l->nr == MAX_LATER)
		die("too many to answer");
	l->list[l->nr].due = due;
	l->list[l->nr++].what = what;
}

bool later_take(struct later *l, unsigned long *what)
{
	unsigned long now = now_ms();
	unsigned int i;

	for (i = 0; i < l->nr; i++)
		if (l->list[i].due <= now) {
			*what = l->list[i].what;
			l->list[i] = l->list[--l->nr];
			return true;
		}
	return false;
}
