// SPDX-License-Identifier: GPL-2.0
/* ious_spawn() of libio_uring_spawn. */
#include "methods.h"

#include <fcntl.h>

void start_library(struct spawner *s, const struct method *m)
{
	struct ious_result result;

	check("ious_spawn", ious_spawn(s->plans[m->work], &result));
}

static void add_redirections(struct ious_plan *plan)
{
	ious_plan_open(plan, 0, "/dev/null", O_RDONLY, 0);
	ious_plan_dup2(plan, program.out, 1);
	ious_plan_open(plan, 2, "/dev/null", O_WRONLY, 0);
}

void by_library_init(struct spawner *s)
{
	unsigned int i;

	for (i = 0; i < WORKS; i++) {
		check("plan", ious_plan_new(&s->plans[i]));
		check("plan", i == PATH ?
			ious_plan_file(s->plans[i], "first", NULL) :
			ious_plan_path(s->plans[i], program.path));
	}
	add_redirections(s->plans[REDIRECTED]);

	ious_plan_dup2(s->plans[CLOSED], program.out, 1);
	ious_plan_closefrom(s->plans[CLOSED], 3);

	ious_plan_sigdefault(s->plans[SET_UP], &program.default_signals);
	ious_plan_sigmask(s->plans[SET_UP], &program.no_signals);
	ious_plan_setpgid(s->plans[SET_UP], 0);
	ious_plan_chdir(s->plans[SET_UP], "/");
	add_redirections(s->plans[SET_UP]);
	ious_plan_closefrom(s->plans[SET_UP], 3);
}

void by_library_exit(struct spawner *s)
{
	unsigned int i;

	for (i = 0; i < WORKS; i++)
		ious_plan_free(s->plans[i]);
}
