#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The packages for arm64, Debian's and RPMs, built on an amd64 machine by Debian's cross
# compiler, on each suite: programs and libraries are of arm64 and in its folders; the
# module's source and Python are of all architectures. Debian's are left in build/packages/arm64-SUITE.
set -eu
. "$(dirname "$0")/lib.sh"

if [ "$HOST_ARCH" != amd64 ]; then
	skip "packages for arm64" "build.sh has built them here"
	finish
fi

build() {
	rm -rf "$root/tmp/tree"
	cp -a "$TOP/build/packages/tree" "$root/tmp/tree" &&
		in_root "$root" /tmp/tree/packaging/build deb arm64
}

# NAME ARCHITECTURE: one package, which says so.
is_for() {
	set -- "$debs/$1"_*_"$2".deb "$2"
	[ $# = 2 ] && [ "$(dpkg-deb -f "$1" Architecture)" = "$2" ]
}

unpack() {
	local deb
	rm -rf "$work/files"
	for deb in "$debs"/*.deb; do
		case $deb in
		*-dbgsym_*) ;;
		*) dpkg-deb -x "$deb" "$work/files" || return ;;
		esac
	done
}

build_rpm() { in_root "$root" /tmp/tree/packaging/build rpm arm64; }

# What they say they are for, each once.
rpms_are_for() {
	in_root "$root" sh -c 'cd /tmp/tree/build/packages/rpm &&
		for rpm in *-libs-[0-9]*.rpm *-tools-[0-9]*.rpm *-devel-[0-9]*.rpm *-dkms-[0-9]*.rpm; do
			rpm -qp --qf "%{NAME} %{ARCH}\n" "$rpm" || exit
		done' | sort >"$work/rpms"
	diff "$work/rpms" - <<-EOF
		io-uring-spawn-devel aarch64
		io-uring-spawn-dkms noarch
		io-uring-spawn-libs aarch64
		io-uring-spawn-tools aarch64
	EOF
}

# RPM's own folder for libraries of 64 bits.
rpm_paths() {
	[ -e "$work/files/usr/lib64/libio_uring_spawn.so.0" ] &&
		[ -e "$work/files/usr/lib64/libio_uring_spawn_preload.so" ] &&
		refute eval 'find "$work/files" | grep -E "x86_64|amd64"'
}

unpack_rpms() {
	local rpm
	rm -rf "$work/files"
	mkdir "$work/files"
	for rpm in "$root"/tmp/tree/build/packages/rpm/*.aarch64.rpm; do
		in_root "$root" rpm2cpio "${rpm#"$root"}" |
			(cd "$work/files" && cpio -idm --quiet) || return
	done
}

# e_machine of elf(5): 183 is EM_AARCH64
elf_is_arm64() {
	local file programs=0
	while read -r file; do
		[ "$(head -c 4 "$file" | tr -d '\0\177')" = ELF ] || continue
		programs=$((programs + 1))
		echo "$file"
		[ "$(od -A n -t u2 -j 18 -N 2 "$file" | tr -d ' ')" = 183 ] || return
	done < <(find "$work/files" -type f)
	# the library, the drop-in, the command
	[ "$programs" -ge 3 ]
}

# Whatever architecture they are for, packages have the same files.
no_amd64() {
	refute eval 'find "$work/files" | grep -E "x86_64|amd64"' &&
		[ -e "$work/files/usr/lib/aarch64-linux-gnu/libio_uring_spawn.so.0" ] &&
		[ -e "$work/files/usr/lib/aarch64-linux-gnu/libio_uring_spawn_preload.so" ] &&
		refute grep -r x86_64-linux-gnu "$work/files/usr/lib/aarch64-linux-gnu/pkgconfig"
}

"$TOP/packaging/build" tree >/dev/null
for suite in $SUITES; do
	copy_root cross "$suite" "$suite"
	root=$work/$suite debs=$BUILD/packages/arm64-$suite
	check "$suite: dpkg-buildpackage -a arm64" build
	rm -rf "$debs"
	mkdir -p "$debs"
	cp "$root"/tmp/tree/build/packages/deb/*.deb "$debs" || :
	for name in libio-uring-spawn0 libio-uring-spawn-dev io-uring-spawn; do
		check "$suite: $name is for arm64" is_for "$name" arm64
	done
	for name in io-uring-spawn-dkms python3-io-uring-spawn; do
		check "$suite: $name is for all" is_for "$name" all
	done
	check "$suite: they can be unpacked" unpack
	check "$suite: what is in them is of arm64" elf_is_arm64
	check "$suite: no path is of amd64" no_amd64
	check "$suite: rpmbuild --target aarch64" build_rpm
	check "$suite: the RPMs are for aarch64, the module's for all" rpms_are_for
	check "$suite: they can be unpacked, too" unpack_rpms
	check "$suite: what is in these is of arm64" elf_is_arm64
	check "$suite: no path of theirs is of amd64" rpm_paths
	drop_root "$suite"
done
finish
