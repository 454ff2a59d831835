// SPDX-License-Identifier: GPL-2.0
/*
 * The policy: parameters that root can change at any time. It is checked in a thread of
 * the submitting process, with the credentials that the thread has then.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/moduleparam.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>

#include "ious.h"
#include "policy.h"

enum {
	IOUS_EVERYONE,
	IOUS_ADMIN,
	IOUS_NOBODY,
};

static int policy_set(const char *val, const struct kernel_param *kp)
{
	return param_set_uint_minmax(val, kp, IOUS_EVERYONE, IOUS_NOBODY);
}

static const struct kernel_param_ops policy_ops = {
	.set = policy_set,
	.get = param_get_uint,
};

static unsigned int policy;
module_param_cb(policy, &policy_ops, &policy, 0644);
MODULE_PARM_DESC(policy, "processes that may use CLONE: 0 all (default), 1 those with CAP_SYS_ADMIN in the initial user namespace and members of gid, 2 none");

static int gid = -1;
module_param(gid, int, 0644);
MODULE_PARM_DESC(gid, "group whose members may use CLONE while policy is 1; -1 (default): no group");

static bool ious_in_group(void)
{
	kgid_t group = make_kgid(&init_user_ns, READ_ONCE(gid));

	return gid_valid(group) && in_egroup_p(group);
}

int ious_policy_check(void)
{
	switch (READ_ONCE(policy)) {
	case IOUS_EVERYONE:
		return 0;
	case IOUS_ADMIN:
		if (ns_capable_noaudit(&init_user_ns, CAP_SYS_ADMIN) ||
		    ious_in_group())
			return 0;
	}
	return -EPERM;
}
