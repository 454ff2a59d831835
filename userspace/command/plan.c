// SPDX-License-Identifier: MIT
/* The options as a plan. */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* A plan that is being made, and the first thing that could not be said in it. */
struct making {
	struct ious_plan *plan;
	int ret;
};

static void add(struct making *making, int ret)
{
	if (ret < 0 && !making->ret)
		making->ret = ret;
}

/* Opened where the command is called, not where it runs. */
int plan_cgroup(const struct options *o)
{
	int fd;

	if (!o->cgroup)
		return -1;
	fd = open(o->cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		fail("--cgroup %s: %s", o->cgroup, strerror(errno));
	return fd;
}

static void add_file(struct making *making, const struct options *o,
		     const struct job *job, int fd)
{
	int how = O_WRONLY | O_CREAT | (o->append ? O_APPEND : O_TRUNC);
	struct ious_plan *plan = making->plan;
	char *path = replace(o->standard[fd], job->line ? job->line : "{}");

	add(making, ious_plan_open(plan, fd, path, fd ? how : O_RDONLY, 0666));
	free(path);
}

static void add_files(struct making *making, const struct runner *r,
		      const struct job *job)
{
	struct ious_plan *plan = making->plan;
	const struct options *o = r->options;
	int fd;

	for (fd = 0; fd < 3; fd++) {
		if (o->standard[fd])
			add_file(making, o, job, fd);
		else if (!fd && r->reads_stdin)
			add(making, ious_plan_open(plan, fd, "/dev/null", O_RDONLY, 0));
		else if (fd && job->output[fd - 1] >= 0)
			add(making, ious_plan_dup2(plan, job->output[fd - 1], fd));
	}
}

/* Files first, as a shell does; the user when all that needs root is done. */
static void add_steps(struct making *making, const struct runner *r,
		      const struct job *job)
{
	struct ious_plan *plan = making->plan;
	const struct options *o = r->options;
	unsigned int i;

	if (!o->inherit_fds)
		add(making, ious_plan_keep(plan, o->nr_keep, o->keep));
	if (o->setsid)
		add(making, ious_plan_setsid(plan));
	else if (r->own_groups)
		add(making, ious_plan_setpgid(plan, 0));
	if (o->umask >= 0)
		add(making, ious_plan_umask(plan, o->umask));
	add_files(making, r, job);
	if (o->nice != LONG_MIN)
		add(making, ious_plan_nice(plan, o->nice));
	for (i = 0; i < o->nr_limits; i++)
		add(making, ious_plan_rlimit(plan, o->limits[i].resource,
				     &o->limits[i].value));
	if (o->chroot) {
		add(making, ious_plan_chroot(plan, o->chroot));
		add(making, ious_plan_chdir(plan, "/"));
	}
	if (o->uid >= 0)
		add(making, ious_plan_user(plan, o->uid, o->gid, o->nr_groups,
				   o->groups));
	if (o->chdir)
		add(making, ious_plan_chdir(plan, o->chdir));
	if (o->no_new_privs)
		add(making, ious_plan_no_new_privs(plan));
	/* a change of user would clear it */
	if (o->die_with_parent)
		add(making, ious_plan_pdeathsig(plan, SIGKILL));
	add(making, ious_plan_sigmask(plan, &r->mask));
}

/* As execvp(3) does with a file that the kernel cannot execute. */
static void add_script(struct making *making, const struct options *o,
		       const struct job *job)
{
	struct ious_plan *plan = making->plan;
	char *file = find_program(o, job->argv[0]);
	const char **argv;
	int nr = 0;

	while (job->argv[nr])
		nr++;
	argv = allocate((nr + 2) * sizeof(*argv));
	argv[0] = "/bin/sh";
	argv[1] = file;
	memcpy(argv + 2, job->argv + 1, nr * sizeof(*argv));
	add(making, ious_plan_argv(plan, argv));
	add(making, ious_plan_path(plan, argv[0]));
	free(argv);
	free(file);
}

static void add_program(struct making *making, const struct job *job)
{
	struct ious_plan *plan = making->plan;

	add(making, ious_plan_argv(plan, (const char *const *)job->argv));
	add(making, ious_plan_file(plan, job->argv[0], NULL));
}

int plan_make(const struct runner *r, struct job *job)
{
	struct making making = { 0 };

	making.ret = ious_plan_new(&job->plan);
	if (making.ret)
		return making.ret;
	making.plan = job->plan;
	add_steps(&making, r, job);
	if (r->cgroup >= 0)
		add(&making, ious_plan_cgroup(job->plan, r->cgroup));
	if (job->script)
		add_script(&making, r->options, job);
	else
		add_program(&making, job);
	return making.ret;
}
