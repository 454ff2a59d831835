#!/bin/bash
# Submitters go while the processes of their chains complete requests, and are
# delayed in the middle of that: what they touch last is there until they are past
# it. What is freed is poisoned, so that another use of it is seen. A machine ends
# at the first report.
set -eu
. "$(dirname "$0")/../vm/tap.sh"

seconds=${LIFETIME_SECONDS:-14}

# NAME FUNCTION AT US ONE_OF KIND HOW: FUNCTION is where a process of a chain has its last
# touch of what a submitter of this KIND frees; AT, US: see tests/modules/delay.c.
race() {
	local name=$1 parameters="func=$2 at=$3 us=$4 one_of=$5" kind=$6 how=$7
	status=0
	run_guest --smp 4 --append slub_debug=FZPU --timeout $((seconds + 120)) \
		--test-module delay \
		--file "$IOUS_BUILD/tests/data/tiny:/tests/tiny" \
		--file "$IOUS_BUILD/tests/guest/sqexit:/tests/sqexit" -- sh -c "
	insmod /vm/delay.ko $parameters || exit
	/tests/sqexit $kind $how $seconds 8 || exit
	echo hits \$(cat /sys/module/delay/parameters/hits)
	rmmod delay"
	ok "$status" "$name: the machine is as it was"
	has "$kind $how: [0-9]* rounds" "$name: the chains are gone with it"
	has 'hits [1-9]' "$name: processes of chains were delayed"
	[ "$failed" = 0 ] || show_output
}

case $KERNEL in
6.1*)
	# wake_up(&tctx->wait), of the task that is to free tctx
	race 'an SQ thread' __wake_up 0 3000 1 SQPOLL exit
	race 'a process' __wake_up 0 3000 1 default kill
	;;
*)
	# between the push, which lets the other one go on, and what follows
	race 'an SQ thread' io_req_normal_work_add -2 4000 16 SQPOLL exit
	race 'a process' io_req_normal_work_add -2 4000 16 default kill
	;;
esac
finish
