// SPDX-License-Identifier: GPL-2.0
/* SYSCALL: signals, scheduling, limits, prctl, personality. See lib/rows.h. */
#include "rows.h"

#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <sched.h>
#include <sys/personality.h>
#include <sys/prctl.h>

#ifndef PR_SET_IO_FLUSHER
#define PR_SET_IO_FLUSHER	57
#endif

static const struct kernel_action by_default = { .handler = 0 };
static const struct kernel_action ignored = { .handler = 1 };
static const unsigned long hup = 1UL << (SIGHUP - 1);
static char alternate[16384];
static const stack_t stack = { .ss_sp = alternate, .ss_size = 16384 };

static void handler(int signal) { (void)signal; }

/* The handler does not get into the new process: it is reset, as by exec. */
static const char *handle_usr1(void)
{
	signal(SIGUSR1, handler);
	return NULL;
}

static const char *ignore_usr2(void)
{
	signal(SIGUSR2, SIG_IGN);
	return NULL;
}

static const int priority_0[1] = { 0 }, priority_3[1] = { 3 },
		 priority_5[1] = { 5 };
static const unsigned long cpu_0[1] = { 1 }, node_0[1] = { 1 };
/* size, policy, flags, nice, priority, runtime, deadline, period */
static const struct {
	unsigned int size, policy;
	unsigned long flags;
	int nice;
	unsigned int priority;
	unsigned long runtime, deadline, period;
} batch_nice_7 = { 48, SCHED_BATCH, 0, 7 };
static const struct rlimit core = { 1000, 2000 }, files = { 300, 400 },
			   impossible = { 2, 1 };

#define IOPRIO	(IOPRIO_CLASS_BE << 13 | 6)

