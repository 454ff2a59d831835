// SPDX-License-Identifier: GPL-2.0
/* A kprobe at a function's entry, with a post_handler or without, that counts. */
#include <linux/kprobes.h>
#include <linux/module.h>

static char *func = "";
module_param(func, charp, 0444);
MODULE_PARM_DESC(func, "function of the kernel");

static bool post;
module_param(post, bool, 0444);
MODULE_PARM_DESC(post, "with a post_handler");

static unsigned long hits, post_hits;
module_param(hits, ulong, 0444);
MODULE_PARM_DESC(hits, "calls of the function, more or less: nothing is locked");
module_param(post_hits, ulong, 0444);
MODULE_PARM_DESC(post_hits, "calls of the post_handler");

static int count_hit(struct kprobe *probe, struct pt_regs *regs)
{
	hits++;
	return 0;
}

static void count_post(struct kprobe *probe, struct pt_regs *regs,
		       unsigned long flags)
{
	post_hits++;
}

static struct kprobe probe = { .pre_handler = count_hit };

static int __init probe_init(void)
{
	probe.symbol_name = func;
	if (post)
		probe.post_handler = count_post;
	return register_kprobe(&probe);
}
module_init(probe_init);

static void __exit probe_exit(void)
{
	unregister_kprobe(&probe);
}
module_exit(probe_exit);

MODULE_DESCRIPTION("io_uring_spawn: a kprobe beside it, in tests");
MODULE_LICENSE("GPL");
