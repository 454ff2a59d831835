#!/bin/bash
# Random chains, FUZZ_SECONDS long, from FUZZ_SEED.
set -eu
. "$(dirname "$0")/../tap.sh"

seconds=${FUZZ_SECONDS:-36}
run_guest --timeout $((seconds + 300)) \
	--file "$IOUS_BUILD/tests/data/tiny:/tests/tiny" \
	--file "$IOUS_BUILD/tests/data/hold:/tests/hold" \
	--file "$IOUS_BUILD/tests/guest/fuzz:/tests/fuzz" -- sh -c "
/tests/hold & hold=\$!
/tests/fuzz $seconds ${FUZZ_SEED:-20241209}; status=\$?
kill \$hold
exit \$status
"
pass_on
ok "$status" "the machine is as it was"
finish
