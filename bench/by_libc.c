// SPDX-License-Identifier: GPL-2.0
/* posix_spawn() of the C library, or of the drop-in, if that is preloaded. */
#include "methods.h"

#include <fcntl.h>

void start_posix(struct spawner *s, const struct method *m)
{
	const posix_spawn_file_actions_t *actions = NULL;
	const posix_spawnattr_t *attr = NULL;
	unsigned int i;
	pid_t pid;

	if (m->work != PLAIN && m->work != PATH)
		actions = &s->actions[m->work];
	if (m->work == SET_UP)
		attr = &s->attr;
	for (i = 0; i < batch_of(m); i++)
		check("posix_spawn",
		      m->work == PATH ?
			      posix_spawnp(&pid, "first", actions, attr,
					   program.args, environ) :
			      posix_spawn(&pid, program.path, actions, attr,
					  program.args, environ));
}

static void add_redirections(posix_spawn_file_actions_t *actions)
{
	posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(actions, program.out, 1);
	posix_spawn_file_actions_addopen(actions, 2, "/dev/null", O_WRONLY, 0);
}

void by_libc_init(struct spawner *s)
{
	unsigned int i;

	for (i = 0; i < WORKS; i++)
		check("file actions",
		      posix_spawn_file_actions_init(&s->actions[i]));
	add_redirections(&s->actions[REDIRECTED]);

	posix_spawn_file_actions_adddup2(&s->actions[CLOSED], program.out, 1);
	posix_spawn_file_actions_addclosefrom_np(&s->actions[CLOSED], 3);

	posix_spawn_file_actions_addchdir_np(&s->actions[SET_UP], "/");
	add_redirections(&s->actions[SET_UP]);
	posix_spawn_file_actions_addclosefrom_np(&s->actions[SET_UP], 3);
	posix_spawnattr_init(&s->attr);
	posix_spawnattr_setflags(&s->attr, POSIX_SPAWN_SETSIGDEF |
				 POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
	posix_spawnattr_setsigdefault(&s->attr, &program.default_signals);
	posix_spawnattr_setsigmask(&s->attr, &program.no_signals);
}

void by_libc_exit(struct spawner *s)
{
	unsigned int i;

	for (i = 0; i < WORKS; i++)
		posix_spawn_file_actions_destroy(&s->actions[i]);
	posix_spawnattr_destroy(&s->attr);
}
