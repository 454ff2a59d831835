// SPDX-License-Identifier: MIT
/* The options as a plan. */
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void add(int ret)
{
	if (ret < 0)
		fail("%s", strerror(-ret));
}

/* Opened where the command is called, not where it runs. */
static int cgroup_fd(const char *directory)
{
	static int fd = -1;

	if (fd < 0)
		fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		fail("%s: %s", directory, strerror(errno));
	return fd;
}

static void add_files(struct ious_plan *plan, const struct options *o)
{
	int how = O_WRONLY | O_CREAT | (o->append ? O_APPEND : O_TRUNC), i;

	for (i = 0; i < 3; i++)
		if (o->standard[i])
			add(ious_plan_open(plan, i, o->standard[i],
					   i ? how : O_RDONLY, 0666));
}

/* Files first, as a shell does; the user when all that needs root is done. */
static void add_steps(struct ious_plan *plan, const struct options *o)
{
	unsigned int i;

	if (o->setsid)
		add(ious_plan_setsid(plan));
	if (o->umask >= 0)
		add(ious_plan_umask(plan, o->umask));
	add_files(plan, o);
	if (o->nice != LONG_MIN)
		add(ious_plan_nice(plan, o->nice));
	for (i = 0; i < o->nr_limits; i++)
		add(ious_plan_rlimit(plan, o->limits[i].resource,
				     &o->limits[i].value));
	if (o->chroot) {
		add(ious_plan_chroot(plan, o->chroot));
		add(ious_plan_chdir(plan, "/"));
	}
	if (o->uid >= 0)
		add(ious_plan_user(plan, o->uid, o->gid, o->nr_groups,
				   o->groups));
	if (o->chdir)
		add(ious_plan_chdir(plan, o->chdir));
	if (o->no_new_privs)
		add(ious_plan_no_new_privs(plan));
	/* a change of user would clear it */
	if (o->die_with_parent)
		add(ious_plan_pdeathsig(plan, SIGKILL));
}

struct ious_plan *plan_make(const struct options *o, const char *const argv[],
			    const sigset_t *mask)
{
	struct ious_plan *plan;

	add(ious_plan_new(&plan));
	add_steps(plan, o);
	if (o->cgroup)
		add(ious_plan_cgroup(plan, cgroup_fd(o->cgroup)));
	if (mask)
		add(ious_plan_sigmask(plan, mask));
	add(ious_plan_argv(plan, argv));
	add(ious_plan_file(plan, argv[0], NULL));
	return plan;
}

void plan_explain(const struct ious_plan *plan)
{
	int length = ious_plan_explain(plan, NULL, 0);
	char *text = malloc(length + 1);

	if (!text)
		fail("%s", strerror(ENOMEM));
	ious_plan_explain(plan, text, length + 1);
	fputs(text, stdout);
	free(text);
}
