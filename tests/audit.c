// SPDX-License-Identifier: GPL-2.0
/*
 * audit: with a rule for a call, a chain leaves the same records as a process
 * that made the call. Both are made here and compared, by what auditd would
 * get from the kernel.
 */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sys/socket.h>

#define TINY	"/tests/tiny"
#define SIZE	16384

static int sock;
/* type=N and the text of each record, but for what always differs */
static char records[2][SIZE];

static void send_audit(int type, const void *data, size_t len)
{
	static unsigned int seq;
	struct {
		struct nlmsghdr header;
		char data[2048];
	} msg = {
		.header = {
			.nlmsg_len = NLMSG_LENGTH(len), .nlmsg_type = type,
			.nlmsg_flags = NLM_F_REQUEST, .nlmsg_seq = ++seq,
		},
	};

	memcpy(msg.data, data, len);
	if (send(sock, &msg, NLMSG_SPACE(len), 0) < 0)
		die("audit");
}

static void rule(int type, unsigned int nr, bool failures)
{
	struct audit_rule_data rule = {
		.flags = AUDIT_FILTER_EXIT, .action = AUDIT_ALWAYS,
		.field_count = 2,
		.fields = { AUDIT_ARCH, AUDIT_SUCCESS },
		.values = { AUDIT_ARCH_X86_64, !failures },
		.fieldflags = { AUDIT_EQUAL, AUDIT_EQUAL },
	};

	rule.mask[AUDIT_WORD(nr)] = AUDIT_BIT(nr);
	send_audit(type, &rule, sizeof(rule));
}

/* Fields whose values are those of a moment or of a process. */
static bool differs(const char *field)
{
	static const char *const names[] = {
		"audit(", "pid=", "ppid=", "a0=", "a1=", "a2=", "a3=", "exe=",
		"comm=",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!strncmp(field, names[i], strlen(names[i])))
			return true;
	return false;
}

static void add_record(char *to, int type, char *text)
{
	size_t used = strlen(to);
	char *field, *rest = text;

	used += snprintf(to + used, SIZE - used, "type=%d", type);
	while ((field = strsep(&rest, " \n")))
		if (*field && (!differs(field) ||
			       (type == AUDIT_EXECVE && *field == 'a' &&
				strncmp(field, "audit(", 6))))
			used += snprintf(to + used, SIZE - used, " %s", field);
	snprintf(to + used, SIZE - used, "\n");
}

/* All that comes, until nothing comes for a moment. */
static void read_records(char *to)
{
	struct pollfd fd = { sock, POLLIN, 0 };
	union {
		struct nlmsghdr header;
		char bytes[16384];
	} msg;
	ssize_t len;

	*to = '\0';
	while (poll(&fd, 1, 300) == 1) {
		len = recv(sock, &msg, sizeof(msg) - 1, 0);
		if (len < (ssize_t)sizeof(msg.header))
			die("audit");
		msg.bytes[len] = '\0';
		if (msg.header.nlmsg_type >= AUDIT_SYSCALL &&
		    msg.header.nlmsg_type < AUDIT_FIRST_USER_MSG2 &&
		    msg.header.nlmsg_type != AUDIT_EOE)
			add_record(to, msg.header.nlmsg_type,
				   NLMSG_DATA(&msg.header));
	}
}

/* Nobody else's records are wanted: only those of the rules below. */
static void start_audit(void)
{
	struct audit_status status = {
		.mask = AUDIT_STATUS_ENABLED | AUDIT_STATUS_PID |
			AUDIT_STATUS_BACKLOG_LIMIT | AUDIT_STATUS_FAILURE,
		.enabled = 1, .pid = getpid(), .backlog_limit = 8192,
		.failure = 1,
	};

	sock = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT);
	if (sock < 0)
		die("audit");
	send_audit(AUDIT_SET, &status, sizeof(status));
	read_records(records[0]);
}

static void stop_audit(void)
{
	struct audit_status status = {
		.mask = AUDIT_STATUS_ENABLED | AUDIT_STATUS_PID,
	};

	send_audit(AUDIT_SET, &status, sizeof(status));
	read_records(records[0]);
}

