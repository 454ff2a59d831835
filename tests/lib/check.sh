# shellcheck shell=bash disable=SC2154 # set by those who source it
# TAP for the scripts of tests/host. Sourced; the caller has set -eu, and
# $work, a directory that it removes.

nr=0 failed=0

# NAME COMMAND...: one line of TAP; what the command says only if it fails.
# Functions are called as a condition here, where set -e has no effect: in
# those, every step is joined by && or ends with || return.
check() {
	local name=$1
	shift
	nr=$((nr + 1))
	if "$@" >"$work/log" 2>&1; then
		echo "ok $nr - $name"
	else
		echo "not ok $nr - $name"
		sed 's/^/# /' "$work/log"
		failed=1
	fi
}

# NAME WHY: what cannot be looked at here.
skip() {
	nr=$((nr + 1))
	echo "ok $nr - $1 # SKIP $2"
}

finish() {
	echo "1..$nr"
	exit "$failed"
}
