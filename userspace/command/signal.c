// SPDX-License-Identifier: MIT
/* Signals that this command gets, and those that it sends when it is late. */
#include "run.h"

#include <errno.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* Those that go on to the commands. */
static const int passed_on[] = {
	SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT,
};

/* What nohup(1) or a shell has ignored is ignored still, and by the commands. */
static bool is_ignored(int sig)
{
	struct sigaction action;

	return !sigaction(sig, NULL, &action) && action.sa_handler == SIG_IGN;
}

void signals_open(struct runner *r)
{
	sigset_t set, blocked;
	unsigned int i;

	sigemptyset(&set);
	for (i = 0; i < sizeof(passed_on) / sizeof(passed_on[0]); i++)
		if (!is_ignored(passed_on[i]))
			sigaddset(&set, passed_on[i]);
	/* a reader that goes away is an error to be told, see output.c */
	blocked = set;
	sigaddset(&blocked, SIGPIPE);
	sigprocmask(SIG_BLOCK, &blocked, &r->mask);
	/* the exits of its commands are this one's to collect */
	signal(SIGCHLD, SIG_DFL);
	r->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (r->signals < 0)
		fail("signalfd: %s", strerror(errno));
}

/* To all of it that there is. One whose chain still blocks has no program. */
static void send(const struct runner *r, struct job *job, int sig)
{
	if (!job->pid) {
		if (sig != SIGTSTP && sig != SIGCONT)
			ious_job_cancel(job->handle);
		return;
	}
	/* its leader is not waited for yet: the number is its own */
	if (r->own_groups)
		kill(-job->pid, sig);
	else
		ious_job_kill(job->handle, sig);
}

/* A stopped command would not see it. */
static void send_awake(const struct runner *r, struct job *job, int sig)
{
	send(r, job, sig);
	if (sig != SIGKILL && job->pid)
		send(r, job, SIGCONT);
}

/* The terminal has told all that are in the group of this command. */
static bool has_it(const struct runner *r, const struct job *job,
		   const struct signalfd_siginfo *info)
{
	return info->ssi_code == SI_KERNEL && !r->own_groups && job->pid;
}

/* As the signal would have done, had it not been blocked. */
static void stop_self(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	raise(SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static void pass_on(struct runner *r, const struct signalfd_siginfo *info)
{
	struct job *job;

	for (job = r->jobs; job; job = job->next)
		if (!has_it(r, job, info))
			send(r, job, info->ssi_signo);
	if (info->ssi_signo == SIGTSTP) {
		stop_self();
	} else if (info->ssi_signo != SIGCONT) {
		/* they may take their time, no others start */
		r->signal = info->ssi_signo;
		r->stopped = true;
	}
}

void signals_take(struct runner *r)
{
	struct signalfd_siginfo info;

	while (read(r->signals, &info, sizeof(info)) == sizeof(info))
		pass_on(r, &info);
}

int late_end(struct runner *r)
{
	long time = now(CLOCK_TICKS), next = -1;
	struct job *job;

	for (job = r->jobs; job; job = job->next) {
		if (!job->end)
			continue;
		if (time >= job->end) {
			send_awake(r, job, job->timed_out ? SIGKILL :
							    r->options->signal);
			job->end = 0;
			if (!job->timed_out && r->options->kill_after)
				job->end = time + r->options->kill_after;
			job->timed_out = true;
		}
		if (job->end && (next < 0 || job->end - time < next))
			next = job->end - time;
	}
	return next;
}