struct row {
	const char *name;
	unsigned int nr;
	bool failures;
	/* the request, and the call for a process that makes it by hand */
	struct step step;
	int want;
	/* of which a record must be there */
	const char *has;
};

static char *const argv[] = { "tiny", "one", "two words", NULL };
static const char long_name[] = "/tmp/no-such-directory";

static const struct row rows[] = {
	{ "execveat", SYS_execveat, false,
	  EXEC(0, 0, TINY, .argv = argv), 0, "type=1309 argc=3" },
	{ "execveat that fails", SYS_execveat, true,
	  EXEC(0, -ENOENT, "/tests/none", .argv = argv), 127,
	  "/tests/none" },
	{ "chdir", SYS_chdir, false,
	  CALL(0, 0, SYS_chdir, "/tmp", 0, 0, 0), 0, "name=\"/tmp\"" },
	{ "chdir that fails", SYS_chdir, true,
	  CALL(0, -ENOENT, SYS_chdir, long_name, 0, 0, 0), 127, long_name },
	{ "setresuid", SYS_setresuid, false,
	  CALL(0, 0, SYS_setresuid, 1, 2, 3, 0), 0, "uid=1" },
	{ "umask", SYS_umask, false,
	  CALL(0, 022, SYS_umask, 077, 0, 0, 0), 0, "type=1300" },
	{ "mount that fails", SYS_mount, true,
	  CALL(0, -ENODEV, SYS_mount, "none", "/tmp", "nofs", 0), 127,
	  "type=1300" },
};

static void by_hand(const struct row *row)
{
	const struct step *step = &row->step;
	long ret;

	if (row->nr == SYS_execveat)
		ret = syscall(SYS_execveat, AT_FDCWD, step->addr, step->argv,
			      environ, 0);
	else
		ret = syscall(row->nr, step->args[0], step->args[1],
			      step->args[2], step->args[3], 0);
	_exit(ret < 0 ? 127 : 0);
}

static bool run_by_hand(const struct row *row)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		by_hand(row);
	return waitpid(pid, &status, 0) == pid && status == EXITED(row->want);
}

static bool run_chain_of(struct io_uring *ring, const struct row *row)
{
	const struct step steps[] = { CLONE(L, 0), row->step };

	return TRY(ring, steps, EXITED(row->want));
}

static void print(const char *what, char *text)
{
	char *line;

	while ((line = strsep(&text, "\n")))
		if (*line)
			note("%s: %s", what, line);
}

static void test_row(struct io_uring *ring, const struct kind *kind,
		     const struct row *row)
{
	bool good;

	rule(AUDIT_ADD_RULE, row->nr, row->failures);
	read_records(records[0]);
	good = run_by_hand(row);
	read_records(records[0]);
	good &= run_chain_of(ring, row);
	read_records(records[1]);
	rule(AUDIT_DEL_RULE, row->nr, row->failures);
	good &= !strcmp(records[0], records[1]);
	good &= strstr(records[1], row->has) != NULL;
	if (!ok(good, "%s: %s", kind->name, row->name)) {
		print("by hand", records[0]);
		print("chain", records[1]);
	}
}

/* Who watches clone(2) sees the process, though from within. */
static void test_clone(struct io_uring *ring, const struct kind *kind)
{
	struct clone_args args = { .exit_signal = SIGCHLD };
	const struct step steps[] = {
		CLONE_WITH(L, PID, &args), EXEC(0, 0, TINY),
	};
	char result[32];
	bool good;

	rule(AUDIT_ADD_RULE, SYS_clone, false);
	read_records(records[0]);
	good = TRY(ring, steps, EXITED(0));
	read_records(records[1]);
	rule(AUDIT_DEL_RULE, SYS_clone, false);
	snprintf(result, sizeof(result), "exit=%d", waited_pid);
	if (!ok(good && strstr(records[1], "syscall=56") &&
		strstr(records[1], result), "%s: clone", kind->name))
		print("chain", records[1]);
}

static void test_all(struct io_uring *ring, const struct kind *kind)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		test_row(ring, kind, &rows[i]);
	test_clone(ring, kind);
}

int main(void)
{
	alarm(500);
	start_audit();
	for_main_kinds(test_all, "audit");
	stop_audit();
	return done();
}
