#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A chain that somebody has cancelled does not run its program, and one whose program runs
# is not found: also where the process is delayed when it has just said that it runs.
set -eu
. "$(dirname "$0")/../vm/tap.sh"

seconds=${LIFETIME_SECONDS:-6}

# NAME HOW: with the delays of HOW
race() {
	status=0
	run_guest --smp 4 --timeout $((seconds + 120)) --test-module delay \
		--file "$IOUS_BUILD/tests/data/tiny:/tests/tiny" \
		--file "$IOUS_BUILD/tests/guest/late_cancel:/tests/late_cancel" -- sh -c "
	[ -z '$2' ] || insmod /vm/delay.ko comm=tiny $2 || exit
	/tests/late_cancel $seconds || exit
	[ -z '$2' ] || { echo hits \$(cat /sys/module/delay/parameters/hits); rmmod delay; }"
	ok "$status" "$1: the machine is as it was"
	has 'ran [1-9][0-9]* cancelled [0-9]* both 0$' "$1: cancelled, or it runs"
	[ -z "$2" ] || has 'hits [1-9]' "$1: processes were delayed"
	show_output
}

race 'by itself' ''
race 'delayed' 'func=io_uring_spawn:ious_chain_commit at=-1 us=400'
finish
