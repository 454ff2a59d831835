/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests share: TAP, rings of every kind, chains in one line.
 *
 * A test is a function that calls ok() for each thing that it asserts. Waiting
 * is always bounded: by DEADLINE for a CQE or a child, by alarm() for all.
 */
#ifndef IOUS_TEST_H
#define IOUS_TEST_H

#include <io_uring_spawn.h>

#include "arch.h"

#include <linux/sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* seconds; emulated machines are slow */
#define DEADLINE	30

extern char **environ;

/* One line of TAP; what is asserted is named by the text. Returns @good. */
bool ok(bool good, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool vok(bool good, const char *fmt, va_list args);
/* Not asserted, and why. */
void skip(const char *why, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* A line of explanation. */
void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The plan; main() returns this. */
int done(void);
/* Ends the program: the test itself cannot go on. */
void __attribute__((noreturn)) die(const char *what);

/* Kinds of rings. */
struct kind {
	const char *name;
	unsigned int flags;
	/* memory of the ring comes from the application */
	bool own_memory;
	/* with an SQ array, which liburing goes without where it can */
	bool array;
	/* I/O is polled: no requests on ordinary files */
	bool polled;
	/* one of the few that what does not depend on the ring is tried on */
	bool main;
};

extern const struct kind kinds[];
extern const unsigned int nr_kinds;

/* 0, or a negated errno: then the kernel has no such ring. */
int open_ring(struct io_uring *ring, const struct kind *kind,
	      unsigned int entries);
void close_ring(struct io_uring *ring, const struct kind *kind);

/*
 * Calls @test for a ring of each kind; kinds that the kernel has not are
 * skipped, by name.
 */
void for_each_kind(void (*test)(struct io_uring *ring, const struct kind *kind),
		   const char *what);

/* The same for the few that differ in who submits, and how. */
void for_main_kinds(void (*test)(struct io_uring *ring,
				 const struct kind *kind), const char *what);

/* Steps of a chain. */
struct step {
	/* tells a step from the end of a table's row */
	bool used;
	int op;
	/* IOSQE_* */
	unsigned int flags;
	/*
	 * CQE.res, NONE if there must be no CQE, ANY if it does not matter, PID
	 * if it is that of the process that is waited for, ABOVE_0
	 */
	int want;
	int fd;
	const void *addr;
	unsigned int len;
	unsigned long off;
	/* of SYSCALL */
	unsigned long args[4];
	/* of EXEC; NULL: { addr, NULL } */
	char *const *argv;
	/* with IORING_EXEC_PATHS */
	unsigned int nr_paths;
	int rw_flags;
	unsigned int file_index;
	unsigned int personality;
};

#define NONE	0x7ffffff0
#define ANY	0x7ffffff1
#define PID	0x7ffffff2
#define ABOVE_0	0x7ffffff3

/* Shorthands for tables. */
#define L	IOSQE_IO_LINK
#define H	IOSQE_IO_HARDLINK
#define CLONE(_flags, _want) OP(IORING_OP_CLONE, _flags, _want)
#define CLONE_WITH(_flags, _want, _args, ...) \
	OP(IORING_OP_CLONE, _flags, _want, .addr = (_args), \
	   .len = sizeof(struct clone_args), ##__VA_ARGS__)
#define OPEN(_flags, _want, _path, _how, ...) \
	OP(IORING_OP_OPENAT, _flags, _want, .fd = AT_FDCWD, .addr = (_path), \
	   .rw_flags = (_how), ##__VA_ARGS__)
#define EXEC(_flags, _want, _path, ...) \
	OP(IORING_OP_EXEC, _flags, _want, .fd = AT_FDCWD, .addr = (_path), \
	   ##__VA_ARGS__)
/* _paths: an array of them; .argv must be there */
#define EXEC_PATHS(_flags, _want, _paths, _nr, _argv, ...) \
	EXEC(_flags, _want, _paths, .len = IORING_EXEC_PATHS, \
	     .nr_paths = (_nr), .argv = (_argv), ##__VA_ARGS__)
#define NOP(_flags, _want) OP(IORING_OP_NOP, _flags, _want)
/* _how: IORING_DUP_* */
#define DUP(_flags, _want, _fd, _to, _how, ...) \
	OP(IORING_OP_DUP, _flags, _want, .fd = (_fd), .len = (_to), \
	   .rw_flags = (_how), ##__VA_ARGS__)
/*
 * SYSCALL, with four arguments, numbers or pointers. .rw_flags = BACK(i, k):
 * argument i is the result of the k-th request before.
 */
#define CALL(_flags, _want, _nr, _a, _b, _c, _d, ...) \
	OP(IORING_OP_SYSCALL, _flags, _want, .len = (_nr), \
	   .args = { (unsigned long)(_a), (unsigned long)(_b), \
		     (unsigned long)(_c), (unsigned long)(_d) }, \
	   ##__VA_ARGS__)
/* SYSCALL with @_nr calls, an array of struct io_uring_call. */
#define VECTOR(_flags, _want, _calls, _nr, ...) \
	OP(IORING_OP_SYSCALL, _flags, _want, .len = (_nr), \
	   .args = { 0, (unsigned long)(_calls) }, \
	   .file_index = IORING_SYSCALL_VECTOR, ##__VA_ARGS__)
#define BACK(_arg, _k) ((_k) << 8 * (_arg))
#define OP(_op, _flags, _want, ...) \
	{ .used = true, .op = (_op), .flags = (_flags), .want = (_want), \
	  ##__VA_ARGS__ }

/* No process is made. */
#define NO_CHILD	(-1)
#define EXITED(n)	((n) << 8)

/* A free SQE with the step in it; user_data as given. */
struct io_uring_sqe *queue_step(struct io_uring *ring, const struct step *step,
				unsigned long user_data);
void queue_steps(struct io_uring *ring, const struct step *steps,
		 unsigned int nr);
/* io_uring_submit(), also where liburing cannot. */
int submit_some(struct io_uring *ring);
/* Submits all that is queued; dies if not all is taken. */
void submit(struct io_uring *ring);
/* The kernel has taken all that was submitted: an SQPOLL thread does so when it likes. */
bool is_taken(struct io_uring *ring);
/* Next CQE: false at the DEADLINE. */
bool next_cqe(struct io_uring *ring, unsigned long *user_data, int *res);
/* No CQE is there or comes in a moment. */
bool no_cqe(struct io_uring *ring);

/*
 * CQEs of @steps, user_data 1.., in their order; what differs is noted. Where
 * PID is wanted, cqe_pid is what came.
 */
extern pid_t cqe_pid;
bool cqes_match(struct io_uring *ring, const struct step *steps,
		unsigned int nr);
/* Waits for a child, waited_pid; its status, or NO_CHILD. */
extern pid_t waited_pid;
int wait_status(void);
bool status_is(int want);

/* queue, submit, CQEs, exit status. */
bool try_chain(struct io_uring *ring, const struct step *steps,
	       unsigned int nr, int status);
#define TRY(ring, steps, status) \
	try_chain(ring, steps, ARRAY_SIZE(steps), status)

/* The same, with one ok(). */
bool run_chain(struct io_uring *ring, const struct step *steps,
	       unsigned int nr, int status, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
#define RUN(ring, steps, status, ...) \
	run_chain(ring, steps, ARRAY_SIZE(steps), status, __VA_ARGS__)

/*
 * @test in a process of its own, for what cannot be undone: what it returned,
 * -1 if it died or took too long. It may note(), but not ok() or skip().
 */
int in_process(int (*test)(const void *arg), const void *arg);

/* Of the kernel: "6.1.", say. */
bool release_begins(const char *text);

/*
 * A child of this process, or of @parent and another than @but; 0 if there is none. And
 * its state as ps shows it.
 */
pid_t any_child(char *state);
pid_t any_child_of(pid_t parent, pid_t but, char *state);

/* Waits until @cond(arg) holds; false at the DEADLINE. */
bool eventually(bool (*cond)(void *arg), void *arg);

/* An integer of a file, -1 if it cannot be read. */
long read_number(const char *path);
/* Writes a string to a file; 0 or a negated errno. */
int write_string(const char *path, const char *text);

#define PARAMETERS	"/sys/module/io_uring_spawn/parameters/"

#endif
