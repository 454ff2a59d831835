// SPDX-License-Identifier: GPL-2.0
/*
 * The table of what is measured. Each row starts the program and returns when the call
 * that starts it has: the parent waits for it elsewhere.
 */
#include "methods.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct program program;

const struct method methods[] = {
	{ PLAIN, "fork", .start = start_fork, .all_parents = true },
	{ PLAIN, "vfork", .start = start_vfork, .all_parents = true },
	{ PLAIN, "clone(CLONE_VM)", .start = start_clone, .all_parents = true },
	{ PLAIN, "posix_spawn", .start = start_posix, .all_parents = true },
	{ PLAIN, "ious_spawn", .start = start_library, .all_parents = true },
	{ PLAIN, "chain", .start = start_chain, .all_parents = true },
	{ PLAIN, "chain, no wait", .start = start_chain, .how = NO_WAIT,
	  .all_parents = true },
	{ PLAIN, "chain, pristine", .start = start_chain, .how = PRISTINE,
	  .all_parents = true },
	{ PLAIN, "chain, pristine, no wait", .start = start_chain,
	  .how = PRISTINE | NO_WAIT, .all_parents = true },
	{ PLAIN, "chain, ring without flags", .start = start_chain, .how = PLAIN_RING },
	{ PLAIN, "chain, ring without flags, no wait", .start = start_chain,
	  .how = PLAIN_RING | NO_WAIT },
	{ PLAIN, "vfork, no program", .start = start_nothing, .stamps = -1 },
	{ PLAIN, "vfork, 17 programs", .start = start_again, .stamps = 17 },

	{ PATH, "vfork", .start = start_vfork },
	{ PATH, "clone(CLONE_VM)", .start = start_clone },
	{ PATH, "posix_spawn", .start = start_posix },
	{ PATH, "ious_spawn", .start = start_library },
	{ PATH, "chain", .start = start_chain },
	{ PATH, "chain, no wait", .start = start_chain, .how = NO_WAIT },

	{ REDIRECTED, "vfork", .start = start_vfork },
	{ REDIRECTED, "posix_spawn", .start = start_posix },
	{ REDIRECTED, "ious_spawn", .start = start_library },
	{ REDIRECTED, "chain", .start = start_chain },
	{ REDIRECTED, "chain, one row of calls", .start = start_chain,
	  .how = ROW },

	{ CLOSED, "vfork", .start = start_vfork, .all_parents = true },
	{ CLOSED, "posix_spawn", .start = start_posix, .all_parents = true },
	{ CLOSED, "ious_spawn", .start = start_library, .all_parents = true },
	{ CLOSED, "chain", .start = start_chain, .all_parents = true },
	{ CLOSED, "chain, one row of calls", .start = start_chain,
	  .how = ROW, .all_parents = true },

	{ SET_UP, "vfork", .start = start_vfork },
	{ SET_UP, "posix_spawn", .start = start_posix },
	{ SET_UP, "ious_spawn", .start = start_library },
	{ SET_UP, "chain", .start = start_chain },
	{ SET_UP, "chain, one row of calls", .start = start_chain,
	  .how = ROW },

	{ PLAIN, "vfork", .start = start_vfork, .repeat = 64 },
	{ PLAIN, "clone(CLONE_VM)", .start = start_clone, .repeat = 64 },
	{ PLAIN, "posix_spawn", .start = start_posix, .repeat = 64 },
	{ PLAIN, "chain", .start = start_chain, .repeat = 64 },
	{ PLAIN, "vfork", .start = start_vfork, .batch = 64 },
	{ PLAIN, "clone(CLONE_VM)", .start = start_clone, .batch = 64 },
	{ PLAIN, "posix_spawn", .start = start_posix, .batch = 64 },
	{ PLAIN, "chain", .start = start_chain, .batch = 64 },
	{ PLAIN, "chain, no wait", .start = start_chain, .how = NO_WAIT, .batch = 64 },
	{ PLAIN, "chain", .start = start_chain, .batch = 8 },
	{ PLAIN, "chain, no wait", .start = start_chain, .how = NO_WAIT, .batch = 8 },
	{ PLAIN, "chain", .start = start_chain, .batch = MAX_BATCH },
};
const unsigned int nr_methods = sizeof(methods) / sizeof(methods[0]);

const char *work_name(const struct method *m)
{
	static const char *const works[WORKS] = {
		[PLAIN] = "plain",
		[PATH] = "7th of $PATH",
		[REDIRECTED] = "3 redirections",
		[CLOSED] = "dup2, closefrom",
		[SET_UP] = "full set-up",
	};
	static char name[32];

	if (!m->repeat && !m->batch)
		return works[m->work];
	snprintf(name, sizeof(name), "%u %s", m->repeat + m->batch,
		 m->repeat ? "in sequence" : "at once");
	return name;
}

unsigned int batch_of(const struct method *m)
{
	return m->batch ? m->batch : 1;
}

void methods_init(const char *directory, int pipe)
{
	static const int signals[] = { SIGINT, SIGQUIT, SIGPIPE };
	char path[sizeof(program.path) + 256] = "";
	unsigned int i, end = 0;

	for (i = 0; i < DIRECTORIES - 1; i++) {
		snprintf(program.candidates[i], sizeof(program.candidates[i]),
			 "/nowhere/%u/first", i);
		end += snprintf(path + end, sizeof(path) - end, "/nowhere/%u:", i);
	}
	snprintf(path + end, sizeof(path) - end, "%s", directory);
	snprintf(program.path, sizeof(program.path), "%s/first", directory);
	strcpy(program.candidates[i], program.path);
	setenv("PATH", path, 1);
	program.args[0] = program.path;
	program.out = pipe;
	sigemptyset(&program.no_signals);
	sigemptyset(&program.default_signals);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(&program.default_signals, signals[i]);
	rows_init();
}

void spawner_init(struct spawner *s)
{
	memset(s, 0, sizeof(*s));
	by_hand_init(s);
	by_libc_init(s);
	by_library_init(s);
	by_chain_init(s);
}

void spawner_exit(struct spawner *s)
{
	by_chain_exit(s);
	by_library_exit(s);
	by_libc_exit(s);
	by_hand_exit(s);
}
