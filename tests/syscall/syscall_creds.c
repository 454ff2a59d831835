// SPDX-License-Identifier: GPL-2.0
/* SYSCALL: ids, capabilities, filters, keyrings. See lib/rows.h. */
#include "rows.h"

#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <stddef.h>
#include <grp.h>
#include <sys/prctl.h>

static const unsigned int groups[] = { 1000, 1001 };

static const struct __user_cap_header_struct version = {
	.version = _LINUX_CAPABILITY_VERSION_3,
};
#define NET_RAW	(1U << CAP_NET_RAW)
#define IDS	(1U << CAP_SETUID | 1U << CAP_SETGID)
static const struct __user_cap_data_struct no_caps[2];
static const struct __user_cap_data_struct few_caps[2] = {
	{ .effective = NET_RAW | IDS, .permitted = NET_RAW | IDS,
	  .inheritable = NET_RAW },
};
static const struct __user_cap_data_struct one_cap[2] = {
	{ .effective = NET_RAW, .permitted = NET_RAW, .inheritable = NET_RAW },
};

static const char *make_ruleset(void)
{
	struct landlock_ruleset_attr attr = {
		.handled_access_fs = LANDLOCK_ACCESS_FS_MAKE_DIR,
	};
	int fd = syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);

	if (fd < 0)
		return "this kernel has no Landlock, or it is off";
	if (dup2(fd, RULES_FD) != RULES_FD)
		die("dup2");
	close(fd);
	return NULL;
}

static const char *no_core_group(void)
{
	return setgroups(1, (gid_t[]){ 5 }) ? "setgroups fails" : NULL;
}

static const char *private_file(void)
{
	int fd = open(ROWS "/private", O_CREAT | O_WRONLY, 0600);

	close(fd);
	return fd < 0 ? "no file" : NULL;
}

#define UID_1000	"Uid:\t1000\t1000\t1000\t1000"
#define GID_1000	"Gid:\t1000\t1000\t1000\t1000"

