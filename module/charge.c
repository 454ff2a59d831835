// SPDX-License-Identifier: GPL-2.0
/*
 * A CLONE that waits counts for RLIMIT_NPROC, as the process that it will become. The
 * task that makes it wait calls this, without a lock.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/sched/signal.h>
#include <linux/sched/user.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>

#include "charge.h"
#include "state.h"
#include "symbols.h"

/* As in copy_process(); a personality of the request does not count. */
static bool ious_may_exceed(const struct cred *cred)
{
	const struct cred *lent = override_creds(cred);
	bool may = uid_eq(cred->user->uid, GLOBAL_ROOT_UID) ||
		   ns_capable_noaudit(&init_user_ns, CAP_SYS_RESOURCE) ||
		   ns_capable_noaudit(&init_user_ns, CAP_SYS_ADMIN);

	revert_creds(lent);
	return may;
}

int ious_charge(struct ious_chain *chain)
{
	const struct cred *cred = get_cred(current_real_cred());

	ious_call(inc_rlimit_ucounts)(cred->ucounts, UCOUNT_RLIMIT_NPROC, 1);
	chain->charged = cred;
	if (!ious_call(is_rlimit_overlimit)(cred->ucounts, UCOUNT_RLIMIT_NPROC,
					    rlimit(RLIMIT_NPROC)) ||
	    ious_may_exceed(cred))
		return 0;
	ious_uncharge(chain);
	return -EAGAIN;
}

void ious_uncharge(struct ious_chain *chain)
{
	const struct cred *cred = chain->charged;

	if (!cred)
		return;
	chain->charged = NULL;
	ious_call(dec_rlimit_ucounts)(cred->ucounts, UCOUNT_RLIMIT_NPROC, 1);
	put_cred(cred);
}
