#!/bin/bash
# SPDX-License-Identifier: MIT
# userspace/include/io_uring_spawn.h with three versions of liburing, in C and
# C++: it compiles without a warning, its helpers fill SQEs as the contract
# says, it gets along with a liburing that has functions of the same names, and
# what is installed can be found by pkg-config. Starts nothing, needs no module.
#
# CC, CXX: the compilers; IOUS_BUILD: where liburing/VERSION is.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
build=${IOUS_BUILD:-$top/build}
cc=${CC:-gcc} cxx=${CXX:-g++}
versions='2.3 2.9 2.15'
work=$(mktemp -d "${TMPDIR:-/tmp}/ious-header.XXXXXX")
trap 'rm -rf "$work"' EXIT

. "$top/tests/lib/tap.sh"

programs=$top/tests/host/header
# The same text is C and C++.
for name in helpers asks bare theirs; do
	cp "$programs/$name.c" "$work/$name.cc"
done

# VERSION OPTION... SOURCE: compiles, links with that liburing, and runs
try() {
	local lib=$build/liburing/$1/usr compiler=$cc source
	shift
	source=${!#}
	[ "$source" = "${source%.cc}" ] || compiler=$cxx
	rm -f "$work/program"
	"$compiler" -O2 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror \
		-I"$top/userspace/include" -I"$top/include/uapi" \
		"${@:1:$#-1}" -isystem "$lib/include" -o "$work/program" \
		"$source" "$lib"/lib/*/liburing.a &&
		"$work/program"
}

try_future() {
	try "$1" -isystem "$programs/future" "${@:2}"
}

have_liburing() {
	[ -e "$build/liburing/$1/usr/include/liburing.h" ]
}

# VERSION DIRECTORY ARGUMENT...: programs as strict as others have them, with the
# library as it is.
examples() {
	local lib=$build/liburing/$1/usr to=$2
	shift 2
	set -- -s -C "$top/userspace" O="$to" CC="$cc" "$@" \
		LIBURING_CFLAGS="-isystem $lib/include" \
		LIBURING_LIBS="$(echo "$lib"/lib/*/liburing.a)"
	make "$@" CFLAGS='-O2 -Wall -Wextra -Werror' "$to/libio_uring_spawn.a" &&
		make "$@" CFLAGS='-O2 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror'
}

for version in $versions; do
	if ! have_liburing "$version"; then
		check "liburing $version: build/liburing/$version is there (tests/vm/prepare liburing)" false
		continue
	fi
	# liburing 2.4 and later ask for _GNU_SOURCE where -std=gnu* is not it
	for std in 'c99 -D_GNU_SOURCE' gnu99 gnu11 'c17 -D_GNU_SOURCE'; do
		# a list of options
		# shellcheck disable=SC2086
		check "liburing $version, $std: helpers" \
			try "$version" -std=$std "$programs/helpers.c"
	done
	for std in c++11 c++17 c++20; do
		check "liburing $version, $std: helpers" \
			try "$version" -std=$std "$work/helpers.cc"
	done
	check "liburing $version: what asks the kernel" \
		try "$version" -std=gnu99 "$programs/asks.c"
	check "liburing $version: what asks the kernel, C++" \
		try "$version" -std=c++11 "$work/asks.cc"
	check "liburing $version: under strict POSIX macros" \
		try "$version" -std=c99 "$programs/posix.c"
	check "liburing $version: without the RFC's names" \
		try "$version" "$programs/bare.c"
	check "liburing $version: without the RFC's names, C++" \
		try "$version" "$work/bare.cc"
	check "liburing $version with these names of its own: ours win" \
		try_future "$version" "$programs/helpers.c"
	check "liburing $version with these names of its own: ours win, C++" \
		try_future "$version" "$work/helpers.cc"
	check "liburing $version with these names of its own: theirs, if asked for" \
		try_future "$version" "$programs/theirs.c"
	check "liburing $version with these names of its own: theirs, if asked for, C++" \
		try_future "$version" "$work/theirs.cc"
	for static in '' 1; do
		check "liburing $version: the examples${static:+, static}" \
			examples "$version" "$work/o-$version-$static" \
			${static:+STATIC=1}
	done
done

# A package's view: installed under DESTDIR, found through pkg-config.
installed=$work/installed
pc() {
	PKG_CONFIG_PATH=$installed/opt/ious/share/pkgconfig:$work/pc \
		pkg-config "$@" io_uring_spawn
}

# shellcheck disable=SC2086 # a list of options
use_installed() {
	local flags
	# prefix is set as it would be without DESTDIR
	flags=$(pc --define-variable=prefix="$installed/opt/ious" --cflags --libs) &&
		rm -f "$work/program" &&
		"$cc" -Wall -Wextra -Werror -o "$work/program" "$programs/helpers.c" $flags &&
		"$work/program"
}

has_version() {
	[ "$(pc --modversion)" = "$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' "$top/dkms.conf")" ]
}

needs_liburing() {
	pc --print-requires | grep -x 'liburing >= 2.3'
}

has_manuals() {
	local page
	for page in "$top"/man/io_uring_*.[37]; do
		[ -s "$installed/opt/ious/share/man/man${page##*.}/${page##*/}" ] ||
			return 1
	done
}

# Pages that only name another one are followed by hand.
lint() {
	local page pages=()
	for page in "$top"/man/*.[1-9]; do
		if [ "$(head -c 4 "$page")" != '.so ' ]; then
			pages+=("$page")
		elif ! [ -e "$top/man/$(sed 's|^\.so man[37]/||' "$page")" ]; then
			echo "$page: names a page that is not there"
			return 1
		fi
	done
	mandoc -T lint -W warning "${pages[@]}"
}

if have_liburing 2.9; then
	# A liburing.pc for this copy of liburing, as its package would have it.
	lib=$build/liburing/2.9/usr
	mkdir -p "$work/pc"
	printf '%s\n' 'Name: liburing' 'Description: for a test' \
		'Version: 2.9' "Cflags: -isystem $lib/include" \
		"Libs: $(echo "$lib"/lib/*/liburing.a)" >"$work/pc/liburing.pc"
	check "make install" make -s -C "$top/userspace" install \
		DESTDIR="$installed" PREFIX=/opt/ious
	check "pkg-config: dkms.conf's version" has_version
	check "pkg-config: needs liburing 2.3" needs_liburing
	check "pkg-config: its flags build a program" use_installed
	check "the manual is installed" has_manuals
fi
check "the manual is free of mandoc's warnings" lint

finish
