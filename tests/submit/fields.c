// SPDX-License-Identifier: GPL-2.0
/* Every field of CLONE and EXEC, wrong and right, and the errors of execveat. */
#include "test.h"
#include "wrong.h"

#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define TRUE	"/bin/true"

static const struct wrong clone_wrong[] = {
	{ "fd", set_fd, -EINVAL },
	{ "a mask without its flag", set_off, -EINVAL },
	{ "addr without len", set_addr, -EINVAL },
	{ "a len that is too short", set_len, -EINVAL },
	{ "an unknown flag in rw_flags", set_rw_flags_4, -EINVAL },
	{ "the last bit of rw_flags", set_rw_flags_bit_31, -EINVAL },
	{ "buf_index", set_buf_index, -EINVAL },
	{ "personality that is none", set_personality, -EINVAL },
	{ "file_index without a pidfd", set_file_index, -EINVAL },
	{ "addr3", set_addr3, -EINVAL },
	{ "last bytes", set_pad, -EINVAL },
	{ "ioprio", set_ioprio, -EINVAL },
	{ "IOSQE_BUFFER_SELECT", set_buffer, -EINVAL },
	{ "IOSQE_FIXED_FILE", set_fixed, -EINVAL },
	{ "an unknown flag", set_flag_7, -EINVAL },
};

static const struct wrong exec_wrong[] = {
	{ "an unknown flag in len", set_len_8, -EINVAL },
	{ "buf_index", set_buf_index, -EINVAL },
	{ "no candidates", set_no_paths, -EINVAL },
	{ "one candidate too many", set_many_paths, -EINVAL },
	{ "as many candidates as there can be", set_most_paths, -EINVAL },
	{ "personality", set_personality, -EINVAL },
	{ "last bytes", set_pad, -EINVAL },
	{ "ioprio", set_ioprio, -EINVAL },
	{ "an unknown flag of execveat", set_rw_flags_bit_30, -EINVAL },
	{ "AT_EXECVE_CHECK", set_check, -EINVAL },
	{ "IOSQE_BUFFER_SELECT", set_buffer, -EINVAL },
	{ "an unknown flag", set_flag_7, -EINVAL },
};

static void test_wrong(struct io_uring *ring, const struct kind *kind)
{
	const struct step steps[] = {
		CLONE(L, -ECANCELED), EXEC(L, -ECANCELED, TRUE),
		NOP(0, -ECANCELED),
	};

	try_wrong(ring, kind, steps, 0, "CLONE with", clone_wrong,
		  ARRAY_SIZE(clone_wrong));
	try_wrong(ring, kind, steps, 1, "EXEC with", exec_wrong,
		  ARRAY_SIZE(exec_wrong));
}

static void make_file(const char *path, const char *text, mode_t mode)
{
	int fd;

	unlink(path);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die(path);
	fchmod(fd, mode);
	close(fd);
}

static void copy_program(const char *to, mode_t mode)
{
	char buffer[65536];
	int in = open("/proc/self/exe", O_RDONLY), out;
	ssize_t n;

	unlink(to);
	out = open(to, O_CREAT | O_WRONLY, 0600);
	while ((n = read(in, buffer, sizeof(buffer))) > 0)
		if (write(out, buffer, n) != n)
			die(to);
	fchmod(out, mode);
	close(in);
	close(out);
}

/* What execveat says, by one step, is what EXEC says. */
static void test_errors(struct io_uring *ring, const struct kind *kind)
{
	static char *no_argv[] = { NULL };
	static char *huge[3];
	static const struct {
		const char *name, *path;
		char *const *argv;
		int rw_flags, want, status;
	} cases[] = {
		{ "no such file", "/tmp/none", NULL, 0, -ENOENT, EXITED(127) },
		{ "not executable", "/tmp/plain", NULL, 0, -EACCES,
		  EXITED(127) },
		{ "a directory", "/tmp", NULL, 0, -EACCES, EXITED(127) },
		{ "below a file", "/tmp/plain/x", NULL, 0, -ENOTDIR,
		  EXITED(127) },
		{ "no format", "/tmp/noformat", NULL, 0, -ENOEXEC,
		  EXITED(127) },
		{ "an empty path", "", NULL, 0, -ENOENT, EXITED(127) },
		{ "a symbolic link that is not to be followed", "/tmp/link",
		  NULL, AT_SYMLINK_NOFOLLOW, -ELOOP, EXITED(127) },
		{ "a symbolic link", "/tmp/link", NULL, 0, 0, EXITED(0) },
		{ "a path that faults", (char *)8, NULL, 0, -EFAULT,
		  EXITED(127) },
		{ "an argv that faults", TRUE, (char *const *)8, 0, -EFAULT,
		  EXITED(127) },
		{ "an argument that is too long", TRUE, huge, 0, -E2BIG,
		  EXITED(127) },
		{ "a script", "/tmp/script", NULL, 0, 0, EXITED(5) },
		{ "a script whose interpreter is missing", "/tmp/noscript",
		  NULL, 0, -ENOENT, EXITED(127) },
		{ "no argument at all", "/tests/tiny", no_argv, 0, 0,
		  EXITED(0) },
	};
	unsigned int i;

	make_file("/tmp/plain", "plain", 0644);
	make_file("/tmp/noformat", "noformat", 0755);
	make_file("/tmp/script", "#!/bin/sh\nexit 5\n", 0755);
	make_file("/tmp/noscript", "#!/nonexistent\n", 0755);
	unlink("/tmp/link");
	if (symlink("/tests/tiny", "/tmp/link"))
		die("symlink");
	if (!huge[1]) {
		huge[0] = "true";
		huge[1] = malloc(1 << 20);
		memset(huge[1], 'x', (1 << 20) - 1);
		huge[1][(1 << 20) - 1] = 0;
	}
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct step steps[] = {
			CLONE(L, 0),
			EXEC(0, cases[i].want, cases[i].path,
			     .argv = cases[i].argv,
			     .rw_flags = cases[i].rw_flags),
		};

		RUN(ring, steps, cases[i].status, "%s: exec of %s",
		    kind->name, cases[i].name);
	}
}

