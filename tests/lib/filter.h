/* SPDX-License-Identifier: GPL-2.0 */
/* Filters of seccomp, and what a chain gives under them. */
#ifndef IOUS_FILTER_H
#define IOUS_FILTER_H

#include "test.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>

/* What filters answer with; what is cancelled; the end of those that are killed. */
#define ERRNO	77
#define NOT	(-ECANCELED)
#define KILLED	SIGSYS

/* The program of a filter: @action for @call, the rest is allowed. */
#define FILTER_OF(call, action)						\
	{								\
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,			\
			 offsetof(struct seccomp_data, nr)),		\
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (call), 0, 1),	\
		BPF_STMT(BPF_RET | BPF_K, (action)),			\
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),		\
	}

/* The same for a @call whose argument @n is @value, a number of 32 bits. */
#define FILTER_OF_ARG(call, n, value, action)				\
	{								\
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,			\
			 offsetof(struct seccomp_data, nr)),		\
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (call), 0, 3),	\
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,			\
			 offsetof(struct seccomp_data, args[n])),	\
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, 1),	\
		BPF_STMT(BPF_RET | BPF_K, (action)),			\
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),		\
	}

/* @action for call @nr with @mask set in its first argument; allows the rest. */
int filter(unsigned int flags, unsigned int nr, unsigned int mask,
	   unsigned int action);
/* The same with @mask set in its second argument. */
int filter_second(unsigned int nr, unsigned int mask, unsigned int action);
/* A core file may or may not be written: it is the kernel's business. */
bool ended_as(int status, int want);
/* Results of CLONE, SYSCALL chdir and EXEC, and the end of the process. */
bool chain_gives(struct io_uring *ring, int clone, int chdir, int exec,
		 int status);

#endif
