/* SPDX-License-Identifier: MIT */
/*
 * The requests of a chain, made fewer: steps that are next to each other become one
 * request with several system calls, and a signal mask that is set first becomes
 * CLONE's. Whoever made the requests does not notice:
 * each has its own result afterwards.
 */
#ifndef IOUS_PACK_H
#define IOUS_PACK_H

#include <io_uring_spawn.h>
#include <stdbool.h>
#include <stdint.h>

/* Of a chain; those that are beyond have requests of their own. */
#define IOUS_PACK_REQUESTS	128
#define IOUS_PACK_CALLS		160

struct ious_pack {
	/* how many requests there are now, and how many there were */
	unsigned int nr, nr_before;
	unsigned int nr_calls;
	/* CLONE takes the signal mask that the second request was to set */
	bool masked;
	/* of each one that there was: which one it is in, and its number of calls */
	uint8_t at[IOUS_PACK_REQUESTS], calls_of[IOUS_PACK_REQUESTS];
	/* what came of those that there are */
	int res[IOUS_PACK_REQUESTS];
	struct io_uring_spawn_call calls[IOUS_PACK_CALLS];
};

/* Where the requests are: @nr of them in a ring of SQEs, from @tail on. */
struct ious_pack_sqes {
	struct io_uring_sqe *sqes;
	unsigned int mask, tail, nr;
};

/*
 * ious_pack() - join what can be joined, in place
 * @few: false: nothing is joined, as the module is too old
 *
 * The requests that are left are the first ones of @sqes. Link flags between those
 * are not set: IOSQE_IO_HARDLINK stays where it was.
 */
void ious_pack(struct ious_pack *pack, struct ious_pack_sqes sqes, bool few);

/*
 * ious_pack_results() - the results of the requests that there were
 * @nr: the number of those in pack->res
 * @res: what each would have had by itself, but 0 for a call that went well, or whose
 *	 failure does not matter, in a chain where everything went well
 *
 * Returns their number.
 */
unsigned int ious_pack_results(const struct ious_pack *pack, unsigned int nr,
			       int *res);

#endif
