#!/bin/bash
# Fault injection, on a kernel that has it; FAULT_STEP=N: of a batch of chains every
# N-th fault only. An allocation that is made to fail is reported with a trace, below
# the level that reaches the console: so the log is looked at in the guest.
set -eu
. "$(dirname "$0")/../vm/tap.sh"

if [ "${KERNEL%-arm64}" != debug ]; then
	ok 0 "faults # SKIP this kernel has no fault injection"
	finish
fi
run_guest --timeout 900 \
	--file "$IOUS_BUILD/tests/data/tiny:/tests/tiny" \
	--file "$IOUS_BUILD/tests/guest/faults:/tests/faults" -- sh -c '
/tests/faults '"${FAULT_STEP:-6}"' || exit
dmesg | grep -E "WARNING:|BUG:|Oops|KASAN|UBSAN|possible .* locking|inconsistent lock|suspicious RCU|refcount_t" && exit 1
exit 0
'
pass_on
ok "$status" "the machine is as it was"
finish
