// SPDX-License-Identifier: GPL-2.0
/*
 * A pidfd as a direct descriptor, whose number is to be written where userfaultfd holds
 * the memory back: the submitter waits, before there is a process. SIGKILL ends it, and
 * nothing is left of the slot.
 */
#include "held_page.h"
#include "test.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>

/* shared with those that are forked */
static bool *alone;

static void queue_chain(struct io_uring *ring, struct clone_args *args)
{
	struct step steps[] = {
		CLONE_WITH(L, ANY, args, .file_index = IORING_FILE_INDEX_ALLOC),
		NOP(0, ANY),
	};

	*args = (struct clone_args) {
		.flags = CLONE_PIDFD, .exit_signal = SIGCHLD,
		.pidfd = (unsigned long)page,
	};
	queue_steps(ring, steps, ARRAY_SIZE(steps));
	submit(ring);
}

static bool open_table(struct io_uring *ring)
{
	return !io_uring_queue_init(8, ring, 0) &&
	       !io_uring_register_files_sparse(ring, 2);
}

/* This process is the only child of its parent. */
static bool only_child(void)
{
	char state;

	return !any_child_of(getppid(), getpid(), &state);
}

static int submit_and_wait(const void *answers)
{
	struct clone_args args;
	struct io_uring ring;
	pid_t pid = getpid();
	unsigned long user_data;
	int res[3] = { 0 }, i, status;

	if (!page_hold() || !open_table(&ring))
		die("userfaultfd");
	if (!fork()) {
		bool good = page_wanted() &&
			    read_number(PARAMETERS "chains") == 1 &&
			    only_child();

		*alone = good;
		if (!answers)
			kill(pid, SIGKILL);
		else if (!page_give(""))
			good = false;
		_exit(!good);
	}
	queue_chain(&ring, &args);
	for (i = 0; i < 2; i++) {
		if (!next_cqe(&ring, &user_data, &res[0]) || user_data > 2)
			return 2;
		res[user_data] = res[0];
	}
	/* the other one, and the chain's process */
	for (i = 0; i < 2; i++)
		if (wait(&status) < 0 || status)
			return 3;
	return !(res[1] > 0 && !res[2] && (*(int *)page == 0 || *(int *)page == 1));
}

static bool nothing_left(void *unused)
{
	(void)unused;
	return read_number(PARAMETERS "chains") == 0 &&
	       read_number(PARAMETERS "requests") == 0;
}

/* A number that cannot be written: no process, and the slots are free. */
static int bad_address(const void *unused)
{
	struct clone_args args;
	struct io_uring ring;
	unsigned long user_data;
	int i, k, res, first = 0;

	(void)unused;
	page = NULL;
	if (!open_table(&ring))
		return 1;
	for (i = 0; i < 4; i++) {
		page = (char *)8;
		queue_chain(&ring, &args);
		for (k = 0; k < 2; k++) {
			if (!next_cqe(&ring, &user_data, &res))
				return 2;
			if (user_data == 1)
				first = res;
		}
		if (first != -EFAULT || wait(NULL) != -1 || errno != ECHILD)
			return 3;
	}
	return 0;
}

int main(void)
{
	alarm(200);
	alone = mmap(NULL, sizeof(*alone), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (alone == MAP_FAILED)
		die("mmap");
	if (!page_hold()) {
		skip("no userfaultfd", "a number that userfaultfd holds back");
	} else {
		ok(in_process(submit_and_wait, NULL) == -1,
		   "SIGKILL ends a submitter that waits to write the number");
		ok(*alone, "there was no process yet");
		ok(eventually(nothing_left, NULL), "and its chain is gone");
		ok(in_process(submit_and_wait, "answers") == 0,
		   "when the memory is there, all goes on");
	}
	ok(in_process(bad_address, NULL) == 0,
	   "a number that cannot be written: -EFAULT, and no slot is lost");
	return done();
}
