#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What the package does on a machine with several kernels, short of booting: DKMS
# builds and signs the module for all that are there and for those that come
# later, kernels out of range are skipped and, on Debian 13, installed, and
# a purge leaves nothing. Needs what build.sh has left.
set -eu
. "$(dirname "$0")/lib.sh"

version=$(module_version)
[ -d "$DEBS" ] || die "no packages to test: build.sh makes them"

apt() { in_root "$root" env DEBIAN_FRONTEND=noninteractive apt-get -qy --no-install-recommends "$@"; }

built_for() {
	local kernel=$1 field
	in_root "$root" dkms status io-uring-spawn -k "$kernel" | grep 'installed' &&
		module_of "$kernel" >"$root/tmp/module.ko" &&
		for field in "version $version" "vermagic $kernel SMP"; do
			in_root "$root" modinfo -F "${field%% *}" /tmp/module.ko |
				grep "^${field#* }" || return
		done
}

signed_by_dkms() {
	module_of "$1" >"$root/tmp/module" && split_signature "$root/tmp/module" &&
		in_root "$root" sh -c 'openssl x509 -inform DER -in /var/lib/dkms/mok.pub -out /tmp/mok.pem &&
			openssl cms -verify -binary -inform DER -in /tmp/module.signature \
			-content /tmp/module.content -certfile /tmp/mok.pem -nointern -noverify \
			-out /dev/null'
}

kernels() { (cd "$root/usr/src" && printf '%s\n' linux-headers-*-"$HOST_ARCH") | sed 's/linux-headers-//'; }

# RELEASE: headers of a kernel that does not exist, with the files and the scripts
# of one that does. Were it not skipped, the module could be built for it.
fake_headers() {
	local real dir=$root/tmp/fake script
	real=$(kernels | head -n 1)
	rm -rf "$dir"
	mkdir -p "$dir/DEBIAN" "$dir/lib/modules/$1"
	ln -s "/usr/src/linux-headers-$real" "$dir/lib/modules/$1/build"
	printf '%s\n' "Package: linux-headers-$1" 'Version: 1' "Architecture: $HOST_ARCH" \
		'Maintainer: nobody <nobody@localhost>' 'Description: a test' \
		>"$dir/DEBIAN/control"
	for script in "$root/var/lib/dpkg/info/linux-headers-$real".p*; do
		sed "s/${real//./\\.}/$1/g" "$script" >"$dir/DEBIAN/${script##*.}"
		chmod 755 "$dir/DEBIAN/${script##*.}"
	done
	grep -qF "$1" "$dir/DEBIAN/postinst" &&
		dpkg-deb -b "$dir" "$root/tmp/fake.deb" && apt install /tmp/fake.deb
}

skipped() {
	in_root "$root" test -e "/lib/modules/$1/build/Makefile" &&
		refute eval 'in_root "$root" dkms status io-uring-spawn -k "$1" |
			grep -E "built|installed"' &&
		refute test -e "$root/lib/modules/$1/updates"
}

# What an administrator asks for who does not know.
build_says_77() {
	local status=0
	in_root "$root" dkms build "io-uring-spawn/$version" -k "$1" || status=$?
	[ "$status" = 77 ]
}

nothing_half_done() { [ -z "$(in_root "$root" dpkg --audit)" ]; }

nothing_left() {
	local left
	left=$(find "$root" -xdev -path "$root/tmp" -prune -o \
		\( -name '*io[_-]uring[_-]spawn*' -o -path '*/updates/dkms/*' \) -print)
	printf '%s\n' "$left"
	[ -z "$left" ] && [ -z "$(in_root "$root" dkms status io-uring-spawn)" ] &&
		refute grep -r io_uring_spawn "$root"/lib/modules --include=modules.dep
}

for suite in $SUITES; do
	copy_root machine "$suite" "$suite"
	root=$work/$suite
	echo "deb $(mirror Debian) $suite-backports main" \
		>"$root/etc/apt/sources.list.d/backports.list"
	check "$suite: headers from backports" eval 'apt update &&
		apt -t $suite-backports install linux-headers-$HOST_ARCH'
	before=$(kernels)
	check "$suite: there are two kernels" test "$(echo "$before" | wc -l)" = 2
	check "$suite: apt install" install_packages
	for kernel in $before; do
		check "$suite: it is built for $kernel" built_for "$kernel"
		check "$suite: and signed by DKMS's key" signed_by_dkms "$kernel"
	done
	check "$suite: another kernel's headers come" apt install "linux-headers-cloud-$HOST_ARCH"
	kernel=$(kernels | grep cloud)
	check "$suite: it is built for $kernel by itself" built_for "$kernel"
	for kernel in "5.10.0-99-$HOST_ARCH" "6.0.0-9-$HOST_ARCH" "7.5.0+deb14-$HOST_ARCH"; do
		# dkms 3.0.10 has no skipping of what it is to do by itself
		if [ "$suite" = bookworm ]; then
			check "$suite: headers of $kernel fail, see docs/packages.md" \
				refute fake_headers "$kernel"
		else
			check "$suite: headers of $kernel are installed" fake_headers "$kernel"
		fi
		check "$suite: it is skipped" skipped "$kernel"
		check "$suite: dkms build for it exits with 77" build_says_77 "$kernel"
	done
	[ "$suite" = bookworm ] || check "$suite: dpkg has nothing half done" nothing_half_done
	check "$suite: purge" apt purge io-uring-spawn-dkms \
		io-uring-spawn libio-uring-spawn-dev libio-uring-spawn0
	check "$suite: dpkg has nothing half done" nothing_half_done
	check "$suite: nothing is left" nothing_left
	drop_root "$suite"
done
finish
