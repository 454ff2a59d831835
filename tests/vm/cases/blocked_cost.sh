#!/bin/bash
# Chains that wait for a thread cost their own submitter, and no more for each of
# 10,000 than for each of 100; a stranger pays nothing, and no lock is held for long.
# In microseconds of the guest, on one CPU that counts instructions.
set -eu
. "$(dirname "$0")/../tap.sh"

if [ "$KERNEL" != 6.12 ]; then
	ok 0 "what many chains cost # SKIP is measured on 6.12"
	finish
fi
run_guest --icount --mem 2048 --append preempt=full --timeout 900 \
	--file "$IOUS_BUILD/tests/guest/blocked_cost:/tests/blocked_cost" -- sh -c '
sleep 60
for rings in 1 10; do
	for chains in 10 100 10000; do /tests/blocked_cost $chains $rings; done
done'
show_output
ok "$status" "the machine is as it was"

# TEXT CONDITION: of the arrays stranger, cancel, close, latency, by chains and rings
check() {
	awk 'NF == 6 && $1 ~ /^[0-9]+$/ {
		stranger[$1, $2] = $3; cancel[$1, $2] = $4
		close_[$1, $2] = $5; latency[$1, $2] = $6; lines++
	}
	END { exit !(lines == 6 && ('"$2"')) }' "$out" && ok 0 "$1" || ok 1 "$1"
}
for rings in 1 10; do
	check "$rings rings: a stranger's exit costs what it does beside 10 chains" \
		"stranger[10000, $rings] <= 1.02 * stranger[10, $rings]"
	check "$rings rings: cancelling is linear" \
		"cancel[10000, $rings] <= 150 * cancel[100, $rings]"
	check "$rings rings: closing is linear" \
		"close_[10000, $rings] <= 150 * close_[100, $rings]"
	check "$rings rings: nobody waits longer than beside 10 chains, by 100 us" \
		"latency[10000, $rings] <= latency[10, $rings] + 100"
done
finish
