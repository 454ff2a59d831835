// SPDX-License-Identifier: GPL-2.0
#include "filter.h"
#include "arch.h"

#include <linux/filter.h>
#include <stddef.h>
#include <sys/prctl.h>

#define TINY	"/tests/tiny"

static int install(unsigned int flags, unsigned int nr, unsigned int arg,
		   unsigned int mask, unsigned int action)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_NATIVE, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, args) + 8 * arg),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, mask, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { ARRAY_SIZE(code), code };
	long ret;

	/* any argument: nothing to look at */
	if (!mask)
		code[6] = (struct sock_filter)
			BPF_JUMP(BPF_JMP | BPF_JA, 0, 0, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	ret = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
	if (ret < 0)
		die("seccomp");
	return ret;
}

int filter(unsigned int flags, unsigned int nr, unsigned int mask,
	   unsigned int action)
{
	return install(flags, nr, 0, mask, action);
}

int filter_second(unsigned int nr, unsigned int mask, unsigned int action)
{
	return install(0, nr, 1, mask, action);
}

bool ended_as(int status, int want)
{
	if (status >= 0 && WIFSIGNALED(status))
		status = WTERMSIG(status);
	if (status != want)
		note("status 0x%x, not 0x%x", status, want);
	return status == want;
}

bool chain_gives(struct io_uring *ring, int clone, int chdir, int exec,
		 int status)
{
	const struct step steps[] = {
		CLONE(L, clone), CALL(L, chdir, SYS_chdir, "/", 0, 0, 0),
		EXEC(0, exec, TINY),
	};

	queue_steps(ring, steps, 3);
	submit(ring);
	return cqes_match(ring, steps, 3) & ended_as(wait_status(), status);
}
