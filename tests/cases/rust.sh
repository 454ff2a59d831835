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

# SUITE: programs of tests/ and examples/, with the libraries that they need
build() {
	local root=$CACHE/roots/$1
	cargo_prepare "$1"
	{
		cargo_in "$1" test --offline --quiet --doc &&
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
			cp "$root$program" "$root$CRATE/program"
			in_root "$root" ldd "$CRATE/program"
		done | grep -o '/[^ ]*' | grep -v "$CRATE" | sort -u >"$work/libraries"
	in_root "$root" tar -chf - -T - <"$work/libraries" >"$work/$1.tar" 2>/dev/null
	cargo_done
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

try() {
	status=0
	build "$1"
	# expanded in the guest
	# shellcheck disable=SC2016
	run_guest --timeout 300 --mem 2048 --file "$work/$1.tar:/rust.tar" \
		--file "$IOUS_BUILD/demo/libio_uring_spawn.so.0:/lib/libio_uring_spawn.so.0" -- sh -c '
tar -C / -xf /rust.tar
rm /rust.tar
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

try bookworm
[ "$KERNEL" != 6.12 ] || try trixie
mv "$work/all" "$out"
pass_on
has '# exit 3: exit status: 3: $' "an example in its event loop"
has '# chdir /nowhere: No such file or directory (os error 2)$' "an example of which step failed"
! grep -q '^not ok' "$out" || failed=1
finish
