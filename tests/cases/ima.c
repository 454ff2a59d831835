// SPDX-License-Identifier: GPL-2.0
/*
 * IMA: what a chain executes and opens is measured, recorded and refused as
 * what a forked child executes and opens. Every file is measured once: so each
 * of the two has one of its own, with the same content.
 */
#include "records.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#define IMA	"/sys/kernel/security/ima/"
#define DIR	"/tmp/ima"
#define TINY	"/tests/tiny"
#define RULE_RECORD	1805
#define DATA_RECORD	1800

/* By their owners, so that nothing else is concerned. */
enum {
	MEASURED = 4242,
	REFUSED = 4343,
};

static const char policy[] =
	"measure func=BPRM_CHECK fowner=4242\n"
	"audit func=BPRM_CHECK fowner=4242\n"
	"measure func=FILE_CHECK mask=MAY_READ fowner=4242\n"
	"audit func=FILE_CHECK mask=MAY_READ fowner=4242\n"
	"appraise func=BPRM_CHECK fowner=4343\n";

enum how { EXECUTED, EXECUTED_BY_FD, OPENED };

struct use {
	const char *name;
	enum how how;
	int owner;
	int want;
	int record;
};

static const struct use uses[] = {
	{ "executed", EXECUTED, MEASURED, 0, RULE_RECORD },
	{ "executed by descriptor", EXECUTED_BY_FD, MEASURED, 0, RULE_RECORD },
	{ "opened", OPENED, MEASURED, 0, RULE_RECORD },
	{ "refused", EXECUTED, REFUSED, -EACCES, DATA_RECORD },
};

static char records[2][RECORDS_SIZE];

static void copy_tiny(const char *path, int owner)
{
	int in = open(TINY, O_RDONLY);
	int out = open(path, O_CREAT | O_EXCL | O_WRONLY, 0755);
	struct stat st;

	if (in < 0 || out < 0 || fstat(in, &st) ||
	    sendfile(out, in, NULL, st.st_size) != st.st_size ||
	    fchown(out, owner, owner))
		die(path);
	close(in);
	close(out);
}

/* How often, and the digest of the last. */
static int measurements(const char *path, char digest[128])
{
	char line[1024], name[256], hash[128];
	FILE *file = fopen(IMA "ascii_runtime_measurements", "r");
	int nr = 0;

	digest[0] = '\0';
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%*s %*s %*s %127s %255s", hash, name) != 2 ||
		    strcmp(name, path))
			continue;
		strcpy(digest, hash);
		nr++;
	}
	if (file)
		fclose(file);
	return nr;
}

static char *const argv[] = { "tiny", NULL };

static int by_hand(const struct use *use, const char *path)
{
	int fd, status;
	pid_t pid = fork();

	if (!pid) {
		fd = open(path, use->how == OPENED ? O_RDONLY : O_PATH);
		if (use->how == OPENED)
			_exit(fd < 0 ? errno : 0);
		if (use->how == EXECUTED)
			execve(path, argv, environ);
		else
			syscall(SYS_execveat, fd, "", argv, environ,
				AT_EMPTY_PATH);
		_exit(errno);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return 1;
	return -WEXITSTATUS(status);
}

static bool by_chain(struct io_uring *ring, const struct use *use,
		     const char *path)
{
	struct step steps[] = { CLONE(L, 0), EXEC(0, use->want, path) };
	const struct step opens = OPEN(0, ABOVE_0, path, O_RDONLY);
	int fd = open(path, O_PATH);
	bool good;

	if (use->how == OPENED) {
		steps[1] = opens;
	} else if (use->how == EXECUTED_BY_FD) {
		steps[1].fd = fd;
		steps[1].addr = "";
		steps[1].argv = argv;
		steps[1].rw_flags = AT_EMPTY_PATH;
	}
	good = TRY(ring, steps, EXITED(use->want ? 127 : 0));
	close(fd);
	return good;
}

/* Names are of the same length. */
static void rename_in(char *text, const char *from, const char *to)
{
	char *at = text;

	while ((at = strstr(at, from)))
		memcpy(at, to, strlen(to));
}

static bool recorded_the_same(const struct use *use, char names[2][64])
{
	unsigned int i;

	for (i = 0; i < 2; i++)
		records_keep(records[i], use->record, use->record);
	rename_in(records[1], names[1], names[0]);
	if (strstr(records[0], names[0]) && !strcmp(records[0], records[1]))
		return true;
	records_note("by hand", records[0]);
	records_note("chain", records[1]);
	return false;
}

static bool measured_the_same(const struct use *use, char names[2][64])
{
	char digests[2][128];
	int forked = measurements(names[0], digests[0]);
	int chained = measurements(names[1], digests[1]);

	if (forked == (use->owner == MEASURED) && chained == forked &&
	    !strcmp(digests[0], digests[1]))
		return true;
	note("measured %d times, by a chain %d times", forked, chained);
	return false;
}

static void test_use(struct io_uring *ring, const struct kind *kind,
		     const struct use *use)
{
	static int nr;
	char names[2][64];
	bool good;
	int ret;

	nr++;
	snprintf(names[0], sizeof(names[0]), DIR "/%03d-forked", nr);
	snprintf(names[1], sizeof(names[1]), DIR "/%03d-chains", nr);
	copy_tiny(names[0], use->owner);
	copy_tiny(names[1], use->owner);
	records_read(records[0]);
	ret = by_hand(use, names[0]);
	records_read(records[0]);
	good = by_chain(ring, use, names[1]);
	records_read(records[1]);
	if (ret != use->want)
		note("a forked child gets %d", ret);
	good &= ret == use->want;
	good &= recorded_the_same(use, names);
	ok(good & measured_the_same(use, names), "%s: IMA: a file that is %s",
	   kind->name, use->name);
}

static void test_uses(struct io_uring *ring, const struct kind *kind)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(uses); i++)
		test_use(ring, kind, &uses[i]);
}

/* A line each write; all of them before it is closed. */
static int load_policy(void)
{
	const char *at = policy;
	int fd = open(IMA "policy", O_WRONLY), len = 0;

	while (fd >= 0 && *at && (len = write(fd, at, strlen(at))) > 0)
		at += len;
	if (fd < 0 || len < 0 || close(fd))
		return -errno;
	return 0;
}

/* Once only: a second policy is refused. */
int main(void)
{
	int ret;

	alarm(500);
	if (access(IMA "policy", F_OK)) {
		skip("this kernel has no IMA", "IMA");
		return done();
	}
	ret = load_policy();
	if (ok(!ret && !mkdir(DIR, 0755) && records_start(),
	       "IMA has its policy (%d)", ret)) {
		for_main_kinds(test_uses, "IMA");
		records_stop();
	}
	return done();
}
