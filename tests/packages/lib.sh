# shellcheck shell=bash
# What the tests of the packages share: roots of two kinds for each suite, made
# once and never changed, copies of them in which a test may do what it likes,
# and TAP. Sourced; the caller has set -eu.
#
#	build	what packages are built and looked at with
#	cross	the same for arm64, with Debian's cross compiler
#	machine	a Debian machine: systemd, auditd, AppArmor, kernel, headers
#	firmware  UEFI for QEMU, and what fills its variables: Debian 13 only
#
# SUITES in the environment narrows the tests to one.

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$HERE/../vm/lib.sh"
SUITES=${SUITES:-bookworm trixie}
ROOTS=$CACHE/packages
# where build.sh leaves packages
# shellcheck disable=SC2034 # for the tests
DEBS=$BUILD/packages/tested
[ "$(id -u)" = 0 ] || die "needs root: it makes roots of other suites"
# mounts end with the script
[ -n "${IOUS_OWN_MOUNTS-}" ] ||
	IOUS_OWN_MOUNTS=y exec unshare --mount --propagation private bash "$0" "$@"

# not a tmpfs, for a disk that is several GB
work=$(mktemp -d "${TMPDIR:-/var/tmp}/ious-packages.XXXXXX")
clean_up() {
	local upper
	for upper in "$work"/*.upper; do
		[ ! -e "$upper" ] || drop_root "$(basename "$upper" .upper)"
	done
	rm -rf --one-file-system "$work"
}
trap clean_up EXIT
trap 'exit 97' INT TERM HUP
. "$HERE/../lib/tap.sh"

refute() { ! "$@"; }

# A machine's initramfs has what QEMU's disk needs and no more: it is unpacked
# by an emulated CPU.
root_packages() {
	case $1 in
	build) echo build-essential,debhelper,dh-dkms,dh-python,dpkg-dev,liburing-dev,lintian,pkgconf,python3,rpm,rpmlint,xz-utils ;;
	cross) echo build-essential,crossbuild-essential-arm64,debhelper,dh-dkms,dh-python,dpkg-dev,liburing-dev:arm64,pkgconf:arm64,python3,rpm,xz-utils ;;
	firmware) echo mtools,ovmf,python3-virt-firmware ;;
	machine) echo "apparmor,auditd,dkms,e2fsprogs,gcc,initramfs-tools,kmod,libc6-dev,linux-headers-$HOST_ARCH,linux-image-$HOST_ARCH,liburing-dev,make,openssl,pkgconf,systemd-sysv,udev" ;;
	esac
}

root_architectures() {
	case $1 in
	cross) echo amd64,arm64 ;;
	*) echo "$HOST_ARCH" ;;
	esac
}

# KIND SUITE
make_package_root() {
	local kind=$1 suite=$2 root=$ROOTS/$2-$1
	mkdir -p "$ROOTS" "$CACHE/log"
	exec 8>"$ROOTS/lock-$suite-$kind"
	flock 8
	if [ "$(cat "$root/made" 2>/dev/null || :)" != "$(root_packages "$kind")" ]; then
		say "making a root of $suite: $kind"
		# shellcheck disable=SC2016 # the hook's own variable
		new_root "$suite" "$root" "$(root_packages "$kind")" \
			"$CACHE/log/root-$suite-$kind" \
			--architectures="$(root_architectures "$kind")" \
			--extract-hook='[ ! -d "$1/etc" ] || {
				mkdir -p "$1/etc/initramfs-tools/conf.d"
				echo MODULES=list >"$1/etc/initramfs-tools/conf.d/modules"
				printf "%s\n" virtio_pci virtio_blk ext4 >"$1/etc/initramfs-tools/modules"
			}'
		in_root "$root" apt-get -q update >>"$CACHE/log/root-$suite-$kind" 2>&1
		root_packages "$kind" >"$root/made"
	fi
	exec 8>&-
}

# KIND SUITE NAME: a copy of that root at $work/NAME: an overlay, where one can be
# mounted, as copying takes longer than many a test
copy_root() {
	make_package_root "$1" "$2"
	mkdir "$work/$3" "$work/$3.upper" "$work/$3.work"
	mount -t overlay overlay -o "lowerdir=$(realpath "$ROOTS/$2-$1"),upperdir=$work/$3.upper,workdir=$work/$3.work" \
		"$work/$3" 2>/dev/null || cp -a "$ROOTS/$2-$1/." "$work/$3"
}

drop_root() {
	! mountpoint -q "$work/$1" || umount "$work/$1"
	rm -rf --one-file-system "${work:?}/$1" "$work/$1.upper" "$work/$1.work"
}

# The packages that build.sh has left, in $root, a copy of a machine.
install_packages() {
	mkdir "$root/tmp/debs"
	cp "$DEBS"/*.deb "$root/tmp/debs"
	in_root "$root" sh -c 'DEBIAN_FRONTEND=noninteractive \
		apt-get -qy --no-install-recommends install /tmp/debs/*.deb' &&
		in_root "$root" dkms status | grep installed
}

# Of a kernel: its module, unpacked.
module_of() {
	local file
	file=$(echo "$root/lib/modules/$1/updates/dkms"/io_uring_spawn.ko*)
	case $file in
	*.xz) xz -dc "$file" ;;
	*.zst) zstd -dc "$file" ;;
	*) cat "$file" ;;
	esac
}

# A signed module ends with the signature, 8 bytes about it, its length as a big
# endian number, and a magic string of 28 characters.
#
# FILE: it in two parts, FILE.content and FILE.signature
split_signature() {
	local length
	[ "$(tail -c 28 "$1")" = '~Module signature appended~' ] &&
		length=$(tail -c 32 "$1" | od -An -N4 -tu4 --endian=big) &&
		head -c -$((length + 40)) "$1" >"$1.content" &&
		tail -c $((length + 40)) "$1" | head -c "$length" >"$1.signature"
}
