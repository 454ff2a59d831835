// SPDX-License-Identifier: MIT
#include "sync.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef IORING_SETUP_NO_SQARRAY
#define IORING_SETUP_NO_SQARRAY	(1U << 16)
#endif

/* What the thread was open to. */
struct ious_shield {
	sigset_t mask;
	int cancel_state;
};

/*
 * On a page of its own, which is zero after a fork(). Those that the ring is mapped
 * at are not there then.
 */
struct ious_sync {
	struct io_uring ring;
	/* there is one */
	bool made;
	/* its number among the thread's registered rings */
	int index;
	unsigned int nr;
	struct ious_shield shield;
};

#define IOUS_SYNC_SIZE	((sizeof(struct ious_sync) + 4095) & ~4095UL)

/* Not allocated when it is first used, which may be in a signal handler. */
static __thread struct ious_sync *ious_own
	__attribute__((tls_model("initial-exec")));

static pthread_key_t ious_key;
static bool ious_has_key;

/* By the system call: pthread_sigmask() leaves out the signals of the C library. */
static void ious_sigmask(const void *new, void *old)
{
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, new, old,
		IO_URING_SPAWN_SIGSET_SIZE);
}

static void ious_shield_up(struct ious_shield *shield)
{
	static const unsigned long all = ~0UL;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &shield->cancel_state);
	sigemptyset(&shield->mask);
	ious_sigmask(&all, &shield->mask);
}

static void ious_shield_down(const struct ious_shield *shield)
{
	ious_sigmask(&shield->mask, NULL);
	pthread_setcancelstate(shield->cancel_state, NULL);
}

static void ious_unmap(struct io_uring *ring)
{
	/* liburing 2.3 does not keep their size */
	munmap(ring->sq.sqes, *ring->sq.kring_entries * sizeof(*ring->sq.sqes));
	munmap(ring->sq.ring_ptr, ring->sq.ring_sz);
	if (ring->cq.ring_ptr != ring->sq.ring_ptr)
		munmap(ring->cq.ring_ptr, ring->cq.ring_sz);
}

/* The registration goes with the thread; the mappings hold the ring as well. */
static void ious_thread_exits(void *arg)
{
	struct ious_sync *sync = arg;

	ious_own = NULL;
	if (sync->made)
		ious_unmap(&sync->ring);
	munmap(sync, IOUS_SYNC_SIZE);
}

__attribute__((constructor)) static void ious_make_key(void)
{
	ious_has_key = !pthread_key_create(&ious_key, ious_thread_exits);
}

