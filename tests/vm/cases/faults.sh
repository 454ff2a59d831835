#!/bin/bash
# Fault injection, on a kernel that has it. An allocation that is made to fail
# is reported with a trace, below the level that reaches the console: so the
# log is looked at in the guest.
set -eu

if [ "$KERNEL" != debug ]; then
	echo "ok 1 - faults # SKIP this kernel has no fault injection"
	echo "1..1"
	exit 0
fi
out=$(mktemp)
trap 'rm -f "$out"' EXIT
"$VM_RUN" --kernel "$KERNEL" --timeout 900 \
	--file "$IOUS_BUILD/tests/data/tiny:/tests/tiny" \
	--file "$IOUS_BUILD/tests/guest/faults:/tests/faults" -- sh -c '
/tests/faults || exit
dmesg | grep -E "WARNING:|BUG:|Oops|KASAN|UBSAN|possible .* locking|inconsistent lock|suspicious RCU|refcount_t" && exit 1
exit 0
' >"$out" 2>&1 && status=0 || status=$?

nr=$(grep -c '^\(not \)\?ok ' "$out") || :
grep -v '^1\.\.' "$out"
nr=$((nr + 1))
[ "$status" = 0 ] && echo "ok $nr - the machine is as it was" ||
	echo "not ok $nr - the machine is as it was"
echo "1..$nr"
exit "$status"
