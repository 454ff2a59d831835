#!/bin/bash
# SOAK_CHAINS chains on one boot: what the kernel holds stays the same.
set -eu

out=$(mktemp)
trap 'rm -f "$out"' EXIT
"$VM_RUN" --kernel "$KERNEL" --timeout "${SOAK_TIMEOUT:-600}" \
	--file "$IOUS_BUILD/tests/data/tiny:/tests/tiny" \
	--file "$IOUS_BUILD/tests/guest/soak:/tests/soak" -- \
	/tests/soak "${SOAK_CHAINS:-20000}" >"$out" 2>&1 &&
	status=0 || status=$?

nr=$(grep -c '^\(not \)\?ok ' "$out") || :
grep -v '^1\.\.' "$out"
nr=$((nr + 1))
[ "$status" = 0 ] && echo "ok $nr - the machine is as it was" ||
	echo "not ok $nr - the machine is as it was"
echo "1..$nr"
exit "$status"
