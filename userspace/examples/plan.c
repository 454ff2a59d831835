// SPDX-License-Identifier: MIT
/*
 * The same without SQEs, by libio_uring_spawn: a plan that is prepared once and
 * started eight times at once, and an event for each start and each end.
 *
 *	plan [PROGRAM [ARGUMENT...]]
 *
 * PROGRAM is searched for in $PATH, and runs in / with no input. Exits with 1 if
 * one of them could not be started or failed.
 */
#include <ious.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define AT_ONCE	8

static void check(int ret, const char *what)
{
	if (ret >= 0)
		return;
	fprintf(stderr, "%s: %s\n", what, strerror(-ret));
	exit(EXIT_FAILURE);
}

static struct ious_plan *make_plan(char *const argv[])
{
	struct ious_plan *plan;

	check(ious_plan_new(&plan), "ious_plan_new");
	check(ious_plan_file(plan, argv[0], NULL), argv[0]);
	check(ious_plan_argv(plan, (const char *const *)argv), argv[0]);
	check(ious_plan_open(plan, 0, "/dev/null", O_RDONLY, 0), "open");
	check(ious_plan_chdir(plan, "/"), "chdir");
	return plan;
}

/* Was that the last event of its job? */
static int show(const struct ious_plan *plan, const struct ious_event *event,
		int *failed)
{
	const struct ious_result *result = &event->result;
	const int *number = event->data;

	switch (event->kind) {
	case IOUS_STARTED:
		printf("%d: runs\n", *number);
		return 0;
	case IOUS_FAILED:
		printf("%d: %s: %s\n", *number,
		       ious_plan_step(plan, result->step),
		       strerror(result->error));
		++*failed;
		return 1;
	default:
		if (WIFSIGNALED(event->status))
			printf("%d: killed by signal %d\n", *number,
			       WTERMSIG(event->status));
		else
			printf("%d: exit status %d\n", *number,
			       WEXITSTATUS(event->status));
		*failed += event->status != 0;
		return 1;
	}
}

static int run(struct ious_queue *queue, const struct ious_plan *plan)
{
	struct ious_event events[AT_ONCE];
	int numbers[AT_ONCE];
	int i, nr, left = AT_ONCE, failed = 0;

	for (i = 0; i < AT_ONCE; i++) {
		numbers[i] = i;
		check(ious_queue_add(queue, plan, &numbers[i], NULL), "add");
	}
	check(ious_queue_submit(queue), "submit");
	while (left) {
		nr = ious_queue_wait(queue, events, AT_ONCE, -1);
		check(nr, "wait");
		for (i = 0; i < nr; i++)
			left -= show(plan, &events[i], &failed);
	}
	return failed;
}

int main(int argc, char **argv)
{
	char *sleep[] = { (char *)"sleep", (char *)"1", NULL };
	struct ious_plan *plan = make_plan(argc > 1 ? argv + 1 : sleep);
	int failed, requests = ious_plan_requests(plan);
	struct ious_queue *queue;

	check(requests, "ious_plan_requests");
	check(ious_queue_new(&queue, AT_ONCE * (unsigned int)requests),
	      "ious_queue_new");
	failed = run(queue, plan);
	ious_queue_free(queue);
	ious_plan_free(plan);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
