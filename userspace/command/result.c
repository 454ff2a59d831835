// SPDX-License-Identifier: MIT
/* What an end or a failure of a command means, as a status and in words. */
#include "run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

bool is_shortage(int error)
{
	return error == EMFILE || error == ENFILE || error == EAGAIN ||
	       error == ENOMEM;
}

/* timeout(1): 124, but a command that had to be killed says so. */
int job_exit_status(const struct runner *r, const struct job *job, int status)
{
	bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;

	if (job->timed_out && !r->options->preserve_status && !killed)
		return EXIT_TIMED_OUT;
	if (WIFSIGNALED(status))
		return EXIT_SIGNAL + WTERMSIG(status);
	return WEXITSTATUS(status);
}

/* The module's parameter; 0: all may. */
static int module_policy(void)
{
	FILE *file = fopen("/sys/module/io_uring_spawn/parameters/policy", "re");
	int policy = 0;

	if (!file)
		return 0;
	if (fscanf(file, "%d", &policy) != 1)
		policy = 0;
	fclose(file);
	return policy;
}

/* CLONE: there is no process. @text has room for some words. */
static const char *clone_failure(const struct options *o, int error,
				 char *text, size_t size)
{
	int policy = error == EPERM ? module_policy() : 0;

	/* the library has asked; a kernel that has the module may say it, too */
	if (error == EOPNOTSUPP && ious_available() != IOUS_AVAILABLE)
		return ious_available_text(IOUS_NO_MODULE);
	if (policy)
		snprintf(text, size, "the policy of the module (policy=%d, see io_uring_spawn(7)) does not allow it",
			 policy);
	else if (o->cgroup)
		snprintf(text, size, "a process in the cgroup %s: %s",
			 o->cgroup, strerror(error));
	else
		snprintf(text, size, "a process: %s", strerror(error));
	return text;
}

int job_failure(const struct runner *r, const struct job *job,
		const struct ious_result *result)
{
	char text[512];

	progress_clear(r);
	if (result->step == IOUS_STEP_CLONE) {
		error("%s", clone_failure(r->options, result->error, text,
					  sizeof(text)));
		return EXIT_OWN_FAILURE;
	}
	job_error(job, ious_plan_step(job->plan, result->step),
		  strerror(result->error));
	if (result->step != IOUS_STEP_EXEC)
		return EXIT_OWN_FAILURE;
	return result->error == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
}
