// SPDX-License-Identifier: GPL-2.0
/*
 * Programs that others run: scripts, and files that binfmt_misc knows. The
 * interpreter gets from a chain's EXEC what it gets from execveat(2); so do
 * those who look at the records of execveat. See lib/rows.h.
 */
#include "records.h"
#include "rows.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#define MISC	"/proc/sys/fs/binfmt_misc"
#define FILES	"/tmp/files"

static void make(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);

	if (fd < 0 || write(fd, text, strlen(text)) < 0 || fchmod(fd, mode))
		die(path);
	close(fd);
}

static void make_files(void)
{
	mkdir(FILES, 0755);
	make(FILES "/script", "#!/tests/report one two\n", 0755);
	make(FILES "/no-newline", "#!/tests/report", 0755);
	make(FILES "/nested", "#!" FILES "/script three\n", 0755);
	make(FILES "/loop", "#!" FILES "/loop\n", 0755);
	make(FILES "/missing", "#!/tests/missing\n", 0755);
	make(FILES "/empty", "#!  \n", 0755);
	make(FILES "/not-executable", "#!/tests/report\n", 0644);
	make(FILES "/unknown", "what is it?\n", 0755);
	make(FILES "/setuid-script", "#!/tests/report\n", 04755);
	make(FILES "/plain", "IOUS-plain", 04755);
	make(FILES "/open", "IOUS-open", 0755);
	make(FILES "/creds", "IOUS-creds", 04755);
	make(FILES "/fixed", "IOUS-fixed", 0755);
	make(FILES "/argv0", "IOUS-argv0", 0755);
	make(FILES "/script-misc", "#!" FILES "/plain\n", 0755);
}

static const char *const formats[] = {
	":ious-plain:M::IOUS-plain::/tests/report:",
	":ious-open:M::IOUS-open::/tests/report:O",
	":ious-creds:M::IOUS-creds::/tests/report:C",
	":ious-fixed:M::IOUS-fixed::/tests/report:F",
	":ious-argv0:M::IOUS-argv0::/tests/report:P",
};
static bool registered;

static void register_formats(void)
{
	unsigned int i;

	registered = !access(MISC "/register", W_OK) ||
		     !mount("binfmt_misc", MISC, "binfmt_misc", 0, NULL);
	for (i = 0; registered && i < ARRAY_SIZE(formats); i++)
		if (write_string(MISC "/register", formats[i]))
			die(formats[i]);
}

/* The module can go. */
static void unregister_formats(void)
{
	if (registered && (write_string(MISC "/status", "-1") || umount(MISC)))
		die(MISC);
}

static const char *misc(void)
{
	return registered ? NULL : "this kernel has no binfmt_misc";
}

/* Who asks for records needs a capability; the program has it no longer. */
static const char *misc_user(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	const struct __user_cap_data_struct caps[2] = {
		{ .effective = 1U << CAP_AUDIT_WRITE,
		  .permitted = 1U << CAP_AUDIT_WRITE },
	};

	prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
	if (setgid(1000) || setuid(1000) || syscall(SYS_capset, &header, caps))
		die("setuid");
	return misc();
}

static const char *user(void)
{
	misc_user();
	return NULL;
}

static const char *by_fd(const char *path, int flags)
{
	int fd = open(path, O_RDONLY);

	if (fd < 0 || dup3(fd, EXE_FD, flags) != EXE_FD)
		die(path);
	close(fd);
	return NULL;
}

static const char *script_fd(void)
{
	return by_fd(FILES "/script", 0);
}

static const char *script_closed(void)
{
	return by_fd(FILES "/script", O_CLOEXEC);
}

static const char *program_closed(void)
{
	return by_fd("/tests/report", O_CLOEXEC);
}

static const char *misc_fd(void)
{
	by_fd(FILES "/plain", 0);
	return misc();
}

static const char *misc_open_fd(void)
{
	by_fd(FILES "/open", 0);
	return misc();
}

static const char *misc_closed(void)
{
	by_fd(FILES "/plain", O_CLOEXEC);
	return misc();
}

