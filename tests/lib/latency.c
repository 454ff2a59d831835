// SPDX-License-Identifier: GPL-2.0
#include "latency.h"

#include <pthread.h>
#include <sched.h>
#include <time.h>

#include "test.h"

#define SLEEP_US	50

static double longest;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

double now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e6 + ts.tv_nsec / 1e3;
}

static void *watch(void *unused)
{
	const struct timespec ts = { 0, SLEEP_US * 1000 };
	double before, took;

	(void)unused;
	for (;;) {
		before = now_us();
		clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, NULL);
		took = now_us() - before - SLEEP_US;
		pthread_mutex_lock(&lock);
		if (took > longest)
			longest = took;
		pthread_mutex_unlock(&lock);
	}
	return NULL;
}

void latency_start(void)
{
	struct sched_param param = { .sched_priority = 50 };
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attr, SCHED_FIFO);
	pthread_attr_setschedparam(&attr, &param);
	if (pthread_create(&thread, &attr, watch, NULL))
		die("pthread_create");
}

double latency_take(void)
{
	double took;

	pthread_mutex_lock(&lock);
	took = longest;
	longest = 0;
	pthread_mutex_unlock(&lock);
	return took;
}
