/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fuzzer: rounds of random chains, each in a process of its own.
 *
 * verbs.c	can be done: requests of a chain, what a round does with chains
 * hazards.c	can stand beside them, inside the round's process or outside it;
 *		each is a file of its own
 * model.c	which CQEs must come, how the children end, which programs ran
 * check.c	is what came what the model says?
 * match.c	which CQE is whose, where requests have one name
 * session.c	a ring: its chains are submitted and their CQEs taken
 * round.c	a round's process, with a ring in each of its threads
 * main.c	the runner: time, seed, report, what is left behind
 *
 * All of a round follows from its seed. Every wait is bounded: a party that does
 * not answer does so at its limit, or is killed at the round's end.
 */
#ifndef IOUS_FUZZ_H
#define IOUS_FUZZ_H

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

#define MAX_THREADS	3
#define MAX_CHAINS	6
#define MAX_STEPS	8
/* seconds that a round may take */
#define PATIENCE	60
/* milliseconds after which a party that does not answer does */
#define LIMIT		150

#define TINY		"/tests/tiny"
#define MARK		"/tests/mark"
#define FUSE_MOUNT	"/tmp/fuzz.fuse"
#define CGROUP		"fuzz"

/* Random numbers, the same for the same seed. */
unsigned long next_random(unsigned long *state);
unsigned int below(unsigned long *state, unsigned int n);
bool one_in(unsigned long *state, unsigned int n);
/* Sleeps for less than @us microseconds. */
void doze(unsigned long *state, unsigned int us);
unsigned long now_ms(void);

extern bool verbose, late_cqes;

/* --- verbs ---------------------------------------------------------------- */

/* What becomes of a request. */
enum outcome {
	GOOD,		/* res, or anything that is no error */
	FAILS,		/* res, when it runs */
	BAD,		/* res, when it is submitted: no process is made */
	RUNS,		/* a program */
	BLOCKS,		/* for as long as nobody does something */
	EXPIRES,	/* the same, with a timeout of its own behind it */
};

/* What else the model takes where it cannot know. */
enum {
	/* a chain ends at any point: -ECANCELED from there on */
	TAKES_CUT = 1,
	/* a request that runs is interrupted */
	TAKES_STOPS = 2,
	/* a request of ours is refused */
	TAKES_REFUSAL = 4,
	/* memory or files go away; a program may die of it */
	TAKES_BREAKS = 8,
	/* the module is disarmed */
	TAKES_ABSENCE = 16,
	/* the round's process is killed */
	TAKES_DEATH = 32,
	/* a tracer that goes away leaves a SIGTRAP behind, as it does without us */
	TAKES_TRAPS = 64,
};

/* What requests are about. */
struct place {
	int zero, null, block[2], never[2], personality;
	char **argv;
};

struct request {
	const char *name;
	unsigned int weight;
	enum outcome outcome;
	int res;
	void (*prep)(struct io_uring_sqe *sqe, const struct place *place);
	unsigned int takes;
	/* a filter of the thread refuses it */
	bool filtered;
};

enum action {
	WAIT, RELEASE, CANCEL, CANCEL_ANY, CLOSE, EXIT, EXECUTE,
	/* done to the round's process by its parent */
	GETS_KILLED, GETS_SIGNALS, GETS_STOPPED,
	REWRITE,
};

struct action_verb {
	const char *name;
	unsigned int weight;
	enum action action;
};

const struct request *choose_clone(unsigned long *state, bool allow_bad);
const struct request *choose_request(unsigned long *state, bool allow_bad);
const struct action_verb *choose_action(unsigned long *state);
/* What stands for one that is not wanted. */
const struct request *plain_request(void);

/* Named in FUZZ_WITHOUT, which is "NAME,NAME". */
bool is_without(const char *name);

/* --- rounds --------------------------------------------------------------- */

struct hazard;

struct round {
	unsigned long seed;
	/* of what the parent and its parties do */
	unsigned long state;
	/* of the round's process */
	unsigned long own;
	unsigned int nr;
	const struct action_verb *verb;
	enum action action;
	const struct hazard *inside, *outside;
	unsigned int takes;
	bool restart;
};

struct step_state {
	const struct request *request;
	unsigned int flags;
	/* NONE: no CQE */
	int want;
	int got;
	bool seen;
	/* a LINK_TIMEOUT, which is no request of the table */
	bool is_timer;
	/* whose time does not come */
	bool is_long;
};

enum ending { NO_PROCESS, EXITS_0, EXITS_127, KILLED, NR_ENDINGS };

struct chain {
	struct step_state steps[MAX_STEPS];
	unsigned int nr;
	enum ending ending;
	bool blocks;
	bool timed;
	unsigned int takes;
	/* somebody was told so */
	atomic_bool cancelled;
	/* how often its program ran */
	unsigned int marks;
	/* its requests have one name, and its EXEC may have succeeded */
	bool may_have_run;
	char text[2][8];
	char *argv[4];
};

/* What a program tells of itself: data/mark.c. */
struct mark {
	unsigned char chain, is_user, no_new_privs, unused;
};

