#!/bin/bash
# SPDX-License-Identifier: MIT
# The manual's examples compile: each page of a helper has some. They stand in a function
# that has a ring and a plan, and need no more than the headers here.
#
# CC: the compiler; IOUS_BUILD: where liburing/VERSION is.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
build=${IOUS_BUILD:-$top/build}
cc=${CC:-gcc}
work=$(mktemp -d "${TMPDIR:-/tmp}/ious-manual.XXXXXX")
trap 'rm -rf "$work"' EXIT
. "$top/tests/lib/tap.sh"

[ -d "$build/liburing/newest" ] || "$top/tests/vm/prepare" liburing

# What is between .EX and .EE in EXAMPLES, as a reader sees it; \e is a backslash.
example() { sed '1,/^\.SH EXAMPLES$/d' "$1" | sed -n '/^\.EX$/,/^\.EE$/ { /^\.E[XE]$/d; s/\\-/-/g; s/\\e/\\/g; p }'; }

compiles() {
	{
		cat <<-'END'
			#define _GNU_SOURCE
			#include <errno.h>
			#include <fcntl.h>
			#include <ious.h>
			#include <io_uring_spawn.h>
			#include <linux/sched.h>
			#include <poll.h>
			#include <sched.h>
			#include <signal.h>
			#include <stdio.h>
			#include <stdlib.h>
			#include <string.h>
			#include <sys/mount.h>
			#include <sys/prctl.h>
			#include <sys/resource.h>
			#include <sys/syscall.h>
			#include <sys/wait.h>
			#include <unistd.h>
			extern char **environ;
			extern struct io_uring ring;
			void example(void);
			void example(void)
			{
		END
		example "$1"
		echo "}"
	} >"$work/example.c"
	"$cc" -Wall -Wextra -Werror -Wno-unused-variable -Wno-unused-but-set-variable \
		-I"$top/userspace/include" -I"$top/include/uapi" \
		-isystem "$build/liburing/newest/usr/include" -c -o "$work/example.o" \
		"$work/example.c"
}

has_example() { example "$1" | grep -q 'io_uring_get_sqe'; }

for page in "$top"/man/*.[37]; do
	name=${page##*/}
	[ "$(head -c 4 "$page")" != '.so ' ] || continue
	case $name in
	io_uring_prep_*) check "$name has an example" has_example "$page" ;;
	esac
	# those of the library are programs, which library.sh compiles
	[ "${name#ious_}" = "$name" ] || continue
	! grep -q '^\.SH EXAMPLES$' "$page" || check "$name: its example compiles" compiles "$page"
done
finish
