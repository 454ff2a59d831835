/* SPDX-License-Identifier: GPL-2.0 */
/* Ways to start the program that is measured, bench/first.c. */
#ifndef METHODS_H
#define METHODS_H

#include <io_uring_spawn.h>
#include <ious.h>

#include <signal.h>
#include <spawn.h>
#include <stdbool.h>

#define MAX_BATCH	256
#define DIRECTORIES	7	/* of $PATH: the program is in the last one */

/* What the new process does before it executes the program. */
enum work {
	PLAIN,		/* nothing */
	PATH,		/* looks for the program in all directories of $PATH */
	REDIRECTED,	/* opens and duplicates descriptors 0, 1 and 2 */
	CLOSED,		/* duplicates one to 1, and closes all from 3 on */
	SET_UP,		/* what a build tool does */
	WORKS
};

struct method;

/* The same for all who spawn. */
struct program {
	char path[4096];
	char candidates[DIRECTORIES][4096];
	char *args[2];
	/* the pipe that the program writes to */
	int out;
	sigset_t no_signals, default_signals;
};

/* A ring, and the chains that are made in it. */
struct chains {
	struct io_uring ring;
	struct io_uring_sqe *last;	/* step of the chain that is being made */
	unsigned int steps;		/* of all, without a CQE that was taken */
};

/* What a thread that spawns has made beforehand. */
struct spawner {
	struct chains own;	/* as the library makes its rings */
	struct chains plain;	/* a ring without flags */
	posix_spawn_file_actions_t actions[WORKS];
	posix_spawnattr_t attr;
	struct ious_plan *plans[WORKS];
	char *stacks;
	int *stack_used;
};

typedef void start_fn(struct spawner *s, const struct method *m);

enum how {
	NO_WAIT		= 1,	/* for the CQEs of the chain */
	PRISTINE	= 2,	/* with none of the parent's descriptors from 3 on */
	PLAIN_RING	= 4,
	ROW		= 8,	/* what is done before the program is one request */
};

struct method {
	enum work work;
	const char *way;
	start_fn *start;
	unsigned int how;
	/* measured beside parents that grow, too */
	bool all_parents;
	/* so many times one after the other, each reaped: 0 is once */
	unsigned int repeat;
	/* how many it starts at once: 0 is one */
	unsigned int batch;
	/* programs that report their first instruction, of each: -1 is none */
	int stamps;
};

extern const struct method methods[];
extern const unsigned int nr_methods;
extern struct program program;

const char *work_name(const struct method *m);
unsigned int batch_of(const struct method *m);
/* What those of NO_WAIT have left: CQEs are taken. */
void settle(struct spawner *s);

void methods_init(const char *directory, int pipe);
void spawner_init(struct spawner *s);
void spawner_exit(struct spawner *s);
/* One chain by each of @nr rings, which are all in flight at once. */
void start_on_rings(struct io_uring *rings, unsigned int nr);
void make_ring(struct io_uring *ring, unsigned int entries, bool plain);

/* by_hand.c */
extern start_fn start_fork, start_vfork, start_clone, start_nothing, start_again;
void by_hand_init(struct spawner *s);
void by_hand_exit(struct spawner *s);
/* by_libc.c: posix_spawn(), of libc or of the drop-in */
extern start_fn start_posix;
void by_libc_init(struct spawner *s);
void by_libc_exit(struct spawner *s);
/* by_chain.c */
extern start_fn start_chain;
void by_chain_init(struct spawner *s);
void by_chain_exit(struct spawner *s);
/* Once, as it is the same for all who spawn. */
void rows_init(void);
/* by_library.c: ious_spawn() */
extern start_fn start_library;
void by_library_init(struct spawner *s);
void by_library_exit(struct spawner *s);

__attribute__((noreturn)) void fail(const char *what);
/* For functions that return an errno, or one that is negated. */
void check(const char *what, int error);

#endif
