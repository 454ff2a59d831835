// SPDX-License-Identifier: MIT
/* The chain of a plan in words: read from the SQEs that would be submitted. */
#include "explain.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "abi.h"
#include "queue.h"

/* Filled like that of snprintf(3): what has no room counts. */
struct text {
	char *text;
	size_t size, length;
	/* where the line begins */
	size_t line;
};

static void put(struct text *text, char c)
{
	if (text->length + 1 < text->size)
		text->text[text->length] = c;
	text->length++;
}

/* Whatever is in a name stays within its line. */
static void put_text(struct text *text, const char *from)
{
	char octal[5];
	int i;

	for (; *from; from++) {
		if (!iscntrl((unsigned char)*from)) {
			put(text, *from);
			continue;
		}
		snprintf(octal, sizeof(octal), "\\%03o", (unsigned char)*from);
		for (i = 0; octal[i]; i++)
			put(text, octal[i]);
	}
}

/* For numbers and names of ours, which are short. */
__attribute__((format(printf, 2, 3))) static void
print(struct text *text, const char *fmt, ...)
{
	char part[64];
	va_list args;

	va_start(args, fmt);
	vsnprintf(part, sizeof(part), fmt, args);
	va_end(args);
	put_text(text, part);
}

static void pad_to(struct text *text, unsigned int column)
{
	do
		put(text, ' ');
	while (text->length - text->line < column);
}

/* ---- requests */

static void explain_clone(struct text *text, const struct io_uring_sqe *sqe)
{
	static const struct {
		uint64_t flag;
		const char *name;
	} flags[] = {
#define FLAG(name) { CLONE_##name, #name }
		FLAG(FS),	 FLAG(FILES),	    FLAG(IO),
		FLAG(SYSVSEM),	 FLAG(PARENT),	    FLAG(PARENT_SETTID),
		FLAG(PIDFD),	 FLAG(INTO_CGROUP), FLAG(NEWNS),
		FLAG(NEWCGROUP), FLAG(NEWUTS),	    FLAG(NEWIPC),
		FLAG(NEWUSER),	 FLAG(NEWPID),	    FLAG(NEWNET),
#undef FLAG
	};
	const struct clone_args *args = (const void *)(uintptr_t)sqe->addr;
	uint64_t rest = args->flags;
	const char *separator = "";
	unsigned int i;

	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (!(rest & flags[i].flag))
			continue;
		print(text, "%s%s", separator, flags[i].name);
		separator = "|";
		rest &= ~flags[i].flag;
	}
	if (rest)
		print(text, "%s%#llx", separator, (unsigned long long)rest);
}

static const char *syscall_name(unsigned int nr)
{
	static const struct {
		unsigned int nr;
		const char *name;
	} calls[] = {
#define CALL(name) { __NR_##name, #name }
		CALL(close),		CALL(close_range),
		CALL(ioctl),		CALL(chdir),
		CALL(fchdir),		CALL(chroot),
		CALL(umask),		CALL(setsid),
		CALL(setpgid),		CALL(rt_sigprocmask),
		CALL(rt_sigaction),	CALL(setpriority),
		CALL(sched_setscheduler), CALL(sched_setaffinity),
		CALL(prlimit64),	CALL(prctl),
		CALL(setresuid),	CALL(setresgid),
		CALL(setgroups),	CALL(openat),
#undef CALL
	};
	unsigned int i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (calls[i].nr == nr)
			return calls[i].name;
	return NULL;
}

static void explain_syscall(struct text *text, const struct io_uring_sqe *sqe)
{
	const char *name = syscall_name(sqe->len);

	if (sqe->len == __NR_openat) {
		print(text, "%s ", name);
		put_text(text, (const char *)(uintptr_t)sqe->addr);
	} else if (name)
		print(text, "%s", name);
	else
		print(text, "%u", sqe->len);
}

static void explain_dup(struct text *text, const struct io_uring_sqe *sqe)
{
	if (sqe->file_index)
		print(text, "result -> %u", sqe->len);
	else
		print(text, "%d -> %u", sqe->fd, sqe->len);
}

static void explain_path(struct text *text, const struct io_uring_sqe *sqe)
{
	put_text(text, (const char *)(uintptr_t)sqe->addr);
}

static const char *const *candidates(const struct io_uring_sqe *sqe)
{
	return (const char *const *)(uintptr_t)sqe->addr;
}

