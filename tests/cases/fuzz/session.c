// SPDX-License-Identifier: GPL-2.0
/* A ring of a thread: its chains go in, their CQEs come out. */
#include "fuzz.h"

/* A process that is about to die of a signal gets none. */
pthread_t start_thread(void *(*run)(void *arg), void *arg)
{
	pthread_t thread;
	unsigned int tries;

	for (tries = 0; tries < 100; tries++) {
		if (!pthread_create(&thread, NULL, run, arg))
			return thread;
		usleep(1000);
	}
	die("thread");
}

static void queue_step_of(struct session *s, unsigned int nr, unsigned int i)
{
	static struct __kernel_timespec soon = { 0, 3000000 },
					never = { 1000, 0 };
	struct step_state *step = &s->chains[nr].steps[i];
	struct io_uring_sqe *sqe = io_uring_get_sqe(&s->ring);
	const struct hazard *inside = s->round->inside;

	s->place.argv = s->chains[nr].argv;
	if (step->is_timer) {
		io_uring_prep_link_timeout(sqe, step->is_long ? &never : &soon,
					   0);
		sqe->flags = 0;
	} else {
		step->request->prep(sqe, &s->place);
	}
	sqe->flags |= step->flags;
	sqe->user_data = name_of(s, nr, i);
	if (inside && inside->queued && step->want != -EFAULT)
		inside->queued(s, sqe);
	if (verbose)
		note("chain %u step %u: %s, flags %#x, wanted %d", nr, i,
		     step->request ? step->request->name : "LINK_TIMEOUT",
		     sqe->flags, step->want);
}

static void queue_chain(struct session *s, unsigned int nr)
{
	struct chain *chain = &s->chains[nr];
	unsigned int i;

	snprintf(chain->text[0], sizeof(chain->text[0]), "%d",
		 s->mark[1] % 1000);
	snprintf(chain->text[1], sizeof(chain->text[1]), "%u", nr % 1000);
	chain->argv[0] = (char *)MARK;
	chain->argv[1] = chain->text[0];
	chain->argv[2] = chain->text[1];
	for (i = 0; i < chain->nr; i++)
		queue_step_of(s, nr, i);
}

/* There, the kernel begins with the first SQE each time: take what is left. */
static void submit_rewound(struct session *s)
{
	unsigned int done = 0, nr = s->ring.sq.sqe_tail, tries;

	for (tries = 0; done < nr && tries < 1000; tries++) {
		int ret = io_uring_enter(s->ring.ring_fd, nr - done, 0, 0,
					 NULL);

		if (ret == -EINTR)
			continue;
		if (ret <= 0)
			break;
		done += ret;
		memmove(s->ring.sq.sqes, s->ring.sq.sqes + ret,
			(nr - done) * sizeof(*s->ring.sq.sqes));
	}
	s->ring.sq.sqe_head = s->ring.sq.sqe_tail = 0;
}

/* A request that is refused ends a submission, without SUBMIT_ALL. */
void submit_all(struct session *s)
{
	unsigned int tries = 0;

	if (s->ring.flags & IORING_SETUP_SQ_REWIND) {
		submit_rewound(s);
		return;
	}
	do {
		io_uring_submit(&s->ring);
	} while (io_uring_sq_ready(&s->ring) && !s->gone && tries++ < 10000);
}

static void submit_chains(struct session *s)
{
	const struct hazard *inside = s->round->inside;
	bool mine = inside && inside->submit,
	     together = one_in(&s->state, 2) || mine;
	unsigned int i;

	for (i = 0; i < s->nr; i++) {
		queue_chain(s, i);
		if (!together)
			submit_all(s);
	}
	if (mine)
		inside->submit(s);
	submit_all(s);
}

static void queue_cancel(struct session *s, unsigned long name, int flags)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&s->ring);

	if (!sqe)
		return;
	io_uring_prep_cancel64(sqe, name, flags);
	sqe->user_data = IS_CANCEL | name;
	s->nr_cancels++;
}

static bool has_more(const struct session *s)
{
	return !s->gone && (s->nr_seen < s->nr_cqes || s->nr_cancels);
}

/* What comes in @ms milliseconds, or all that has to. */
void collect_for(struct session *s, unsigned int ms)
{
	struct __kernel_timespec ts = {
		.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000,
	};
	struct io_uring_cqe *cqe;

	while (has_more(s) &&
	       !io_uring_wait_cqe_timeout(&s->ring, &cqe, &ts)) {
		take_cqe(s, cqe->user_data, cqe->res);
		io_uring_cqe_seen(&s->ring, cqe);
	}
}

static void collect(struct session *s)
{
	unsigned long name;
	int res;

	while (has_more(s)) {
		if (!next_cqe(&s->ring, &name, &res)) {
			note("%s, %s: %u CQEs are missing", s->kind->name,
			     s->round->verb->name, s->nr_cqes - s->nr_seen);
			s->good = false;
			return;
		}
		take_cqe(s, name, res);
	}
	if (!s->gone && !no_cqe(&s->ring)) {
		note("one CQE too many");
		s->good = false;
	}
}

