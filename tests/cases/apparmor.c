// SPDX-License-Identifier: GPL-2.0
/*
 * AppArmor, with apparmor.profiles: what a chain may do, and the label of
 * its program, are those of a forked child; so is what is recorded. See
 * lib/rows.h.
 */
#include "records.h"
#include "rows.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#define POLICY	"/sys/kernel/security/apparmor/.replace"
#define CURRENT	"/proc/self/attr/current"
#define SUBMITTER "attr.current: ious-submitter (enforce)"
#define OTHER	"attr.current: ious-other (enforce)"
#define THE_FILE "fd.210"

/* And with a file of its own: those of who is not confined stay open. */
static void confine(void)
{
	int fd;

	if (write_string(CURRENT, "changeprofile ious-submitter"))
		die("changeprofile");
	fd = open(ROWS "/file", O_RDWR);
	if (fd < 0 || dup2(fd, FILE_FD) != FILE_FD)
		die("a file of its own");
	close(fd);
}

/* A confined submitter, whose programs have names that the profile knows. */
#define PROGRAM(_name) \
static const char *_name(void) \
{ \
	rows_program("/tests/" #_name); \
	confine(); \
	return NULL; \
}

PROGRAM(ix)
PROGRAM(px)
PROGRAM(Px)
PROGRAM(cx)
PROGRAM(ux)
PROGRAM(Ux)
PROGRAM(pix)
PROGRAM(gone)
PROGRAM(none)
PROGRAM(attached)

static const char *unconfined(void)
{
	rows_program("/tests/attached");
	return NULL;
}

static const char *onexec(void)
{
	ix();
	if (write_string("/proc/self/attr/exec", "exec ious-other"))
		die("onexec");
	return NULL;
}

static const char *onexec_unconfined(void)
{
	if (write_string("/proc/self/attr/exec", "exec ious-other"))
		die("onexec");
	return NULL;
}

#define TO_HAT	"changehat 00000000000000a5^hat"
#define FROM_HAT "changehat 00000000000000a5^"

static const char *hat(void)
{
	ix();
	if (write_string(CURRENT, TO_HAT))
		die("changehat");
	return NULL;
}

static void no_new_privs(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		die("no_new_privs");
}

static const char *ix_no_new_privs(void)
{
	ix();
	no_new_privs();
	return NULL;
}

static const char *px_no_new_privs(void)
{
	px();
	no_new_privs();
	return NULL;
}

static const struct row rows[] = {
	{ "not confined: the profile of the program", unconfined,
	  .shows = { "attr.current: ious-attached (enforce)" } },
	{ "ix", ix, .shows = { SUBMITTER, "secure: 0" } },
	{ "px", px, .shows = { OTHER, "probe mkdir: 13" },
	  .fresh = THE_FILE },
	{ "Px", Px, .shows = { OTHER, "secure: 1" } },
	{ "cx", cx,
	  .shows = { "attr.current: ious-submitter//child (enforce)" } },
	{ "ux", ux, .shows = { "attr.current: unconfined", "secure: 0" } },
	{ "Ux", Ux, .shows = { "attr.current: unconfined", "secure: 1" } },
	{ "px by the name of the program", attached,
	  .shows = { "attr.current: ious-attached (enforce)" } },
	{ "pix where there is no such profile", pix, .shows = { SUBMITTER } },
	{ "px where there is no such profile", gone,
	  .exec = -EACCES, .status = EXITED(127),
	  .recorded = "profile transition not found" },
	{ "a program that it must not execute", none,
	  .exec = -EACCES, .status = EXITED(127),
	  .recorded = "apparmor=\"DENIED\" operation=\"exec\"" },
	{ "a file that it must not open", ix, {
		OPEN(H, -EACCES, ROWS "/dir/denied", O_RDWR | O_CREAT) },
	  .shows = { SUBMITTER },
	  .recorded = "name=\"" ROWS "/dir/denied\"" },
	{ "a directory that it must not make", ix, {
		OP(IORING_OP_MKDIRAT, H, -EACCES, .fd = AT_FDCWD,
		   .addr = ROWS "/dir/denied", .len = 0700) },
	  .recorded = "operation=\"mkdir\"" },
	{ "a capability that it has not", ix, {
		CALL(H, -EACCES, SYS_setpriority, 0, 0, -5, 0) },
	  .shows = { "nice: 0" } },
	{ "change_onexec by the submitter", onexec, .shows = { OTHER } },
	{ "the same, not confined", onexec_unconfined, .shows = { OTHER } },
	{ "change_onexec by the chain", ix, {
		WRITE_LABEL(15, "exec", "exec ious-other") },
	  .shows = { OTHER }, .fresh = THE_FILE },
	{ "change_onexec that it must not", ix, {
		WRITE_LABEL(-EACCES, "exec", "exec ious-attached") },
	  .shows = { SUBMITTER }, .recorded = "operation=\"change_onexec\"" },
	{ "change_profile by the chain", ix, {
		WRITE_LABEL(24, "current", "changeprofile ious-other"),
		OPEN(H, -EACCES, ROWS "/file", O_RDONLY) },
	  .shows = { OTHER }, .recorded = "profile=\"ious-other\"" },
	{ "a submitter in a hat", hat,
	  .shows = { "attr.current: ious-submitter//hat (enforce)" } },
	{ "a hat that the chain takes off", hat, {
		WRITE_LABEL(27, "current", FROM_HAT) },
	  .shows = { SUBMITTER } },
	{ "a hat that the chain puts on", ix, {
		WRITE_LABEL(30, "current", TO_HAT) },
	  .shows = { "attr.current: ious-submitter//hat (enforce)" } },
	{ "ix, no_new_privs", ix_no_new_privs, .shows = { SUBMITTER } },
	{ "px, no_new_privs", px_no_new_privs,
	  .exec = -EPERM, .status = EXITED(127),
	  .recorded = "info=\"no new privs\"" },
	{ "px, no_new_privs by the chain", px, {
		CALL(L, 0, SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0) },
	  .exec = -EPERM, .status = EXITED(127),
	  .recorded = "info=\"no new privs\"" },
	{ "change_profile by the chain, no_new_privs", ix_no_new_privs, {
		WRITE_LABEL(-EPERM, "current", "changeprofile ious-other") },
	  .shows = { SUBMITTER } },
};

/*
 * A ring, and its SQPOLL thread, from before the submitter was confined: the
 * process is confined as the submitter is.
 */
static int older_ring(const void *arg)
{
	const struct step steps[] = {
		CLONE(L, 0),
		OPEN(H, -EACCES, ROWS "/dir/denied", O_RDWR | O_CREAT),
		REPORT(0, 0),
	};
	static char report[STATE_SIZE];
	struct io_uring ring;
	bool good;

	if (open_ring(&ring, arg, 8))
		die("ring");
	ix();
	good = TRY(&ring, steps, EXITED(0));
	state_read(report);
	return !(good && state_has(report, SUBMITTER));
}

/* A direct descriptor becomes the process's only if its profile lets it. */
static int direct_file(const void *arg)
{
	static const struct step uses[] = {
		DUP(IOSQE_FIXED_FILE, -EACCES, 0, 220, 0),
		EXEC(IOSQE_FIXED_FILE, -EACCES, "", .fd = 0,
		     .rw_flags = AT_EMPTY_PATH),
	};
	static char records[RECORDS_SIZE];
	const int file = FILE_FD;
	struct io_uring ring;
	bool good = true;
	unsigned int i;

	if (open_ring(&ring, arg, 8))
		die("ring");
	ix();
	if (io_uring_register_files(&ring, &file, 1) ||
	    write_string(CURRENT, "changeprofile ious-other"))
		die("a direct descriptor");
	records_read(records);
	for (i = 0; i < ARRAY_SIZE(uses); i++) {
		const struct step steps[] = { CLONE(L, 0), uses[i] };

		good &= TRY(&ring, steps, EXITED(127));
		records_read(records);
		good &= strstr(records, "operation=\"file_receive\"") != NULL;
	}
	return !good;
}

static void test_rings(struct io_uring *ring, const struct kind *kind)
{
	(void)ring;
	ok(!in_process(older_ring, kind), "%s: a ring from before",
	   kind->name);
	ok(!in_process(direct_file, kind),
	   "%s: a direct descriptor that it must not have", kind->name);
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
	fd = open(POLICY, O_WRONLY);
	if (fd < 0)
		return -errno;
	len = write(fd, policy, len) == len ? 0 : -errno;
	close(fd);
	return len;
}

int main(void)
{
	int ret;

	if (access(POLICY, F_OK)) {
		skip("this kernel has no AppArmor, or it is off", "AppArmor");
		return done();
	}
	ret = load_policy("/vm/apparmor");
	if (!ok(!ret && records_start(), "AppArmor has its policy (%d)", ret))
		return done();
	rows_recorded = true;
	state_setup();
	mkdir(ROWS, 0755);
	mkdir(ROWS "/dir", 0755);
	close(open(ROWS "/file", O_CREAT | O_RDWR, 0600));
	for_main_kinds(test_rings, "AppArmor");
	ret = rows_main(rows, ARRAY_SIZE(rows));
	records_stop();
	return ret;
}
