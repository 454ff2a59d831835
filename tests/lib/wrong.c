// SPDX-License-Identifier: GPL-2.0
#include "wrong.h"

#define CHANGE(name, statement) \
	void set_##name(struct io_uring_sqe *sqe) { statement; }
WRONG_CHANGES(CHANGE)

void try_wrong(struct io_uring *ring, const struct kind *kind,
	       const struct step chain[3], unsigned int at, const char *text,
	       const struct wrong *wrong, unsigned int nr)
{
	struct step steps[3] = { chain[0], chain[1], chain[2] };
	struct io_uring_sqe *sqe;
	unsigned int i, k;

	for (i = 0; i < nr; i++) {
		steps[at].want = wrong[i].want;
		for (k = 0; k < ARRAY_SIZE(steps); k++) {
			sqe = queue_step(ring, &steps[k], k + 1);
			if (k == at)
				wrong[i].change(sqe);
		}
		submit(ring);
		ok(cqes_match(ring, steps, 3) & status_is(NO_CHILD),
		   "%s: %s %s", kind->name, text, wrong[i].name);
	}
}
