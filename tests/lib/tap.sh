# shellcheck shell=bash
# TAP for all scripts: a line for each thing that was looked at. Sourced; the caller has
# set -eu, and $work, a directory that it removes, if it uses check.

nr=0 failed=0

# STATUS NAME
ok() {
	nr=$((nr + 1))
	if [ "$1" = 0 ]; then
		echo "ok $nr - $2"
	else
		echo "not ok $nr - $2"
		failed=1
	fi
}

# NAME COMMAND...: what the command says is shown only if it fails. Functions are
# called as a condition here, where set -e has no effect: in those, every step is
# joined by && or ends with || return.
check() {
	local name=$1
	shift
	# set by those who source it
	# shellcheck disable=SC2154
	if "$@" >"$work/log" 2>&1 </dev/null; then
		ok 0 "$name"
	else
		ok 1 "$name"
		tail -n 100 "$work/log" | sed 's/^/# /'
	fi
}

# NAME WHY: what cannot be looked at here.
skip() { ok 0 "$1 # SKIP $2"; }

finish() {
	echo "1..$nr"
	exit "$failed"
}
