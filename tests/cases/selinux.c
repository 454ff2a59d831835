// SPDX-License-Identifier: GPL-2.0
/*
 * SELinux, with selinux.cil: what a chain may do, and the domain of its
 * program, are those of a forked child; so is what is recorded. See lib/rows.h.
 */
#include "records.h"
#include "rows.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#define SELINUX	"/sys/fs/selinux/"
#define FILES	"/tmp/labelled"
#define IN(_domain)	"attr.current: u:r:" _domain

static void label(const char *path, const char *type)
{
	char text[64];
	int len = snprintf(text, sizeof(text), "u:r:%s", type) + 1;

	if (setxattr(path, "security.selinux", text, len, 0))
		die(path);
}

/* Programs are one, in files with labels of their own. */
static void make_program(const char *type)
{
	int in = open("/tests/report", O_RDONLY), out;
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), FILES "/%s", type);
	out = open(path, O_CREAT | O_EXCL | O_WRONLY, 0755);
	if (in < 0 || out < 0 || fstat(in, &st) ||
	    sendfile(out, in, NULL, st.st_size) != st.st_size)
		die(path);
	close(in);
	close(out);
	label(path, type);
}

static void make_file(const char *type)
{
	char path[64];

	snprintf(path, sizeof(path), FILES "/%s", type);
	close(open(path, O_CREAT | O_EXCL | O_WRONLY, 0600));
	label(path, type);
}

static void make_files(void)
{
	mkdir(FILES, 0755);
	make_program("file_t");
	make_program("none_exec_t");
	make_program("stay_exec_t");
	make_program("other_exec_t");
	make_program("soft_exec_t");
	make_program("gate_exec_t");
	make_program("far_exec_t");
	make_file("private_t");
	make_file("secret_t");
}

static void confine(const char *domain)
{
	int fd = open(FILES "/private_t", O_RDWR);

	if (write_string("/proc/self/attr/current", domain))
		die(domain);
	if (fd < 0 || dup2(fd, FILE_FD) != FILE_FD)
		die("a file of its own");
	close(fd);
}

