// SPDX-License-Identifier: GPL-2.0
/* See forge.h. */
#include "forge.h"

#ifndef IORING_NOP_FILE
#define IORING_NOP_FILE	(1U << 1)
#endif

#define MAX_FILES	16

static int files[MAX_FILES];
static unsigned int nr_files;

/*
 * What the module keeps in a request, or might take for it: our opcodes, as a
 * byte, in all bytes, pointers of the kernel, this process.
 */
static const unsigned long values[] = {
	1, 240, 241, 242, 243, 0xf0f0f0f0f0f0f0f0, 0xf1f1f1f1f1f1f1f1,
	0xf3f3f3f3f3f3f3f3, ~0ul, 0xffff888000000000, 0xffffffffc0000000,
	0x8000000000000000,
};

/* IOSQE_* in combinations that take different ways through the core. */
static const unsigned char flags[] = {
	0, L, H, IOSQE_FIXED_FILE, IOSQE_IO_DRAIN, IOSQE_ASYNC,
	IOSQE_BUFFER_SELECT, IOSQE_CQE_SKIP_SUCCESS, 0x80, L | IOSQE_ASYNC,
	H | IOSQE_ASYNC, L | IOSQE_IO_DRAIN, L | IOSQE_FIXED_FILE,
	H | IOSQE_BUFFER_SELECT, IOSQE_IO_DRAIN | IOSQE_ASYNC, L | 0x80,
};

/* NOP's own flags: those that there are, and one bit of the others. */
#define NR_NOP_FLAGS	(64 + 26)

static unsigned int nop_flags(unsigned int i)
{
	return i < 64 ? i : 1u << (i - 64 + 6);
}

/* All opcodes that nobody will ever mean, and ours outside of any chain. */
static void forge_opcode(struct io_uring_sqe *sqe, unsigned int i)
{
	sqe->opcode = i;
	sqe->fd = -1;
}

static void forge_flags(struct io_uring_sqe *sqe, unsigned int i)
{
	static const unsigned char opcodes[] = {
		IORING_OP_NOP, IORING_OP_EXEC, IORING_OP_DUP,
		IORING_OP_SYSCALL, 239, 244,
	};

	sqe->opcode = opcodes[i / ARRAY_SIZE(flags)];
	sqe->flags = flags[i % ARRAY_SIZE(flags)];
}
#define NR_FLAGS	(6 * ARRAY_SIZE(flags))

/* A NOP, each of its words; once alone and once before one of ours. */
static void forge_word(struct io_uring_sqe *sqe, unsigned int i)
{
	unsigned long value = values[i / 2 % ARRAY_SIZE(values)];
	unsigned int word = i / 2 / ARRAY_SIZE(values);

	if (word)
		((unsigned long *)sqe)[word] = value;
	else
		sqe->fd = value;
	sqe->flags = i & 1 ? L : 0;
}
#define NR_WORDS	(8 * 2 * ARRAY_SIZE(values))

/* The fields of half a word, and ioprio. */
static void forge_field(struct io_uring_sqe *sqe, unsigned int i)
{
	unsigned long value = values[i / 2 % ARRAY_SIZE(values)];

	switch (i / 2 / ARRAY_SIZE(values)) {
	case 0:
		sqe->ioprio = value;
		break;
	case 1:
		sqe->len = value;
		break;
	case 2:
		sqe->buf_index = value;
		break;
	case 3:
		sqe->personality = value;
		break;
	case 4:
		sqe->file_index = value;
		break;
	}
	sqe->flags = i & 1 ? L : 0;
}
#define NR_FIELDS	(5 * 2 * ARRAY_SIZE(values))

static void forge_nop_flags(struct io_uring_sqe *sqe, unsigned int i)
{
	static const int results[] = { 0, 240, -ECANCELED };

	sqe->nop_flags = nop_flags(i / 3);
	sqe->len = results[i % 3];
	sqe->fd = -1;
	sqe->flags = i & 1 ? L : 0;
}
#define NR_NOP		(3 * NR_NOP_FLAGS)

static void forge_with_file(struct io_uring_sqe *sqe, unsigned int i)
{
	sqe->nop_flags = IORING_NOP_FILE;
	sqe->fd = files[i / 3];
	sqe->flags = i % 3 == 2 ? IOSQE_ASYNC | L : i % 3 ? L : 0;
}

static void forge_large(struct io_uring_sqe *sqe, unsigned int i)
{
	memset((char *)sqe + 1, 0xf0 + i, sizeof(*sqe) - 1);
	sqe->flags = 0;
	sqe->ioprio = 0;
	sqe->personality = 0;
	sqe->nop_flags = 0;
}

static const struct group {
	const char *name;
	void (*forge)(struct io_uring_sqe *sqe, unsigned int i);
	unsigned int nr;
} groups[] = {
	{ "flags", forge_flags, NR_FLAGS },
	{ "a word of NOP", forge_word, NR_WORDS },
	{ "a field of NOP", forge_field, NR_FIELDS },
	{ "nop_flags", forge_nop_flags, NR_NOP },
	{ "all bytes of NOP", forge_large, 4 },
	/* after what is drained: some keep that waiting for ever on Linux 6 */
	{ "opcode", forge_opcode, 256 },
	/* last: how many there are is not known here */
	{ "a file for NOP", forge_with_file, 0 },
};

static unsigned int group_nr(const struct group *group)
{
	return group->nr ?: 3 * nr_files;
}

unsigned int forged_nr(void)
{
	unsigned int i, nr = 0;

	for (i = 0; i < ARRAY_SIZE(groups); i++)
		nr += group_nr(&groups[i]);
	return nr;
}

static const struct group *find_group(unsigned int *i)
{
	const struct group *group = groups;

	for (; *i >= group_nr(group); group++)
		*i -= group_nr(group);
	return group;
}

void forge(struct io_uring_sqe *sqe, unsigned int i)
{
	sqe->user_data = FORGED + i;
	find_group(&i)->forge(sqe, i);
}

const char *forged_name(unsigned int i)
{
	static char name[64];
	const struct group *group = find_group(&i);

	snprintf(name, sizeof(name), "%s, number %u", group->name, i);
	return name;
}

void forge_file(int fd)
{
	if (fd < 0 || nr_files == MAX_FILES)
		die("a file to forge with");
	files[nr_files++] = fd;
}

static bool count_is_0(void *path)
{
	return !read_number(path);
}

bool nothing_was_made(void)
{
	char state = 0;
	pid_t pid = any_child(&state);

	if (pid)
		note("a child was made: %d, %c", pid, state);
	return !pid && eventually(count_is_0, PARAMETERS "chains") &&
	       eventually(count_is_0, PARAMETERS "requests");
}
