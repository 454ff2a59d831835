# shellcheck shell=bash disable=SC2034 # used by those who source it
# What the scripts of the VM harness share: names, places, small helpers.
# Sourced; the caller has set -eu.

VM_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TOP=$(cd "$VM_DIR/../.." && pwd)
BUILD=${IOUS_BUILD:-$TOP/build}
CACHE=$BUILD/vm
# the Makefile's ARCH is not Kbuild's
unset ARCH MAKEFLAGS MAKEOVERRIDES MFLAGS
# This machine's, and that of its guests but for foreign ones, in Debian's words: where
# libraries are, and the C library's loader.
HOST_ARCH=$(dpkg --print-architecture)
case $HOST_ARCH in
arm64) MULTIARCH=aarch64-linux-gnu LOADER_DIR=lib LOADER=ld-linux-aarch64.so.1 ;;
*) MULTIARCH=x86_64-linux-gnu LOADER_DIR=lib64 LOADER=ld-linux-x86-64.so.2 ;;
esac

# name, suite, root that the module is built in, and, where the suite has more
# than one, what comes before the flavour in linux-headers-$HOST_ARCH. Each of
# Debian's is there as NAME, NAME-rt and NAME-cloud.
DEBIAN_KERNELS="
6.1		bookworm		bookworm
6.12		trixie			trixie
6.12-deb12	bookworm-security	bookworm	6.12-
6.12-bpo12	bookworm-backports	bookworm
7.2		sid			sid
7.2-forky	forky			forky
7.3		trixie-backports	trixie
7.3-exp		experimental		sid
"
OUR_KERNELS="
debug		trixie			trixie
debug-rt	trixie			trixie
kcsan		trixie			trixie
"

# Lines of a kernel's log that no test is to cause.
# shellcheck disable=SC2034 # for the callers
KERNEL_REPORTS='WARNING:|BUG:|BUG at|Oops|general protection fault|Kernel panic|KASAN|UBSAN|kmemleak: [0-9]'
KERNEL_REPORTS="$KERNEL_REPORTS"'|possible circular locking|inconsistent lock state|possible recursive locking|suspicious RCU usage'
KERNEL_REPORTS="$KERNEL_REPORTS"'|INFO: rcu|rcu_.*(stall|kthread starved)|self-detected stall|soft lockup|hard LOCKUP|blocked for more than|sleeping function called|scheduling while atomic|unregister_netdevice: waiting|refcount_t:|list_(add|del) corruption|Bad page|Call Trace'

# Debian's releases that the tree is worked on: what runs on this machine is tried
# in a root of each.
HOST_SUITES="bookworm trixie"

say() { printf '%s\n' "$*" >&2; }
die() { say "${0##*/}: $*"; exit 97; }

# An arm64 machine's /proc/cpuinfo does not tell.
has_kvm() {
	[ "$HOST_ARCH" = arm64 ] || grep -qwE 'vmx|svm' /proc/cpuinfo || return
	[ -w /dev/kvm ]
}

