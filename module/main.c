// SPDX-License-Identifier: GPL-2.0
/*
 * The order in which the module comes up and goes away.
 *
 * While armed it holds itself: rmmod fails with EBUSY. Writing 0 to the parameter
 * "armed" removes the hooks, in an order that leaves nothing behind, or fails with
 * EBUSY while there are chains, or CLONEs that may become chains; "kill" ends
 * those first. Then rmmod has nothing left to wait for.
 */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/utsname.h>

#include <linux/io_uring_spawn.h>

#include "ending.h"
#include "execing.h"
#include "hooks.h"
#include "ious.h"
#include "registry.h"
#include "request.h"
#include "sets.h"
#include "state.h"
#include "stats.h"
#include "submit.h"
#include "symbols.h"
#include "syscall.h"
#include "verify.h"
#include "waiting.h"

/* The time that running chains and queued requests have before EBUSY. */
#define IOUS_DISARM_TIMEOUT	(2 * HZ)

/* Protects armed and broken; held over arming and disarming. */
static DEFINE_MUTEX(ious_arm_lock);
static bool armed = true;
/* a hook could not be removed: the module stays for ever */
static bool ious_broken;
static bool ious_up;

/* The reference that an armed module holds on itself stays for ever. */
static int ious_break(int ret)
{
	pr_err("cannot remove the hooks: the module stays loaded\n");
	ious_broken = true;
	return ret;
}

/*
 * In this order: tasks in our code make requests, requests make chains. The ways in
 * are closed: something that was found gone stays gone.
 */
static bool ious_idle(void)
{
	if (atomic_read_acquire(&ious_busy) || ious_nr_clones())
		return false;
	/* a request is counted until its chain is */
	smp_rmb();
	return !ious_nr_chains() && !ious_waiting_left();
}

/* With all hooks gone: nobody is in our code any more. */
static bool ious_left(void)
{
	return !atomic_read(&ious_busy);
}

static bool ious_wait_until(bool (*done)(void))
{
	unsigned long end = jiffies + IOUS_DISARM_TIMEOUT;

	while (!done()) {
		if (time_after(jiffies, end))
			return false;
		usleep_range(500, 1000);
	}
	return true;
}

/* CLONEs that the core had put aside may become chains at any time. */
static bool ious_idle_by_force(void)
{
	ious_all_kill();
	return ious_idle();
}

/* A tracer may get hold of one after another. */
static bool ious_idle_by_kill(void)
{
	ious_execing_kill();
	return ious_idle();
}

/*
 * First the ways in are closed, then the chains end, then the hooks go that they
 * needed. Between a hook's decision and our counters, and between the
 * counters and the last return, a task is in no voluntary sleep: RCU-tasks
 * waits for those. ftrace has done so when it has removed a module's hooks.
 *
 * Most tasks that are left then are about to return. A task that exits or execs may
 * still wait in our wrapper for requests that have nothing to do with us.
 *
 * -EBUSY: a task is left. Another error: a hook is left.
 */
static int ious_retreat(bool kill)
{
	int ret = ious_hooks_close();

	if (ret)
		return ret;
	if (!ious_wait_until(kill ? ious_idle_by_force : ious_idle) &&
	    !(kill && ious_wait_until(ious_idle_by_kill)))
		return -EBUSY;
	ret = ious_hooks_remove();
	if (ret)
		return ret;
	if (!ious_wait_until(ious_left))
		return -EBUSY;
	synchronize_rcu_tasks();
	ious_marks_put();
	module_put(THIS_MODULE);
	return 0;
}

/* If one hook fails, a task may have come in by those before it. */
static int ious_arm(void)
{
	int ret = ious_marks_get();

	if (ret)
		return ret;
	__module_get(THIS_MODULE);
	ret = ious_hooks_install();
	if (ret && ious_retreat(false))
		return ious_break(ret);
	return ret;
}

