#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The packages can be built on each suite and have what they should have.
# Lintian has nothing to say but what debian/*lintian-overrides answer. The
# packages of the oldest suite, which fit all, are left for the other tests,
# with some of a next version.
set -eu
. "$(dirname "$0")/lib.sh"

# Debian 12's lintian knows no newer standards than those that we state.
LINTIAN="lintian --allow-root --display-info --fail-on error,warning,info"
LINTIAN="$LINTIAN --suppress-tags out-of-date-standards-version"
version=$(module_version)
LIBDIR=/usr/lib/$MULTIARCH

# ROOT TREE: packages from the tree, as anybody builds them
build() {
	rm -rf "$1/tmp/tree"
	cp -a "$2" "$1/tmp/tree" && in_root "$1" /tmp/tree/packaging/build deb
}

# FROM TO: the packages, but for those with what debuggers want
take() {
	cp "$1"/*.deb "$2" && rm -f "$2"/*-dbgsym_*.deb
}

files_of() {
	local deb
	for deb in "$1"/*.deb; do
		case $deb in
		*-dbgsym_*) ;;
		*) dpkg-deb -c "$deb" ;;
		esac
	done | awk '{ print $1, $2, $NF }'
}

same_contents() { diff <(files_of "$1") <(files_of "$2"); }

# What is in a package but for directories and what every package has. Documents are
# compressed as they grow.
contents() {
	dpkg-deb -c "$1" | awk '{ print substr($6, 2) }' | sed 's/\.md\.gz$/.md/' |
		grep -v -e '/$' -e '/doc/.*/\(changelog.*\|copyright\)$' | LC_ALL=C sort
}

module_contents() {
	local doc=/usr/share/doc/io-uring-spawn-dkms src=/usr/src/io-uring-spawn-$version
	diff <(contents "$1"/io-uring-spawn-dkms_*.deb) <({
		cd "$TOP"
		echo /usr/share/lintian/overrides/io-uring-spawn-dkms
		printf "$src/%s\n" Kbuild dkms.conf module/* include/uapi/linux/*
		printf "$doc/%s\n" README.Debian packages.md security.md troubleshooting.md \
			examples/mod{probe,ules-load}.d/io_uring_spawn.conf
	} | LC_ALL=C sort)
}

# $1: pages, as a pattern
pages() {
	local page
	for page in $1; do
		echo "/usr/share/man/man${page##*.}/${page##*/}.gz"
	done
}

dev_contents() {
	local doc=/usr/share/doc/libio-uring-spawn-dev example
	diff <(contents "$1"/libio-uring-spawn-dev_*.deb) <({
		printf '/usr/include/%s\n' io_uring_spawn.h ious.h linux/io_uring_spawn.h
		printf "$LIBDIR/%s\n" libio_uring_spawn.a libio_uring_spawn.so \
			pkgconfig/libio_uring_spawn.pc
		echo /usr/share/lintian/overrides/libio-uring-spawn-dev
		echo /usr/share/pkgconfig/io_uring_spawn.pc
		printf "$doc/%s\n" library.md opcodes.md program.md
		pages "$TOP/man/*.3"
		pages "$TOP/man/io_uring_spawn.7"
		pages "$TOP/man/libio_uring_spawn.7"
		for example in "$TOP"/userspace/examples/*; do
			echo "$doc/examples/${example##*/}"
		done
	} | LC_ALL=C sort)
}

library_contents() {
	diff <(contents "$1"/libio-uring-spawn0_*.deb) <(printf '%s\n' \
		"$LIBDIR/libio_uring_spawn.so.0" \
		/usr/share/lintian/overrides/libio-uring-spawn0)
}

