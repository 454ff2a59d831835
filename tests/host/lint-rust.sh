#!/bin/bash
# SPDX-License-Identifier: MIT
# The crate of userspace/rust: its format is rustfmt's, clippy has nothing to say, and
# only sys.rs has what is unsafe. With Debian 13's tools, in the root of that suite.
set -eu
. "$(dirname "$0")/../lib/lint.sh"
IOUS_BUILD=$BUILD
. "$top/tests/lib/cargo.sh"

only_sys_is_unsafe() {
	grep -q '^#!\[deny(unsafe_code' "$TOP/userspace/rust/src/lib.rs" &&
		! grep -rl 'allow(unsafe_code)' "$TOP/userspace/rust" | grep -v '/src/sys\.rs$'
}

# Each block has its reason before it, or is one of an impl that has it.
clean_unsafe() {
	awk '/SAFETY/ { last = NR }
		/^(impl|fn|pub fn|unsafe impl)/ && !/^unsafe/ && NR > last + 4 { last = 0 }
		/unsafe (\{|impl)/ && !last { print FILENAME ":" FNR ": " $0; bad = 1 }
		END { exit bad }' "$TOP/userspace/rust/src/sys.rs"
}

cargo_prepare trixie
check "rustfmt" cargo_in trixie fmt --check
check "clippy" cargo_in trixie clippy --offline --quiet --all-targets -- -D warnings
check "only sys.rs has unsafe code" only_sys_is_unsafe
check "sys.rs says why" clean_unsafe
finish
