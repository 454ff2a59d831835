// SPDX-License-Identifier: GPL-2.0
/*
 * A live patch of the function func: it returns "value" and does nothing else.
 * Before it is removed, 0 is written to /sys/kernel/livepatch/patch/enabled.
 */
#include <linux/livepatch.h>
#include <linux/module.h>

static char *func = "";
module_param(func, charp, 0444);
MODULE_PARM_DESC(func, "function of the kernel");

static int value;
module_param(value, int, 0444);
MODULE_PARM_DESC(value, "what it returns");

/* Of as many arguments as the caller has put into registers. */
static long patched(void)
{
	return value;
}

static struct klp_func funcs[] = {
	{ .new_func = patched },
	{ }
};

static struct klp_object objects[] = {
	{ .funcs = funcs },
	{ }
};

static struct klp_patch patch = {
	.mod	= THIS_MODULE,
	.objs	= objects,
};

static int __init patch_init(void)
{
	funcs[0].old_name = func;
	return klp_enable_patch(&patch);
}
module_init(patch_init);

/* Called when it is disabled, and nobody runs it. */
static void __exit patch_exit(void)
{
}
module_exit(patch_exit);

MODULE_DESCRIPTION("io_uring_spawn: a live patch beside it, in tests");
MODULE_LICENSE("GPL");
MODULE_INFO(livepatch, "Y");
