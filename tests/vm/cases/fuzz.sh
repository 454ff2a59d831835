#!/bin/bash
# Random chains, FUZZ_SECONDS long, from FUZZ_SEED.
set -eu
. "$(dirname "$0")/../tap.sh"

seconds=${FUZZ_SECONDS:-36}
run_guest --timeout $((seconds + 300)) \
	--file "$IOUS_BUILD/tests/data/tiny:/tests/tiny" \
	--file "$IOUS_BUILD/tests/guest/fuzz:/tests/fuzz" -- \
	/tests/fuzz "$seconds" "${FUZZ_SEED:-20241209}"
pass_on
ok "$status" "the machine is as it was"
finish
