#!/bin/bash
# SPDX-License-Identifier: MIT
# libio_uring_spawn and what belongs to it, as installed: what is exported is what
# ious.h declares, in C and C++; programs find it with pkg-config; each function has a
# page; it builds with three versions of liburing. Starts nothing, needs no module.
# IOUS_BUILD: what make tests has built.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
build=${IOUS_BUILD:-$top/build}
liburing=$build/liburing/newest/usr
multiarch=$(cc -print-multiarch)
work=$(mktemp -d "${TMPDIR:-/tmp}/ious-library.XXXXXX")
trap 'rm -rf "$work"' EXIT

. "$top/tests/lib/tap.sh"

header=$top/userspace/include/ious.h
functions=$(sed -n 's/^[a-z].*\b\(ious_[a-z0-9_]*\)(.*/\1/p' "$header" | sort)
root=$work/root

installs() {
	make -s -C "$top/userspace" install install-libraries O="$build/demo" \
		LIBURING_CFLAGS="-isystem $liburing/include" LIBURING_LIBS=none \
		LIBURING_PIC="$liburing/lib/$multiarch/liburing.a" \
		DESTDIR="$root" PREFIX=/usr >"$work/log" 2>&1 || {
		cat "$work/log"
		return 1
	}
}

exports() {
	nm -D --defined-only "$root/usr/lib/libio_uring_spawn.so.0" |
		sed -n 's/.* \(ious_[a-z0-9_]*\)@@IOUS_0$/\1/p' | sort >"$work/exported"
	[ "$(echo "$functions" | wc -l)" -ge 45 ] || echo "too few in $header"
	echo "$functions" | diff - "$work/exported"
}

soname() {
	readelf -d "$root/usr/lib/libio_uring_spawn.so.0" |
		grep -q 'SONAME.*\[libio_uring_spawn.so.0\]' &&
		! readelf -d "$root"/usr/lib/*.so* | grep NEEDED | grep liburing
}

# What is called by a program of another language: all of it.
cat >"$work/all.c" <<END
#include <ious.h>
#include <stdio.h>

int main(void)
{
	void *all[] = {
$(awk '{ print "\t\t(void *)" $0 "," }' <<<"$functions")
	};

	printf("%zu functions\n", sizeof(all) / sizeof(all[0]));
	return 0;
}
END

# COMPILER FILE...: into all
compiles() {
	local flags
	flags=$(PKG_CONFIG_PATH=$root/usr/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$root \
		PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 PKG_CONFIG_ALLOW_SYSTEM_LIBS=1 \
		pkg-config --cflags --libs libio_uring_spawn)
	# shellcheck disable=SC2086 # words
	"$@" -Wall -Wextra -Werror -o "$work/all" $flags
}

links() {
	compiles "$@" &&
		LD_LIBRARY_PATH=$root/usr/lib "$work/all" |
		grep -qx "$(echo "$functions" | wc -l) functions"
}

in_c() { links gcc -std=gnu99 "$work/all.c"; }
in_cpp() { links g++ -std=c++11 -x c++ "$work/all.c"; }

pages() {
	local name page
	for name in $functions; do
		page=$root/usr/share/man/man3/$name.3
		[ -s "$page" ] || { echo "$name: no page"; continue; }
		page=$root/usr/share/man/$(sed -n '1s/^\.so //p' "$page")
		[ -f "$page" ] || page=$root/usr/share/man/man3/$name.3
		sed -n '/^\.SH NAME/ { n; p }' "$page" | grep -qw "$name" ||
			echo "$name: not in the NAME of its page"
	done
}

# Each program in the EXAMPLES of the pages of the library, in C and C++.
examples() {
	local page nr=0 program
	for page in "$top"/man/ious_*.3; do
		rm -f "$work"/example.*
		awk -v to="$work/example." '
			/^\.SH/ { here = /EXAMPLES/ }
			/^\.E[XE]/ { nr++; inside = /EX/; next }
			here && inside { print >(to nr ".c") }' "$page"
		for program in "$work"/example.*.c; do
			grep -q '^int main' "$program" 2>/dev/null || continue
			sed -i 's/\\-/-/g; s/\\e/\\/g' "$program"
			compiles gcc -std=gnu99 "$program" &&
				compiles g++ -std=c++11 -x c++ "$program" ||
				echo "$page: an example is not compiled"
			nr=$((nr + 1))
		done
	done
	[ "$nr" -ge 2 ] || echo "only $nr programs found"
}

options() {
	"$root/usr/bin/io_uring_spawn" --help |
		grep -oE -- '--[a-z-]+' | sort -u | while read -r option; do
		grep -q -- "$(printf '%s' "${option#--}" | sed 's/-/\\\\-/g')" \
			"$top/man/io_uring_spawn.1" ||
			echo "$option: not in the manual"
		# bash reads --help itself
		grep -q -- "$option" "$top/userspace/command/completion.zsh" ||
			echo "$option: not completed by zsh"
		grep -q -- "-l ${option#--} " "$top/userspace/command/completion.fish" ||
			echo "$option: not completed by fish"
	done
}

nothing() {
	"$@" >"$work/said" 2>&1
	! grep . "$work/said"
}

cat >"$work/musl.c" <<'END'
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>

extern char **environ;

int main(void)
{
	char *argv[] = { "echo", "hello", NULL };
	posix_spawn_file_actions_t actions;
	int status = 1;
	pid_t pid;

	if (posix_spawn_file_actions_init(&actions) ||
	    posix_spawn_file_actions_addopen(&actions, 1, "hello", O_WRONLY | O_CREAT, 0600) ||
	    posix_spawn_file_actions_adddup2(&actions, 1, 2) ||
	    posix_spawnp(&pid, "echo", &actions, NULL, argv, environ) ||
	    posix_spawn_file_actions_destroy(&actions))
		return 1;
	return waitpid(pid, &status, 0) != pid || status;
}
END

# A drop-in that is linked as a package's is, with the C library's checks.
musl_starts() {
	make -s -C "$top/userspace" libraries O="$work/fortified" \
		CFLAGS='-O2 -D_FORTIFY_SOURCE=2 -fstack-protector-strong' \
		LIBURING_CFLAGS="-isystem $liburing/include" LIBURING_LIBS=none \
		LIBURING_PIC="$liburing/lib/$multiarch/liburing.a" &&
		musl-gcc -o "$work/musl" "$work/musl.c" && (cd "$work" &&
		LD_PRELOAD=$work/fortified/libio_uring_spawn_preload.so \
			IO_URING_SPAWN=require ./musl) && grep -x hello "$work/hello"
}

# $1: a version of liburing
builds_with() {
	make -s -C "$top/userspace" all libraries command O="$work/$1" \
		CFLAGS='-O2 -Wall -Wextra -Werror' \
		LIBURING_CFLAGS="-isystem $build/liburing/$1/usr/include" \
		LIBURING_LIBS="$build/liburing/$1/usr/lib/$multiarch/liburing.a" \
		LIBURING_PIC="$build/liburing/$1/usr/lib/$multiarch/liburing.a"
}

check "libraries and the command are installed" installs
check "what is exported is what the header declares" nothing exports
check "the library has its name, and needs no liburing" soname
check "a program in C links with it" in_c
check "and one in C++" in_cpp
check "each function has a page" nothing pages
check "the programs in the examples of pages are compiled" nothing examples
check "each option of the command is in its manual and completed" nothing options
for version in 2.3 2.9 2.15; do
	check "all of it is built with liburing $version" builds_with "$version"
done
check "a program of musl starts with the drop-in, which leaves it alone" musl_starts
finish
