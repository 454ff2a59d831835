/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The table-driven test of SYSCALL: that each call does in the new process what
 * it does in a forked child, and nothing in the submitter.
 *
 * Each row is run in a submitter of its own, twice: by a forked child that does
 * the steps with its own system calls and executes data/report, and by a chain.
 * Results, what the programs report and what the calls wrote must be the same,
 * and the submitter must be after it what it was before.
 */
#ifndef IOUS_ROWS_H
#define IOUS_ROWS_H

#include "state.h"
#include "test.h"

#include <signal.h>
#include <sys/resource.h>

#define MAX_STEPS	12

struct row {
	const char *name;
	/* in the submitter; NULL or why the row cannot be run here */
	const char *(*setup)(void);
	/* between CLONE and EXEC. ANY: what the forked child gets */
	struct step steps[MAX_STEPS];
	/* the program by name, rather than by the descriptor EXE_FD */
	const char *path;
	/* lines of the program's report */
	const char *shows[3];
	/* a part of what is recorded */
	const char *recorded;
	/* what is another one there than in the submitter */
	const char *fresh;
	/* ids or capabilities change: no core dump of what shares memory */
	bool creds;
	/* the process's number is stored in outputs.pid before it runs */
	bool tell_pid;
	/* it ends with this status, without the program; ANY: as the child does */
	int status;
	/* EXEC runs, and this is its result; ANY: the forked child's */
	int exec;
};

/* Steps that write to a file of /proc/PID/attr of the process's own. */
#define WRITE_LABEL(_want, _file, _text) \
	OPEN(L, ABOVE_0, "/proc/thread-self/attr/" _file, O_WRONLY), \
	CALL(L, 220, SYS_dup2, 0, 220, 0, 0, .rw_flags = BACK(0, 1)), \
	CALL(L, 0, SYS_close, 0, 0, 0, 0, .rw_flags = BACK(0, 2)), \
	OP(IORING_OP_WRITE, H, _want, .fd = 220, .addr = (_text), \
	   .len = sizeof(_text) - 1), \
	CALL(L, 0, SYS_close, 220, 0, 0, 0)

/* What calls write to: memory that a forked child shares as well. */
struct kernel_action {
	unsigned long handler, flags, restorer, mask;
};

struct written {
	int pid;
	int fds[2];
	unsigned long set;
	struct kernel_action action;
	stack_t stack;
	struct rlimit limit;
};

extern union outputs_page {
	struct written o;
	char page[4096];
} outputs_page;
#define outputs	outputs_page.o

/* What rows find: /tmp/rows with a file, a directory, a directory as root. */
#define ROWS		"/tmp/rows"
enum {
	/* of the file; closed by exec; a UTS namespace, whose name is "other" */
	FILE_FD = 210,
	CLOEXEC_FD = 211,
	UTS_FD = 212,
	RULES_FD = 213,
};

/* In setup(): this file is the program in place of the one that reports. */
void rows_program(const char *path);

/*
 * Set before: what is recorded must be the same, too. If there are steps that
 * are requests of io_uring, and no calls, only what security modules say. As it
 * takes long, on the two kinds only that differ in who submits.
 */
extern bool rows_recorded;

/* Makes that. */
void rows_setup(void);
/* On the main kinds. */
void rows_run(const struct row *rows, unsigned int nr, const char *what);
/* Both, and done(). */
int rows_main(const struct row *rows, unsigned int nr);

#endif
