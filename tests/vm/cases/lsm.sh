#!/bin/bash
# Security modules: what a chain may do, what its program becomes, and what is
# recorded of it, compared with a forked child that does the same.
set -eu
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../tap.sh"

tests=$IOUS_BUILD/tests
policy=$(mktemp -d)
trap 'rm -rf "$out" "$policy"' EXIT
"$VM_DIR/prepare" tools

in_tools() { in_root "$CACHE/roots/bookworm" "$@"; }

# For the oldest kernel; the newer ones take what was meant for it.
features=/etc/apparmor.d/abi/kernel-5.4-vanilla
in_tools /sbin/apparmor_parser -SQK --kernel-features $features \
	--policy-features $features \
	<"$TOP/tests/data/apparmor.profiles" >"$policy/apparmor"

run_guest --timeout 300 \
	--file "$tests/guest/apparmor:/tests/lsm" \
	--file "$tests/data/report:/tests/report" \
	--file "$policy/apparmor:/vm/apparmor" -- sh -c '
for name in ix px Px cx ux Ux pix gone none attached; do
	ln /tests/report /tests/$name
done
/tests/lsm /vm/apparmor
'
pass_on
ok "$status" "the machine is as it was"
finish
