// SPDX-License-Identifier: GPL-2.0
/*
 * State that only some CPUs have: shadow stacks, protection keys, memory tags, the length
 * of vectors, keys of pointers. The submitter keeps its own, and a program has what it
 * would have after fork(2) and execve(2).
 */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#ifndef PR_SET_SHADOW_STACK_STATUS
#define PR_GET_SHADOW_STACK_STATUS	74
#define PR_SET_SHADOW_STACK_STATUS	75
#endif
#ifndef PR_PAC_SET_ENABLED_KEYS
#define PR_PAC_SET_ENABLED_KEYS		60
#define PR_PAC_GET_ENABLED_KEYS		61
#endif
#ifndef PR_SME_SET_VL
#define PR_SME_SET_VL			63
#define PR_SME_GET_VL			64
#endif
#ifndef PR_MTE_TCF_SYNC
#define PR_MTE_TCF_SYNC			2ul
#endif
#define VL_INHERIT			(1 << 17)
#define VL_ONEXEC			(1 << 18)
#define ALL_TAGS			(0xfffeul << 3)

/* Where a program of this file writes its state to. */
#define OUT	200

static char *const state_argv[] = { "state", NULL };

/* ---- the program */

/* prctl(2) without a pointer: -1 where there is no such state. */
static int number(int option)
{
	return prctl(option, 0, 0, 0, 0);
}

static int tell_state(void)
{
	unsigned long shadow = 0;
	int ret = prctl(PR_GET_SHADOW_STACK_STATUS, &shadow, 0, 0, 0);

	dprintf(OUT, "vectors %x, matrices %x, tags %x, shadow stack %d %lx, pointers %x",
		number(PR_SVE_GET_VL), number(PR_SME_GET_VL),
		number(PR_GET_TAGGED_ADDR_CTRL), ret, shadow,
		number(PR_PAC_GET_ENABLED_KEYS));
	return 0;
}

/* ---- a program of a chain, and one of fork(2) */

static void read_state(char *text, size_t size)
{
	ssize_t len = pread(OUT, text, size - 1, 0);

	text[len > 0 ? len : 0] = 0;
	if (ftruncate(OUT, 0) || lseek(OUT, 0, SEEK_SET))
		die("the report");
}

static bool forked_state(char *text, size_t size)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		execve("/proc/self/exe", state_argv, environ);
		_exit(1);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		return false;
	read_state(text, size);
	return text[0];
}

/* With this path, which is anywhere: the result of EXEC. */
static int exec_result(const char *path)
{
	struct step steps[] = {
		CLONE(L, 0),
		EXEC(0, 0, path, .argv = state_argv),
	};
	int res = 0, i, results[3] = { 0 };
	unsigned long user_data;
	struct io_uring ring;

	if (io_uring_queue_init(8, &ring, 0))
		return -EBADF;
	queue_steps(&ring, steps, 2);
	submit(&ring);
	for (i = 0; i < 2; i++) {
		if (!next_cqe(&ring, &user_data, &res))
			return -ETIME;
		results[user_data] = res;
	}
	io_uring_queue_exit(&ring);
	if (!results[1] && wait_status() != (results[2] ? EXITED(127) : 0))
		return -ECHILD;
	return results[2];
}

/* A test in a process of its own: 1, or LACKS, if the CPU or the kernel has no such state. */
#define LACKS	2

static void try(int (*test)(const void *arg), const void *arg, const char *name)
{
	int ret = in_process(test, arg);

	if (ret == LACKS)
		skip("this CPU, or kernel, has none", "%s", name);
	else
		ok(ret == 1, "%s", name);
}

/* ---- settings of the submitter, which exec keeps or not */

struct setting {
	const char *name;
	int option;
	unsigned long args[2];
};

static const struct setting settings[] = {
	{ "nothing", 0 },
	{ "a length of vectors", PR_SVE_SET_VL, { 32 } },
	{ "one that is inherited", PR_SVE_SET_VL, { 32 | VL_INHERIT } },
	{ "one for the next program", PR_SVE_SET_VL, { 32 | VL_ONEXEC } },
	{ "one of matrices", PR_SME_SET_VL, { 32 | VL_INHERIT } },
	{ "tags in pointers", PR_SET_TAGGED_ADDR_CTRL, { PR_TAGGED_ADDR_ENABLE } },
	{ "tags of memory", PR_SET_TAGGED_ADDR_CTRL,
	  { PR_TAGGED_ADDR_ENABLE | PR_MTE_TCF_SYNC | ALL_TAGS } },
	{ "no key for pointers to data", PR_PAC_SET_ENABLED_KEYS,
	  { PR_PAC_APDAKEY, 0 } },
};

static int set_and_compare(const void *arg)
{
	const struct setting *set = arg;
	char forked[256], spawned[256];

	if (set->option && prctl(set->option, set->args[0], set->args[1], 0, 0) < 0)
		return LACKS;
	if (!forked_state(forked, sizeof(forked)) || exec_result("/proc/self/exe"))
		return 0;
	read_state(spawned, sizeof(spawned));
	if (strcmp(forked, spawned))
		note("forked: %s; of a chain: %s", forked, spawned);
	return !strcmp(forked, spawned);
}

