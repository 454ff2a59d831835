// SPDX-License-Identifier: MIT
#include "thread_ring.h"

#include "pack.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef IORING_SETUP_NO_SQARRAY
#define IORING_SETUP_NO_SQARRAY	(1U << 16)
#endif

/* IORING_REGISTER_USE_REGISTERED_RING, which headers have as an enum, or not at all. */
#define USE_REGISTERED_RING	(1U << 31)

/* What is restored when the chain is done. */
struct saved_state {
	sigset_t mask;
	int cancel_state;
};

/*
 * On pages of its own, which are zero after a fork(). Those that the ring is mapped
 * at are not there then.
 */
struct ious_thread_ring {
	struct io_uring ring;
	/* there is one */
	bool made;
	/* of a module that makes several calls in one request; that has EXEC_EARLY */
	bool packs, early;
	/* the last CLONE has found no module; one has again: to be asked */
	bool lost, back;
	/* its number among the thread's registered rings, and the thread */
	int index;
	pid_t tid;
	unsigned int nr;
	/* of the module, 0: there was none */
	unsigned int abi;
	struct saved_state saved;
	_Alignas(max_align_t) char memory[IOUS_THREAD_RING_MEMORY];
	struct ious_pack pack;
};

_Static_assert(IOUS_PACK_REQUESTS == IOUS_THREAD_RING_MAX,
	       "a chain that does not go into a pack");

#define PROBE_OPS	256
#define PROBE_SIZE	(sizeof(struct io_uring_probe) +		\
			 PROBE_OPS * sizeof(struct io_uring_probe_op))
_Static_assert(PROBE_SIZE <= IOUS_THREAD_RING_MEMORY, "no room for a probe");

#define RING_SIZE	((sizeof(struct ious_thread_ring) + 4095) & ~4095UL)

/* Not allocated when it is first used, which may be in a signal handler. */
static __thread struct ious_thread_ring *this_thread
	__attribute__((tls_model("initial-exec")));

static pthread_key_t key;
static bool has_key;

/* By the system call: pthread_sigmask() leaves out the signals of the C library. */
static void set_sigmask(const void *new, void *old)
{
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, new, old,
		IO_URING_SPAWN_SIGSET_SIZE);
}

static void block_all(struct saved_state *saved)
{
	static const unsigned long all = ~0UL;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &saved->cancel_state);
	sigemptyset(&saved->mask);
	set_sigmask(&all, &saved->mask);
}

static void restore(const struct saved_state *saved)
{
	set_sigmask(&saved->mask, NULL);
	pthread_setcancelstate(saved->cancel_state, NULL);
}

static void unmap_ring(struct io_uring *ring)
{
	/* liburing 2.3 does not keep their size */
	munmap(ring->sq.sqes, *ring->sq.kring_entries * sizeof(*ring->sq.sqes));
	munmap(ring->sq.ring_ptr, ring->sq.ring_sz);
	if (ring->cq.ring_ptr != ring->sq.ring_ptr)
		munmap(ring->cq.ring_ptr, ring->cq.ring_sz);
}

/* The registration goes with the thread; the mappings hold the ring as well. */
static void thread_exits(void *arg)
{
	struct ious_thread_ring *own = arg;

	this_thread = NULL;
	if (own->made)
		unmap_ring(&own->ring);
	munmap(own, RING_SIZE);
}

__attribute__((constructor)) static void make_key(void)
{
	has_key = !pthread_key_create(&key, thread_exits);
}