# NAME-arm64 is a kernel of arm64 on a machine that is none. prepare-arm64 makes it, and
# the programs for it, which are in build/arm64.
is_foreign() {
	case $1 in
	*/*) return 1 ;;
	*-arm64) [ "$HOST_ARCH" != arm64 ] ;;
	*) return 1 ;;
	esac
}

# Of the cross compiler's C library, whose programs find it in /lib.
FOREIGN_LOADER=ld-linux-aarch64.so.1
FOREIGN_LIBRARIES=$CACHE/roots/arm64/usr/aarch64-linux-gnu/lib

# The QEMU of that root, which is newer than that of Debian 12 and 13: it has shadow stacks
# (GCS). It needs no more of its root than this.
FOREIGN_QEMU=(env "QEMU_MODULE_DIR=$CACHE/roots/arm64/usr/lib/x86_64-linux-gnu/qemu"
	"$CACHE/roots/arm64/lib64/ld-linux-x86-64.so.2"
	--library-path "$CACHE/roots/arm64/usr/lib/x86_64-linux-gnu"
	"$CACHE/roots/arm64/usr/bin/qemu-system-aarch64"
	-L "$CACHE/roots/arm64/usr/share/qemu")

# KERNEL ARCH: what it is called here; NAME-arm64 is one of arm64 by itself.
kernel_of_arch() {
	local name=${1%-arm64} arch=$2
	[ "$name" = "$1" ] || arch=arm64
	case $arch in
	"$HOST_ARCH") printf '%s\n' "$name" ;;
	arm64) printf '%s-arm64\n' "$name" ;;
	*) die "this machine has no kernels of $arch" ;;
	esac
}

# All of Debian's that this machine can boot: of its own architecture, or foreign ones.
kernels_of_arch() {
	local name flavour
	if [ "$1" = "$HOST_ARCH" ]; then
		debian_kernels
		return
	fi
	for name in $(main_kernels | grep -vxF 6.1); do
		for flavour in $ARM64_FLAVOURS; do
			printf '%s-arm64\n' "$name${flavour#plain}"
		done
	done
}

# Of Debian's kernels for arm64; the first has no name there.
ARM64_FLAVOURS="plain -16k -rt -cloud"

# Of a kernel, in Debian's words.
arch_of() { if is_foreign "$1"; then echo arm64; else echo "$HOST_ARCH"; fi; }

# The folder with the programs for a kernel, which is its IOUS_BUILD.
build_of() {
	if is_foreign "$1"; then
		printf '%s\n' "$BUILD/arm64"
	else
		printf '%s\n' "$BUILD"
	fi
}

# rt, cloud or nothing
flavour_of() {
	case $1 in
	# a name of ours
	debug-rt) ;;
	*-rt) echo rt ;;
	*-cloud) echo cloud ;;
	esac
}

base_of() {
	local flavour
	flavour=$(flavour_of "$1")
	printf '%s\n' "${1%"${flavour:+-$flavour}"}"
}

# Column $2 of the kernel's row; 1 is its name.
kernel_column() {
	{
		[ -n "$(flavour_of "$1")" ] || printf '%s\n' "$OUR_KERNELS"
		printf '%s\n' "$DEBIAN_KERNELS"
	} | awk -v name="$(base_of "$1")" -v column="$2" '
		$1 == name { print $column; found = 1 }
		END { exit !found }'
}

suite_of() { kernel_column "$1" 2; }
root_of() { kernel_column "$1" 3; }
stem_of() { kernel_column "$1" 4; }
is_kernel() { kernel_column "$1" 1 >/dev/null; }

# The module does not load on 6.1 of arm64, see docs/kernels.md.
debian_kernels() {
	printf '%s\n' "$DEBIAN_KERNELS" | awk -v arch="$HOST_ARCH" '
		NF && (arch != "arm64" || $1 != "6.1") {
			print $1; print $1 "-rt"; print $1 "-cloud"
		}'
}

# Those that all tests pass on.
main_kernels() { debian_kernels | grep -v -- -; }

kernels_known() {
	debian_kernels
	printf '%s\n' "$OUR_KERNELS" | awk 'NF { print $1 }'
}

module_is_current() {
	[ -e "$1" ] && [ -z "$(find "$TOP/Kbuild" "$TOP/dkms.conf" \
		"$TOP/module" "$TOP/include" -newer "$1" -type f)" ]
}

test_modules_are_current() {
	[ -e "$1/started" ] &&
		[ -z "$(find "$TOP/tests/modules" -newer "$1/started" -type f)" ]
}

# Of NAME, or NAME-arm64: built from source here, rather than Debian's.
is_our_own() { [ -e "$VM_DIR/${1%-arm64}.config" ]; }

# NAME ARCH: what the kernels have in common, less what NAME.config has its own line for.
configuration() {
	awk '{ option = /^CONFIG_/ ? $1 : $2; sub(/=.*/, "", option) }
		option !~ /^CONFIG_/ { option = "" }
		NR == FNR { own[option] = option; next }
		!option || !(option in own)' "$VM_DIR/$1.config" \
		"$VM_DIR/kernel.config" "$VM_DIR/kernel-$2.config"
	cat "$VM_DIR/$1.config"
}