struct session {
	unsigned long state;
	const struct round *round;
	enum action action;
	const struct kind *kind;
	unsigned int index;
	struct io_uring ring;
	struct place place;
	int mark[2];
	struct chain chains[MAX_CHAINS];
	unsigned int nr, nr_cqes, nr_seen, nr_cancels;
	bool allow_bad, drains;
	bool good, open;
	/* what its thread has made of itself */
	bool is_user, no_new_privs, filtered;
	/* its thread exits while chains are in flight */
	bool leaves;
	/* its ring may be none any more: nothing is asked of it */
	bool gone;
	/* the requests of a chain have one name, its timeouts have their own */
	bool same_names;
	/* nothing is complained about, but fits becomes false */
	bool trying, fits;
};

void choose_round(struct round *round, unsigned long seed);
/* FUZZ_ONLY, which is "NAME,NAME", names its action or a hazard, or is not there. */
bool is_wanted_round(const struct round *round);
/* The round's process, from begin to end; 0 if all is as the model says. */
int round_process(const struct round *round);

/* --- the model ------------------------------------------------------------ */

void make_chains(struct session *s);
/* One of its requests is refused when it is submitted. */
bool has_bad(const struct chain *chain);
bool take_cqe(struct session *s, unsigned long name, int res);
void check_chains(struct session *s);
/* Of one chain, see also s->trying. */
void check_chain(struct session *s, unsigned int nr);
/* Its CQEs come in its order. */
bool keeps_order(const struct chain *chain);
/* An EXEC of it says so. */
bool has_run(const struct chain *chain);
/* Which of its CQEs is whose, if its requests have one name. */
void match_names(struct session *s, unsigned int nr);
bool check_children(struct session *sessions, unsigned int nr);
void check_marks(struct session *s);

#define IS_CANCEL	0x100000
#define SAME_STEP	0xff
unsigned long name_of(const struct session *s, unsigned int chain,
		      unsigned int step);

/* --- a ring --------------------------------------------------------------- */

void open_place(struct session *s);
void *run_session(void *arg);
pthread_t start_thread(void *(*run)(void *arg), void *arg);
void submit_all(struct session *s);
void collect_for(struct session *s, unsigned int ms);

/* --- hazards -------------------------------------------------------------- */

/* What the round's process and the parties beside it share. */
struct shared {
	/* descriptors of the round's process; 0: not there yet */
	atomic_int listener[MAX_THREADS], ring[MAX_THREADS], faults;
	unsigned long first_page;
	/* the round's process is ready: from now on answers may be late */
	atomic_bool begun;
};
extern struct shared *shared;

struct hazard {
	const char *name;
	/* of what is inside, or outside, of 1000 */
	unsigned int weight;
	unsigned int takes;
	/* flags that its rings have, or have not, and threads that it needs */
	unsigned int kind_flags, kind_without, threads;
	/* threads exit while their chains are in flight */
	bool leavers;
	/* the kernel has it */
	bool (*is_there)(void);
	/* by the parent, before there is a process, and when it is gone */
	void (*prepare)(struct round *round);
	bool (*clean)(struct round *round);
	/* a process beside the round's; it is killed when that is gone */
	void (*party)(struct round *round, pid_t pid);
	/* by the parent, while the process runs */
	void (*meanwhile)(struct round *round, pid_t pid);
	/* by the round's process, before its threads */
	void (*begin)(const struct round *round);
	/* by a thread, before it has its ring, and when it has it */
	void (*enter)(struct session *s);
	void (*opened)(struct session *s);
	/* when its chains are queued, before and after they are submitted */
	void (*submit)(struct session *s);
	void (*submitted)(struct session *s);
	/* a request that has been filled in */
	void (*queued)(struct session *s, struct io_uring_sqe *sqe);
};

const struct hazard *choose_inside(unsigned long *state);
const struct hazard *choose_outside(unsigned long *state);
/* Those that the kernel lacks are counted as skipped. */
void find_hazards(void);

extern const struct hazard hazard_supervisor, hazard_supervisor_ring,
	hazard_faults, hazard_fuse, hazard_creds, hazard_creds_sqpoll,
	hazard_vfork, hazard_timers,
	hazard_cancellers, hazard_freezer, hazard_tracer, hazard_audit,
	hazard_disarm;

/* A descriptor of the round's process, when it is there; -1: it never will be. */
int get_fd(pid_t pid, atomic_int *number);

/* Answers that are to be given later: in milliseconds of now_ms(). */
#define MAX_LATER	256
struct later {
	unsigned long limit;
	unsigned int nr;
	struct { unsigned long due, what; } list[MAX_LATER];
};
void later_begin(struct later *l, const struct round *round);
/* When to answer: now, soon or at the limit. */
void later_add(struct later *l, unsigned long *state, unsigned long what);
/* One that is due, or false. */
bool later_take(struct later *l, unsigned long *what);

/*
 * Memory that is not there before it is asked for, inside the round's process. A page of
 * arm64 may have that size; on other kernels it is some.
 */
#define PAGE		16384
#define NR_PAGES	(MAX_THREADS * 64)
extern char *pages, *shadow;
void pages_queued(struct session *s, struct io_uring_sqe *sqe);

#endif