#define PROGRAM(_type) \
static const char *_type(void) \
{ \
	rows_program(FILES "/" #_type); \
	confine("u:r:submitter_t"); \
	return NULL; \
}

PROGRAM(file_t)
PROGRAM(none_exec_t)
PROGRAM(stay_exec_t)
PROGRAM(other_exec_t)
PROGRAM(soft_exec_t)
PROGRAM(gate_exec_t)
PROGRAM(far_exec_t)

static void no_new_privs(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		die("no_new_privs");
}

static const char *soft_no_new_privs(void)
{
	soft_exec_t();
	no_new_privs();
	return NULL;
}

static const char *other_no_new_privs(void)
{
	other_exec_t();
	no_new_privs();
	return NULL;
}

static const char *setexeccon(void)
{
	gate_exec_t();
	rows_program(FILES "/other_exec_t");
	if (write_string("/proc/self/attr/exec", "u:r:other_t"))
		die("setexeccon");
	return NULL;
}

static const char *setexeccon_no_new_privs(void)
{
	setexeccon();
	no_new_privs();
	return NULL;
}

#define REFUSED	.exec = -EACCES, .status = EXITED(127)

static const struct row rows[] = {
	{ "a program of the same domain", file_t,
	  .shows = { IN("submitter_t"), "secure: 0" } },
	{ "of another one", other_exec_t,
	  .shows = { IN("other_t"), "secure: 1" }, .fresh = "fd.210",
	  .recorded = "{ read write }" },
	{ "of another one that trusts it", soft_exec_t,
	  .shows = { IN("soft_t"), "secure: 0" } },
	{ "that it must not execute", none_exec_t, REFUSED,
	  .recorded = "{ execute }" },
	{ "that it must not execute itself", stay_exec_t, REFUSED,
	  .recorded = "{ execute_no_trans }" },
	{ "that does not lead into its domain", gate_exec_t, REFUSED,
	  .recorded = "{ entrypoint }" },
	{ "whose domain it must not enter", far_exec_t, REFUSED,
	  .recorded = "{ transition }" },
	{ "a file that it must not open", file_t, {
		OPEN(H, -EACCES, FILES "/secret_t", O_RDONLY) },
	  .shows = { IN("submitter_t") }, .recorded = "{ read }" },
	{ "a capability that it has not", file_t, {
		CALL(H, -EACCES, SYS_setpriority, 0, 0, -5, 0) },
	  .recorded = "{ sys_nice }" },
	{ "setexeccon() by the submitter", setexeccon,
	  .shows = { IN("other_t") } },
	{ "setexeccon() by the chain", other_exec_t, {
		WRITE_LABEL(11, "exec", "u:r:other_t") },
	  .shows = { IN("other_t"), "secure: 1" }, .fresh = "fd.210" },
	{ "of a domain that it must not enter", file_t, {
		WRITE_LABEL(9, "exec", "u:r:far_t") },
	  REFUSED, .recorded = "{ transition }" },
	{ "no_new_privs: it stays where it is", other_no_new_privs,
	  .shows = { IN("submitter_t") }, .recorded = "{ nnp_transition }" },
	{ "no_new_privs, where the policy does not mind", soft_no_new_privs,
	  .shows = { IN("soft_t") } },
	{ "no_new_privs after setexeccon()", setexeccon_no_new_privs,
	  .exec = -EPERM, .status = EXITED(127),
	  .recorded = "{ nnp_transition }" },
	{ "no_new_privs by the chain", other_exec_t, {
		CALL(L, 0, SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0) },
	  .shows = { IN("submitter_t") }, .recorded = "{ nnp_transition }" },
};

static bool refuses_fork(struct io_uring *ring)
{
	const struct step steps[] = {
		CLONE(L, -EACCES), EXEC(0, -ECANCELED, "/tests/report"),
	};
	static char records[RECORDS_SIZE];
	pid_t pid = fork();
	bool good;

	if (!pid)
		_exit(0);
	good = pid < 0 && errno == EACCES;
	records_read(records);
	good &= TRY(ring, steps, NO_CHILD);
	records_read(records);
	return good && strstr(records, "{ fork }");
}

/* A domain that makes no processes, nor the thread of such a ring. */
static int no_fork(const void *arg)
{
	const struct kind *kind = arg;
	struct io_uring ring;
	int ret;

	confine("u:r:no_fork_t");
	ret = open_ring(&ring, kind, 8);
	if (kind->flags & IORING_SETUP_SQPOLL)
		return ret != -EACCES;
	if (ret)
		die("ring");
	return !refuses_fork(&ring);
}

/*
 * Who shares memory has one label: of a process that was forked it could be
 * another one, of one that was vforked it cannot.
 */
static int setcon(const void *arg)
{
	const struct step steps[] = {
		CLONE(L, 0), WRITE_LABEL(-EPERM, "current", "u:r:other_t"),
		EXEC(0, 0, "/tests/tiny"),
	};
	struct io_uring ring;
	pid_t pid;
	int fd, status;

	confine("u:r:submitter_t");
	if (open_ring(&ring, arg, 8))
		die("ring");
	pid = vfork();
	if (!pid) {
		fd = open("/proc/thread-self/attr/current", O_WRONLY);
		_exit(write(fd, "u:r:other_t", 11) < 0 ? errno : 0);
	}
	if (waitpid(pid, &status, 0) != pid || status != EXITED(EPERM)) {
		note("a vforked child ends with %#x", status);
		return 1;
	}
	return !TRY(&ring, steps, EXITED(0));
}

/* Who shares its directory is unsafe, and must not leave the domain. */
static int shared_fs(const void *arg)
{
	static struct clone_args args = { .flags = CLONE_FS,
					  .exit_signal = SIGCHLD };
	const struct step steps[] = {
		CLONE_WITH(L, PID, &args), REPORT(0, -EPERM),
	};
	static char records[RECORDS_SIZE];
	struct io_uring ring;
	int status;
	pid_t pid;

	other_exec_t();
	if (open_ring(&ring, arg, 8))
		die("ring");
	pid = syscall(SYS_clone, CLONE_FS | SIGCHLD, 0, 0, 0, 0);
	if (!pid) {
		syscall(SYS_execveat, EXE_FD, "", report_argv, environ,
			AT_EMPTY_PATH);
		_exit(errno);
	}
	if (waitpid(pid, &status, 0) != pid || status != EXITED(EPERM)) {
		note("a child with CLONE_FS ends with %#x", status);
		return 1;
	}
	records_read(records);
	if (!TRY(&ring, steps, EXITED(127)))
		return 1;
	records_read(records);
	return !strstr(records, "{ share }");
}

/*
 * Credentials that were registered before. Whether they may be used is asked as
 * for any request; who may has their label.
 */
static int personality(const char *domain, int want)
{
	const struct step steps[] = {
		CLONE_WITH(L, want, NULL, .len = 0, .personality = 1),
		REPORT(0, want ? -ECANCELED : 0),
	};
	const struct step nop = OP(IORING_OP_NOP, 0, want, .personality = 1);
	static char report[STATE_SIZE];
	struct io_uring ring;
	bool good;

	state_setup();
	if (open_ring(&ring, &kinds[0], 8) ||
	    io_uring_register_personality(&ring) != 1)
		die("personality");
	confine(domain);
	queue_step(&ring, &nop, 1);
	submit(&ring);
	good = cqes_match(&ring, &nop, 1);
	good &= TRY(&ring, steps, want ? NO_CHILD : EXITED(0));
	state_read(report);
	return !(good && (want || state_has(report, IN("kernel_t"))));
}

static int personality_refused(const void *arg)
{
	(void)arg;
	return personality("u:r:submitter_t", -EACCES);
}

static int personality_allowed(const void *arg)
{
	(void)arg;
	return personality("u:r:soft_t", 0);
}

static void test_personality(void)
{
	ok(!in_process(personality_refused, NULL),
	   "a personality that the domain must not use");
	ok(!in_process(personality_allowed, NULL),
	   "a personality brings its label");
}

static void test_others(struct io_uring *ring, const struct kind *kind)
{
	(void)ring;
	ok(!in_process(no_fork, kind), "%s: a domain that does not fork",
	   kind->name);
	ok(!in_process(shared_fs, kind), "%s: a transition with CLONE_FS",
	   kind->name);
	ok(!in_process(setcon, kind), "%s: setcon() as after vfork()",
	   kind->name);
}

/* It takes a policy as a whole only. */
static int load_policy(const char *path)
{
	static char policy[1 << 20];
	int fd = open(path, O_RDONLY), len;

	if (fd < 0)
		die(path);
	len = read(fd, policy, sizeof(policy));
	close(fd);
	fd = open(SELINUX "load", O_WRONLY);
	if (fd < 0)
		return -errno;
	len = write(fd, policy, len) == len ? 0 : -errno;
	close(fd);
	return len ?: write_string(SELINUX "enforce", "1");
}

int main(void)
{
	int ret;

	if (access(SELINUX "load", F_OK)) {
		skip("this kernel has no SELinux, or it is off", "SELinux");
		return done();
	}
	ret = load_policy("/vm/selinux");
	if (!ok(!ret && records_start(), "SELinux has its policy (%d)", ret))
		return done();
	make_files();
	rows_recorded = true;
	test_personality();
	for_main_kinds(test_others, "SELinux");
	ret = rows_main(rows, ARRAY_SIZE(rows));
	records_stop();
	return ret;
}
