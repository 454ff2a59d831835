#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make install and make dkms-install, on a machine that has no package of ours: what
# the README says of the programs works at once, DKMS builds the module from what it
# needs and no more, and uninstalling leaves nothing.
set -eu
. "$(dirname "$0")/lib.sh"

version=$(module_version)
[ -d "$DEBS" ] || die "no packages to test: build.sh makes them"
source=/usr/src/io-uring-spawn-$version

# As somebody has it who has built and tested.
copy_tree() {
	mkdir -p "$root/tmp/tree/build/large" &&
		tar -C "$TOP" --exclude=./build --exclude=./.git -cf - . |
		tar -C "$root/tmp/tree" -xf -
}

# TARGET...: in the tree
tree() { in_root "$root" env DEBIAN_FRONTEND=noninteractive make -C /tmp/tree "$@"; }

commands_run() {
	in_root "$root" io_uring_spawn --version | grep -F "$version" &&
		in_root "$root" ldconfig -p | grep -F libio_uring_spawn.so.0 &&
		in_root "$root" sh -c 'echo "#include <ious.h>
#include <stdio.h>
int main(void) { puts(ious_available_text(ious_available())); return 0; }" >/tmp/t.c &&
			gcc -o /tmp/t /tmp/t.c $(pkg-config --cflags --libs libio_uring_spawn) &&
			/tmp/t' &&
		in_root "$root" sh -c 'LD_PRELOAD=libio_uring_spawn_preload.so true'
}

is_built() {
	in_root "$root" dkms status io-uring-spawn -k "$kernel" | grep installed &&
		module_of "$kernel" >"$root/tmp/module.ko" &&
		in_root "$root" modinfo -F version /tmp/module.ko | grep "^$version"
}

only_sources() {
	diff <(cd "$root$source" && find . -type f | LC_ALL=C sort) \
		<(cd "$TOP" && find ./Kbuild ./dkms.conf ./module ./include -type f |
			LC_ALL=C sort)
}

# A package of the same version is not overwritten.
package_stays() {
	install_packages && refute tree dkms-install DKMSFLAGS="-k $kernel" &&
		is_built && in_root "$root" dpkg --verify io-uring-spawn-dkms
}

files() { (cd "$root" && find usr/local usr/src var/lib/dkms lib/modules -name '*io*uring*spawn*' -o -path 'usr/local/*' -type f); }

for suite in $SUITES; do
	copy_root machine "$suite" "$suite"
	root=$work/$suite
	kernel=$(cd "$root/lib/modules" && printf '%s\n' *-"$HOST_ARCH" | head -n 1)
	check "$suite: the tree" copy_tree
	files >"$work/before"
	check "$suite: make install" tree install
	check "$suite: the programs and the library work at once" commands_run
	check "$suite: make dkms-install" tree dkms-install DKMSFLAGS="-k $kernel"
	check "$suite: it is built for $kernel" is_built
	check "$suite: DKMS has the sources and no more" only_sources
	check "$suite: once more" tree dkms-install DKMSFLAGS="-k $kernel"
	check "$suite: make uninstall dkms-uninstall" tree uninstall dkms-uninstall
	files >"$work/after"
	check "$suite: nothing is left" diff "$work/before" "$work/after"
	check "$suite: a package's module stays" package_stays
	drop_root "$suite"
done
finish
