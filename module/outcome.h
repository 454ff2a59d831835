/* SPDX-License-Identifier: GPL-2.0 */
/* How a chain ends, and why a request is refused: for counters and traces. */
#ifndef IOUS_OUTCOME_H
#define IOUS_OUTCOME_H

/*
 * X(name): a file of /sys/module/io_uring_spawn/stats. A process that was started
 * counts once more when its chain ends, as one of the next four.
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

/* X(name, text of the tracepoint ious_refuse) */
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

#endif
