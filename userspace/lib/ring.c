// SPDX-License-Identifier: MIT
/* A chain in a ring of the program's own, which submits it and takes its CQEs. */
#include "abi.h"
#include "chain.h"

#include <errno.h>
#include <stdlib.h>

int ious_plan_requests(const struct ious_plan *plan)
{
	return ious_chain_requests(plan);
}

int ious_plan_prep(const struct ious_plan *plan, struct io_uring *ring,
		   uint64_t user_data, struct ious_chain **result)
{
	struct ious_chain *chain = malloc(sizeof(*chain));
	struct io_uring_sqe *sqe;
	unsigned int i;
	int ret;

	if (!chain)
		return -ENOMEM;
	ret = ious_chain_init(chain, plan, false);
	if (!ret && io_uring_sq_space_left(ring) < chain->nr)
		ret = -EAGAIN;
	if (ret) {
		free(chain);
		return ret;
	}
	chain->user_data = user_data;
	chain->calls = ious_abi_by(ring) >= 3;
	for (i = 0; i < chain->nr; i++) {
		sqe = io_uring_get_sqe(ring);
		ious_chain_sqe(chain, i, sqe);
		sqe->user_data = user_data + i;
	}
	*result = chain;
	return 0;
}

int ious_chain_cqe(struct ious_chain *chain, const struct io_uring_cqe *cqe,
		   struct ious_result *result)
{
	if (!ious_chain_complete(chain, cqe->user_data - chain->user_data,
				 cqe->res))
		return 0;
	ious_chain_finish(chain, result);
	ious_chain_free(chain);
	return 1;
}

void ious_chain_free(struct ious_chain *chain)
{
	free(chain);
}
