#!/bin/bash
# AppArmor, Yama, Landlock, IMA, and what else has a say in an exec: what a chain may do,
# what its program becomes, and what is recorded, are those of a forked child.
set -eu
. "$(dirname "$0")/../vm/lib.sh"
. "$(dirname "$0")/../vm/tap.sh"

tests=$IOUS_BUILD/tests
policy=$(mktemp)
trap 'rm -f "$out" "$policy"' EXIT
"$VM_DIR/prepare" tools

# For the oldest kernel; the newer ones take what was meant for it.
features=/etc/apparmor.d/abi/kernel-5.4-vanilla
in_tools /sbin/apparmor_parser -SQK --kernel-features $features \
	--policy-features $features \
	<"$TOP/tests/cases/apparmor.profiles" >"$policy"

programs="apparmor yama landlock interpreters ima"
files=(--file "$policy:/vm/apparmor"
	--file "$tests/data/report:/tests/report"
	--file "$tests/data/tiny:/tests/tiny")
for program in $programs; do
	files+=(--file "$tests/guest/$program:/tests/$program")
done

run_guest --timeout 900 --kmod binfmt_misc "${files[@]}" -- sh -c '
[ ! -e /vm/binfmt_misc.ko ] || insmod /vm/binfmt_misc.ko || exit
for name in ix px Px cx ux Ux pix gone none attached; do
	ln /tests/report /tests/$name
done
failed=
for program in '"$programs"'; do
	/tests/$program || failed=$?
done
[ ! -e /vm/binfmt_misc.ko ] || rmmod binfmt_misc || exit
exit $failed
'
pass_on
ok "$status" "the machine is as it was"
finish
