// SPDX-License-Identifier: MIT
/*
 * A mini build runner: keeps a number of shell commands going, from one thread
 * that waits in one place.
 *
 *	build [-j JOBS] [COMMAND...]
 *
 * Commands are the arguments, or the lines of the standard input. After one
 * that fails no other is started. Exits come from IORING_OP_WAITID where the
 * kernel has it, Linux 6.7 and later; else from polls of pidfds.
 */
#define _GNU_SOURCE
#include <io_uring_spawn.h>

#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#define MAX_JOBS	64

/* IORING_OP_WAITID and P_PIDFD, which not every header has */
#define OP_WAITID	50
#define ID_PIDFD	((idtype_t)3)

/* user_data: what a CQE is about, and JOB_SHIFT higher the job's index */
enum { CLONE, INPUT, EXEC, EXIT };
#define JOB_SHIFT	2

struct job {
	struct clone_args args;
	char *argv[4];
	int pidfd;
	/* CQEs that are to come: the job is free when there are none */
	unsigned int pending;
	siginfo_t info;
};

struct build {
	struct io_uring ring;
	struct job jobs[MAX_JOBS];
	unsigned int nr_jobs, running, started, failed;
	int by_waitid;
	/* commands left, or NULL: standard input */
	char **commands;
};

/* The next command, in memory of its own, or NULL. */
static char *next_command(struct build *build)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t length;

	if (build->commands)
		return *build->commands ? strdup(*build->commands++) : NULL;
	length = getline(&line, &size, stdin);
	if (length <= 0) {
		free(line);
		return NULL;
	}
	if (line[length - 1] == '\n')
		line[length - 1] = 0;
	return line;
}

static struct io_uring_sqe *get_sqe(struct build *build, struct job *job,
				    unsigned int what)
{
	/* The ring has room for all that is ever under way. */
	struct io_uring_sqe *sqe = io_uring_get_sqe(&build->ring);

	/* Before prep: that leaves it alone, since liburing 2.3 at least. */
	sqe->user_data = (__u64)(job - build->jobs) << JOB_SHIFT | what;
	job->pending++;
	return sqe;
}

/* All that it points to is in @job, which stays until the last CQE. */
static void prepare_chain(struct build *build, struct job *job)
{
	struct io_uring_sqe *sqe;

	sqe = get_sqe(build, job, CLONE);
	io_uring_prep_clone_args(sqe, &job->args, sizeof(job->args));
	sqe->flags = IOSQE_IO_LINK;
	/* Our standard input is the list of commands, not theirs to read. */
	sqe = get_sqe(build, job, INPUT);
	io_uring_prep_openat(sqe, AT_FDCWD, "/dev/null", O_RDONLY | O_CLOEXEC,
			     0);
	sqe->flags = IOSQE_IO_LINK;
	sqe = get_sqe(build, job, INPUT);
	io_uring_prep_dup_result(sqe, 1, 0, 0);
	sqe->flags = IOSQE_IO_LINK;
	sqe = get_sqe(build, job, EXEC);
	io_uring_prep_exec(sqe, job->argv[0], job->argv, environ);
}

static void start(struct build *build, struct job *job, char *command)
{
	memset(job, 0, sizeof(*job));
	job->args.flags = CLONE_PIDFD;
	job->args.pidfd = (unsigned long)&job->pidfd;
	job->args.exit_signal = SIGCHLD;
	job->argv[0] = (char *)"/bin/sh";
	job->argv[1] = (char *)"-c";
	job->argv[2] = command;
	job->pidfd = -1;
	build->running++;
	build->started++;
	prepare_chain(build, job);
}

static void start_jobs(struct build *build)
{
	unsigned int i;
	char *command;

	for (i = 0; i < build->nr_jobs && !build->failed; i++) {
		if (build->jobs[i].pending)
			continue;
		command = next_command(build);
		if (!command)
			return;
		start(build, &build->jobs[i], command);
	}
}

static void prepare_wait(struct build *build, struct job *job)
{
	struct io_uring_sqe *sqe = get_sqe(build, job, EXIT);

	if (!build->by_waitid) {
		io_uring_prep_poll_add(sqe, job->pidfd, POLLIN);
		return;
	}
	/* io_uring_prep_waitid(), which liburing has since 2.6 */
	io_uring_prep_rw(OP_WAITID, sqe, job->pidfd, NULL, ID_PIDFD, 0);
	sqe->addr2 = (unsigned long)&job->info;
	sqe->file_index = WEXITED;
}

