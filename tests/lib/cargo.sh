# shellcheck shell=bash
# The crate of userspace/rust in the root of a suite, with Debian's cargo and its
# packages of crates, or in that of arm64, which compiles for it. Sourced after
# tests/vm/lib.sh; the caller has set -eu.

CRATE=/usr/src/ious-rust

# ROOT: the root has the sources as they are here, and the library. Nobody else does
# that until cargo_done, or the end of the script.
cargo_prepare() {
	local root=$CACHE/roots/$1 dir
	case $1 in
	arm64) "$VM_DIR/prepare-arm64" rust ;;
	*) "$VM_DIR/prepare" "rust/$1" ;;
	esac
	exec 8>"$CACHE/lock-rust-$1"
	flock 8
	dir=$root$CRATE
	mkdir -p "$dir/home" "$dir/lib"
	# times are kept, or all would be built again
	(cd "$dir" && rm -rf crate/src crate/tests crate/examples && mkdir -p crate)
	tar -C "$TOP/userspace/rust" -c --exclude target --exclude Cargo.lock . |
		tar -C "$dir/crate" -x
	cp "$IOUS_BUILD/demo/libio_uring_spawn.so.0" "$dir/lib/"
	ln -sf libio_uring_spawn.so.0 "$dir/lib/libio_uring_spawn.so"
	printf '[source.%s]\n%s = "%s"\n' crates-io replace-with debian \
		debian directory /usr/share/cargo/registry >"$dir/home/config.toml"
}

cargo_done() { exec 8>&-; }

# ROOT ARGUMENT...: what is built is in target
cargo_in() {
	local name=$1 for=()
	shift
	[ "$name" != arm64 ] || for=(CARGO_BUILD_TARGET=aarch64-unknown-linux-gnu
		CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc-14)
	in_root "$CACHE/roots/$name" env -C "$CRATE/crate" "CARGO_HOME=$CRATE/home" \
		"CARGO_TARGET_DIR=$CRATE/target" CARGO_PROFILE_DEV_DEBUG=0 \
		"RUSTFLAGS=-L native=$CRATE/lib" "RUSTDOCFLAGS=-L native=$CRATE/lib" \
		${for[@]+"${for[@]}"} cargo "$@"
}