# NAME ARCH ROOT: as the files say today, or nobody can tell any more
configuration_is_current() {
	local built=$3/usr/src/$1/built
	[ ! -e "$built" ] || configuration "$1" "$2" | cmp -s - "$built"
}

# NAME: run needs nothing more of it. Its root may be gone since.
kernel_is_there() {
	local dir=$CACHE/$1
	[ -e "$dir/vmlinuz" ] && module_is_current "$dir/io_uring_spawn.ko" &&
		test_modules_are_current "$dir/tests" || return
	! is_our_own "$1" ||
		configuration_is_current "$1" "$HOST_ARCH" "$CACHE/roots/$(root_of "$1")"
}

# The same, but not while prepare is at it, whose lock anybody can read.
kernel_is_ready() {
	local lock
	lock=$CACHE/lock-$(root_of "$1")
	! is_our_own "$1" || lock=$CACHE/lock-$1
	[ -e "$lock" ] && { flock 9 && kernel_is_there "$1"; } 9<"$lock"
}

foreign_is_there() {
	[ -e "$CACHE/arm64/busybox" ] &&
		[ -e "$CACHE/roots/arm64/usr/bin/qemu-system-aarch64" ] &&
		[ -e "$CACHE/$1/vmlinuz" ] &&
		module_is_current "$CACHE/$1/io_uring_spawn.ko" &&
		test_modules_are_current "$CACHE/$1/tests" || return
	! is_our_own "$1" ||
		configuration_is_current "${1%-arm64}" arm64 "$CACHE/roots/arm64"
}

foreign_is_ready() {
	local lock=$CACHE/lock-arm64
	! is_our_own "$1" || lock=$CACHE/lock-$1
	[ -e "$lock" ] && { flock 9 && foreign_is_there "$1"; } 9<"$lock"
}

# Of the kernel's own modules, what tests need where it is not built in, and what
# run --disk does; the image is big, most of them. Each stands behind those that it
# needs.
KMODS="binfmt_misc fuse"
DISK_MODULES="virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci"
DISK_MODULES="$DISK_MODULES virtio_blk crc16 crc32c_generic mbcache jbd2 ext4"

# shellcheck disable=SC2086 # lists
modules_of() { echo "$(cat "$CACHE/$1/release")" $KMODS $DISK_MODULES; }

# Our kernels have no modules.
has_modules() {
	is_our_own "$1" || {
		[ -e "$CACHE/$1/modules/release" ] &&
			[ "$(cat "$CACHE/$1/modules/release")" = "$(modules_of "$1")" ]
	}
}

module_version() {
	sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' "$TOP/dkms.conf"
}

# The mirror that this machine uses; $1: Debian or Debian-Security.
mirror() {
	local uri
	# apt's own variable, not the shell's
	# shellcheck disable=SC2016
	uri=$(apt-get indextargets --format '$(REPO_URI)' \
		'Created-By: Packages' 'Origin: Debian' "Label: $1" |
		sort -u | head -n 1)
	[ -n "$uri" ] || die "this machine has no apt source of $1 (apt-get update?)"
	printf '%s\n' "$uri"
}

sources() {
	local main security
	main=$(mirror Debian)
	case $1 in
	sid)
		echo "deb $main sid main"
		;;
	*)
		security=$(mirror Debian-Security)
		echo "deb $main $1 main"
		echo "deb $main $1-updates main"
		echo "deb $security $1-security main"
		;;
	esac
}

