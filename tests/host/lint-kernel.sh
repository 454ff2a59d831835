#!/bin/bash
# SPDX-License-Identifier: MIT
# The module for each of Debian's kernels: the compiler's further warnings (W=1)
# are errors, and sparse has nothing to say about it. What it says about the
# kernel's own headers does not count.
set -eu
. "$(dirname "$0")/../lib/lint.sh"

# The kernels, with their headers, and sparse with a libc of its own.
names=${LINT_KERNELS:-$(main_kernels)}
# shellcheck disable=SC2086 # a list
"$VM_DIR/prepare" checkers $names
sparse='/mnt/sparse/ld.so --library-path /mnt/sparse /mnt/sparse/sparse'

# NAME ROOT RELEASE: in a copy of the sources that only this process sees there.
# KBUILD_CHECKSRC is what C=1 sets; headers of 7.x lack the script that is to tell
# whether sparse may be used, and C=1 does nothing there.
build() {
	local src=$work/$1
	mkdir -p "$src/sparse" &&
		cp -r "$TOP/Kbuild" "$TOP/dkms.conf" "$TOP/module" "$TOP/include" "$src" &&
		cp "$CACHE"/sparse/usr/bin/sparse \
			"$CACHE/sparse/usr/lib/$MULTIARCH/libc.so.6" "$src/sparse" &&
		cp "$CACHE/sparse/usr/lib/$MULTIARCH/$LOADER" \
			"$src/sparse/ld.so" || return
	unshare --mount --propagation private -- sh -c '
		mount -t proc proc "$0/proc" && mount --bind "$1" "$0/mnt" &&
		shift && exec chroot "$0" "$@"' "$2" "$src" \
		make -C "/lib/modules/$3/build" M=/mnt -j"$(nproc)" \
		W=1 KCFLAGS=-Werror KBUILD_CHECKSRC=1 CHECK="$sparse" modules \
		>"$src.log" 2>&1 && return
	grep -E 'error|\*\*\*' "$src.log" | head -n 40
	return 1
}

# NAME: has sparse seen all files, and is there a message about one of them?
quiet() {
	local files seen
	# but for those of other architectures
	files=$(find "$TOP/module" -name '*.c' ! -name '*_arm64.c' | wc -l)
	seen=$(grep -c '^  CHECK .*module/' "$work/$1.log") || :
	[ "$files" = "$seen" ] || echo "sparse has seen $seen files of $files"
	! grep -E '^[^ ]*module/.*(warning|error):|^[^ ]*: error:' "$work/$1.log" &&
		[ "$files" = "$seen" ]
}

# ours are Debian's 6.12 otherwise configured
for name in $names; do
	root=$CACHE/roots/$(root_of "$name")
	release=$(cat "$CACHE/$name/release")
	check "$release: no warning of the compiler" build "$name" "$root" "$release"
	check "$release: no message of sparse" quiet "$name"
done
finish
