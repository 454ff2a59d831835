// SPDX-License-Identifier: GPL-2.0
/*
 * The process of a chain: the work on itself, before its first request and at the
 * end.
 */
#include <linux/completion.h>
#include <linux/cred.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/sched/user.h>
#include <linux/string.h>
#include <linux/threads.h>

#include "chain.h"
#include "child.h"
#include "compat.h"
#include "entry.h"
#include "execing.h"
#include "ious.h"
#include "run.h"
#include "seccomp.h"
#include "state.h"
#include "symbols.h"
#include "tracer.h"

/*
 * io_uring_enter() lets a submitter wait with another signal mask. A process that is
 * made meanwhile has that mask, and the flag that restores the submitter's own one;
 * only the delivery of a signal would do that.
 */
static void ious_restore_sigmask(void)
{
	current->blocked = current->saved_sigmask;
	recalc_sigpending();
}

/* As rt_sigprocmask(2): nobody blocks these two. */
static void ious_set_sigmask(u64 mask)
{
	sigset_t *blocked = &current->blocked;

	static_assert(sizeof(*blocked) == sizeof(mask));
	blocked->sig[0] = mask;
	sigdelsetmask(blocked, sigmask(SIGKILL) | sigmask(SIGSTOP));
	recalc_sigpending();
}

static void ious_birth_signals(struct ious_chain *chain)
{
	bool restore = test_and_clear_restore_sigmask();

	if (likely(!restore && !chain->traced && !chain->masks))
		return;
	spin_lock_irq(&ious_own_sighand()->siglock);
	if (restore)
		ious_restore_sigmask();
	if (chain->masks)
		ious_set_sigmask(chain->sigmask);
	if (chain->traced)
		ious_tracer_take_stop_off();
	spin_unlock_irq(&ious_own_sighand()->siglock);
}

/*
 * As setresuid(2): if that user has too many processes, the exec fails.
 */
static void ious_take_creds(struct cred *cred)
{
	if (cred->ucounts != current_ucounts() &&
	    !uid_eq(cred->uid, GLOBAL_ROOT_UID) &&
	    ious_call(is_rlimit_overlimit)(cred->ucounts, UCOUNT_RLIMIT_NPROC,
					   rlimit(RLIMIT_NPROC)))
		current->flags |= PF_NPROC_EXCEEDED;
	commit_creds(cred);
}

/*
 * It marks the process as a child of vfork() for code that looks for the users of a
 * memory: the process has an oom_score_adj of its own, and does not change the
 * submitter's. Nobody waits for this; an exec completes it.
 */
static DECLARE_COMPLETION(ious_exec_done);

static void ious_set_vfork(struct completion *done)
{
	task_lock(current);
	current->vfork_done = done;
	task_unlock(current);
}

/* snprintf() would take as long as a request of the chain. */
static void ious_write_comm(char comm[TASK_COMM_LEN], unsigned int pid)
{
	static const char prefix[] = "iou-spn-";
	char *end = comm + sizeof(prefix);
	unsigned int rest;

	/* seven digits at most */
	static_assert(sizeof(prefix) + 7 == TASK_COMM_LEN);
	static_assert(PID_MAX_LIMIT < 10000000);
	memcpy(comm, prefix, sizeof(prefix));
	for (rest = pid; rest > 9; rest /= 10)
		end++;
	*end = '\0';
	do {
		end--;
		*end = '0' + pid % 10;
	} while (pid /= 10);
}

/*
 * Until it is another program, ps tells the process from its submitter, as it
 * does io-wq's workers: by the process that it works for, in the end.
 */
static void ious_set_comm(const struct ious_chain *chain)
{
	struct task_struct *submitter = chain->submitter;
	char comm[TASK_COMM_LEN];

	/* it may have exited, which leaves only its task_struct */
	rcu_read_lock();
	ious_write_comm(comm, task_tgid_nr_ns(submitter,
					      task_active_pid_ns(submitter)));
	rcu_read_unlock();
	ious_call(__set_task_comm)(current, comm, false);
}

static void ious_birth_end(void)
{
	ious_set_vfork(NULL);
}

