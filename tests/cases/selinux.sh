#!/bin/bash
# SELinux, with a small policy: what a chain may do, the domain of its program, and
# what is recorded, are those of a forked child. Debian's kernels have it, but
# AppArmor comes first there.
set -eu
. "$(dirname "$0")/../vm/lib.sh"
. "$(dirname "$0")/../vm/tap.sh"

case $KERNEL in
debug | debug-rt | kcsan)
	ok 0 "SELinux # SKIP the kernels of our own have none"
	finish
	;;
esac
tests=$IOUS_BUILD/tests
policy=$(mktemp)
trap 'rm -f "$out" "$policy"' EXIT
"$VM_DIR/prepare" tools
in_tools secilc -o /dev/stdout -f /dev/null /dev/stdin \
	<"$TOP/tests/cases/selinux.cil" >"$policy"

run_guest --timeout 900 --append lsm=landlock,yama,integrity,selinux \
	--file "$policy:/vm/selinux" \
	--file "$tests/data/report:/tests/report" \
	--file "$tests/data/tiny:/tests/tiny" \
	--file "$tests/guest/selinux:/tests/selinux" -- /tests/selinux
pass_on
ok "$status" "the machine is as it was"
finish
