// SPDX-License-Identifier: GPL-2.0
/*
 * IORING_EXEC_EARLY: the submitter goes on when the exec cannot go back, as the parent
 * does that waits for a vfork() child; not when the program is all there.
 *
 * Every binary format that loads a program calls setup_arg_pages() soon after
 * setup_new_exec(): the old memory and the locks of the exec have been left by then, the
 * new credentials are set, the table of descriptors is final. From there to the return
 * to user space is half of an exec. If a format does not call it, or if the hook could not
 * be installed, the CQE comes at the end.
 */
#include <linux/binfmts.h>

#include "compat.h"
#include "early.h"
#include "exec.h"
#include "run.h"
#include "symbols.h"

static int ious_setup_arg_pages(struct linux_binprm *bprm, unsigned long top,
				int executable)
{
	struct ious_exec_call *call = ious_exec_call();

	if (ious_run_early(call->chain, call->result))
		ious_execing_begin(&call->execing);
	return ious_call(setup_arg_pages)(bprm, top, executable);
}

void *notrace ious_early_decide(struct ftrace_regs *fregs)
{
	return ious_exec_call() ? ious_setup_arg_pages : NULL;
}