/* What F is for. */
static const char *misc_elsewhere(void)
{
	if (!misc() && (unshare(CLONE_NEWNS) ||
			mount("none", "/tests", "tmpfs", 0, NULL)))
		die("mount");
	return misc();
}

#define FAILS(_error) .exec = (_error), .status = EXITED(127)

static const struct row rows[] = {
	{ "a script", .path = FILES "/script",
	  .shows = { "argv.1: one two", "argv.2: " FILES "/script",
		     "execfn: " FILES "/script" } },
	{ "without a newline", .path = FILES "/no-newline",
	  .shows = { "argv.1: " FILES "/no-newline" } },
	{ "a script as interpreter", .path = FILES "/nested",
	  .shows = { "argv.2: " FILES "/script", "argv.3: three" } },
	{ "a script that is its own", .path = FILES "/loop", FAILS(-ELOOP) },
	{ "no such interpreter", .path = FILES "/missing", FAILS(-ENOENT) },
	{ "none named", .path = FILES "/empty", FAILS(-ENOEXEC) },
	{ "not executable", .path = FILES "/not-executable", FAILS(-EACCES) },
	{ "no known format", .path = FILES "/unknown", FAILS(-ENOEXEC) },
	{ "a set-user-ID script is none", user,
	  .path = FILES "/setuid-script",
	  .shows = { "Uid:\t1000\t1000\t1000\t1000", "secure: 0" } },
	{ "a script by descriptor", script_fd,
	  .shows = { "argv.2: /dev/fd/201", "execfn: /dev/fd/201" } },
	{ "that is closed by exec", script_closed, FAILS(-ENOENT) },
	{ "a program's that is closed by exec", program_closed,
	  .shows = { "execfn: /dev/fd/201" }, .fresh = "fd.201" },
	{ "binfmt_misc", misc, .path = FILES "/plain",
	  .shows = { "argv.1: " FILES "/plain", "execfd: 0" } },
	{ "set-user-ID is nothing there", misc_user, .path = FILES "/plain",
	  .shows = { "Uid:\t1000\t1000\t1000\t1000", "secure: 0" } },
	{ "but with C", misc_user, .path = FILES "/creds",
	  .shows = { "Uid:\t1000\t0\t0\t0", "secure: 1" } },
	{ "O: the file is open", misc, .path = FILES "/open",
	  .shows = { "execfd: 3" } },
	{ "P: its name is kept", misc, .path = FILES "/argv0",
	  .shows = { "argv.1: " FILES "/argv0", "argv.2: report" } },
	{ "F: an interpreter that was opened before", misc_elsewhere,
	  .path = FILES "/fixed", .shows = { "argv.1: " FILES "/fixed" } },
	{ "by descriptor", misc_fd,
	  .shows = { "argv.1: /dev/fd/201", "execfn: /dev/fd/201" } },
	{ "O, by descriptor", misc_open_fd,
	  .shows = { "argv.1: /dev/fd/201" } },
	{ "by one that is closed by exec", misc_closed, FAILS(-ENOENT) },
	{ "as a script's interpreter", misc, .path = FILES "/script-misc",
	  .shows = { "argv.1: " FILES "/plain" } },
};

/* It becomes one that is closed by exec. */
static void test_direct(struct io_uring *ring, const struct kind *kind)
{
	const struct step steps[] = {
		CLONE(L, 0),
		EXEC(IOSQE_FIXED_FILE, -ENOENT, "", .fd = 0,
		     .rw_flags = AT_EMPTY_PATH),
	};
	int file = open(FILES "/script", O_RDONLY);

	if (file < 0 || io_uring_register_files(ring, &file, 1))
		die("a direct descriptor");
	RUN(ring, steps, EXITED(127), "%s: a script by direct descriptor",
	    kind->name);
	close(file);
}

int main(void)
{
	int ret;

	make_files();
	register_formats();
	rows_recorded = records_start();
	records_rule(AUDIT_ADD_RULE, SYS_execveat, false);
	records_rule(AUDIT_ADD_RULE, SYS_execveat, true);
	for_main_kinds(test_direct, "scripts");
	ret = rows_main(rows, ARRAY_SIZE(rows));
	records_stop();
	unregister_formats();
	return ret;
}