static const struct row rows[] = {
	{ "rt_sigprocmask", .steps = {
		CALL(L, 0, SYS_rt_sigprocmask, SIG_SETMASK, &hup,
			&outputs.set, 8),
		CALL(L, 0, SYS_rt_sigprocmask, SIG_BLOCK, NULL,
			&outputs.set, 8) },
	  .shows = { "SigBlk:\t0000000000000001" }, .fresh = "SigBlk" },
	{ "rt_sigprocmask, wrong size", .steps = {
		CALL(H, -EINVAL, SYS_rt_sigprocmask, SIG_SETMASK, &hup, 0,
			4) } },
	{ "rt_sigaction: to ignore", .steps = {
		CALL(L, 0, SYS_rt_sigaction, SIGUSR2, &ignored,
			&outputs.action, 8) },
	  .shows = { "SigIgn:\t0000000000000800" }, .fresh = "SigIgn" },
	{ "rt_sigaction: by default", ignore_usr2, {
		CALL(L, 0, SYS_rt_sigaction, SIGUSR2, &by_default, 0, 8) },
	  .shows = { "SigIgn:\t0000000000000000" }, .fresh = "SigIgn" },
	{ "rt_sigaction: what the submitter handles", handle_usr1, {
		CALL(L, 0, SYS_rt_sigaction, SIGUSR1, &ignored, 0, 8) },
	  .shows = { "SigIgn:\t0000000000000200",
		     "SigCgt:\t0000000000000000" }, .fresh = "SigCgt" },
	{ "rt_sigaction: SIGKILL", .steps = {
		CALL(H, -EINVAL, SYS_rt_sigaction, SIGKILL, &ignored, 0,
			8) } },
	{ "sigaltstack", .steps = {
		CALL(L, 0, SYS_sigaltstack, &stack, 0, 0, 0),
		CALL(L, 0, SYS_sigaltstack, 0, &outputs.stack, 0, 0) } },
	{ "setpriority", .steps = {
		CALL(L, 0, SYS_setpriority, PRIO_PROCESS, 0, 5, 0) },
	  .shows = { "nice: 5" }, .fresh = "nice" },
	{ "setpriority of the own number", .steps = {
		CALL(L, PID, SYS_getpid, 0, 0, 0, 0),
		CALL(L, 0, SYS_setpriority, PRIO_PROCESS, 0, 6, 0,
			.rw_flags = BACK(1, 1)) },
	  .shows = { "nice: 6" }, .fresh = "nice" },
	{ "ioprio_set", .steps = {
		CALL(L, 0, SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO,
			0) },
	  .shows = { "ioprio: 4006" }, .fresh = "ioprio" },
	{ "sched_setscheduler", .steps = {
		CALL(L, 0, SYS_sched_setscheduler, 0, SCHED_IDLE,
			priority_0, 0) },
	  .fresh = "sched" },
	{ "sched_setscheduler, sched_setparam", .steps = {
		CALL(L, 0, SYS_sched_setscheduler, 0, SCHED_FIFO,
			priority_3, 0),
		CALL(L, 0, SYS_sched_setparam, 0, priority_5, 0, 0) },
	  .fresh = "sched" },
	{ "sched_setscheduler of the own number", .steps = {
		CALL(L, PID, SYS_getpid, 0, 0, 0, 0),
		CALL(L, 0, SYS_sched_setscheduler, 0, SCHED_BATCH,
			priority_0, 0, .rw_flags = BACK(0, 1)) },
	  .fresh = "sched" },
	{ "sched_setattr", .steps = {
		CALL(L, 0, SYS_sched_setattr, 0, &batch_nice_7, 0, 0) },
	  .shows = { "nice: 7" }, .fresh = "sched" },
	{ "sched_setaffinity", .steps = {
		CALL(L, 0, SYS_sched_setaffinity, 0, 8, cpu_0, 0) },
	  .shows = { "Cpus_allowed:\t1" } },
	{ "set_mempolicy", .steps = {
		CALL(L, 0, SYS_set_mempolicy, MPOL_BIND, node_0, 64, 0) },
	  .fresh = "mempolicy" },
	{ "prlimit64", .steps = {
		CALL(L, 0, SYS_prlimit64, 0, RLIMIT_CORE, &core,
			&outputs.limit) },
	  .shows = { "limit.4: 3e8 7d0" }, .fresh = "limit.4" },
	{ "prlimit64 of the own number", .steps = {
		CALL(L, PID, SYS_gettid, 0, 0, 0, 0),
		CALL(L, 0, SYS_prlimit64, 0, RLIMIT_CORE, &core, 0,
			.rw_flags = BACK(0, 1)) },
	  .shows = { "limit.4: 3e8 7d0" }, .fresh = "limit.4" },
	{ "setrlimit", .steps = {
		CALL(L, 0, SYS_setrlimit, RLIMIT_NOFILE, &files, 0, 0),
		CALL(H, -EINVAL, SYS_setrlimit, RLIMIT_NOFILE, &impossible,
			0, 0) },
	  .shows = { "limit.7: 12c 190" }, .fresh = "limit.7" },
	{ "PR_SET_PDEATHSIG", .steps = {
		CALL(L, 0, SYS_prctl, PR_SET_PDEATHSIG, SIGTERM, 0, 0) },
	  .shows = { "pdeathsig: 0 15" } },
	{ "PR_SET_NAME", .steps = {
		CALL(L, 0, SYS_prctl, PR_SET_NAME, "chain", 0, 0) } },
	{ "PR_SET_NO_NEW_PRIVS", .steps = {
		CALL(L, 0, SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0) },
	  .shows = { "NoNewPrivs:\t1" }, .fresh = "NoNewPrivs" },
	{ "PR_SET_TIMERSLACK", .steps = {
		CALL(L, 0, SYS_prctl, PR_SET_TIMERSLACK, 12345, 0, 0) },
	  .shows = { "timerslack: 12345" } },
	{ "PR_SET_CHILD_SUBREAPER", .steps = {
		CALL(L, 0, SYS_prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0) },
	  .shows = { "subreaper: 0 1" } },
	{ "PR_SET_SPECULATION_CTRL", .steps = {
		CALL(H, ANY, SYS_prctl, PR_SET_SPECULATION_CTRL,
			PR_SPEC_STORE_BYPASS, PR_SPEC_DISABLE, 0) } },
	{ "PR_SET_IO_FLUSHER", .steps = {
		CALL(H, ANY, SYS_prctl, PR_SET_IO_FLUSHER, 1, 0, 0) } },
	{ "PR_MCE_KILL", .steps = {
		CALL(L, 0, SYS_prctl, PR_MCE_KILL, PR_MCE_KILL_SET,
			PR_MCE_KILL_EARLY, 0) },
	  .shows = { "mce_kill: 1" }, .fresh = "mce_kill" },
	{ "PR_SET_TSC", .steps = {
		CALL(L, 0, SYS_prctl, PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0) },
	  .shows = { TSC_AFTER_EXEC }, .fresh = TSC_FRESH },
	{ "personality", .steps = {
		CALL(L, 0, SYS_personality, ADDR_NO_RANDOMIZE, 0, 0, 0),
		CALL(L, ADDR_NO_RANDOMIZE, SYS_personality, 0xffffffff, 0,
			0, 0) },
	  .shows = { "personality: 40000" }, .fresh = "personality" },
};

int main(void)
{
	return rows_main(rows, ARRAY_SIZE(rows));
}
