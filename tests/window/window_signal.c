// SPDX-License-Identifier: GPL-2.0
/*
 * Signals that somebody else sends to a process of a chain, as an exec that
 * failed too late and a filter of seccomp do: it dies, or its chain fails. It
 * never runs code of user space, which would be at address 0.
 */
#include "arch.h"
#include "blocked.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>

#define MIN_ADDR	"/proc/sys/vm/mmap_min_addr"

/* It says that it ran by its exit status. */
static const unsigned char code[] = { CODE_EXIT_42 };

static void map_code(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	/* not a copy to a null pointer, to the compiler */
	volatile unsigned char *at = page;
	unsigned int i;

	if (page == MAP_FAILED)
		die("mmap");
	for (i = 0; i < sizeof(code); i++)
		at[i] = code[i];
	__builtin___clear_cache(page, (char *)page + sizeof(code));
}

static void block(int sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

struct stray {
	int sig;
	/* the submitter ignores it, or a tracer takes it away */
	bool ignored, traced;
	/* the process is the first of a pid namespace */
	bool init;
	/* and this one, which the kernel would take first */
	int other;
};

/* How the process ends; -1 if it stopped for its tracer. */
static int end_of(pid_t pid)
{
	bool stopped = false;
	int status = 0;

	while (waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status)) {
		stopped = true;
		ptrace(PTRACE_CONT, pid, 0, 0);
	}
	if (stopped)
		note("stopped, then %#x", status);
	return stopped ? -1 : status;
}

/* The signal comes while it is blocked, and is there when the EXEC fails. */
static int send_stray(const void *arg)
{
	static unsigned long none;
	const struct stray *stray = arg;
	struct clone_args args = {
		.flags = stray->init ? CLONE_NEWPID : 0,
		.exit_signal = SIGCHLD,
	};
	const struct step steps[] = {
		CLONE_WITH(L, ABOVE_0, &args),
		OP(IORING_OP_READ, L, 1, .fd = pipes[0], .addr = buffer,
		   .len = 1),
		CALL(L, 0, __NR_rt_sigprocmask, SIG_SETMASK, &none, 0, 8),
		EXEC(0, ANY, "/nothing"),
	};
	struct io_uring ring;
	int status;
	char state;
	pid_t pid;

	map_code();
	block(stray->sig);
	block(SIGBUS);
	if (stray->ignored)
		signal(stray->sig, SIG_IGN);
	if (io_uring_queue_init(8, &ring, 0))
		die("ring");
	queue_steps(&ring, steps, ARRAY_SIZE(steps));
	submit(&ring);
	wait_for_read();
	pid = any_child(&state);
	if (stray->traced && ptrace(PTRACE_SEIZE, pid, 0, 0))
		die("PTRACE_SEIZE");
	if (stray->other && syscall(SYS_tgkill, pid, pid, stray->other))
		die("tgkill");
	if (syscall(SYS_tgkill, pid, pid, stray->sig) ||
	    write(pipes[1], "x", 1) != 1)
		die("tgkill");
	status = end_of(pid);
	if (!WIFSIGNALED(status) || WTERMSIG(status) != stray->sig)
		note("status %#x", status);
	return !(cqes_match(&ring, steps, ARRAY_SIZE(steps)) &&
		 WIFSIGNALED(status) && WTERMSIG(status) == stray->sig);
}

static void test_stray(int sig)
{
	const struct stray strays[] = {
		{ sig },
		{ sig, .ignored = true },
		{ sig, .traced = true },
		{ sig, .ignored = true, .traced = true },
		{ sig, .init = true },
		{ sig, .init = true, .traced = true },
		{ sig, .other = SIGBUS },
		{ sig, .other = SIGBUS, .traced = true },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(strays); i++)
		ok(!in_process(send_stray, &strays[i]),
		   "signal %d from elsewhere%s%s%s%s: the process is killed",
		   sig, strays[i].ignored ? ", ignored" : "",
		   strays[i].traced ? ", traced" : "",
		   strays[i].init ? ", an init" : "",
		   strays[i].other ? ", not alone" : "");
}

int main(void)
{
	char old[16];

	alarm(1500);
	make_pipe();
	sprintf(old, "%ld", read_number(MIN_ADDR));
	if (write_string(MIN_ADDR, "0"))
		die(MIN_ADDR);
	test_stray(SIGSEGV);
	test_stray(SIGSYS);
	write_string(MIN_ADDR, old);
	return done();
}
