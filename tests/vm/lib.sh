# shellcheck shell=bash disable=SC2034 # used by those who source it
# What the scripts of the VM harness share: names, places, small helpers.
# Sourced; the caller has set -eu.

VM_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TOP=$(cd "$VM_DIR/../.." && pwd)
BUILD=${IOUS_BUILD:-$TOP/build}
CACHE=$BUILD/vm
KERNELS_KNOWN="6.1 6.12 7.2 7.3 debug kcsan"

say() { printf '%s\n' "$*" >&2; }
die() { say "${0##*/}: $*"; exit 97; }

# The suite that a kernel comes from, and the root that it is built in.
suite_of() {
	case $1 in
	6.1) echo bookworm ;;
	6.12) echo trixie ;;
	7.2) echo sid ;;
	7.3) echo trixie-backports ;;
	debug | kcsan) echo trixie ;;
	*) return 1 ;;
	esac
}

root_of() {
	case $1 in
	6.1) echo bookworm ;;
	6.12 | 7.3 | debug | kcsan) echo trixie ;;
	7.2) echo sid ;;
	esac
}

# The newest kernel of that name whose headers the root has.
kernel_release() {
	local dir
	dir=$(printf '%s\n' "$2"/usr/src/linux-headers-"$1".*-amd64 |
		sort -V | tail -n 1)
	[ -d "$dir" ] || die "no headers for Linux $1 in $2"
	dir=${dir##*/linux-headers-}
	printf '%s\n' "$dir"
}

module_version() {
	sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' "$TOP/dkms.conf"
}

# A root's own processes: a private mount of proc, gone with the last of them.
in_root() {
	local root=$1
	shift
	unshare --mount --propagation private -- sh -c '
		mount -t proc proc "$0/proc" && exec chroot "$0" "$@"' \
		"$root" "$@"
}

# Debian's tools that prepare installs for tests.
in_tools() { in_root "$CACHE/roots/bookworm" "$@"; }
