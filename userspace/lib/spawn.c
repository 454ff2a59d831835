// SPDX-License-Identifier: MIT
/* ious_spawn(): a chain on the thread's own ring, which is waited for. */
#include "chain.h"

#include <errno.h>

#include "thread_ring.h"

/* With one request more than the plan has: all signals are blocked in the clone. */
static int run_chain(struct ious_thread_ring *own, struct ious_chain *chain)
{
	int res[IOUS_THREAD_RING_MAX], ret, i;
	unsigned int nr;

	ious_chain_sqe(chain, 0, ious_thread_ring_sqe(own));
	io_uring_spawn_prep_sigmask(ious_thread_ring_sqe(own),
				    ious_thread_ring_mask(own));
	for (nr = 1; nr < chain->nr; nr++)
		ious_chain_sqe(chain, nr, ious_thread_ring_sqe(own));
	ret = ious_thread_ring_run(own, res);
	if (ret < 0)
		return ret;
	if (ret <= (int)chain->nr)
		ious_chain_cut(chain, ret > 1 ? ret - 1 : 1);
	ious_chain_complete(chain, 0, res[0]);
	/* as a seccomp filter may have it */
	if (ret > 1 && res[1] < 0 && res[1] != -ECANCELED)
		ious_chain_fail(chain, -res[1], IOUS_STEP_CLONE);
	for (i = 2; i < ret; i++)
		ious_chain_complete(chain, i - 1, res[i]);
	return 0;
}

static int spawn(const struct ious_plan *plan, struct ious_result *result,
		 bool copies_table)
{
	struct ious_chain chain;
	struct ious_thread_ring *own;
	int ret;

	*result = (struct ious_result){ .step = IOUS_STEP_NONE, .pidfd = -1 };
	ret = ious_chain_init(&chain, plan, false);
	if (ret)
		return ret;
	if (chain.nr >= IOUS_THREAD_RING_MAX)
		return -E2BIG;
	if (copies_table)
		ious_chain_copy_table(&chain);
	ret = ious_thread_ring_get(&own);
	if (ret)
		return ret;
	chain.own = own;
	ret = run_chain(own, &chain);
	if (!ret)
		ious_chain_finish(&chain, result);
	ious_thread_ring_put(own);
	return ret ? ret : -result->error;
}

/* Linux 6.1 shares a table only if nothing interrupts the call. */
int ious_spawn(const struct ious_plan *plan, struct ious_result *result)
{
	int ret = spawn(plan, result, false);

	if (ret == -EOPNOTSUPP && plan->keeps &&
	    result->step == IOUS_STEP_CLONE)
		ret = spawn(plan, result, true);
	return ret;
}
