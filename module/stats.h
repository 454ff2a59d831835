/* SPDX-License-Identifier: GPL-2.0 */
/* Counters for administrators, and the reasons why requests are refused. */
#ifndef IOUS_STATS_H
#define IOUS_STATS_H

#include <linux/percpu.h>
#include <linux/types.h>

#include "outcome.h"

struct io_kiocb;

DECLARE_PER_CPU(unsigned long[IOUS_NR_STATS], ious_stats);

static inline void ious_count(enum ious_stat stat)
{
	this_cpu_inc(ious_stats[stat]);
}

/*
 * This module itself, and not the kernel, refuses @req, which has @opcode, with @res:
 * counts and traces that. Returns @res.
 */
int ious_refuse(const struct io_kiocb *req, u8 opcode, int res,
		enum ious_why why);

int ious_stats_init(void);
void ious_stats_exit(void);

#endif