command_contents() {
	diff <(contents "$1"/io-uring-spawn_*.deb) <({
		echo /usr/bin/io_uring_spawn
		echo "$LIBDIR/libio_uring_spawn_preload.so"
		echo /usr/share/bash-completion/completions/io_uring_spawn
		echo /usr/share/fish/vendor_completions.d/io_uring_spawn.fish
		echo /usr/share/zsh/vendor-completions/_io_uring_spawn
		echo /usr/share/doc/io-uring-spawn/preload.md
		echo /usr/share/lintian/overrides/io-uring-spawn
		pages "$TOP/man/*.1"
		pages "$TOP/man/libio_uring_spawn_preload.7"
	} | LC_ALL=C sort)
}

python_contents() {
	local doc=/usr/share/doc/python3-io-uring-spawn file
	diff <(contents "$1"/python3-io-uring-spawn_*.deb) <({
		for file in "$TOP"/userspace/python/io_uring_spawn/*.py; do
			echo "/usr/lib/python3/dist-packages/io_uring_spawn/${file##*/}"
		done
		echo "$doc/python.md"
		echo "$doc/examples/fetch.py"
		echo /usr/share/lintian/overrides/python3-io-uring-spawn
	} | LC_ALL=C sort)
}

# Only dkms's own scripts, and none that loads or unloads.
scripts_are_dkms() {
	mkdir "$work/control" &&
		dpkg-deb -e "$1"/io-uring-spawn-dkms_*.deb "$work/control" &&
		[ "$(cd "$work/control" && echo ./*)" = './control ./md5sums ./postinst ./prerm' ] &&
		refute grep -E 'modprobe|insmod|rmmod|armed' "$work"/control/p*
}

rpm_build() {
	in_root "$1" /tmp/tree/packaging/build rpm || return
	in_root "$1" sh -c 'cd /tmp/tree && rpmlint -c packaging/rpmlint.toml \
		packaging/*.spec build/packages/rpm/*.rpm' >"$work/rpmlint" &&
		tail -n 1 "$work/rpmlint" | grep ' 0 errors, 0 warnings,' || {
		cat "$work/rpmlint"
		return 1
	}
}

"$TOP/packaging/build" tree >/dev/null
cp -a "$TOP/build/packages/tree" "$work/tree"
cp -a "$work/tree" "$work/next"
sed -i "s/^PACKAGE_VERSION=.*/PACKAGE_VERSION=\"$version.1\"/" "$work/next/dkms.conf"
sed -i "1s/([^)]*)/($version.1-1)/" "$work/next/debian/changelog"
# with a newer interface, so that an old module can be told from it by programs
abi=$(sed -n 's/^#define IORING_SPAWN_ABI[[:space:]]*//p' \
	"$work/next/include/uapi/linux/io_uring_spawn.h")
sed -i "s/^\(#define IORING_SPAWN_ABI[[:space:]]*\).*/\1$((abi + 1))/" \
	"$work/next/include/uapi/linux/io_uring_spawn.h"

rm -rf "$DEBS.new"
mkdir -p "$DEBS.new/next"
for suite in $SUITES; do
	copy_root build "$suite" "$suite"
	root=$work/$suite
	debs=$root/tmp/tree/build/packages/deb
	check "$suite: make deb" build "$root" "$work/tree"
	check "$suite: $(in_root "$root" lintian --version)" in_root "$root" \
		sh -c "$LINTIAN /tmp/tree/build/packages/deb/*.changes"
	check "$suite: make rpm, rpmlint" rpm_build "$root"
	if [ "$suite" != "${SUITES%% *}" ]; then
		check "$suite: the same files as before" same_contents "$debs" "$DEBS.new"
		continue
	fi
	take "$debs" "$DEBS.new"
	check "the module's package: its source, no more" module_contents "$DEBS.new"
	check "programmers' package: headers, manual, examples" dev_contents "$DEBS.new"
	check "the library's package: the library" library_contents "$DEBS.new"
	check "the command and the drop-in" command_contents "$DEBS.new"
	check "the Python package" python_contents "$DEBS.new"
	check "nothing loads or unloads the module" scripts_are_dkms "$DEBS.new"
	check "a next version" build "$root" "$work/next"
	take "$debs" "$DEBS.new/next" || :
done
rm -rf "$DEBS"
mv "$DEBS.new" "$DEBS"
finish
