// SPDX-License-Identifier: GPL-2.0
/*
 * What others do to a round's process and to those of its chains: freeze and kill
 * them, change audit's rules, disarm the module.
 */
#include "cgroup.h"
#include "records.h"
#include "fuzz.h"

#include <linux/audit.h>

/* --- the freezer ---------------------------------------------------------- */

static bool has_freezer(void)
{
	return !access("/sys/fs/cgroup/cgroup.procs", W_OK);
}

static void make_group(struct round *round)
{
	(void)round;
	cgroup_make(CGROUP);
}

static void enter_group(const struct round *round)
{
	(void)round;
	cgroup_enter(CGROUP);
}

static void freeze(struct round *round, pid_t pid)
{
	bool kills = one_in(&round->state, 6);
	unsigned int i, nr = 1 + below(&round->state, 6);

	for (i = 0; i < nr; i++) {
		doze(&round->state, 6000);
		cgroup_write(CGROUP, "cgroup.freeze", "1");
		doze(&round->state, 4000);
		if (kills && one_in(&round->state, 3))
			kill(pid, SIGKILL);
		if (one_in(&round->state, 2))
			cgroup_write(CGROUP, "cgroup.freeze", "0");
	}
	if (kills && one_in(&round->state, 2))
		cgroup_write(CGROUP, "cgroup.kill", "1");
	cgroup_write(CGROUP, "cgroup.freeze", "0");
}

static bool remove_group(struct round *round)
{
	(void)round;
	cgroup_remove(CGROUP);
	return access("/sys/fs/cgroup/" CGROUP, F_OK) < 0;
}

const struct hazard hazard_freezer = {
	.name = "freezer", .weight = 40,
	.takes = TAKES_STOPS | TAKES_CUT | TAKES_DEATH,
	.is_there = has_freezer, .prepare = make_group, .begin = enter_group,
	.meanwhile = freeze, .clean = remove_group,
};

/* --- audit ---------------------------------------------------------------- */

static const int audited[] = {
	SYS_clone, SYS_execveat, SYS_openat, SYS_chdir, SYS_getppid,
};

static char records[RECORDS_SIZE];

static bool has_audit(void)
{
	static int known = -1;

	if (known < 0) {
		known = records_start();
		if (known)
			records_stop();
	}
	return known;
}

/* A rule comes and goes, while what it is about goes on. */
static void change_rules(struct round *round, pid_t pid)
{
	bool there[ARRAY_SIZE(audited)] = { false };
	unsigned int i, n, nr = 2 + below(&round->state, 12);

	(void)pid;
	records_start();
	for (i = 0; i < nr; i++) {
		n = below(&round->state, ARRAY_SIZE(audited));
		records_rule(there[n] ? AUDIT_DEL_RULE : AUDIT_ADD_RULE,
			     audited[n], false);
		there[n] = !there[n];
		doze(&round->state, 2000);
		if (one_in(&round->state, 3))
			records_read(records);
	}
	for (n = 0; n < ARRAY_SIZE(audited); n++)
		if (there[n])
			records_rule(AUDIT_DEL_RULE, audited[n], false);
	records_stop();
}

const struct hazard hazard_audit = {
	.name = "audit", .weight = 40,
	.is_there = has_audit, .meanwhile = change_rules,
};

/* --- disarming ------------------------------------------------------------ */

#define ARMED	PARAMETERS "armed"

/*
 * 0 waits for the chains, or is refused; "kill" ends them. A module without it
 * says -EINVAL. Then it has to come back, whatever it said.
 */
static void disarm(struct round *round, pid_t pid)
{
	(void)pid;
	doze(&round->state, 8000);
	if (one_in(&round->state, 2) ||
	    write_string(ARMED, "kill") == -EINVAL)
		write_string(ARMED, "0");
	doze(&round->state, 3000);
	write_string(ARMED, "1");
}

static bool is_armed(struct round *round)
{
	char state = 0;
	int fd = open(ARMED, O_RDONLY | O_CLOEXEC);

	(void)round;
	if (read(fd, &state, 1) != 1 || (state != 'Y' && state != '1'))
		state = 0;
	close(fd);
	if (!state)
		note("the module is not armed again");
	return state;
}

const struct hazard hazard_disarm = {
	.name = "disarm", .weight = 30, .takes = TAKES_CUT | TAKES_ABSENCE,
	.meanwhile = disarm, .clean = is_armed,
};
