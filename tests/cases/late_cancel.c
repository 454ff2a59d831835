// SPDX-License-Identifier: GPL-2.0
/*
 * late_cancel SECONDS: chains whose EXEC completes early, and a thread that cancels it all
 * the time. A chain that was found and cancelled does not run its program.
 */
#include "test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#define EXEC_DATA	2
#define TINY		"/tests/tiny"

static struct io_uring ring;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* with the lock: a chain may be there; it was cancelled */
static bool goes_on, cancelled;
static atomic_bool stops;

static void *cancel(void *unused)
{
	struct io_uring_sync_cancel_reg reg = {
		.addr = EXEC_DATA, .fd = -1,
		.timeout = { -1, -1 },
	};

	while (!atomic_load(&stops)) {
		pthread_mutex_lock(&lock);
		if (goes_on && !io_uring_register_sync_cancel(&ring, &reg))
			cancelled = true;
		pthread_mutex_unlock(&lock);
	}
	return unused;
}

static bool is_cancelled(void)
{
	bool was;

	pthread_mutex_lock(&lock);
	was = cancelled;
	goes_on = cancelled = false;
	pthread_mutex_unlock(&lock);
	return was;
}

int main(int argc, char **argv)
{
	const struct step steps[] = {
		CLONE(L, ANY), EXEC(0, ANY, TINY, .len = IORING_EXEC_EARLY),
	};
	time_t end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 0);
	unsigned int ran = 0, ended = 0, both = 0;
	pthread_t canceller;
	bool was, runs;

	if (open_ring(&ring, &kinds[0], 8) ||
	    pthread_create(&canceller, NULL, cancel, NULL))
		die("ring");
	/* or longer, if the machine has had to wait for its host */
	while (time(NULL) < end || !ran) {
		queue_steps(&ring, steps, ARRAY_SIZE(steps));
		pthread_mutex_lock(&lock);
		goes_on = true;
		pthread_mutex_unlock(&lock);
		submit(&ring);
		cqes_match(&ring, steps, ARRAY_SIZE(steps));
		was = is_cancelled();
		runs = wait_status() == EXITED(0);
		ran += runs;
		ended += was;
		both += was && runs;
	}
	atomic_store(&stops, true);
	pthread_join(canceller, NULL);
	printf("ran %u cancelled %u both %u\n", ran, ended, both);
	return 0;
}