static int ious_disarm(bool kill)
{
	int ret = ious_retreat(kill);

	if (!ret)
		return 0;
	if (ret != -EBUSY)
		return ious_break(ret);
	ret = ious_hooks_install();
	if (ret)
		pr_warn("busy; new chains are refused: write 0 to armed again\n");
	return -EBUSY;
}

static int armed_set(const char *val, const struct kernel_param *kp)
{
	bool kill = sysfs_streq(val, "kill"), want = false;
	int ret = kill ? 0 : kstrtobool(val, &want);

	if (ret)
		return ret;
	mutex_lock(&ious_arm_lock);
	if (!ious_up) {
		/* given at load: ious_init() does it */
		armed = want;
	} else if (ious_broken) {
		ret = -ENODEV;
	} else if (want != armed) {
		ret = want ? ious_arm() : ious_disarm(kill);
		if (!ret)
			armed = want;
	}
	mutex_unlock(&ious_arm_lock);
	return ret;
}

static const struct kernel_param_ops armed_ops = {
	.set = armed_set,
	.get = param_get_bool,
};

module_param_cb(armed, &armed_ops, &armed, 0644);
MODULE_PARM_DESC(armed, "1 (default): the opcodes work, rmmod fails with EBUSY; writing 0 removes the hooks, or fails with EBUSY while chains are in flight; writing kill ends the chains first");

static int chains_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%u\n", ious_nr_chains());
}

static const struct kernel_param_ops chains_ops = { .get = chains_get };
module_param_cb(chains, &chains_ops, NULL, 0444);
MODULE_PARM_DESC(chains, "read-only: chains that have not ended yet, or whose process is still in its exec");

static int requests_get(char *buf, const struct kernel_param *kp)
{
	unsigned long nr;

	mutex_lock(&ious_arm_lock);
	nr = ious_nr_requests();
	mutex_unlock(&ious_arm_lock);
	return sysfs_emit(buf, "%lu\n", nr);
}

static const struct kernel_param_ops requests_ops = { .get = requests_get };
module_param_cb(requests, &requests_ops, NULL, 0444);
MODULE_PARM_DESC(requests, "read-only: requests with the module's opcodes that are not complete");

static int __init ious_arm_at_load(void)
{
	int ret = 0;

	mutex_lock(&ious_arm_lock);
	if (armed)
		ret = ious_arm();
	/* a hook is left: the module may not be freed */
	if (ious_broken)
		ret = 0;
	ious_up = !ret;
	mutex_unlock(&ious_arm_lock);
	return ret;
}

static int __init ious_find(void)
{
	int ret = ious_symbols_init();

	if (ret)
		return ret;
	ious_syscall_init();
	return ious_hooks_find() ?: ious_verify();
}

static int __init ious_init(void)
{
	int ret;

	ious_sets_init();
	ious_waiting_init();
	ious_submit_init();
	ret = ious_find();
	if (ret)
		return ret;
	ret = ious_stats_init();
	if (ret)
		return ret;
	ret = ious_arm_at_load();
	if (ret)
		goto out_stats;
	if (!ious_broken)
		pr_info("version %s, Linux %s: %u functions hooked, opcodes %u to %u\n",
			IOUS_VERSION, init_utsname()->release, ious_nr_hooks,
			IOUS_OP_FIRST, IOUS_OP_LAST);
	return 0;

out_stats:
	ious_stats_exit();
	return ret;
}

/* Only reached when disarmed: an armed module holds itself. */
static void __exit ious_exit(void)
{
	ious_stats_exit();
}

module_init(ious_init);
module_exit(ious_exit);

MODULE_DESCRIPTION("Starts processes through io_uring: CLONE and EXEC in a link chain");
MODULE_AUTHOR("The io_uring_spawn developers");
MODULE_LICENSE("GPL");
MODULE_VERSION(IOUS_VERSION);
MODULE_INFO(abi, __stringify(IORING_SPAWN_ABI));
