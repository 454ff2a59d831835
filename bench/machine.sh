# shellcheck shell=bash disable=SC2034 # used by those who source it
# SPDX-License-Identifier: GPL-2.0
# The files that a machine measures with: the bench, the drop-in, and the C library of
# each suite. tests/vm/lib.sh is sourced.

# Debian's suites by the version of their glibc: that of 13 is the one to compare with.
BENCH_SUITES="bookworm trixie sid"

# Options of tests/vm/run, in the array files.
bench_files() {
	local suite root
	files=(--file "$TOP/bench/guest:/bench/guest")
	for suite; do
		root=$CACHE/roots/$suite
		if is_foreign "${KERNEL-}"; then
			# the only one that there is for arm64 here, trixie's
			files+=(--file "$FOREIGN_LIBRARIES/libc.so.6:/suite/$suite/lib/libc.so.6"
				--file "$FOREIGN_LIBRARIES/$FOREIGN_LOADER:/suite/$suite/lib/$FOREIGN_LOADER")
		else
			[ -e "$root/ready" ] || "$VM_DIR/prepare" liburing
			files+=(--file "$root/lib/$MULTIARCH/libc.so.6:/suite/$suite/lib/$MULTIARCH/libc.so.6"
				--file "$root/$LOADER_DIR/$LOADER:/suite/$suite/$LOADER_DIR/$LOADER")
		fi
		files+=(--file "$BUILD/demo/libio_uring_spawn_preload.so:/suite/$suite/lib/drop-in.so"
			--file "$BUILD/bench/spawn:/suite/$suite/bench/spawn"
			--file "$BUILD/bench/first:/suite/$suite/bench/first")
	done
}

# SUITE FILE: a tar of make and Python, with what they need, of a suite.
bench_programs() {
	"$VM_DIR/prepare" "python/$1"
	# expanded there
	# shellcheck disable=SC2016
	in_root "$CACHE/roots/$1" sh -c '
		python=$(readlink -f /usr/bin/python3)
		lib=/usr/lib/${python##*/}
		{
			echo "$python"
			echo /usr/bin/make
			find "$lib" \( -name __pycache__ -o -path "$lib/test" -o \
				-name "config-*" -o -name ensurepip \) -prune -o \
				! -type d -print
			for file in "$python" /usr/bin/make "$lib"/lib-dynload/*.so; do
				ldd "$file" | grep -o "/[^ ]*"
			done | grep -v "/libc.so\|/ld-linux" | sort -u
		} | tar -chf - -T - 2>/dev/null' >"$2"
	tar -C "$TOP/userspace/python" --exclude __pycache__ -rf "$2" io_uring_spawn
	tar -C "$TOP/bench" --transform 's|^|bench/|' -rf "$2" programs.py
	tar -C "$BUILD/demo" --transform 's|^|lib/|' -rf "$2" libio_uring_spawn.so.0
}