valid_until() {
	apt-config dump --no-empty Acquire::Check-Valid-Until |
		grep . || echo 'Acquire::Languages "none";'
}

# FROM TO [OTHER]: TO is whole as soon as it is there, and as old as OTHER.
put() {
	cp "$1" "$2.new"
	[ -z "${3-}" ] || touch -r "$3" "$2.new"
	mv "$2.new" "$2"
}

# DIRECTORY: of modules, which Debian may have packed
unpack_modules() {
	find "$1" -name '*.ko.xz' -exec unxz -f {} +
	find "$1" -name '*.ko.zst' -exec zstd -q -f -d --rm {} +
}

# ROOT LOG PACKAGE...: also where an installation was interrupted. The initramfs of a kernel
# that comes along is nobody's.
install_in() {
	local root=$1 log=$2
	shift 2
	in_root "$root" env DEBIAN_FRONTEND=noninteractive INITRD=No sh -c '
		dpkg --configure -a && apt-get -qy --no-install-recommends install "$@"' \
		sh "$@" >>"$log" 2>&1 || die "cannot install $*, see $log"
}

# SUITE ROOT PACKAGES LOG [OPTION...]: a new root, which is whole when its caller says so:
# dpkg does not wait for the disk. No package is kept there that is installed; mmdebstrap
# itself needs them.
new_root() {
	local suite=$1 root=$2 packages=$3 log=$4
	shift 4
	rm -rf --one-file-system "$root"
	mkdir -p "${root%/*}" "${log%/*}"
	# the hook's own variable
	# shellcheck disable=SC2016
	sources "$suite" | mmdebstrap --quiet --variant=minbase \
		--dpkgopt=force-unsafe-io --include="$packages" \
		--customize-hook='echo "APT::Keep-Downloaded-Packages \"false\";" \
			>"$1/etc/apt/apt.conf.d/90keep-none"' \
		--aptopt="$(valid_until)" "$@" "$suite" "$root" - >"$log" 2>&1 ||
		die "cannot make a root of $suite, see $log"
}

# COMMAND...: a job in the background, in a process group of its own. It ends with this
# script, whatever ends that: by itself, no signal of a terminal would reach it.
in_background() {
	trap end_jobs EXIT
	trap 'exit 130' INT TERM HUP
	set -m
	"$@" &
	set +m
}

end_jobs() {
	local job
	trap '' INT TERM HUP
	for job in $(jobs -pr); do kill -- "-$job" 2>/dev/null || :; done
	wait
}

# A root's own processes: a private mount of proc, gone with the last of them.
in_root() {
	local root=$1
	shift
	unshare --mount --propagation private -- sh -c '
		mount -t proc proc "$0/proc" && exec chroot "$0" "$@"' \
		"$root" "$@"
}

# The same in a root of HOST_SUITES, which sees this tree, read-only, and what was
# built, at their own places. Its own programs are built in build/host/SUITE.
in_host() {
	local root=$CACHE/roots/host-$1
	shift
	unshare --mount --propagation private -- sh -c '
		root=$0 top=$1 build=$2
		shift 2
		mount --bind "$root" "$root" &&
		mount -t proc proc "$root/proc" && mount -t tmpfs tmp "$root/tmp" &&
		mount -t devpts -o ptmxmode=666 devpts "$root/dev/pts" &&
		mkdir -p "$root$top" "$root$build" &&
		mount --bind -o ro "$top" "$root$top" &&
		mount --rbind "$build" "$root$build" &&
		exec chroot "$root" env -C "$top" HOME=/root LC_ALL=C.UTF-8 "$@"' \
		"$root" "$TOP" "$BUILD" "$@"
}

# What run --tool copies into a guest.
GUEST_TOOLS="gdb-minimal strace bpftrace"

# Debian's tools that prepare installs for tests.
in_tools() { in_root "$CACHE/roots/bookworm" "$@"; }
