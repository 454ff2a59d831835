#!/bin/bash
# SOAK_CHAINS chains on one boot: what the kernel holds stays the same.
set -eu
. "$(dirname "$0")/../vm/tap.sh"

run_guest --timeout "${SOAK_TIMEOUT:-600}" \
	--file "$IOUS_BUILD/tests/data/tiny:/tests/tiny" \
	--file "$IOUS_BUILD/tests/guest/soak:/tests/soak" -- \
	/tests/soak "${SOAK_CHAINS:-5000}"
pass_on
ok "$status" "the machine is as it was"
finish