/*
 * The maker may have to wait for a lock that user space delays, or stand still
 * for its tracer. A process that is killed meanwhile exits, and leaves the chain
 * to its maker if the maker has not spoken. A process that only waits for its
 * tracer goes on, as a chain that was ended does.
 */
static bool ious_await_word(struct ious_chain *chain)
{
	unsigned int state = TASK_KILLABLE | TASK_FREEZABLE;

	/* its maker is on the way there, and waits for nothing */
	wait_for_completion_state(&chain->seen, TASK_IDLE | TASK_FREEZABLE);
	/* if the word was to go on, the maker finds the process as it is, and soon */
	if (wait_for_completion_state(&chain->told, state) && chain->slot &&
	    !ious_chain_say(chain, IOUS_GONE))
		wait_for_completion_state(&chain->told,
					  TASK_IDLE | TASK_FREEZABLE);
	switch (atomic_read(&chain->word)) {
	case IOUS_REFUSED:
	case IOUS_GONE:
		return false;
	default:
		return true;
	}
}

/* False if it must exit at once, and leave the chain's requests alone. */
static bool ious_child_begin(struct ious_chain *chain)
{
	ious_arch_birth();
	ious_set_vfork(&ious_exec_done);
	ious_set_comm(chain);
	ious_leave_compat();
	ious_birth_signals(chain);
	if (chain->held && !ious_await_word(chain))
		return false;
	if (chain->cred) {
		ious_take_creds(chain->cred);
		chain->cred = NULL;
	}
	return true;
}

/*
 * @sig has to end the process. It must not be ignored or taken by a tracer, nor find a
 * handler: a SYSCALL may have set one if its arguments changed after the check.
 * Otherwise the process would return to user space, in shared memory.
 */
static void ious_insist_on(int sig)
{
	struct sighand_struct *sighand = ious_own_sighand();
	struct k_sigaction *action = &sighand->action[sig - 1];

	spin_lock_irq(&sighand->siglock);
	action->sa.sa_handler = SIG_DFL;
	action->sa.sa_flags |= SA_IMMUTABLE;
	/* it must end an init as well, and no other signal may be taken first */
	current->signal->flags &= ~SIGNAL_UNKILLABLE;
	siginitsetinv(&current->blocked, sigmask(sig) | sigmask(SIGKILL) |
					 sigmask(SIGSTOP));
	recalc_sigpending();
	spin_unlock_irq(&sighand->siglock);
}

/*
 * With our code on its stack, as in the middle of its exec: the chain is held until
 * it is back. A tracer that comes later has to stop the process first, and cannot here.
 */
static void ious_end_exec(void)
{
	struct ious_execing execing;
	bool traced = current->ptrace;

	if (!ious_arch_owes_end())
		return;
	if (traced)
		ious_execing_begin(&execing);
	ious_arch_end_call();
	if (traced)
		ious_execing_end(&execing);
}

/*
 * Returns to user space, as the new program, if one was executed. An exec that
 * failed too late to go back left a fatal signal, as does a seccomp filter that
 * kills: the process goes the same way, and that signal ends it.
 */
int ious_child_main(void *data)
{
	struct ious_chain *chain = data;
	bool execed, failed, condemned;
	bool go_on = ious_chain_start(chain);

	if (ious_child_begin(chain))
		ious_run_all(chain, go_on);
	else
		ious_chain_leave(chain);
	execed = chain->execed;
	failed = chain->failed;
	condemned = !execed && ious_seccomp_condemned();
	if (condemned)
		ious_insist_on(SIGSYS);
	if (chain->ruined)
		ious_insist_on(SIGSEGV);
	if (execed)
		ious_end_exec();
	ious_birth_end();
	ious_chain_put(chain);
	if (!execed && !condemned)
		ious_call(do_group_exit)(failed ? 127 << 8 : 0);
	return 0;
}

int ious_child_result(const struct ious_chain *chain)
{
	ious_entry_note(&chain->call, task_tgid_nr(current));
	return chain->pid_ns ? task_pid_nr_ns(current, chain->pid_ns) : 0;
}