static void test_settings(void)
{
	unsigned int i;
	char name[96];

	for (i = 0; i < ARRAY_SIZE(settings); i++) {
		snprintf(name, sizeof(name),
			 "%s: the program has what a forked one has",
			 settings[i].name);
		try(set_and_compare, &settings[i], name);
	}
}

/* ---- shadow stacks of arm64 */

#ifdef __aarch64__
#define HAS_SHADOW_STACK	(getauxval(AT_HWCAP) >> 32 & 1)

/* Not by a function: it could not return. */
#define SHADOW_STACK(on) do {						\
	register long x0 __asm__("x0") = PR_SET_SHADOW_STACK_STATUS;	\
	register long x1 __asm__("x1") = (on);				\
	register long x2 __asm__("x2") = 0;				\
	register long x3 __asm__("x3") = 0;				\
	register long x4 __asm__("x4") = 0;				\
	register long x8 __asm__("x8") = SYS_prctl;			\
	__asm__ volatile("svc #0" : "+r"(x0)				\
			 : "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x8)	\
			 : "memory");					\
} while (0)
#else
/* no QEMU emulates those of x86-64 */
#define HAS_SHADOW_STACK	0
#define SHADOW_STACK(on)	do { } while (0)
#endif

static int __attribute__((noinline)) deep(int n)
{
	int ret = n ? deep(n - 1) : 0;

	/* no tail call */
	__asm__ volatile("" : "+r"(ret));
	return ret + 1;
}

/* Of processes that exec, and of those that end without. */
static int __attribute__((noinline)) spawn_all(void)
{
	int i, good = 1;

	for (i = 0; good && i < 5; i++) {
		good = !exec_result("/proc/self/exe") &&
		       exec_result("/nowhere") == -ENOENT && deep(50) == 51;
	}
	return good;
}

/* Each return of a function needs the stack, which a process of a chain could unmap. */
static int shadow_stack(const void *unused)
{
	unsigned long status = 0;
	int good;

	(void)unused;
	if (!HAS_SHADOW_STACK)
		return LACKS;
	SHADOW_STACK(1);
	good = spawn_all();
	prctl(PR_GET_SHADOW_STACK_STATUS, &status, 0, 0, 0);
	SHADOW_STACK(0);
	return good && status == 1;
}

/* ---- protection keys, tags of memory */

static char *new_page(int prot)
{
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | prot,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return NULL;
	strcpy(page, "/proc/self/exe");
	return page;
}

/* A path on a page of a key that allows all, or nothing. */
struct key {
	const char *name;
	unsigned int rights;
	int want;
};

static const struct key keys[] = {
	{ "a path on a page of a key that allows all", 0, OTHER_KEY_RESULT },
	{ "a path on a page of a key that allows nothing", PKEY_DISABLE_ACCESS,
	  -EFAULT },
};

static int other_key(const void *arg)
{
	const struct key *key = arg;
	long nr = syscall(SYS_pkey_alloc, 0, key->rights);
	char *page = new_page(0);
	int ret;

	if (nr < 0 || !page)
		return LACKS;
	if (exec_result(page) ||
	    syscall(SYS_pkey_mprotect, page, 4096, PROT_READ | PROT_WRITE, nr))
		return 0;
	ret = exec_result(page);
	if (ret != key->want)
		note("EXEC: %d, wanted %d", ret, key->want);
	return ret == key->want;
}

#ifdef __aarch64__
#ifndef PROT_MTE
#define PROT_MTE	0x20
#endif

/* The same pointer with a random tag, which its 16 bytes get. */
static char *tagged(char *page)
{
	char *with_tag;

	__asm__ volatile(".arch armv8.5-a+memtag\n\t"
			 "irg %0, %1\n\t"
			 "stg %0, [%0]"
			 : "=&r"(with_tag) : "r"(page) : "memory");
	return with_tag;
}

static int tagged_path(const void *unused)
{
	char *page;

	(void)unused;
	if (prctl(PR_SET_TAGGED_ADDR_CTRL,
		  PR_TAGGED_ADDR_ENABLE | PR_MTE_TCF_SYNC | ALL_TAGS, 0, 0, 0))
		return LACKS;
	page = new_page(PROT_MTE);
	return page && !exec_result(tagged(page));
}
#else
static int tagged_path(const void *unused)
{
	(void)unused;
	return LACKS;
}
#endif

int main(int argc, char **argv)
{
	unsigned int i;
	int out;

	(void)argc;
	if (!strcmp(argv[0], "state"))
		return tell_state();
	alarm(300);
	out = memfd_create("state", 0);
	if (out < 0 || dup2(out, OUT) != OUT)
		die("memfd");
	close(out);
	test_settings();
	try(shadow_stack, NULL, "a submitter with a shadow stack keeps it");
	for (i = 0; i < ARRAY_SIZE(keys); i++)
		try(other_key, &keys[i], keys[i].name);
	try(tagged_path, NULL, "a path in memory with a tag");
	return done();
}
