#!/bin/bash
# SPDX-License-Identifier: MIT
# What bash, fish and zsh offer for TAB after io_uring_spawn(1): the shells complete.
# IOUS_BUILD: where make tests has built the command, whose --help bash reads.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
build=${IOUS_BUILD:-$top/build}
work=$(mktemp -d "${TMPDIR:-/tmp}/ious-completion.XXXXXX")
trap 'rm -rf "$work"' EXIT
. "$top/tests/lib/tap.sh"

# Files and a program of names that nothing else has.
mkdir "$work/bin" "$work/here" "$work/here/file-folder"
ln -s "$build/demo/io_uring_spawn" "$work/bin/"
ln -s /bin/true "$work/bin/program-one"
touch "$work/here/file-a" "$work/here/file-b"

# A line, and what is offered for its last word.
lines() {
	sed 's/^/io_uring_spawn /' <<'END'
--std | --stderr --stdin --stdout
--stdout file- | file-a file-b file-folder
--stdout=file- | --stdout=file-a --stdout=file-b --stdout=file-folder
-C file- | file-folder
-s USR | USR1 USR2
-u nobod | nobody
prog | program-one
-t 5 prog | program-one
--keep-fd 5 -o file-a prog | program-one
NAME=value prog | program-one
--stdout=file-a A=b:c prog | program-one
-- prog | program-one
cat file- | file-a file-b file-folder
-t 5 cat file- | file-a file-b file-folder
--stdout=file-a A=b cat file- | file-a file-b file-folder
-k -- cat file- | file-a file-b file-folder
program-one --std |
END
}

# SHELL [OPTION...]: as the table says; some mark folders
offers() {
	local shell=$1 own=() row
	shift
	while read -r row; do own+=("${row% |*}"); done <<<"$(lines)"
	(cd "$work/here" && env HOME="$work" PATH="$work/bin:$PATH" TERM=vt100 \
		timeout 300 "$shell" "$@" "$top/tests/host/completion/take.$shell" \
		"$top/userspace/command/completion.$shell" "${own[@]}") |
		sed 's/ *$//; s,folder/,folder,g' >"$work/offered"
	lines | diff - "$work/offered"
}

check "bash" offers bash --norc
check "fish" offers fish --no-config
check "zsh" offers zsh -f
finish