static void explain_exec(struct text *text, const struct io_uring_sqe *sqe)
{
	if (sqe->fd != AT_FDCWD)
		print(text, "%d ", sqe->fd);
	if (sqe->len & IO_URING_SPAWN_EXEC_PATHS)
		put_text(text, candidates(sqe)[0]);
	else
		explain_path(text, sqe);
}

/* The other candidates have a line each. */
static void explain_candidates(struct text *text, const struct io_uring_sqe *sqe)
{
	unsigned int i;

	for (i = 1; i < sqe->buf_index; i++) {
		text->line = text->length;
		pad_to(text, 6);
		put_text(text, "or ");
		put_text(text, candidates(sqe)[i]);
		put(text, '\n');
	}
}

static void explain_write(struct text *text, const struct io_uring_sqe *sqe)
{
	print(text, "%u bytes -> %d", sqe->len, sqe->fd);
}

/* All that plans are made of. */
static const struct {
	unsigned int opcode;
	const char *name;
	void (*explain)(struct text *text, const struct io_uring_sqe *sqe);
} opcodes[] = {
	{ IO_URING_SPAWN_OP_CLONE, "CLONE", explain_clone },
	{ IO_URING_SPAWN_OP_EXEC, "EXEC", explain_exec },
	{ IO_URING_SPAWN_OP_DUP, "DUP", explain_dup },
	{ IO_URING_SPAWN_OP_SYSCALL, "SYSCALL", explain_syscall },
	{ IORING_OP_OPENAT, "OPENAT", explain_path },
	{ IORING_OP_WRITE, "WRITE", explain_write },
};

static void explain_sqe(struct text *text, const struct io_uring_sqe *sqe)
{
	unsigned int i;

	for (i = 0; i < sizeof(opcodes) / sizeof(opcodes[0]); i++) {
		if (opcodes[i].opcode != sqe->opcode)
			continue;
		print(text, "%s", opcodes[i].name);
		pad_to(text, 9);
		opcodes[i].explain(text, sqe);
		return;
	}
}

/* ---- lines */

static void explain_argv(struct text *text, const struct io_uring_sqe *sqe)
{
	char *const *argv = (char *const *)(uintptr_t)sqe->addr2;
	const char *quote;

	for (; *argv; argv++) {
		quote = **argv && !strpbrk(*argv, " \t\n'\"\\$*?") ? "" : "\"";
		put_text(text, quote);
		put_text(text, *argv);
		put_text(text, quote);
		if (argv[1])
			put(text, ' ');
	}
}

static void explain_request(struct text *text, struct ious_chain *chain,
			    unsigned int i)
{
	const struct ious_plan *plan = chain->plan;
	struct io_uring_sqe sqe = { 0 };

	ious_chain_sqe(chain, i, &sqe);
	text->line = text->length;
	explain_sqe(text, &sqe);
	if (i) {
		pad_to(text, 32);
		if (i <= plan->nr)
			put_text(text,
				 ious_plan_step(plan,
						plan->requests[i - 1].step));
		else
			explain_argv(text, &sqe);
	}
	put(text, '\n');
	if (i > plan->nr && sqe.len & IO_URING_SPAWN_EXEC_PATHS)
		explain_candidates(text, &sqe);
}

/* In a ring of the caller's, if not in a queue. */
static int make_chain(struct ious_chain *chain, const struct ious_plan *plan,
		      struct ious_queue *queue)
{
	int ret;

	if (queue)
		return ious_queue_chain(queue, chain, plan);
	ret = ious_chain_init(chain, plan, false);
	chain->calls = ious_abi() >= 3;
	return ret;
}

int ious_explain(const struct ious_plan *plan, struct ious_queue *queue,
		 char *text, size_t size)
{
	struct text to = { .text = text, .size = size };
	struct ious_chain chain;
	unsigned int i;
	int ret;

	ret = make_chain(&chain, plan, queue);
	if (ret)
		return ret;
	for (i = 0; i < chain.nr; i++)
		explain_request(&to, &chain, i);
	if (size)
		text[to.length < size ? to.length : size - 1] = 0;
	return to.length;
}

int ious_plan_explain(const struct ious_plan *plan, char *text, size_t size)
{
	return ious_explain(plan, NULL, text, size);
}
