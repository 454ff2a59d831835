#!/bin/bash
# SPDX-License-Identifier: MIT
# The subject of each commit has 72 columns at most and begins with the part that it
# changes, as CONTRIBUTING.md says. Older ones than $first are what they are.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/ious-lint.XXXXXX")
trap 'rm -rf "$work"' EXIT
. "$top/tests/lib/tap.sh"
export LC_ALL=C.UTF-8

first=${1:-3c5206a9d6fb70d9796d8ecf726d9d2a05680a50}

# The tree's owner may be another user than root.
in_tree() { git -C "$top" -c safe.directory="$top" "$@"; }

subjects() {
	local commit subject wrong=0
	in_tree log --no-merges --format='%h %s' "$first..HEAD" >"$work/subjects" || return
	while read -r commit subject; do
		[ ${#subject} -le 72 ] || { echo "$commit ${#subject} columns: $subject"; wrong=1; }
		[[ $subject =~ ^[A-Za-z0-9_.,\ -]+:\  ]] || { echo "$commit of no part: $subject"; wrong=1; }
	done <"$work/subjects"
	return "$wrong"
}

name="subjects of commits"
if ! in_tree rev-parse --git-dir >"$work/log" 2>&1; then
	skip "$name" "$(head -n 1 "$work/log")"
elif ! in_tree merge-base --is-ancestor "$first" HEAD 2>"$work/log"; then
	skip "$name" "a shallow clone, or one without $first"
else
	check "$name" subjects
fi
finish
