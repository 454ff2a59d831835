// SPDX-License-Identifier: GPL-2.0
/*
 * The requests of a chain may have one name, by which nobody can tell whose a CQE
 * is. Where they come in the chain's order, that says it. Elsewhere each order in
 * which the results are what the model says may be the one; there has to be one.
 */
#include "fuzz.h"

static unsigned int get_results(const struct chain *chain, int *results)
{
	unsigned int i, nr = 0;

	for (i = 0; i < chain->nr; i++)
		if (!chain->steps[i].is_timer && chain->steps[i].seen)
			results[nr++] = chain->steps[i].got;
	return nr;
}

static void set_results(struct chain *chain, const int *results)
{
	unsigned int i;

	for (i = 0; i < chain->nr; i++)
		if (!chain->steps[i].is_timer && chain->steps[i].seen)
			chain->steps[i].got = *results++;
}

static void swap(int *a, int *b)
{
	int c = *a;

	*a = *b;
	*b = c;
}

static void reverse(int *first, int *last)
{
	while (first < last)
		swap(first++, last--);
}

/*
 * The next of all orders of @nr numbers, by the alphabet: equal ones make none of
 * their own. After the last comes the first, and false.
 */
static bool next_order(int *list, unsigned int nr)
{
	unsigned int i = nr - 1, j = i;

	while (i > 0 && list[i - 1] >= list[i])
		i--;
	if (i) {
		while (list[j] <= list[i - 1])
			j--;
		swap(&list[i - 1], &list[j]);
	}
	reverse(&list[i], &list[nr - 1]);
	return i;
}

static bool fits(struct session *s, unsigned int nr)
{
	s->trying = true;
	s->fits = true;
	check_chain(s, nr);
	s->trying = false;
	return s->fits;
}

/* Without an order that fits, it stays as they came. */
void match_names(struct session *s, unsigned int nr)
{
	struct chain *chain = &s->chains[nr];
	int results[MAX_STEPS], chosen[MAX_STEPS];
	unsigned int nr_results = get_results(chain, results);

	if (!nr_results || keeps_order(chain))
		return;
	memcpy(chosen, results, sizeof(chosen));
	/* the first of all orders */
	while (next_order(results, nr_results))
		;
	do {
		set_results(chain, results);
		if (!fits(s, nr))
			continue;
		memcpy(chosen, results, sizeof(chosen));
		chain->may_have_run |= has_run(chain);
	} while (next_order(results, nr_results));
	set_results(chain, chosen);
}
