#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The crate of userspace/rust, with rustc and crates of Debian 12 and 13: beside std's
# Command, and its futures in its own event loop and in tokio's.
set -eu
. "$(dirname "$0")/../vm/tap.sh"
. "$(dirname "$0")/../vm/lib.sh"
. "$(dirname "$0")/../lib/cargo.sh"

work=$(mktemp -d)
trap 'rm -rf "$work" "$out"' EXIT

# ROOT: its programs of tests/ and examples/ are in $work/ROOT. An architecture that is
# not this machine's has no documents' tests, which cargo runs.
build() {
	local root=$CACHE/roots/$1
	cargo_prepare "$1"
	{
		{ [ "$1" = arm64 ] || cargo_in "$1" test --offline --quiet --doc; } &&
			cargo_in "$1" test --offline --no-run --test spawn --test queue \
				--message-format json &&
			cargo_in "$1" build --offline --examples --message-format json
	} >"$work/json" 2>"$work/log" || {
		grep -v '^{' "$work/json" >&2
		tail -n 40 "$work/log" >&2
		die "the crate cannot be built in $1"
	}
	mkdir -p "$work/$1"
	# tests have a hash in their names
	sed -n 's/.*"executable":"\([^"]*\)".*/\1/p' "$work/json" |
		while read -r program; do
			name=${program##*/}
			cp "$root$program" "$work/$1/${name%-*}"
		done
	[ "$1" = arm64 ] || pack_libraries "$1"
	cargo_done
}

# ROOT: of its programs, in $work/ROOT.tar
pack_libraries() {
	local root=$CACHE/roots/$1 program
	for program in "$work/$1"/*; do
		cp "$program" "$root$CRATE/program"
		in_root "$root" ldd "$CRATE/program"
	done | grep -o '/[^ ]*' | grep -v "$CRATE" | sort -u >"$work/libraries"
	in_root "$root" tar -chf - -T - <"$work/libraries" >"$work/$1.tar" 2>/dev/null
	tar -C "$work/$1" -rf "$work/$1.tar" .
}

# Rust's own harness says "test NAME ... ok".
as_tap() {
	awk -v suite="$1" '
		/^# program / { name = $3; next }
		/^test .* \.\.\. (ok|FAILED)$/ {
			print ($NF == "ok" ? "ok" : "not ok"), ++nr, "- " suite ": " name ": " $2
			next
		}
		/^test result: / { ends++ }
		/^$/ { next }
		{ print "# " $0 }
		END { if (ends != 2) print "not ok", ++nr, "- " suite ": both programs end" }'
}

# ROOT
try() {
	local library="$IOUS_BUILD/demo/libio_uring_spawn.so.0:/lib/libio_uring_spawn.so.0"
	local programs=(--file "$work/$1.tar:/rust.tar")
	status=0
	build "$1"
	# run knows the libraries of foreign programs
	[ "$1" != arm64 ] || programs=(--file "$work/$1:/")
	# expanded in the guest
	# shellcheck disable=SC2016
	run_guest --timeout 300 --mem 2048 --file "$library" "${programs[@]}" -- sh -c '
[ ! -e /rust.tar ] || tar -C / -xf /rust.tar
rm -f /rust.tar
export LD_LIBRARY_PATH=/lib
for program in spawn queue; do
	echo "# program $program"
	/$program --test-threads 1
done
echo example; /fetch
/which_step /nowhere true
/which_step / echo hello
'
	tr -d '\r' <"$out" | as_tap "$1" >>"$work/all"
	[ "$status" = 0 ] || echo "not ok 0 - $1: the machine is as it was: $status" >>"$work/all"
}

case $KERNEL in
6.12)
	try bookworm
	try trixie
	;;
*) if is_foreign "$KERNEL"; then try arm64; else try bookworm; fi ;;
esac
mv "$work/all" "$out"
pass_on
has '# exit 3: exit status: 3: $' "an example in its event loop"
has '# chdir /nowhere: No such file or directory (os error 2)$' "an example of which step failed"
! grep -q '^not ok' "$out" || failed=1
finish