static int make_memory(void)
{
	struct ious_thread_ring *own;

	own = mmap(NULL, RING_SIZE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (own == MAP_FAILED)
		return -errno;
	/* without it a fork() could not be told */
	if (madvise(own, RING_SIZE, MADV_WIPEONFORK) ||
	    (has_key && pthread_setspecific(key, own))) {
		munmap(own, RING_SIZE);
		return -ENOMEM;
	}
	this_thread = own;
	return 0;
}

/* What is registered keeps the ring when the descriptor is closed. */
static int register_ring(int fd)
{
	struct io_uring_rsrc_update update = { .offset = -1U, .data = fd };
	int ret;

	ret = syscall(__NR_io_uring_register, fd, IORING_REGISTER_RING_FDS,
		      &update, 1);
	if (ret == 1)
		return update.offset;
	return ret < 0 ? -errno : -EINVAL;
}

/*
 * As io_uring_spawn_abi(), without malloc(), or a negated errno. Kernels fill in what they
 * are given.
 */
static int ask_abi(int ring, unsigned int flags, struct io_uring_probe *probe)
{
	const struct io_uring_probe_op *op = &probe->ops[IO_URING_SPAWN_OP_CLONE];

	memset(probe, 0, PROBE_SIZE);
	if (syscall(__NR_io_uring_register, ring, IORING_REGISTER_PROBE | flags,
		    probe, PROBE_OPS))
		return -errno;
	return op->flags & IO_URING_OP_SUPPORTED ? op->resv2 : 0;
}

/* @abi: as ask_abi() has it */
static void set_abi(struct ious_thread_ring *own, int abi)
{
	own->abi = abi > 0 ? abi : 0;
	own->packs = own->abi >= 3;
	own->early = own->abi >= 4;
}

static int make_ring(struct ious_thread_ring *own)
{
	int ret, abi = 0;

	ret = io_uring_queue_init(IOUS_THREAD_RING_MAX, &own->ring,
				  IORING_SETUP_SUBMIT_ALL |
				  IORING_SETUP_SINGLE_ISSUER |
				  IORING_SETUP_DEFER_TASKRUN);
	if (ret < 0)
		return ret;
	ret = io_uring_ring_dontfork(&own->ring);
	if (!ret)
		ret = register_ring(own->ring.ring_fd);
	if (ret >= 0)
		abi = ask_abi(own->ring.ring_fd, 0, (void *)own->memory);
	set_abi(own, abi);
	syscall(__NR_close, own->ring.ring_fd);
	if (ret < 0) {
		unmap_ring(&own->ring);
		return ret;
	}
	own->index = ret;
	own->tid = gettid();
	own->made = true;
	return 0;
}

/*
 * The thread's number as the C library has it, which in a vfork() child is its
 * parent's: a mutex that is locked says who has it. Nothing may be made there, it
 * would be the parent's.
 */
static pid_t libc_tid(void)
{
	static __thread pthread_mutex_t mutex
		__attribute__((tls_model("initial-exec"))) =
		PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
	pid_t tid = 0;

	if (!pthread_mutex_trylock(&mutex)) {
		tid = mutex.__data.__owner;
		pthread_mutex_unlock(&mutex);
	}
	return tid;
}

static int make(void)
{
	int ret = 0;

	if (libc_tid() != gettid())
		return -EPERM;
	if (!this_thread)
		ret = make_memory();
	if (!ret)
		ret = make_ring(this_thread);
	return ret;
}

/* While nobody has the memory; a caller's stack may be small. */
static void ask_again(struct ious_thread_ring *own)
{
	own->lost = own->back = false;
	set_abi(own, ask_abi(own->index, USE_REGISTERED_RING,
			     (void *)own->memory));
}

/* A vfork() child has its parent's memory, but its ring is not registered with it. */
static int check(const struct ious_thread_ring *own)
{
	return own->tid == gettid() ? 0 : -EPERM;
}

int ious_thread_ring_get(struct ious_thread_ring **own)
{
	struct saved_state saved;
	int ret;

	block_all(&saved);
	ret = this_thread && this_thread->made ? check(this_thread) : make();
	if (ret) {
		restore(&saved);
		return ret;
	}
	if (this_thread->back)
		ask_again(this_thread);
	this_thread->saved = saved;
	this_thread->nr = 0;
	*own = this_thread;
	return 0;
}

void ious_thread_ring_put(struct ious_thread_ring *own)
{
	const struct saved_state saved = own->saved;

	restore(&saved);
}

const sigset_t *ious_thread_ring_mask(const struct ious_thread_ring *own)
{
	return &own->saved.mask;
}

void *ious_thread_ring_memory(struct ious_thread_ring *own)
{
	return own->memory;
}

unsigned int ious_thread_ring_abi(const struct ious_thread_ring *own)
{
	return own->abi;
}

int ious_thread_ring_ask(const struct ious_thread_ring *own)
{
	_Alignas(struct io_uring_probe) char memory[PROBE_SIZE];

	return ask_abi(own->index, USE_REGISTERED_RING, (void *)memory);
}

struct io_uring_sqe *ious_thread_ring_sqe(struct ious_thread_ring *own)
{
	unsigned int mask = *own->ring.sq.kring_mask;
	struct io_uring_sqe *sqe;

	if (own->nr == IOUS_THREAD_RING_MAX)
		return NULL;
	sqe = &own->ring.sq.sqes[(*own->ring.sq.ktail + own->nr++) & mask];
	/* liburing's prep functions leave the fields alone that they have no use for */
	memset(sqe, 0, sizeof(*sqe));
	return sqe;
}

/* The caller waits as for a vfork() child: not until the program is all there. */
static void link_requests(struct ious_thread_ring *own)
{
	struct io_uring_sq *sq = &own->ring.sq;
	unsigned int i, index, tail = *sq->ktail, nr = own->pack.nr;

	for (i = 0; i < nr; i++) {
		index = (tail + i) & *sq->kring_mask;
		if (own->early &&
		    sq->sqes[index].opcode == IO_URING_SPAWN_OP_EXEC)
			sq->sqes[index].len |= IO_URING_SPAWN_EXEC_EARLY;
		if (!(own->ring.flags & IORING_SETUP_NO_SQARRAY))
			sq->array[index] = index;
		sq->sqes[index].user_data = i;
		if (i + 1 == nr)
			sq->sqes[index].flags &= ~IOSQE_IO_HARDLINK;
		else if (!(sq->sqes[index].flags & IOSQE_IO_HARDLINK))
			sq->sqes[index].flags |= IOSQE_IO_LINK;
	}
}

static int enter(const struct ious_thread_ring *own, unsigned int submit,
		 unsigned int wait)
{
	int ret;

	ret = syscall(__NR_io_uring_enter, own->index, submit, wait,
		      IORING_ENTER_GETEVENTS | IORING_ENTER_REGISTERED_RING,
		      NULL, 0);
	return ret < 0 ? -errno : ret;
}

/* Takes the CQEs that are there; their number. */
static unsigned int take_cqes(struct ious_thread_ring *own)
{
	struct io_uring_cq *cq = &own->ring.cq;
	unsigned int head = *cq->khead, nr = 0;
	const struct io_uring_cqe *cqe;

	for (; head != __atomic_load_n(cq->ktail, __ATOMIC_ACQUIRE); head++) {
		cqe = &cq->cqes[head & *cq->kring_mask];
		own->pack.res[cqe->user_data] = cqe->res;
		nr++;
	}
	__atomic_store_n(cq->khead, head, __ATOMIC_RELEASE);
	return nr;
}

static void pack_requests(struct ious_thread_ring *own)
{
	const struct ious_pack_sqes sqes = {
		.sqes = own->ring.sq.sqes, .mask = *own->ring.sq.kring_mask,
		.tail = *own->ring.sq.ktail, .nr = own->nr,
	};

	ious_pack(&own->pack, sqes, own->packs);
}

/* The number of requests that were submitted and have ended, or an errno. */
static int run_requests(struct ious_thread_ring *own)
{
	unsigned int *ktail = own->ring.sq.ktail, tail = *ktail, done;
	unsigned int nr = own->pack.nr;
	int submitted;

	__atomic_store_n(ktail, tail + nr, __ATOMIC_RELEASE);
	do
		submitted = enter(own, nr, nr);
	while (submitted == -EINTR);
	/* what was not taken is nobody's any more */
	if (submitted != (int)nr)
		__atomic_store_n(ktail, tail + (submitted > 0 ? submitted : 0),
				 __ATOMIC_RELEASE);
	if (submitted <= 0)
		return submitted ? submitted : -EAGAIN;
	/* whatever it says: the memory that a chain uses is not left to it */
	for (done = take_cqes(own); done < (unsigned int)submitted;
	     done += take_cqes(own))
		enter(own, 0, submitted - done);
	return submitted;
}

/* @clone: the result of CLONE. The module may have been replaced, by an older one too. */
static void learn(struct ious_thread_ring *own, int clone)
{
	if (clone == -EINVAL || clone == -ECANCELED) {
		set_abi(own, 0);
		own->lost = true;
	}
	own->back = own->lost && clone > 0;
}

int ious_thread_ring_run(struct ious_thread_ring *own, int *res)
{
	int ret;

	if (!own->nr)
		return -EINVAL;
	pack_requests(own);
	link_requests(own);
	ret = run_requests(own);
	if (ret <= 0)
		return ret;
	learn(own, own->pack.res[0]);
	return ious_pack_results(&own->pack, ret, res);
}

void ious_thread_ring_reap(pid_t pid)
{
	int err = errno;

	/* waitpid() is a cancellation point */
	while (syscall(SYS_wait4, pid, NULL, __WALL, NULL) < 0 && errno == EINTR)
		;
	errno = err;
}
