// SPDX-License-Identifier: GPL-2.0
/*
 * Delays tasks in the middle of a function, as a hypervisor that takes the CPU
 * away does: what is a matter of a few instructions elsewhere happens often.
 * The task spins, so it may be delayed where it must not sleep.
 */
#include <linux/delay.h>
#include <linux/hash.h>
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/timex.h>

static char *func = "";
module_param(func, charp, 0444);
MODULE_PARM_DESC(func, "function of the kernel, or MODULE:FUNCTION");

#define AT_RETURN	(-1)
#define ANYWHERE	(-2)
static int at;
module_param(at, int, 0444);
MODULE_PARM_DESC(at, "byte of it; -1: where it returns; -2: each instruction");

static char *comm = "iou-spn";
module_param(comm, charp, 0444);
MODULE_PARM_DESC(comm, "tasks whose names begin like this");

static unsigned int us = 3000;
module_param(us, uint, 0644);
MODULE_PARM_DESC(us, "microseconds, at most; half of it at least");

static unsigned int one_of = 1;
module_param(one_of, uint, 0644);
MODULE_PARM_DESC(one_of, "of so many times there, one by chance is delayed");

static atomic_t hits = ATOMIC_INIT(0);
static int get_hits(char *buffer, const struct kernel_param *param)
{
	return sysfs_emit(buffer, "%d\n", atomic_read(&hits));
}
static const struct kernel_param_ops hits_ops = { .get = get_hits };
module_param_cb(hits, &hits_ops, NULL, 0444);
MODULE_PARM_DESC(hits, "how often a task was delayed");

static int nr_probes;
module_param(nr_probes, int, 0444);
MODULE_PARM_DESC(nr_probes, "instructions at which it is");

static struct kprobe *probes;
static struct kretprobe at_return;

/* of the longest function that is probed anywhere */
#define MOST_BYTES	4096

/* get_random_u32() sleeps with PREEMPT_RT. */
static u32 by_chance(u32 below)
{
	static atomic_t nr = ATOMIC_INIT(0);

	return hash_32(atomic_inc_return(&nr) ^ (u32)get_cycles(), 32) % below;
}

static void delay(void)
{
	unsigned int left;

	if (strncmp(current->comm, comm, strlen(comm)))
		return;
	if (one_of > 1 && by_chance(one_of))
		return;
	atomic_inc(&hits);
	left = us / 2 + by_chance(us / 2 + 1);
	for (; left > 100; left -= 100)
		udelay(100);
	udelay(left);
}

static int delay_before(struct kprobe *probe, struct pt_regs *regs)
{
	delay();
	return 0;
}

static int delay_return(struct kretprobe_instance *instance,
			struct pt_regs *regs)
{
	delay();
	return 0;
}

static int add_probe(unsigned int offset)
{
	struct kprobe *probe = &probes[nr_probes];
	int error;

	probe->symbol_name = func;
	probe->offset = offset;
	probe->pre_handler = delay_before;
	error = register_kprobe(probe);
	if (error)
		memset(probe, 0, sizeof(*probe));
	else
		nr_probes++;
	return error;
}

static void remove_probes(void)
{
	while (nr_probes)
		unregister_kprobe(&probes[--nr_probes]);
}

/* What follows the first instruction's address there: "name+0x0/0xSIZE". */
static unsigned int size_of(const void *address)
{
	char text[KSYM_SYMBOL_LEN], *size;
	unsigned int bytes;

	sprint_symbol(text, (unsigned long)address);
	size = strchr(text, '/');
	if (!size || sscanf(size, "/%x", &bytes) != 1)
		return 0;
	return min_t(unsigned int, bytes, MOST_BYTES);
}

/* Where no instruction begins, and where none may be, a probe is refused. */
static int probe_each(void)
{
	unsigned int offset, bytes;
	int error = add_probe(0);

	if (error)
		return error;
	bytes = size_of(probes[0].addr);
	for (offset = 1; offset < bytes; offset++)
		add_probe(offset);
	return 0;
}

static int __init delay_init(void)
{
	int error;

	if (at == AT_RETURN) {
		at_return.kp.symbol_name = func;
		at_return.handler = delay_return;
		at_return.maxactive = 64;
		return register_kretprobe(&at_return);
	}
	probes = kvcalloc(at == ANYWHERE ? MOST_BYTES : 1, sizeof(*probes),
			  GFP_KERNEL);
	if (!probes)
		return -ENOMEM;
	error = at == ANYWHERE ? probe_each() : add_probe(at);
	if (error)
		kvfree(probes);
	return error;
}
module_init(delay_init);

static void __exit delay_exit(void)
{
	if (at == AT_RETURN)
		unregister_kretprobe(&at_return);
	else
		remove_probes();
	kvfree(probes);
}
module_exit(delay_exit);

MODULE_DESCRIPTION("io_uring_spawn: delays tasks in tests");
MODULE_LICENSE("GPL");
