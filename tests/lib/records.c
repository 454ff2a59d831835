// SPDX-License-Identifier: GPL-2.0
/* See records.h. */
#include "test.h"
#include "arch.h"
#include "records.h"

#include <errno.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sys/socket.h>

static int sock;

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

void records_rule(int type, unsigned int nr, bool failures)
{
	struct audit_rule_data rule = {
		.flags = AUDIT_FILTER_EXIT, .action = AUDIT_ALWAYS,
		.field_count = 2,
		.fields = { AUDIT_ARCH, AUDIT_SUCCESS },
		.values = { AUDIT_ARCH_NATIVE, !failures },
		.fieldflags = { AUDIT_EQUAL, AUDIT_EQUAL },
	};

	rule.mask[AUDIT_WORD(nr)] = AUDIT_BIT(nr);
	send_audit(type, &rule, sizeof(rule));
}

/* The end of a Landlock domain: some time after that of its last process. */
#define LANDLOCK_DOMAIN	1424

/* The name of a process before its exec; that of a chain is not its submitter's. */
static bool is_own_name(const char *field)
{
	char own[32];

	snprintf(own, sizeof(own), "comm=\"%.15s\"",
		 program_invocation_short_name);
	return !strcmp(field, own) || !strncmp(field, "comm=\"iou-spn-", 14);
}

/* Fields whose values are those of a moment or of a process. */
static bool differs(int type, const char *field)
{
	static const char *const names[] = {
		"audit(", "pid=", "ppid=", "a0=", "a1=", "a2=", "a3=",
		/* below /proc */
		"inode=", "ino=",
	};
	unsigned int i;

	/* an argument of the program, not of the call */
	if (type == AUDIT_EXECVE && *field == 'a' && strncmp(field, "audit(", 6))
		return false;
	if (is_own_name(field))
		return true;
	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!strncmp(field, names[i], strlen(names[i])))
			return true;
	return false;
}

static void add_record(char *to, int type, char *text)
{
	size_t used = strlen(to);
	char *field, *rest = text;

	if (used > RECORDS_SIZE / 2)
		return;
	used += snprintf(to + used, RECORDS_SIZE - used, "type=%d", type);
	while ((field = strsep(&rest, " \n")))
		if (*field && !differs(type, field))
			used += snprintf(to + used, RECORDS_SIZE - used, " %s",
					 field);
	snprintf(to + used, RECORDS_SIZE - used, "\n");
}

/* The kernel's queue is one: what is before a message of ours was recorded. */
static const char *send_mark(void)
{
	static char mark[32];
	static int nr;

	snprintf(mark, sizeof(mark), "mark-%d-%d", getpid(), ++nr);
	send_audit(AUDIT_USER, mark, strlen(mark) + 1);
	return mark;
}

void records_read(char *to)
{
	struct pollfd fd = { sock, POLLIN, 0 };
	const char *mark = send_mark();
	union {
		struct nlmsghdr header;
		char bytes[16384];
	} msg;
	ssize_t len;
	int type;

	*to = '\0';
	while (poll(&fd, 1, DEADLINE * 1000) == 1) {
		len = recv(sock, &msg, sizeof(msg) - 1, 0);
		if (len < (ssize_t)sizeof(msg.header))
			die("audit");
		msg.bytes[len] = '\0';
		type = msg.header.nlmsg_type;
		if (type == AUDIT_USER && strstr(NLMSG_DATA(&msg.header), mark))
			return;
		if (type >= AUDIT_SYSCALL && type < AUDIT_FIRST_USER_MSG2 &&
		    type != AUDIT_EOE && type != LANDLOCK_DOMAIN)
			add_record(to, type, NLMSG_DATA(&msg.header));
	}
	note("the kernel's records do not come to an end");
}

/* Nobody else's records are wanted: only those of the rules. */
bool records_start(void)
{
	struct audit_status status = {
		.mask = AUDIT_STATUS_ENABLED | AUDIT_STATUS_PID |
			AUDIT_STATUS_BACKLOG_LIMIT | AUDIT_STATUS_FAILURE,
		.enabled = 1, .pid = getpid(), .backlog_limit = 8192,
		.failure = 1,
	};
	static char text[RECORDS_SIZE];

	sock = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT);
	if (sock < 0)
		return false;
	send_audit(AUDIT_SET, &status, sizeof(status));
	records_read(text);
	return true;
}

void records_stop(void)
{
	struct audit_status status = {
		.mask = AUDIT_STATUS_ENABLED | AUDIT_STATUS_PID,
	};
	static char text[RECORDS_SIZE];

	records_read(text);
	send_audit(AUDIT_SET, &status, sizeof(status));
	close(sock);
}

void records_keep(char *text, int first, int last)
{
	char *from = text, *to = text;
	size_t len;
	int type;

	while (*from) {
		len = strcspn(from, "\n");
		len += from[len] == '\n';
		if (sscanf(from, "type=%d", &type) == 1 && type >= first &&
		    type <= last) {
			memmove(to, from, len);
			to += len;
		}
		from += len;
	}
	*to = '\0';
}

void records_note(const char *what, char *text)
{
	char *line;

	while ((line = strsep(&text, "\n")))
		if (*line)
			note("%s: %s", what, line);
}
