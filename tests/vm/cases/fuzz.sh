#!/bin/bash
# Random chains, FUZZ_SECONDS long, from FUZZ_SEED.
set -eu

out=$(mktemp)
trap 'rm -f "$out"' EXIT
seconds=${FUZZ_SECONDS:-45}
"$VM_RUN" --kernel "$KERNEL" --timeout $((seconds + 300)) \
	--file "$IOUS_BUILD/tests/data/tiny:/tests/tiny" \
	--file "$IOUS_BUILD/tests/guest/fuzz:/tests/fuzz" -- \
	/tests/fuzz "$seconds" "${FUZZ_SEED:-20241209}" >"$out" 2>&1 &&
	status=0 || status=$?

grep -v '^1\.\.' "$out"
[ "$status" = 0 ] && echo "ok 2 - the machine is as it was" ||
	echo "not ok 2 - the machine is as it was"
echo "1..2"
exit "$status"
