// SPDX-License-Identifier: GPL-2.0
/*
 * Seccomp supervisors of clone, execveat and a call of SYSCALL: a process that
 * answers soon, late or not before its limit, and puts descriptors into the table
 * of whoever asks, also in place of the ring's own.
 */
#include "fuzz.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/time.h>

static void install(struct session *s)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_execveat, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { ARRAY_SIZE(filter), filter };
	int listener;

	/* all threads alike: the difference is what "credentials" are about */
	if (s->round->seed & 1) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		s->no_new_privs = true;
	}
	listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
			   SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
	if (listener < 0)
		die("listener");
	shared->listener[s->index] = listener;
}

static void tell_ring(struct session *s)
{
	shared->ring[s->index] = s->ring.ring_fd;
}

/* Its ring may be another file at any time: it only submits, and exits. */
static void give_up(struct session *s)
{
	s->gone = true;
	s->action = EXIT;
}

static void tell_ring_and_give_up(struct session *s)
{
	tell_ring(s);
	give_up(s);
}

struct ask {
	struct seccomp_notif notif;
	unsigned int of;
};

static struct ask asks[MAX_LATER];
static struct pollfd listeners[MAX_THREADS];

static void add_fd(struct round *round, const struct ask *ask)
{
	int ring = shared->ring[ask->of],
	    null = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct seccomp_notif_addfd add = {
		.id = ask->notif.id, .srcfd = null,
		.flags = SECCOMP_ADDFD_FLAG_SETFD, .newfd = 700,
	};

	if (round->inside == &hazard_supervisor_ring && ring &&
	    !one_in(&round->state, 3))
		add.newfd = ring;
	else if (one_in(&round->state, 2))
		add.flags = add.newfd = 0;
	/* it may have been killed meanwhile */
	ioctl(listeners[ask->of].fd, SECCOMP_IOCTL_NOTIF_ADDFD, &add);
	close(null);
}

static void answer(struct round *round, const struct ask *ask)
{
	struct seccomp_notif_resp resp = {
		.id = ask->notif.id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE,
	};

	if (one_in(&round->state, 3))
		add_fd(round, ask);
	if (one_in(&round->state, 6)) {
		resp.flags = 0;
		resp.error = -EPERM;
	} else if (ask->notif.data.nr == SYS_getppid &&
		   one_in(&round->state, 3)) {
		resp.flags = 0;
		resp.val = 77;
	}
	/* whoever asked may have been killed */
	ioctl(listeners[ask->of].fd, SECCOMP_IOCTL_NOTIF_SEND, &resp);
}

/* A free place in the table is one that nobody is in. */
static struct ask *free_ask(void)
{
	unsigned int i;

	for (i = 0; i < MAX_LATER; i++)
		if (!asks[i].notif.id)
			return &asks[i];
	die("too many ask");
}

static void on_alarm(int sig)
{
	(void)sig;
}

/* Signals every @ms from now on; 0: none. */
static void alarm_each(unsigned int ms)
{
	struct timeval often = { .tv_usec = ms * 1000 };
	struct itimerval timer = { often, often };

	setitimer(ITIMER_REAL, &timer, NULL);
}

/*
 * Who asked may be gone, and RECV sleep until somebody else does: not for long. No
 * other call here is to be interrupted: poll() would say that the listener has an
 * error, and a machine that is slow enough would do nothing else.
 */
static void receive(struct round *round, struct later *later, unsigned int i)
{
	struct ask *ask = free_ask();
	int ret;

	memset(ask, 0, sizeof(*ask));
	ask->of = i;
	alarm_each(20);
	ret = ioctl(listeners[i].fd, SECCOMP_IOCTL_NOTIF_RECV, &ask->notif);
	alarm_each(0);
	if (ret) {
		ask->notif.id = 0;
		return;
	}
	later_add(later, &round->state, ask - asks);
}

static void supervise(struct round *round, pid_t pid)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct later later;
	unsigned long what;
	unsigned int i;

	sigaction(SIGALRM, &action, NULL);
	later_begin(&later, round);
	for (i = 0; i < MAX_THREADS; i++)
		listeners[i] = (struct pollfd) { .fd = -1, .events = POLLIN };
	for (;;) {
		for (i = 0; i < round->nr; i++)
			if (listeners[i].fd == -1 && shared->listener[i])
				listeners[i].fd = get_fd(pid,
						&shared->listener[i]);
		poll(listeners, MAX_THREADS, 2);
		for (i = 0; i < round->nr; i++) {
			if (listeners[i].revents & POLLIN)
				receive(round, &later, i);
			/* nobody is under that filter any more */
			else if (listeners[i].revents & POLLHUP)
				listeners[i].fd = -2;
		}
		while (later_take(&later, &what)) {
			answer(round, &asks[what]);
			asks[what].notif.id = 0;
		}
	}
}

const struct hazard hazard_supervisor = {
	.name = "supervisor", .weight = 60, .takes = TAKES_REFUSAL,
	.party = supervise, .enter = install, .opened = tell_ring,
};

const struct hazard hazard_supervisor_ring = {
	.name = "supervisor ring", .weight = 25, .takes = TAKES_REFUSAL,
	.party = supervise, .enter = install, .opened = tell_ring_and_give_up,
};