static int ious_make_state(void)
{
	struct ious_sync *sync;

	sync = mmap(NULL, IOUS_SYNC_SIZE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (sync == MAP_FAILED)
		return -errno;
	/* without it a fork() could not be told */
	if (madvise(sync, IOUS_SYNC_SIZE, MADV_WIPEONFORK) ||
	    (ious_has_key && pthread_setspecific(ious_key, sync))) {
		munmap(sync, IOUS_SYNC_SIZE);
		return -ENOMEM;
	}
	ious_own = sync;
	return 0;
}

/* What is registered keeps the ring when the descriptor is closed. */
static int ious_register(int fd)
{
	struct io_uring_rsrc_update update = { .offset = -1U, .data = fd };
	int ret;

	ret = syscall(__NR_io_uring_register, fd, IORING_REGISTER_RING_FDS,
		      &update, 1);
	if (ret == 1)
		return update.offset;
	return ret < 0 ? -errno : -EINVAL;
}

static int ious_make_ring(struct ious_sync *sync)
{
	int ret;

	ret = io_uring_queue_init(IOUS_SYNC_MAX, &sync->ring,
				  IORING_SETUP_SUBMIT_ALL |
				  IORING_SETUP_SINGLE_ISSUER |
				  IORING_SETUP_DEFER_TASKRUN);
	if (ret < 0)
		return ret;
	ret = io_uring_ring_dontfork(&sync->ring);
	if (!ret)
		ret = ious_register(sync->ring.ring_fd);
	syscall(__NR_close, sync->ring.ring_fd);
	if (ret < 0) {
		ious_unmap(&sync->ring);
		return ret;
	}
	sync->index = ret;
	sync->made = true;
	return 0;
}

/*
 * The thread's number as the C library has it, which in a vfork() child is its
 * parent's: a mutex that is locked says who has it. Nothing may be made there, it
 * would be the parent's.
 */
static pid_t ious_libc_tid(void)
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

static int ious_make(void)
{
	int ret = 0;

	if (ious_libc_tid() != gettid())
		return -EPERM;
	if (!ious_own)
		ret = ious_make_state();
	if (!ret && !ious_own->made)
		ret = ious_make_ring(ious_own);
	return ret;
}

int ious_sync_get(struct ious_sync **sync)
{
	struct ious_shield shield;
	int ret;

	ious_shield_up(&shield);
	ret = ious_make();
	if (ret) {
		ious_shield_down(&shield);
		return ret;
	}
	ious_own->shield = shield;
	ious_own->nr = 0;
	*sync = ious_own;
	return 0;
}

void ious_sync_put(struct ious_sync *sync)
{
	const struct ious_shield shield = sync->shield;

	ious_shield_down(&shield);
}

const sigset_t *ious_sync_mask(const struct ious_sync *sync)
{
	return &sync->shield.mask;
}

struct io_uring_sqe *ious_sync_sqe(struct ious_sync *sync)
{
	unsigned int mask = *sync->ring.sq.kring_mask;
	struct io_uring_sqe *sqe;

	if (sync->nr == IOUS_SYNC_MAX)
		return NULL;
	sqe = &sync->ring.sq.sqes[(*sync->ring.sq.ktail + sync->nr++) & mask];
	/* liburing's prep functions leave the fields alone that they have no use for */
	memset(sqe, 0, sizeof(*sqe));
	return sqe;
}

static void ious_link(struct ious_sync *sync)
{
	struct io_uring_sq *sq = &sync->ring.sq;
	unsigned int i, index, tail = *sq->ktail;

	for (i = 0; i < sync->nr; i++) {
		index = (tail + i) & *sq->kring_mask;
		if (!(sync->ring.flags & IORING_SETUP_NO_SQARRAY))
			sq->array[index] = index;
		sq->sqes[index].user_data = i;
		if (i + 1 == sync->nr)
			sq->sqes[index].flags &= ~IOSQE_IO_HARDLINK;
		else if (!(sq->sqes[index].flags & IOSQE_IO_HARDLINK))
			sq->sqes[index].flags |= IOSQE_IO_LINK;
	}
}

static int ious_enter(const struct ious_sync *sync, unsigned int submit,
		      unsigned int wait)
{
	int ret;

	ret = syscall(__NR_io_uring_enter, sync->index, submit, wait,
		      IORING_ENTER_GETEVENTS | IORING_ENTER_REGISTERED_RING,
		      NULL, 0);
	return ret < 0 ? -errno : ret;
}

/* Takes the CQEs that are there; how many that were. */
static unsigned int ious_take(struct ious_sync *sync, int *res)
{
	struct io_uring_cq *cq = &sync->ring.cq;
	unsigned int head = *cq->khead, nr = 0;
	const struct io_uring_cqe *cqe;

	for (; head != __atomic_load_n(cq->ktail, __ATOMIC_ACQUIRE); head++) {
		cqe = &cq->cqes[head & *cq->kring_mask];
		res[cqe->user_data] = cqe->res;
		nr++;
	}
	__atomic_store_n(cq->khead, head, __ATOMIC_RELEASE);
	return nr;
}

int ious_sync_run(struct ious_sync *sync, int *res)
{
	unsigned int *ktail = sync->ring.sq.ktail, tail = *ktail, done;
	int submitted;

	if (!sync->nr)
		return -EINVAL;
	ious_link(sync);
	__atomic_store_n(ktail, tail + sync->nr, __ATOMIC_RELEASE);
	do
		submitted = ious_enter(sync, sync->nr, sync->nr);
	while (submitted == -EINTR);
	/* what was not taken is nobody's any more */
	if (submitted != (int)sync->nr)
		__atomic_store_n(ktail, tail + (submitted > 0 ? submitted : 0),
				 __ATOMIC_RELEASE);
	if (submitted <= 0)
		return submitted ? submitted : -EAGAIN;
	/* whatever it says: the memory that a chain uses is not left to it */
	for (done = ious_take(sync, res); done < (unsigned int)submitted;
	     done += ious_take(sync, res))
		ious_enter(sync, 0, submitted - done);
	return submitted;
}

void ious_sync_reap(pid_t pid)
{
	int err = errno;

	/* waitpid() is a cancellation point */
	while (syscall(SYS_wait4, pid, NULL, __WALL, NULL) < 0 && errno == EINTR)
		;
	errno = err;
}