/* Where the program comes from. */
static void test_dfd(struct io_uring *ring, const struct kind *kind)
{
	int dir = open("/tests", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int file = open("/tests/tiny", O_RDONLY | O_CLOEXEC);
	int slots[2], next;
	struct step at[] = {
		CLONE(L, 0), EXEC(0, 0, "tiny", .fd = dir),
	};
	struct step empty[] = {
		CLONE(L, 0), EXEC(0, 0, "", .fd = file,
				  .rw_flags = AT_EMPTY_PATH),
	};
	struct step fixed[] = {
		CLONE(L, 0), EXEC(L | IOSQE_FIXED_FILE, 0, "", .fd = 1,
				  .rw_flags = AT_EMPTY_PATH),
	};
	struct step fixed_dir[] = {
		CLONE(L, 0),
		EXEC(H | IOSQE_FIXED_FILE, -EBADF, "tiny", .fd = 5),
		EXEC(H | IOSQE_FIXED_FILE, -ENOENT, "none", .fd = 0),
		EXEC(IOSQE_FIXED_FILE, 0, "tiny", .fd = 0),
	};
	struct step result[] = {
		CLONE(L, 0),
		OP(IORING_OP_OPENAT, L, ANY, .fd = AT_FDCWD,
		   .addr = "/tests", .rw_flags = O_RDONLY | O_DIRECTORY),
		NOP(L, 0),
		EXEC(0, 0, "tiny", .file_index = 2),
	};
	struct step failed[] = {
		CLONE(L, 0),
		OP(IORING_OP_OPENAT, H, -ENOENT, .fd = AT_FDCWD,
		   .addr = "/none", .rw_flags = O_RDONLY),
		EXEC(0, -EBADF, "tiny", .file_index = 1),
	};
	struct step far[] = {
		CLONE(L, 0), EXEC(0, -EINVAL, "tiny", .file_index = 2),
	};

	RUN(ring, at, EXITED(0), "%s: exec at a directory", kind->name);
	RUN(ring, empty, EXITED(0), "%s: exec of a descriptor", kind->name);
	RUN(ring, far, EXITED(127), "%s: exec at the result of no request",
	    kind->name);
	slots[0] = dir;
	slots[1] = file;
	if (!ok(!io_uring_register_files(ring, slots, 2),
		"%s: register", kind->name))
		return;
	RUN(ring, fixed, EXITED(0), "%s: exec of a direct descriptor",
	    kind->name);
	RUN(ring, fixed_dir, EXITED(0), "%s: exec at a direct descriptor",
	    kind->name);
	io_uring_unregister_files(ring);
	close(dir);
	close(file);
	if (!kind->polled) {
		/* the ring's own descriptor is closed there */
		next = dup(0);
		close(next);
		result[1].want = ring->ring_fd < next ? ring->ring_fd : next;
		RUN(ring, result, EXITED(0), "%s: exec at an earlier result",
		    kind->name);
		RUN(ring, failed, EXITED(127),
		    "%s: exec at a result that is an error", kind->name);
	}
}

/* As another user: programs that cannot be read, set-user-ID, limits. */
static void as_user(void)
{
	static char *const report[] = { "fields", "report", NULL };
	static const struct step unreadable[] = {
		CLONE(L, 0), EXEC(0, 0, "/tmp/unreadable", .argv = report),
	};
	static const struct step setuid_root[] = {
		CLONE(L, 0), EXEC(0, 0, "/tmp/setuid", .argv = report),
	};
	static const struct step limit[] = {
		CLONE(L, -EAGAIN), EXEC(0, -ECANCELED, TRUE),
	};
	struct rlimit one = { 1, 1 };
	struct io_uring ring;

	if (setgid(1000) || setuid(1000))
		die("setuid");
	if (open_ring(&ring, &kinds[0], 8))
		die("ring");
	RUN(&ring, unreadable, EXITED(10),
	    "a program that its user cannot read");
	RUN(&ring, setuid_root, EXITED(10 + 1 + 2),
	    "a set-user-ID program has its owner's id, and knows");
	setrlimit(RLIMIT_NPROC, &one);
	RUN(&ring, limit, NO_CHILD, "RLIMIT_NPROC");
	io_uring_queue_exit(&ring);
}

int main(int argc, char *argv[])
{
	(void)argv;
	if (argc == 2)
		return 10 + (geteuid() == 0) + 2 * !!getauxval(AT_SECURE);
	alarm(500);
	for_each_kind(test_wrong, "wrong fields");
	for_each_kind(test_errors, "errors of execveat");
	for_each_kind(test_dfd, "where the program is");
	copy_program("/tmp/unreadable", 0711);
	copy_program("/tmp/setuid", 04755);
	fflush(stdout);
	as_user();
	return done();
}
