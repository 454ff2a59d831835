// SPDX-License-Identifier: GPL-2.0
#include "own_ring.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>

#include "../../userspace/lib/thread_ring.h"
#include "test.h"

enum { NR_REQUESTS = 3 };

/* Requests for a program: their results, or a negated errno for none. */
static int run_requests(struct ious_thread_ring *own, const char *program,
			int *res)
{
	char *argv[] = { (char *)program, NULL };

	io_uring_spawn_prep_clone_args(ious_thread_ring_sqe(own),
				       &(struct clone_args){
					       .exit_signal = SIGCHLD },
				       sizeof(struct clone_args));
	io_uring_spawn_prep_sigmask(ious_thread_ring_sqe(own),
				    ious_thread_ring_mask(own));
	io_uring_spawn_prep_exec(ious_thread_ring_sqe(own), program, argv,
				 environ);
	return ious_thread_ring_run(own, res);
}

int spawn(const char *program)
{
	int res[IOUS_THREAD_RING_MAX] = { 0 }, ret, status = -1;
	struct ious_thread_ring *own;

	ret = ious_thread_ring_get(&own);
	if (ret)
		return ret;
	ret = run_requests(own, program, res);
	if (ret == NR_REQUESTS && res[0] > 0 && res[2])
		ious_thread_ring_reap(res[0]);
	ious_thread_ring_put(own);
	if (ret < 0)
		return ret;
	if (ret != NR_REQUESTS || res[0] < 0)
		return res[0] < 0 ? res[0] : -1;
	if (res[2])
		return res[2];
	return waitpid(res[0], &status, 0) == res[0] && !status ? 0 : -1;
}

int spawn_true(void)
{
	int ret = spawn("/bin/true");

	if (ret)
		note("%s", ret == -1 ? "not as it was to be" : strerror(-ret));
	return ret;
}

bool is_childless(void)
{
	char state;
	pid_t pid = any_child(&state);

	if (pid)
		note("child %d is left, %c", pid, state);
	return !pid;
}

int in_plain(const void *arg)
{
	(void)arg;
	return spawn_true();
}

int in_forked(const void *arg)
{
	return spawn_true() || in_process(in_plain, arg) || spawn_true();
}

int status_of(pid_t pid)
{
	int status = -1;

	return pid > 0 && waitpid(pid, &status, 0) == pid ? status : -1;
}

struct usage usage(void)
{
	struct usage u = { .pages = read_number("/proc/self/statm") };
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];
	int i;

	while (maps && fgets(line, sizeof(line), maps))
		u.rings += !!strstr(line, "[io_uring]");
	if (maps)
		fclose(maps);
	for (i = 0; i < 256; i++)
		u.files += fcntl(i, F_GETFD) >= 0;
	return u;
}

int same_usage(const struct usage *a, const struct usage *b)
{
	if (a->files == b->files && a->rings == b->rings && a->pages == b->pages)
		return 0;
	note("%d files, %d mappings of rings, %ld pages; then %d, %d, %ld",
	     a->files, a->rings, a->pages, b->files, b->rings, b->pages);
	return 1;
}
