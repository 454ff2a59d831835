// SPDX-License-Identifier: GPL-2.0
/*
 * posix_spawn() goes on when the new process is stopped and continued in a file action:
 * nobody has asked for an EINTR.
 */
#include "stopped.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <sys/stat.h>

#define FIFO	"/tmp/preload-restart"

extern char **environ;

static void *interrupt(void *unused)
{
	(void)unused;
	stop_child();
	eventually(has_reader, FIFO);
	return NULL;
}

int main(void)
{
	char *argv[] = { "true", NULL };
	posix_spawn_file_actions_t actions;
	pthread_t thread;
	pid_t pid;
	int err, status = -1;

	alarm(100);
	unlink(FIFO);
	if (mkfifo(FIFO, 0600) || posix_spawn_file_actions_init(&actions) ||
	    posix_spawn_file_actions_addopen(&actions, 0, FIFO, O_RDONLY, 0) ||
	    pthread_create(&thread, NULL, interrupt, NULL))
		die("setup");
	err = posix_spawn(&pid, "/bin/true", &actions, NULL, argv, environ);
	pthread_join(thread, NULL);
	ok(!err && waitpid(pid, &status, 0) == pid && !status, "a stop in a file action: %s",
	   strerror(err));
	unlink(FIFO);
	return done();
}