static const struct row rows[] = {
	{ "setuid", private_file, {
		CALL(L, 0, SYS_setuid, 1000, 0, 0, 0),
		CALL(H, -EPERM, SYS_setuid, 0, 0, 0, 0),
		OPEN(H, -EACCES, ROWS "/private", O_RDONLY) },
	  .shows = { UID_1000, "CapEff:\t0000000000000000" }, .fresh = "Uid",
	  .creds = true },
	{ "setgid", .steps = {
		CALL(L, 0, SYS_setgid, 1000, 0, 0, 0) },
	  .shows = { GID_1000 }, .fresh = "Gid", .creds = true },
	{ "setreuid", .steps = {
		CALL(L, 0, SYS_setreuid, 1000, 1000, 0, 0) },
	  .shows = { UID_1000 }, .fresh = "Uid", .creds = true },
	{ "setregid", .steps = {
		CALL(L, 0, SYS_setregid, 1000, 1000, 0, 0) },
	  .shows = { GID_1000 }, .fresh = "Gid", .creds = true },
	{ "setresuid", .steps = {
		CALL(L, 0, SYS_setresuid, 1000, 1000, 1000, 0) },
	  .shows = { UID_1000 }, .fresh = "Uid", .creds = true },
	{ "setresuid, effective only", .steps = {
		CALL(L, 0, SYS_setresuid, -1, 1000, -1, 0) },
	  .fresh = "Uid", .creds = true },
	{ "setresgid", .steps = {
		CALL(L, 0, SYS_setresgid, 1000, 1000, 1000, 0) },
	  .shows = { GID_1000 }, .fresh = "Gid", .creds = true },
	{ "setgroups", no_core_group, {
		CALL(L, 0, SYS_setgroups, 2, groups, 0, 0) },
	  .shows = { "Groups:\t1000 1001 " }, .fresh = "Groups",
	  .creds = true },
	{ "groups, group, user: all of root is given up", no_core_group, {
		CALL(L, 0, SYS_setgroups, 0, 0, 0, 0),
		CALL(L, 0, SYS_setgid, 1000, 0, 0, 0),
		CALL(L, 0, SYS_setuid, 1000, 0, 0, 0),
		CALL(H, -EPERM, SYS_setgid, 0, 0, 0, 0),
		CALL(H, -EPERM, SYS_setgroups, 2, groups, 0, 0) },
	  .shows = { UID_1000, GID_1000 }, .fresh = "Groups", .creds = true },
	{ "setfsuid, setfsgid", private_file, {
		CALL(L, 0, SYS_setfsgid, 1000, 0, 0, 0),
		CALL(L, 1000, SYS_setfsgid, 1000, 0, 0, 0),
		CALL(L, 0, SYS_setfsuid, 1000, 0, 0, 0),
		CALL(L, 1000, SYS_setfsuid, 1000, 0, 0, 0),
		OPEN(H, -EACCES, ROWS "/private", O_RDONLY) },
	  .creds = true },
	{ "capset", .steps = {
		CALL(L, 0, SYS_capset, &version, no_caps, 0, 0),
		CALL(H, -EPERM, SYS_setgroups, 2, groups, 0, 0) },
	  .creds = true },
	{ "capset: inheritable", .steps = {
		CALL(L, 0, SYS_capset, &version, few_caps, 0, 0) },
	  .shows = { "CapInh:\t0000000000002000" }, .fresh = "CapInh",
	  .creds = true },
	{ "PR_CAPBSET_DROP", .steps = {
		CALL(L, 0, SYS_prctl, PR_CAPBSET_DROP, CAP_NET_RAW, 0,
			0) },
	  .fresh = "CapBnd", .creds = true },
	{ "PR_CAP_AMBIENT", .steps = {
		CALL(L, 0, SYS_capset, &version, few_caps, 0, 0),
		CALL(L, 0, SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE,
			CAP_NET_RAW, 0) },
	  .shows = { "CapAmb:\t0000000000002000" }, .fresh = "CapAmb",
	  .creds = true },
	{ "PR_SET_KEEPCAPS: a user with one capability", .steps = {
		CALL(L, 0, SYS_capset, &version, few_caps, 0, 0),
		CALL(L, 0, SYS_prctl, PR_SET_KEEPCAPS, 1, 0, 0),
		CALL(L, 0, SYS_setresuid, 1000, 1000, 1000, 0),
		CALL(L, 0, SYS_capset, &version, one_cap, 0, 0),
		CALL(L, 0, SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE,
			CAP_NET_RAW, 0) },
	  .shows = { UID_1000, "CapEff:\t0000000000002000" },
	  .fresh = "Uid", .creds = true },
	{ "PR_SET_SECUREBITS", .steps = {
		CALL(L, 0, SYS_prctl, PR_SET_SECUREBITS,
			SECBIT_NO_SETUID_FIXUP, 0, 0) },
	  .shows = { "securebits: 4" }, .fresh = "securebits",
	  .creds = true },
	{ "unshare of the user namespace", .steps = {
		CALL(L, ANY, SYS_unshare, CLONE_NEWUSER, 0, 0, 0) },
	  .fresh = "ns.user", .creds = true },
	{ "landlock_restrict_self", make_ruleset, {
		CALL(L, 0, SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0),
		CALL(L, 0, SYS_landlock_restrict_self, RULES_FD, 0, 0,
			0) },
	  .shows = { "probe mkdir: 13" }, .fresh = "probe mkdir",
	  .creds = true },
	{ "keyctl: KEYCTL_JOIN_SESSION_KEYRING", .steps = {
		CALL(L, ABOVE_0, SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING,
			0, 0, 0) },
	  .fresh = "keyring", .creds = true },
};

int main(void)
{
	return rows_main(rows, ARRAY_SIZE(rows));
}