static void release(struct session *s)
{
	unsigned int i;

	for (i = 0; i < s->nr; i++)
		if (s->chains[i].blocks && write(s->place.block[1], "x", 1) != 1)
			die("write");
}

static void queue_cancels(struct session *s)
{
	unsigned int i, j;

	for (i = 0; i < s->nr; i++)
		for (j = 0; j < s->chains[i].nr; j++) {
			struct step_state *step = &s->chains[i].steps[j];

			if (step->request && !step->seen &&
			    step->request->outcome == BLOCKS)
				queue_cancel(s, name_of(s, i, j), 0);
		}
}

/* One that a worker has not begun with is not found yet: again. */
static void cancel_blocked(struct session *s)
{
	unsigned long end = now_ms() + 1000 * PATIENCE / 2;

	while (s->nr_seen < s->nr_cqes && now_ms() < end) {
		queue_cancels(s);
		submit_all(s);
		collect_for(s, 200);
	}
	collect(s);
}

/* One finds them one after the other; those not yet started come later. */
static void cancel_any(struct session *s)
{
	unsigned int i, nr = s->nr + 2;

	for (i = 0; i < nr; i++)
		queue_cancel(s, 0, IORING_ASYNC_CANCEL_ANY);
	submit_all(s);
	release(s);
	collect(s);
}

static void *rewriter(void *arg)
{
	static const __u8 opcodes[] = {
		IORING_OP_NOP, IORING_OP_CLONE, IORING_OP_EXEC, IORING_OP_DUP,
		IORING_OP_READ, IORING_OP_NOP, IORING_OP_LINK_TIMEOUT, 250,
		IORING_OP_SYSCALL,
	};
	struct session *s = arg;
	unsigned long state = s->state;

	for (;;) {
		unsigned int n = below(&state, s->ring.sq.ring_entries);
		struct io_uring_sqe *sqe = &s->ring.sq.sqes[n];

		switch (below(&state, 4)) {
		case 0:
			sqe->opcode = opcodes[below(&state,
						    ARRAY_SIZE(opcodes))];
			break;
		case 1:
			sqe->flags = below(&state, 256);
			break;
		case 2:
			sqe->len = below(&state, 3);
			break;
		case 3:
			if (s->ring.sq.array)
				s->ring.sq.array[n] = below(&state,
					s->ring.sq.ring_entries + 1);
		}
	}
	return NULL;
}

/* No model: the parent looks at what is left. */
static void rewrite(struct session *s)
{
	struct io_uring_cqe *cqe;
	unsigned int i, head, nr;

	start_thread(rewriter, s);
	for (i = 0; i < 20; i++) {
		submit_chains(s);
		nr = 0;
		io_uring_for_each_cqe(&s->ring, head, cqe)
			nr++;
		io_uring_cq_advance(&s->ring, nr);
	}
	_exit(0);
}

static void act(struct session *s)
{
	switch (s->action) {
	case CANCEL:
		cancel_blocked(s);
		break;
	case CANCEL_ANY:
		cancel_any(s);
		break;
	case CLOSE:
		doze(&s->state, 3000);
		if (!s->gone)
			close_ring(&s->ring, s->kind);
		_exit(0);
	case EXIT:
		doze(&s->state, s->gone ? 30000 : 3000);
		_exit(0);
	case EXECUTE:
		doze(&s->state, 3000);
		execl(TINY, TINY, NULL);
		_exit(1);
	default:
		release(s);
		collect(s);
	}
}

/*
 * For all sessions before the first thread: one that unshares its descriptors has those
 * of the others still, and the pipe of a thread that has left keeps its reader.
 */
void open_place(struct session *s)
{
	s->place.zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	s->place.null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	/* programs inherit the end that they tell by */
	if (pipe2(s->place.block, O_CLOEXEC) ||
	    pipe2(s->place.never, O_CLOEXEC) || pipe(s->mark) ||
	    fcntl(s->mark[0], F_SETFL, O_NONBLOCK) ||
	    fcntl(s->mark[0], F_SETFD, FD_CLOEXEC))
		die("pipe");
}

void *run_session(void *arg)
{
	struct session *s = arg;
	const struct hazard *inside = s->round->inside;

	s->good = true;
	if (inside && inside->enter)
		inside->enter(s);
	make_chains(s);
	if (open_ring(&s->ring, s->kind, 64)) {
		/* not on this kernel */
		s->nr = 0;
		return NULL;
	}
	s->place.personality = io_uring_register_personality(&s->ring);
	if (s->place.personality < 0 ||
	    io_uring_register_files_sparse(&s->ring, 64))
		die("registered files");
	if (inside && inside->opened)
		inside->opened(s);
	if (s->action == REWRITE)
		rewrite(s);
	submit_chains(s);
	if (inside && inside->submitted)
		inside->submitted(s);
	if (s->leaves) {
		release(s);
		return NULL;
	}
	act(s);
	check_chains(s);
	s->open = true;
	return NULL;
}
