/* SPDX-License-Identifier: GPL-2.0 */
/* What an administrator can count, and why a request was refused. */
#ifndef IOUS_STATS_H
#define IOUS_STATS_H

#include <linux/percpu.h>
#include <linux/types.h>

struct io_kiocb;

/*
 * X(name): a file of /sys/module/io_uring_spawn/stats. A process that was started
 * is counted once more when its chain ends, as one of the next four.
 */
#define IOUS_STATS(X)							\
	X(started)							\
	X(executed)							\
	X(failed)							\
	X(killed)							\
	X(finished)							\
	X(refused)

enum ious_stat {
#define IOUS_STAT_ENUM(name)	IOUS_STAT_##name,
	IOUS_STATS(IOUS_STAT_ENUM)
	IOUS_NR_STATS
};

/* X(name, what the tracepoint ious_refuse says) */
#define IOUS_WHYS(X)							\
	X(ring,		"the ring is restricted")			\
	X(compat,	"a 32-bit ring or call")			\
	X(place,	"not inside a chain")				\
	X(fields,	"a field, a flag or an argument")		\
	X(policy,	"the module's policy")				\
	X(personality,	"the personality")				\
	X(seccomp,	"a seccomp filter")				\
	X(submitter,	"the thread that made the ring")		\
	X(table,	"a table that must not change in this call")	\
	X(clone,	"no process can be made")			\
	X(opcode,	"an opcode that cannot be finished in a chain")	\
	X(call,		"a system call that is not on the list")	\
	X(arguments,	"arguments that the list does not allow")

enum ious_why {
#define IOUS_WHY_ENUM(name, text)	IOUS_WHY_##name,
	IOUS_WHYS(IOUS_WHY_ENUM)
};

DECLARE_PER_CPU(unsigned long[IOUS_NR_STATS], ious_stats);

static inline void ious_count(enum ious_stat stat)
{
	this_cpu_inc(ious_stats[stat]);
}

/*
 * @req, which has @opcode, is answered with @res by this module's own judgement:
 * counts and traces that. Returns @res.
 */
int ious_refuse(const struct io_kiocb *req, u8 opcode, int res,
		enum ious_why why);

int ious_stats_init(void);
void ious_stats_exit(void);

#endif
