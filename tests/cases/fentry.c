// SPDX-License-Identifier: GPL-2.0
/*
 * fentry KIND FUNCTION STARTED GO [uncounted]: attaches a BPF program to a function
 * of the kernel, by fentry or fexit, that does nothing but return. Says "attached ERRNO"
 * to the fifo STARTED; if that is 0, waits for a byte from the fifo GO and says on
 * standard output how often the program ran. Counting costs each run some instructions.
 * No library of BPF is needed.
 */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/btf.h>

static int sys_bpf(int cmd, union bpf_attr *attr)
{
	return syscall(__NR_bpf, cmd, attr, sizeof(*attr));
}

static char *read_btf(void)
{
	int fd = open("/sys/kernel/btf/vmlinux", O_RDONLY);
	size_t size = 0, room = 64 << 20;
	char *data = malloc(room);
	ssize_t nr;

	if (fd < 0 || !data)
		die("open the kernel's BTF");
	while ((nr = read(fd, data + size, room - size)) > 0)
		size += nr;
	close(fd);
	return data;
}

/* What follows a type of this kind. */
static size_t size_behind(const struct btf_type *type)
{
	unsigned int nr = BTF_INFO_VLEN(type->info);

	switch (BTF_INFO_KIND(type->info)) {
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		return 4;
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return nr * sizeof(struct btf_member);
	case BTF_KIND_ENUM:
		return nr * sizeof(struct btf_enum);
	case BTF_KIND_FUNC_PROTO:
		return nr * sizeof(struct btf_param);
	case BTF_KIND_DATASEC:
	case BTF_KIND_ENUM64:
		return nr * 12;
	}
	return 0;
}

static unsigned int find_function(const char *name)
{
	const struct btf_header *header = (void *)read_btf();
	const char *types, *strings, *next;
	const struct btf_type *type;
	unsigned int id = 1;

	types = (const char *)header + header->hdr_len + header->type_off;
	strings = (const char *)header + header->hdr_len + header->str_off;
	for (next = types; next < types + header->type_len; id++) {
		type = (const void *)next;
		if (BTF_INFO_KIND(type->info) == BTF_KIND_FUNC &&
		    !strcmp(strings + type->name_off, name))
			return id;
		next += sizeof(*type) + size_behind(type);
	}
	die("find the function in the kernel's BTF");
}

static int load_program(const char *kind, const char *function)
{
	static const struct bpf_insn program[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_TRACING,
		.expected_attach_type = strcmp(kind, "fexit") ?
			BPF_TRACE_FENTRY : BPF_TRACE_FEXIT,
		.insns = (unsigned long)program,
		.insn_cnt = ARRAY_SIZE(program),
		.license = (unsigned long)"GPL",
		.attach_btf_id = find_function(function),
	};
	int fd = sys_bpf(BPF_PROG_LOAD, &attr);

	if (fd < 0)
		die("load the program");
	return fd;
}

static int attach(int program)
{
	union bpf_attr attr = { .raw_tracepoint.prog_fd = program };

	return sys_bpf(BPF_RAW_TRACEPOINT_OPEN, &attr) < 0 ? errno : 0;
}

/* Counted while somebody holds the descriptor of this. */
static void count_runs(void)
{
	union bpf_attr attr = { .enable_stats.type = BPF_STATS_RUN_TIME };

	if (sys_bpf(BPF_ENABLE_STATS, &attr) < 0)
		die("have BPF's programs counted");
}

static unsigned long long runs_of(int program)
{
	struct bpf_prog_info info = { };
	union bpf_attr attr = {
		.info.bpf_fd = program,
		.info.info_len = sizeof(info),
		.info.info = (unsigned long)&info,
	};

	if (sys_bpf(BPF_OBJ_GET_INFO_BY_FD, &attr))
		die("ask about the program");
	return info.run_cnt;
}

int main(int argc, char *argv[])
{
	char text[32], byte;
	int program, error;

	if (argc != 5 && argc != 6)
		return 2;
	alarm(100);
	if (argc == 5)
		count_runs();
	program = load_program(argv[1], argv[2]);
	error = attach(program);
	snprintf(text, sizeof(text), "attached %d\n", error);
	if (write_string(argv[3], text))
		return 1;
	if (error)
		return 0;
	if (read(open(argv[4], O_RDONLY), &byte, 1) != 1)
		return 1;
	if (argc == 5)
		printf("ran %llu\n", runs_of(program));
	return 0;
}
