#!/bin/bash
# What an administrator sees of chains. Tracepoints are switched on and off all the
# time, which QEMU does not survive with several CPUs (docs/vm-harness.md).
set -eu
. "$(dirname "$0")/../vm/tap.sh"

run_guest --smp 1 --timeout 300 \
	--file "$IOUS_BUILD/tests/data/tiny:/tests/tiny" \
	--file "$IOUS_BUILD/tests/guest/observe:/tests/observe" -- \
	/tests/observe
pass_on
ok "$status" "the machine is as it was"
finish
