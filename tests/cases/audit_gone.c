// SPDX-License-Identifier: GPL-2.0
/*
 * A path request of a chain whose submitter has gone, with audit: before Linux 7
 * the path knows a note of the submitter's audit context, which is freed by then.
 * The kernel must run with slub_debug=FZPU, which sees the write.
 *
 * The lookup is held up by the lock of a directory: somebody reads it into a page
 * of userfaultfd, and a writer waits behind that.
 */
#include "test.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/netlink.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define DIR	"/proc/sys/fs"

static int audit;

static void ask_audit(int type, const void *data, size_t size)
{
	static unsigned int seq;
	char answers[8192];
	struct pollfd poll_fd = { .events = POLLIN };
	struct {
		struct nlmsghdr header;
		char data[2048];
	} message = {
		.header = { NLMSG_LENGTH(size), type, NLM_F_REQUEST, ++seq },
	};

	memcpy(message.data, data, size);
	if (send(audit, &message, NLMSG_SPACE(size), 0) < 0)
		die("audit");
	poll_fd.fd = audit;
	while (poll(&poll_fd, 1, 50) == 1)
		if (recv(audit, answers, sizeof(answers), 0) <= 0)
			break;
}

/* With a rule, whatever it says, every call notes its paths. */
static void audit_on(bool on)
{
	struct audit_status status = {
		.mask = AUDIT_STATUS_ENABLED | AUDIT_STATUS_PID,
		.enabled = on, .pid = on ? getpid() : 0,
	};
	struct audit_rule_data rule = {
		.flags = AUDIT_FILTER_EXIT, .action = AUDIT_ALWAYS,
		.field_count = 1, .fields = { AUDIT_ARCH },
		.values = { AUDIT_ARCH_X86_64 }, .fieldflags = { AUDIT_EQUAL },
	};

	rule.mask[AUDIT_WORD(SYS_reboot)] = AUDIT_BIT(SYS_reboot);
	if (on)
		ask_audit(AUDIT_SET, &status, sizeof(status));
	ask_audit(on ? AUDIT_ADD_RULE : AUDIT_DEL_RULE, &rule, sizeof(rule));
	if (!on)
		ask_audit(AUDIT_SET, &status, sizeof(status));
}

/* Reads the directory, and gets no further than to the page. */
static pid_t hold_directory(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	pid_t pid = fork();
	char *page;
	int fd;

	if (pid)
		return pid;
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	reg.range.start = (unsigned long)page;
	reg.range.len = 4096;
	fd = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) ||
	    ioctl(fd, UFFDIO_REGISTER, &reg))
		die("userfaultfd");
	syscall(SYS_getdents64, open(DIR, O_RDONLY | O_DIRECTORY), page, 4096);
	_exit(0);
}

/* Readers of the directory wait behind this one. */
static pid_t wait_to_write(void)
{
	pid_t pid = fork();

	if (!pid) {
		mkdir(DIR "/nothing", 0755);
		_exit(0);
	}
	return pid;
}

/* Asleep, and not in a moment of being: twice in a row. */
static bool sleeps(void *pid)
{
	char path[32], text[512] = "", *state;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", *(pid_t *)pid);
	fd = open(path, O_RDONLY);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		die(path);
	close(fd);
	state = strrchr(text, ')');
	return state && strchr("SD", state[2]);
}

static pid_t submit_chain(void)
{
	/* a name that is not in the cache yet */
	static const char path[] = DIR "/inotify/../../../../tmp/mark";
	const struct step steps[] = {
		CLONE(L, ANY), OPEN(0, ANY, path, O_RDONLY | O_DIRECTORY),
	};
	struct io_uring ring;
	pid_t pid = fork();

	if (pid)
		return pid;
	if (io_uring_queue_init(8, &ring, 0))
		die("ring");
	queue_steps(&ring, steps, 2);
	submit(&ring);
	/* CLONE has its CQE, so that the process is on its way */
	next_cqe(&ring, &(unsigned long){ 0 }, &(int){ 0 });
	usleep(100000);
	_exit(0);
}

int main(void)
{
	pid_t holder, writer, submitter;
	int status;
	bool gone;

	alarm(60);
	audit = socket(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT);
	if (audit < 0)
		die("audit");
	audit_on(true);
	mkdir("/tmp/mark", 0755);
	holder = hold_directory();
	eventually(sleeps, &holder);
	writer = wait_to_write();
	eventually(sleeps, &writer);
	submitter = submit_chain();
	gone = waitpid(submitter, &status, 0) == submitter && !status;
	ok(gone && sleeps(&writer), "the submitter goes while the lookup waits");
	kill(holder, SIGKILL);
	waitpid(holder, NULL, 0);
	waitpid(writer, NULL, 0);
	audit_on(false);
	return done();
}
