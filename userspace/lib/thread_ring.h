/* SPDX-License-Identifier: MIT */
/*
 * A ring of the calling thread's own, for one chain at a time, which is waited
 * for.
 *
 * There is no descriptor of it: the ring is registered with its thread, then the
 * descriptor is closed. So it does not matter what a program does to its
 * descriptors, and the kernel knows whose ring it is: a process that was forked,
 * or a vfork() child, which shares the memory, gets -EINVAL for it.
 *
 * No function allocates with malloc(), none is a cancellation point, and all may
 * be called in a signal handler. errno may change.
 */
#ifndef IOUS_THREAD_RING_H
#define IOUS_THREAD_RING_H

#include <io_uring_spawn.h>

/* Requests that a chain may have. */
#define IOUS_THREAD_RING_MAX	128
#define IOUS_THREAD_RING_MEMORY	8192

struct ious_thread_ring;

/*
 * ious_thread_ring_get() - take the thread's ring, which its first caller makes
 *
 * From then to ious_thread_ring_put() all signals are blocked and the thread
 * cannot be cancelled, as in glibc's posix_spawn(): a handler that forks, spawns
 * or jumps would leave a chain half done.
 *
 * Returns 0, or a negated errno after which there is nothing to put: -EPERM in a
 * vfork() child; else what io_uring_setup(2), io_uring_register(2) or mmap(2) say,
 * such as -ENOSYS, -EPERM or -EMFILE.
 */
int ious_thread_ring_get(struct ious_thread_ring **own);
void ious_thread_ring_put(struct ious_thread_ring *own);

/*
 * ious_thread_ring_mask() - the signal mask that the thread had
 *
 * The new process begins with all signals blocked: one of its requests has to set
 * this, or another. It is there until ious_thread_ring_put().
 */
const sigset_t *ious_thread_ring_mask(const struct ious_thread_ring *own);

/*
 * ious_thread_ring_memory() - IOUS_THREAD_RING_MEMORY bytes for what the requests
 * point to
 *
 * A program may spawn on a small alternate signal stack: large objects are here, not
 * there. Aligned as malloc()'s memory, not cleared, the caller's until
 * ious_thread_ring_put().
 */
void *ious_thread_ring_memory(struct ious_thread_ring *own);

/*
 * ious_thread_ring_abi() - io_uring_spawn_abi() of the time when the ring was made, or
 * when a chain succeeded again after one that found no module; 0: it is not known
 */
unsigned int ious_thread_ring_abi(const struct ious_thread_ring *own);

/*
 * ious_thread_ring_ask() - the same of now, with 2 KiB of stack
 *
 * 0: there is no module. A negated errno if the ring cannot be asked: before Linux 6.3
 * that takes a descriptor.
 */
int ious_thread_ring_ask(const struct ious_thread_ring *own);

/*
 * ious_thread_ring_sqe() - the next request of the chain
 *
 * NULL if there are IOUS_THREAD_RING_MAX already. A request is linked to the one
 * that comes after it, by a hard link if its flags have IOSQE_IO_HARDLINK. Its
 * user_data is not the caller's.
 */
struct io_uring_sqe *ious_thread_ring_sqe(struct ious_thread_ring *own);

/*
 * ious_thread_ring_run() - submit the chain and wait for all of its CQEs
 * @res: their results, in the order of the requests
 *
 * Returns the number of requests that have a result. Less than there are if the
 * kernel was short of memory: the chain was cut there. A negated errno if none was
 * submitted.
 */
int ious_thread_ring_run(struct ious_thread_ring *own, int *res);

/* Waits for a process that a chain left without a program. */
void ious_thread_ring_reap(pid_t pid);

#endif
