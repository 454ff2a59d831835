// SPDX-License-Identifier: GPL-2.0
/*
 * The thread that makes the process of a chain, in task work: if its filters allow it,
 * and if neither the chain nor the thread has been ended meanwhile.
 */
#include <linux/cgroup.h>
#include <linux/sched/signal.h>

#include "birth.h"
#include "chain.h"
#include "charge.h"
#include "clone_thread.h"
#include "request.h"
#include "seccomp.h"
#include "state.h"
#include "stats.h"

/* An exec that waits for the submitter's requests runs task work, as an exit does. */
static bool ious_may_clone_now(const struct ious_chain *chain)
{
	return !READ_ONCE(chain->killed) && !(current->flags & PF_EXITING) &&
	       !(READ_ONCE(current->signal->flags) & SIGNAL_GROUP_EXIT) &&
	       !current->in_execve;
}

/* Later means after a signal, not from here: task work is run again before that. */
static bool ious_may_clone_later(int ret)
{
	return ret == -ERESTARTNOINTR && !(current->flags & PF_EXITING) &&
	       !fatal_signal_pending(current);
}

/* Sleeps if a supervisor is asked; the chain can be cancelled meanwhile. */
static int ious_clone_ask(const struct ious_chain *chain)
{
	if (!ious_may_clone_now(chain))
		return -ECANCELED;
	return ious_seccomp_submitter(chain, true);
}

/* The filters have answered; the chain still belongs to CLONE. */
int ious_clone_asked(const struct ious_chain *chain, int ret)
{
	if (!ret || ret == -ECANCELED || ret == -ERESTARTNOINTR)
		return ret;
	if (ret == IOUS_MUST_NOT_ASK)
		return ious_refuse(chain->clone, IORING_OP_CLONE, -EOPNOTSUPP,
				   IOUS_WHY_table);
	return ious_refuse(chain->clone, IORING_OP_CLONE, ret,
			   IOUS_WHY_seccomp);
}

static bool ious_wait_again(struct ious_chain *chain)
{
	return !ious_charge(chain) && ious_chain_wait(chain);
}

static bool ious_clone_claimed(struct ious_chain *chain, int ret)
{
	ious_uncharge(chain);
	ret = ious_clone_asked(chain, ret);
	if (!ret)
		ret = ious_may_clone_now(chain) ? ious_birth(chain, true) :
						  -ECANCELED;
	if (!ret)
		return false;
	if (ious_may_clone_later(ret) && ious_wait_again(chain))
		return true;
	ious_chain_fail_all(chain, ret == -ERESTARTNOINTR ? -ECANCELED : ret);
	return false;
}

/*
 * A thread counts as frozen for the time of some task work. Its child would count as
 * frozen, too, and the freezer would not have counted it.
 */
static int ious_clone_before(const struct ious_chain *chain)
{
	if (cgroup_task_frozen(current))
		return -ERESTARTNOINTR;
	return ious_clone_ask(chain);
}

bool ious_clone_in_thread(struct ious_chain *chain)
{
	int ret = ious_clone_before(chain);

	if (ious_may_clone_later(ret))
		return true;
	if (ious_chain_claim(chain))
		return ious_clone_claimed(chain, ret);
	ious_chain_put(chain);
	return false;
}
