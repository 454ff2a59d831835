// SPDX-License-Identifier: MIT
/* The chain of a plan in words: read from the SQEs that would be submitted. */
#include "plan.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

/* Filled like that of snprintf(3): what has no room counts. */
struct ious_text {
	char *text;
	size_t size, length;
	/* where the line begins */
	size_t line;
};

static void ious_put(struct ious_text *text, char c)
{
	if (text->length + 1 < text->size)
		text->text[text->length] = c;
	text->length++;
}

/* Whatever is in a name stays within its line. */
static void ious_put_text(struct ious_text *text, const char *from)
{
	char octal[5];
	int i;

	for (; *from; from++) {
		if (!iscntrl((unsigned char)*from)) {
			ious_put(text, *from);
			continue;
		}
		snprintf(octal, sizeof(octal), "\\%03o", (unsigned char)*from);
		for (i = 0; octal[i]; i++)
			ious_put(text, octal[i]);
	}
}

/* For numbers and names of ours, which are short. */
__attribute__((format(printf, 2, 3))) static void
ious_print(struct ious_text *text, const char *fmt, ...)
{
	char part[64];
	va_list args;

	va_start(args, fmt);
	vsnprintf(part, sizeof(part), fmt, args);
	va_end(args);
	ious_put_text(text, part);
}

static void ious_column(struct ious_text *text, unsigned int column)
{
	do
		ious_put(text, ' ');
	while (text->length - text->line < column);
}

/* ---- requests */

static void ious_explain_clone(struct ious_text *text,
			       const struct io_uring_sqe *sqe)
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
		ious_print(text, "%s%s", separator, flags[i].name);
		separator = "|";
		rest &= ~flags[i].flag;
	}
	if (rest)
		ious_print(text, "%s%#llx", separator, (unsigned long long)rest);
}

static const char *ious_syscall_name(unsigned int nr)
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
		CALL(setgroups),
#undef CALL
	};
	unsigned int i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (calls[i].nr == nr)
			return calls[i].name;
	return NULL;
}

static void ious_explain_syscall(struct ious_text *text,
				 const struct io_uring_sqe *sqe)
{
	const char *name = ious_syscall_name(sqe->len);

	if (name)
		ious_print(text, "%s", name);
	else
		ious_print(text, "%u", sqe->len);
}

static void ious_explain_dup(struct ious_text *text,
			     const struct io_uring_sqe *sqe)
{
	if (sqe->file_index)
		ious_print(text, "result -> %u", sqe->len);
	else
		ious_print(text, "%d -> %u", sqe->fd, sqe->len);
}

static void ious_explain_path(struct ious_text *text,
			      const struct io_uring_sqe *sqe)
{
	ious_put_text(text, (const char *)(uintptr_t)sqe->addr);
}

static void ious_explain_exec(struct ious_text *text,
			      const struct io_uring_sqe *sqe)
{
	if (sqe->fd != AT_FDCWD)
		ious_print(text, "%d ", sqe->fd);
	ious_explain_path(text, sqe);
}

static void ious_explain_write(struct ious_text *text,
			       const struct io_uring_sqe *sqe)
{
	ious_print(text, "%u bytes -> %d", sqe->len, sqe->fd);
}

/* All that plans are made of. */
static const struct {
	unsigned int opcode;
	const char *name;
	void (*explain)(struct ious_text *text, const struct io_uring_sqe *sqe);
} ious_words[] = {
	{ IO_URING_SPAWN_OP_CLONE, "CLONE", ious_explain_clone },
	{ IO_URING_SPAWN_OP_EXEC, "EXEC", ious_explain_exec },
	{ IO_URING_SPAWN_OP_DUP, "DUP", ious_explain_dup },
	{ IO_URING_SPAWN_OP_SYSCALL, "SYSCALL", ious_explain_syscall },
	{ IORING_OP_OPENAT, "OPENAT", ious_explain_path },
	{ IORING_OP_WRITE, "WRITE", ious_explain_write },
};

static void ious_explain_sqe(struct ious_text *text,
			     const struct io_uring_sqe *sqe)
{
	unsigned int i;

	for (i = 0; i < sizeof(ious_words) / sizeof(ious_words[0]); i++) {
		if (ious_words[i].opcode != sqe->opcode)
			continue;
		ious_print(text, "%s", ious_words[i].name);
		ious_column(text, 9);
		ious_words[i].explain(text, sqe);
		return;
	}
}

/* ---- lines */

static void ious_explain_argv(struct ious_text *text,
			      const struct io_uring_sqe *sqe)
{
	char *const *argv = (char *const *)(uintptr_t)sqe->addr2;
	const char *quote;

	for (; *argv; argv++) {
		quote = **argv && !strpbrk(*argv, " \t\n'\"\\$*?") ? "" : "\"";
		ious_put_text(text, quote);
		ious_put_text(text, *argv);
		ious_put_text(text, quote);
		if (argv[1])
			ious_put(text, ' ');
	}
}

static void ious_explain_request(struct ious_text *text,
				 struct ious_chain *chain, unsigned int i)
{
	const struct ious_plan *plan = chain->plan;
	struct io_uring_sqe sqe = { 0 };

	ious_chain_sqe(chain, i, &sqe);
	text->line = text->length;
	ious_explain_sqe(text, &sqe);
	if (i) {
		ious_column(text, 32);
		if (i <= plan->nr)
			ious_put_text(text, ious_plan_step(
					plan, plan->requests[i - 1].step));
		else
			ious_explain_argv(text, &sqe);
	}
	ious_put(text, '\n');
}

int ious_plan_explain(const struct ious_plan *plan, char *text, size_t size)
{
	struct ious_text to = { .text = text, .size = size };
	struct ious_chain chain;
	unsigned int i;
	int ret;

	ret = ious_chain_init(&chain, plan, false);
	if (ret)
		return ret;
	for (i = 0; i < chain.nr; i++)
		ious_explain_request(&to, &chain, i);
	if (size)
		text[to.length < size ? to.length : size - 1] = 0;
	return to.length;
}
