// SPDX-License-Identifier: GPL-2.0
/*
 * Counters, a file each, in /sys/module/io_uring_spawn/stats.
 */
#include <linux/io_uring_types.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/sysfs.h>

#include "ious.h"
#include "stats.h"
#include "trace.h"

DEFINE_PER_CPU(unsigned long[IOUS_NR_STATS], ious_stats);

static struct kobject *ious_stats_dir;

static unsigned long ious_stat_sum(enum ious_stat stat)
{
	unsigned long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu(ious_stats, cpu)[stat]);
	return sum;
}

#define IOUS_STAT_ATTR(_name)						\
static ssize_t _name##_show(struct kobject *kobj,			\
			    struct kobj_attribute *attr, char *buf)	\
{									\
	return sysfs_emit(buf, "%lu\n", ious_stat_sum(IOUS_STAT_##_name)); \
}									\
static struct kobj_attribute ious_##_name##_attr = __ATTR_RO(_name);
IOUS_STATS(IOUS_STAT_ATTR)

#define IOUS_STAT_ROW(_name)	&ious_##_name##_attr.attr,
static const struct attribute *const ious_stats_attrs[] = {
	IOUS_STATS(IOUS_STAT_ROW)
	NULL
};

int ious_refuse(const struct io_kiocb *req, u8 opcode, int res,
		enum ious_why why)
{
	ious_count(IOUS_STAT_refused);
	trace_ious_refuse(req, opcode, res, why);
	return res;
}

int ious_stats_init(void)
{
	int ret;

	ious_stats_dir = kobject_create_and_add("stats",
						&THIS_MODULE->mkobj.kobj);
	if (!ious_stats_dir)
		return -ENOMEM;
	ret = sysfs_create_files(ious_stats_dir, ious_stats_attrs);
	if (ret)
		kobject_put(ious_stats_dir);
	return ret;
}

/* Removes the files, and waits for tasks that read them. */
void ious_stats_exit(void)
{
	kobject_put(ious_stats_dir);
}