static void finish(struct build *build, struct job *job)
{
	const siginfo_t *info = &job->info;

	if (info->si_code == CLD_EXITED)
		printf("%s: exit status %d\n", job->argv[2], info->si_status);
	else if (info->si_pid)
		printf("%s: killed by signal %d\n", job->argv[2],
		       info->si_status);
	else
		printf("%s: not started\n", job->argv[2]);
	if (info->si_code != CLD_EXITED || info->si_status)
		build->failed++;
	if (job->pidfd >= 0)
		close(job->pidfd);
	free(job->argv[2]);
	build->running--;
}

static void complete(struct build *build, const struct io_uring_cqe *cqe)
{
	struct job *job = &build->jobs[cqe->user_data >> JOB_SHIFT];
	unsigned int what = cqe->user_data & ((1U << JOB_SHIFT) - 1);

	job->pending--;
	if (cqe->res < 0 && cqe->res != -ECANCELED)
		fprintf(stderr, "%s: %s\n", job->argv[2], strerror(-cqe->res));
	if (what == CLONE && cqe->res >= 0)
		prepare_wait(build, job);
	/* The process is gone: this does not wait. */
	if (what == EXIT && !job->info.si_pid)
		waitid(ID_PIDFD, (id_t)job->pidfd, &job->info, WEXITED);
	if (!job->pending)
		finish(build, job);
}

/*
 * One system call submits all that has been prepared and waits for something to
 * happen. Jobs that run are waited for also after a failure.
 */
static int run(struct build *build)
{
	struct io_uring_cqe *cqe;
	int ret;

	start_jobs(build);
	while (build->running) {
		ret = io_uring_submit_and_wait(&build->ring, 1);
		if (ret < 0 && ret != -EINTR) {
			fprintf(stderr, "build: %s\n", strerror(-ret));
			return EXIT_FAILURE;
		}
		while (!io_uring_peek_cqe(&build->ring, &cqe)) {
			complete(build, cqe);
			io_uring_cqe_seen(&build->ring, cqe);
		}
		start_jobs(build);
	}
	printf("%u started, %u failed\n", build->started, build->failed);
	return build->failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int has_waitid(struct io_uring *ring)
{
	struct io_uring_probe *probe = io_uring_get_probe_ring(ring);
	int ret = probe && io_uring_opcode_supported(probe, OP_WAITID);

	if (probe)
		io_uring_free_probe(probe);
	return ret;
}

static int parse_jobs(int argc, char **argv)
{
	int opt, jobs = 4;

	while ((opt = getopt(argc, argv, "j:")) != -1) {
		if (opt != 'j')
			return -1;
		jobs = atoi(optarg);
	}
	return jobs < 1 || jobs > MAX_JOBS ? -1 : jobs;
}

int main(int argc, char **argv)
{
	enum io_uring_spawn_availability available = io_uring_spawn_available();
	int ret, jobs = parse_jobs(argc, argv);
	static struct build build;

	if (jobs < 0) {
		fprintf(stderr, "usage: %s [-j JOBS] [COMMAND...]\n", argv[0]);
		return EXIT_FAILURE;
	}
	if (available != IO_URING_SPAWN_AVAILABLE) {
		fprintf(stderr, "build: %s\n",
			io_uring_spawn_strerror(available));
		return EXIT_FAILURE;
	}
	ret = io_uring_queue_init(4 * MAX_JOBS, &build.ring,
				  IORING_SETUP_SINGLE_ISSUER |
				  IORING_SETUP_DEFER_TASKRUN);
	if (ret < 0) {
		fprintf(stderr, "io_uring_queue_init: %s\n", strerror(-ret));
		return EXIT_FAILURE;
	}
	build.nr_jobs = (unsigned int)jobs;
	build.by_waitid = has_waitid(&build.ring);
	if (optind < argc)
		build.commands = argv + optind;
	ret = run(&build);
	/* Not earlier: closing the ring kills a process that has no program. */
	io_uring_queue_exit(&build.ring);
	return ret;
}
