#!/bin/bash
# Random chains, FUZZ_SECONDS long, from FUZZ_SEED; FUZZ_WITHOUT=NAME,NAME leaves out
# verbs by name, FUZZ_ONLY=NAME,NAME all rounds without them, see
# tests/cases/fuzz/verbs.c. A kernel that marks freed memory is the one that shows
# its use.
set -eu
. "$(dirname "$0")/../vm/tap.sh"

seconds=${FUZZ_SECONDS:-36}
seed=${FUZZ_SEED:-20241209}

# fuzz SECONDS SEED WITHOUT, and more of VM_RUN's options
fuzz() {
	local seconds=$1 seed=$2 without=$3
	shift 3
	run_guest --timeout $((seconds + 300)) --append slub_debug=FZPU --kmod fuse "$@" \
		--file "$IOUS_BUILD/tests/data/tiny:/tests/tiny" \
		--file "$IOUS_BUILD/tests/data/mark:/tests/mark" \
		--file "$IOUS_BUILD/tests/data/hold:/tests/hold" \
		--file "$IOUS_BUILD/tests/guest/fuzz:/tests/fuzz" -- sh -c "
[ ! -e /vm/fuse.ko ] || insmod /vm/fuse.ko || exit
/tests/hold & hold=\$!
export FUZZ_WITHOUT='$without' ${FUZZ_ONLY:+FUZZ_ONLY='$FUZZ_ONLY'}
/tests/fuzz $seconds $seed; status=\$?
kill \$hold
[ ! -e /vm/fuse.ko ] || rmmod fuse || exit
exit \$status
"
}

# Disarming has a machine of its own, for a sixth of the time: with several emulated
# CPUs one may miss that another patches the code it runs (docs/vm-harness.md).
fuzz $((seconds - seconds / 6)) "$seed" "disarm${FUZZ_WITHOUT:+,$FUZZ_WITHOUT}"
if [ "$status" = 0 ] && [[ ,${FUZZ_WITHOUT:-}, != *,disarm,* ]]; then
	first=$(cat "$out")
	fuzz $((seconds / 6)) "$seed" "${FUZZ_WITHOUT:-}" --smp 1
	second=$(cat "$out")
	printf '%s\n' "$first" "$second" >"$out"
fi
pass_on
ok "$status" "the machines are as they were"
finish
